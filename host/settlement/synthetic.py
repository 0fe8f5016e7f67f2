"""Made-up inputs for a lab without market data; results name them as synthetic."""

import hashlib
from collections.abc import Sequence
from datetime import date

from host.settlement.half_hours import to_datetime
from host.settlement.periods import LONDON, period_count, period_start
from host.settlement.volumes import MILLI

SCALE = 100_000
DIFFERENCE = (-500, 3_500)  # of SCALE: -0.5 % to +3.5 %
# (from local hour, factor in thousandths): losses grow with the load on low voltage.
_LINE_LOSS_FACTORS = ((0, 1066), (7, 1079), (16, 1092), (19, 1079), (23, 1066))


def line_loss_factors(settlement_date: date) -> tuple[int, ...]:
    """Return a low-voltage line loss factor per period, in thousandths, by local clock hour."""
    hours = [
        to_datetime(period_start(settlement_date, period)).astimezone(LONDON).hour
        for period in range(1, period_count(settlement_date) + 1)
    ]
    return tuple(
        max((first, factor) for first, factor in _LINE_LOSS_FACTORS if first <= hour)[1]
        for hour in hours
    )


def group_take(
    seed: int, gsp_group: str, settlement_date: date, demand: Sequence[int]
) -> tuple[int, ...]:
    """Return a take per period in watt-hours for a demand in milliwatt-hours, losses included.

    The take is the demand plus a difference that stands for losses beyond the factors and for
    unmetered supplies, drawn evenly from DIFFERENCE by `seed`, group, date and period.
    """
    takes = []
    for period, volume in enumerate(demand, start=1):
        difference = _draw(f"{seed}/{gsp_group}/{settlement_date}/{period}")
        takes.append(round_half_up(volume * (SCALE + difference), SCALE * MILLI))
    return tuple(takes)


def round_half_up(numerator: int, denominator: int) -> int:
    """Return the integer nearest to a fraction, the greater of two."""
    return (2 * numerator + denominator) // (2 * denominator)


def _draw(label: str) -> int:
    low, high = DIFFERENCE
    number = int.from_bytes(hashlib.sha256(label.encode()).digest()[:8], "big")
    return low + number % (high - low + 1)

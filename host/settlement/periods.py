"""Settlement periods: the half hours of a Europe/London day, numbered from local midnight.

A settlement day has 48 periods, 46 when clocks go forward and 50 when they go back. The count
always comes from two consecutive local midnights, each converted to UTC.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from host.settlement.half_hours import HALF_HOUR, from_datetime, to_datetime, utc_half_hour

LONDON = ZoneInfo("Europe/London")


@dataclass(frozen=True)
class UtcPart:
    """The half hours of one UTC date that belong to one settlement day.

    Half hours `first` to `last` (1 to 48, inclusive); `first` is period `first_period`.
    """

    utc_date: date
    first: int
    last: int
    first_period: int

    @property
    def half_hours(self) -> range:
        """The UTC half-hour numbers, 1 to 48."""
        return range(self.first, self.last + 1)


@lru_cache(maxsize=4096)
def day_bounds(settlement_date: date) -> tuple[int, int]:
    """Return the seconds since 2000 at which the settlement day starts and ends."""
    return _midnight(settlement_date), _midnight(settlement_date + timedelta(days=1))


def period_count(settlement_date: date) -> int:
    """Return 46, 48 or 50."""
    start, end = day_bounds(settlement_date)
    return (end - start) // HALF_HOUR


def period_start(settlement_date: date, period: int) -> int:
    """Return the second at which a settlement period starts; ValueError when it has none."""
    count = period_count(settlement_date)
    if not 1 <= period <= count:
        raise ValueError(f"settlement date {settlement_date} has periods 1 to {count}")
    return day_bounds(settlement_date)[0] + (period - 1) * HALF_HOUR


@lru_cache(maxsize=65536)
def period_of(start: int) -> tuple[date, int]:
    """Return the settlement date and period in which second `start` lies."""
    settlement_date = to_datetime(start).astimezone(LONDON).date()
    return settlement_date, (start - day_bounds(settlement_date)[0]) // HALF_HOUR + 1


@lru_cache(maxsize=4096)
def utc_parts(settlement_date: date) -> tuple[UtcPart, ...]:
    """Return where the settlement day lies in UTC dates: one part in winter, two in summer."""
    parts: list[UtcPart] = []
    start, end = day_bounds(settlement_date)
    for period, moment in enumerate(range(start, end, HALF_HOUR), start=1):
        utc_date, half_hour = utc_half_hour(moment)
        if parts and parts[-1].utc_date == utc_date:
            parts[-1] = UtcPart(utc_date, parts[-1].first, half_hour, parts[-1].first_period)
        else:
            parts.append(UtcPart(utc_date, half_hour, half_hour, period))
    return tuple(parts)


def _midnight(day: date) -> int:
    return from_datetime(datetime(day.year, day.month, day.day, tzinfo=LONDON))

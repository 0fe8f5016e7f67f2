"""The stored row: one meter point and UTC date, 48 half hours, gaps left as gaps."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from host.settlement.half_hours import HALF_HOURS_A_DAY

_NO_READS = (None,) * HALF_HOURS_A_DAY


@dataclass(frozen=True)
class MeterDay:
    """A row of `meter_day`: `wh[n - 1]` is half hour n of the UTC date, None where not read.

    `version` counts the hand-overs that changed the row, `device` is the EUI-64 (hex) of the
    last of them. In the bitmaps bit n - 1 stands for half hour n: `actual` marks values read,
    `revised` those that took the place of another.
    """

    mpan: str
    utc_date: date
    device: str = ""
    version: int = 0
    revised: int = 0
    wh: tuple[int | None, ...] = _NO_READS

    @property
    def actual(self) -> int:
        """The bitmap of half hours that hold a value."""
        return sum(1 << i for i, value in enumerate(self.wh) if value is not None)


@dataclass(frozen=True)
class Superseded:
    """A value that a later hand-over replaced; `version` is the last that held it."""

    mpan: str
    utc_date: date
    half_hour: int
    version: int
    wh: int


@dataclass(frozen=True)
class Change:
    """What handing values over to a row did."""

    after: MeterDay
    new: int
    unchanged: int
    superseded: tuple[Superseded, ...]

    @property
    def stored(self) -> bool:
        """Whether the row differs from before."""
        return bool(self.new or self.superseded)


def hand_over(before: MeterDay, device: str, values: Mapping[int, int]) -> Change:
    """Apply validated watt-hours by half hour (1 to 48): the last hand-over's value stands."""
    wh = list(before.wh)
    superseded: list[Superseded] = []
    revised, new = before.revised, 0
    for half_hour, value in sorted(values.items()):
        stood = wh[half_hour - 1]
        if stood == value:
            continue
        wh[half_hour - 1] = value
        if stood is None:
            new += 1
        else:
            revised |= 1 << (half_hour - 1)
            superseded.append(
                Superseded(before.mpan, before.utc_date, half_hour, before.version, stood)
            )
    unchanged = len(values) - new - len(superseded)
    if not (new or superseded):
        return Change(before, new, unchanged, ())
    after = MeterDay(before.mpan, before.utc_date, device, before.version + 1, revised, tuple(wh))
    return Change(after, new, unchanged, tuple(superseded))

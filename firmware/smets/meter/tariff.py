"""The tariff switching table (classes 20, 11 and 21): which register counts at a moment.

All of it runs in UTC. A day profile's selectors 1..48 name time-of-use registers, 101..108 those
with blocks. A day before every season belongs to the first; a table that cannot be followed makes
register 1 count.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from smets.codec.errors import DecodeError
from smets.dlms import data as axdr
from smets.dlms import date_time

if TYPE_CHECKING:
    from collections.abc import Callable

    from smets.dlms.data import Data

DAY = 86400
ANY = 0xFF  # in a date
ANY_YEAR = 0xFFFF
WITH_BLOCKS = 100

_SEASONS = b"\x00\x14\x00\x00\x0d\x00\x00\xff\x03"
_WEEKS = b"\x00\x14\x00\x00\x0d\x00\x00\xff\x04"
_DAYS = b"\x00\x14\x00\x00\x0d\x00\x00\xff\x05"
_SPECIAL_DAYS = b"\x00\x0b\x00\x00\x0b\x00\x00\xff\x02"
_THRESHOLDS = b"\x00\x15\x00\x00\x10\x00", b"\xff\x02"  # field E is 11 for register 1


class Tariff:
    """`value(key)` gives the encoded value of an attribute (`objects.key`)."""

    def __init__(self, value: Callable[[bytes], bytes]) -> None:
        self._value = value
        self._day = -1
        self._switches: list[tuple[int, int]] = []

    def forget(self) -> None:
        """To be called when a value may have changed."""
        self._day = -1

    def active(self, now: int) -> tuple[int, int]:
        """The selector that counts at `now`, and until when it surely does."""
        day, second = divmod(now, DAY)
        if day != self._day:
            self._switches = self._switches_of(day)
            self._day = day
        selector = self._switches[0][1]
        for start, following in self._switches:
            if start > second:
                return selector, day * DAY + start
            selector = following
        return selector, (day + 1) * DAY

    def block_thresholds(self, register: int) -> list[int]:
        """Where blocks 1 to 3 of a register 1..8 end, in Wh."""
        before, after = _THRESHOLDS
        key = before + bytes((10 + register,)) + after
        try:
            return [threshold[1] for threshold in self._elements(key)]
        except DecodeError:
            return []

    def _elements(self, key: bytes) -> tuple[Data, ...]:
        return _elements(axdr.decode(self._value(key)))

    def _switches_of(self, day: int, carry: bool = True) -> list[tuple[int, int]]:
        """(second of the day, selector), ascending from 0."""
        try:
            schedule = self._schedule(day)
            switches = sorted([(_seconds(start), selector[1]) for start, _, selector in schedule])
        except (DecodeError, ValueError, TypeError, IndexError):  # loaded, other types in it
            return [(0, 1)]
        if switches[0][0] > 0:
            before = self._switches_of(day - 1, False) if carry else switches
            switches.insert(0, (0, before[-1][1]))
        return switches

    def _schedule(self, day: int) -> list[tuple[Data, ...]]:
        """The switchings {time, script, selector} of a day."""
        year, month, day_of_month = date_time.civil(day * DAY)[:3]
        day_id = self._special_day(year, month, day_of_month)
        if day_id is None:
            week_name = self._season(day, year)[2]
            for week in self._elements(_WEEKS):
                fields = _elements(week, 8)
                if fields[0] == week_name:
                    day_id = fields[1 + (day + 5) % 7]  # 2000-01-01 was a Saturday
        for profile in self._elements(_DAYS):
            name, schedule = _elements(profile, 2)
            if name == day_id:
                switchings = [_elements(switching, 3) for switching in _elements(schedule)]
                if switchings:
                    return switchings
        raise DecodeError("no profile for the day")

    def _special_day(self, year: int, month: int, day_of_month: int) -> Data | None:
        for entry in self._elements(_SPECIAL_DAYS):
            fields = _elements(entry, 3)
            wanted = fields[1][1]
            if (
                wanted[:2] in (year.to_bytes(2, "big"), b"\xff\xff")
                and wanted[2] in (month, ANY)
                and wanted[3] in (day_of_month, ANY)
            ):
                return fields[2]
        return None

    def _season(self, day: int, year: int) -> tuple[Data, ...]:
        """The season {name, start, week} that began last."""
        latest, found = -1, ()  # type: tuple[int, tuple[Data, ...]]
        for element in self._elements(_SEASONS):
            season = _elements(element, 3)
            start = _last_start(season[1][1], day, year)
            if start > latest or not found:
                latest, found = start, season
        if not found:
            raise DecodeError("no season")
        return found


def _elements(data: Data, count: int | None = None) -> tuple[Data, ...]:
    """The elements of an array or structure, of `count` of them if given."""
    tag, value = data
    if tag not in {axdr.ARRAY, axdr.STRUCTURE} or (count is not None and len(value) != count):
        raise DecodeError("not as a switching table has it")
    return tuple(value)


def _seconds(time: Data) -> int:
    """Seconds since midnight of a time of 4 octets."""
    hour, minute, second, _ = time[1]
    return int((hour * 60 + minute) * 60 + second)


def _last_start(date: bytes, day: int, year: int) -> int:
    """The last day up to `day`, counted from 2000-01-01, on which a season starts, or -1."""
    own_year = int.from_bytes(date[:2], "big")
    month, day_of_month = max(1, date[2] % ANY), max(1, date[3] % ANY)
    for candidate in (year, year - 1) if own_year == ANY_YEAR else (own_year,):
        if candidate >= 2000:
            start = date_time.days_since_2000(candidate, month, day_of_month)
            if start <= day:
                return start
    return -1

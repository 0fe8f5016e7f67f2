"""The time of year and of day in Great Britain, as days and half hours counted from 2000-01-01."""

from __future__ import annotations

from smets.dlms import date_time

PERIODS = 48  # half hours in a day
STEPS = 64


def winter(day: int) -> int:
    """How far it is into winter: STEPS in mid January, 0 in mid July."""
    quarter_days = (day * 4 - 60) % 1461
    return abs(quarter_days - 730) * STEPS // 731


def local_shift(day: int) -> int:
    """By how many half hours local time is ahead of UTC on most of that day."""
    year = date_time.civil(day * 86400)[0]
    return 2 if _last_sunday(year, 3) <= day < _last_sunday(year, 10) else 0


def is_weekend(day: int) -> bool:
    """Whether a day is a Saturday or a Sunday: 2000-01-01 was a Saturday."""
    return (day + 5) % 7 >= 5


def _last_sunday(year: int, month: int) -> int:
    """The last Sunday of a month of 31 days."""
    last = date_time.days_since_2000(year, month, 31)
    return last - (last + 6) % 7

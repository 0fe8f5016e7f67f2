"""DLMS date-time of 12 octets, and its conversion to UTC seconds since 2000-01-01."""

from __future__ import annotations

from smets.codec.errors import DecodeError

# GBCS marks in activation times: "now" and "never" (also: cancel)
NOW = bytes.fromhex("0000000000000000008000ff")
NEVER = bytes.fromhex("ffffffffffffffffff8000ff")
UNDEFINED = 0xFF

UNIX_SECONDS_IN_2000 = 946684800  # 2000-01-01 in seconds since 1970

_DAYS_BEFORE_MONTH = (0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334)


def _leap(year: int) -> bool:
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


def _days_before_year(year: int) -> int:
    """Days from 2000-01-01 to 1 January of `year` (>= 2000)."""
    past = year - 2000
    if not past:
        return 0
    before = year - 1
    return past * 365 + before // 4 - before // 100 + before // 400 - 484


def _days_in_month(year: int, month: int) -> int:
    if month == 2:
        return 29 if _leap(year) else 28
    return 30 if month in {4, 6, 9, 11} else 31


def days_since_2000(year: int, month: int, day: int) -> int:
    """Days from 2000-01-01; DecodeError when there is no such day or it lies before."""
    if not (2000 <= year <= 2135 and 1 <= month <= 12 and 1 <= day <= _days_in_month(year, month)):
        raise DecodeError("no such date")
    days = _days_before_year(year) + _DAYS_BEFORE_MONTH[month - 1] + day - 1
    return days + 1 if month > 2 and _leap(year) else days


def civil(seconds: int) -> tuple[int, int, int, int, int, int]:
    """(year, month, day, hour, minute, second) of UTC seconds since 2000-01-01."""
    days, rest = divmod(seconds, 86400)
    year = 2000 + days // 366
    while _days_before_year(year + 1) <= days:
        year += 1
    days -= _days_before_year(year)
    month = 1
    while days >= _days_in_month(year, month):
        days -= _days_in_month(year, month)
        month += 1
    return year, month, days + 1, rest // 3600, rest // 60 % 60, rest % 60


def encode(seconds: int, status: int = UNDEFINED) -> bytes:
    """UTC seconds since 2000 as date-time; weekday and deviation undefined, as GBCS has it."""
    year, month, day, hour, minute, second = civil(seconds)
    date = bytes((year >> 8, year & 0xFF, month, day, UNDEFINED))
    return date + bytes((hour, minute, second, 0, 0x80, 0x00, status))


def decode(octets: bytes) -> int:
    """UTC seconds since 2000 of a fully defined date-time; DecodeError for wildcards."""
    if len(octets) != 12:
        raise DecodeError("a date-time has 12 octets")
    deviation = int.from_bytes(octets[9:11], "big")
    if deviation not in {0x8000, 0}:
        raise DecodeError("a date-time of GBCS is in UTC")
    hour, minute, second = octets[5], octets[6], octets[7]
    if hour > 23 or minute > 59 or second > 59:
        raise DecodeError("no such time of day")
    year = octets[0] << 8 | octets[1]
    days = days_since_2000(year, octets[2], octets[3])
    return days * 86400 + hour * 3600 + minute * 60 + second

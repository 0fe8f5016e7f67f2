"""UTC half hours: how the time of a read names its place in storage.

A half hour is named by the second at which it STARTS, counted from 2000-01-01T00:00:00Z as in
GBCS. A row of a meter's half-hour log carries the END of its half hour: it is converted once,
in `reads.HalfHourRead.from_log_row`. Storage numbers the half hours of a UTC date 1 to 48.
"""

from datetime import UTC, date, datetime, timedelta

HALF_HOUR = 1800
HALF_HOURS_A_DAY = 48
SECONDS_A_DAY = HALF_HOUR * HALF_HOURS_A_DAY
TIME_LIMIT = 2**32  # GBCS carries times as unsigned 32 bits

_EPOCH_DATE = date(2000, 1, 1)
_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)


def utc_half_hour(start: int) -> tuple[date, int]:
    """Return the UTC date and the half hour, 1 to 48, in which second `start` lies."""
    days, second = divmod(start, SECONDS_A_DAY)
    return _EPOCH_DATE + timedelta(days=days), second // HALF_HOUR + 1


def start_of(utc_date: date, half_hour: int) -> int:
    """Return the second at which half hour 1 to 48 of `utc_date` starts."""
    if not 1 <= half_hour <= HALF_HOURS_A_DAY:
        raise ValueError(f"half hour {half_hour} is not one of 1 to {HALF_HOURS_A_DAY}")
    return (utc_date - _EPOCH_DATE).days * SECONDS_A_DAY + (half_hour - 1) * HALF_HOUR


def to_datetime(seconds: int) -> datetime:
    """Return seconds since 2000 as an aware UTC datetime."""
    return _EPOCH + timedelta(seconds=seconds)


def from_datetime(moment: datetime) -> int:
    """Return an aware datetime as whole seconds since 2000.

    Subtracting two datetimes of one time zone gives wall-clock time, hence the step through UTC.
    """
    return (moment.astimezone(UTC) - _EPOCH) // timedelta(seconds=1)

"""The lab's clock: one for all parts, and it stands still until it is moved."""

from datetime import UTC, date, datetime

EPOCH = datetime(2000, 1, 1, tzinfo=UTC)


class VirtualClock:
    """Calls return UTC seconds since 2000-01-01."""

    def __init__(self, now: int) -> None:
        self.now = now

    def __call__(self) -> int:
        return self.now


def midnight(day: date) -> int:
    """The first second of a UTC date, in seconds since 2000-01-01."""
    return int((datetime(day.year, day.month, day.day, tzinfo=UTC) - EPOCH).total_seconds())


def utc(seconds: int) -> datetime:
    """Seconds since 2000-01-01 as a time."""
    return datetime.fromtimestamp(EPOCH.timestamp() + seconds, UTC)

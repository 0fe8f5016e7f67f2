"""Milliseconds since some moment, as every port of MicroPython counts them: they wrap."""

from __future__ import annotations

TICKS = 1 << 30  # milliseconds after which every port's ticks_ms has wrapped
SECOND = 1000


def elapsed(since: int, until: int) -> int:
    """Milliseconds between two values of the clock, less than TICKS apart."""
    return (until - since) % TICKS

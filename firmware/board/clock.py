"""The board's idea of the time: what the hub last told it, standing still or running on.

A virtual board's clock stands still, so that a lab's virtual time may run at any speed; a real
board's runs with its crystal.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from smets.codec.ticks import SECOND, TICKS, elapsed

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


def ticks() -> int:
    """Milliseconds since some moment, modulo TICKS."""
    from time import ticks_ms

    moment: Any = ticks_ms()  # an int, which its stub hides
    return int(moment) % TICKS


HOUR = 3600 * SECOND


class Clock:
    """UTC in seconds since 2000-01-01."""

    def __init__(self, ticks: Callable[[], int] | None, speed: int = 1) -> None:
        """`ticks` is what drives the clock between two tellings; None: it stands still.

        `speed`: how many seconds pass in one, in a lab whose time runs faster.
        """
        self._ticks = ticks
        self.speed = speed
        self._told: int | None = None
        self._since = 0

    def set(self, now: int) -> None:
        """What the hub told."""
        self._told = now
        if self._ticks:
            self._since = self._ticks()

    def now(self) -> int | None:
        """None until the hub has told the time."""
        if self._told is None or self._ticks is None:
            return self._told
        passed = elapsed(self._since, self._ticks())
        while passed >= HOUR:  # moved along, because ticks wrap after twelve days
            passed -= HOUR
            self._told += HOUR // SECOND * self.speed
            self._since = (self._since + HOUR) % TICKS
        return self._told + passed * self.speed // SECOND

"""How long the DCC waits and how often it tries."""

from __future__ import annotations

from dataclasses import dataclass

_SLEEPING = ("GSME",)


@dataclass(frozen=True)
class Settings:
    """Times are in seconds of the clock that the engine is given.

    `sleep` is how long a command may wait in the hub for a device that sleeps: a gas meter wakes
    at least each half hour, and may miss a wake. `check_validity` says whether the times in
    XML-sign certificates count: public test certificates are out of date, and a lab may run in
    another year.
    """

    response_timeout: int = 300
    sleep: int = 3600
    first_retry: int = 1
    longest_retry: int = 300
    delivery_attempts: int = 20
    check_validity: bool = True

    def respond_within(self, device_type: str) -> int:
        """Seconds that a device of a type has for its response."""
        return self.response_timeout + (self.sleep if device_type in _SLEEPING else 0)

    def retry_after(self, attempts: int) -> int:
        """Seconds until the next attempt when `attempts` have failed: doubled each time."""
        return min(self.first_retry << min(attempts, 30), self.longest_retry)

"""How long the DCC waits and how often it tries."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Settings:
    """Times are in seconds of the clock that the engine is given.

    `check_validity` says whether the times in XML-sign certificates count: public test
    certificates are out of date, and a lab may run in another year.
    """

    response_timeout: int = 300
    first_retry: int = 1
    longest_retry: int = 300
    delivery_attempts: int = 20
    check_validity: bool = True

    def retry_after(self, attempts: int) -> int:
        """Seconds until the next attempt when `attempts` have failed: doubled each time."""
        return min(self.first_retry << min(attempts, 30), self.longest_retry)

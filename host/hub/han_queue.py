"""What waits for the devices of the HAN, and how far their own messages have been stored."""

import secrets

from host.hub.database import Database
from smets.codec.link import NUMBERS, following, is_repeat

LONGEST = 1000  # messages that wait for one device


class HanQueue:
    """First in, first out for each device; changed inside the caller's transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._additions: set[str] = set()

    def take_additions(self) -> set[str]:
        """The devices for which something was added since the last call."""
        additions, self._additions = self._additions, set()
        return additions

    def is_full(self, eui: str) -> bool:
        return self.waiting(eui) >= LONGEST

    def waiting(self, eui: str) -> int:
        count = self._database.execute("SELECT count(*) FROM han_queue WHERE eui = ?", eui)
        return int(count.fetchone()[0])

    def add(self, eui: str, message: bytes) -> None:
        number, received = self._numbers(eui)
        self._database.execute(
            "INSERT INTO han_queue (eui, number, message) VALUES (?, ?, ?)", eui, number, message
        )
        self._set_numbers(eui, following(number), received)
        self._additions.add(eui)

    def head(self, eui: str) -> tuple[int, bytes] | None:
        """The number and the message that has waited longest."""
        row: tuple[int, bytes] | None = self._database.execute(
            "SELECT number, message FROM han_queue WHERE eui = ? ORDER BY position LIMIT 1", eui
        ).fetchone()
        return row

    def delivered(self, eui: str, number: int) -> None:
        """The device has stored it."""
        self._database.execute("DELETE FROM han_queue WHERE eui = ? AND number = ?", eui, number)

    def receive(self, eui: str, number: int) -> bool:
        """Notes that the device's message `number` is here; False when it was before."""
        next_number, received = self._numbers(eui)
        if is_repeat(received, number):
            return False
        self._set_numbers(eui, next_number, number)
        return True

    def _numbers(self, eui: str) -> tuple[int, int | None]:
        row = self._database.execute(
            "SELECT next, received FROM han_numbers WHERE eui = ?", eui
        ).fetchone()
        return row or (secrets.randbelow(NUMBERS), None)

    def _set_numbers(self, eui: str, following_number: int, received: int | None) -> None:
        self._database.execute(
            "INSERT INTO han_numbers VALUES (?, ?, ?) ON CONFLICT (eui)"
            " DO UPDATE SET next = excluded.next, received = excluded.received",
            eui,
            following_number,
            received,
        )

"""What waits for the DCC, and which of the DCC's messages are here."""

import secrets
from dataclasses import dataclass

from host.hub.database import Database

LONGEST_POSITION = 19  # digits; what SQLite can hold
REMEMBERED = 100_000  # ids of received messages; the DCC repeats none that is older


@dataclass(frozen=True)
class Outgoing:
    """A message for the DCC: its place, its id for ever, its device, its octets."""

    position: int
    id: str
    device: str
    message: bytes


class WanBox:
    """Changed inside the caller's transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._instance = self._read_instance()

    def _read_instance(self) -> str:
        """Keeps the ids of a new database apart from those of an old one."""
        with self._database.transaction():
            self._database.execute(
                "INSERT OR IGNORE INTO hub VALUES ('instance', ?)", secrets.token_hex(8)
            )
        row = self._database.execute("SELECT value FROM hub WHERE key = 'instance'").fetchone()
        return str(row[0])

    def add(self, device: str, message: bytes) -> None:
        self._database.execute(
            "INSERT INTO wan_outbox (device, message) VALUES (?, ?)", device, message
        )

    def after(self, position: int, limit: int) -> list[Outgoing]:
        """What waits behind `position` (0: everything), oldest first."""
        rows = self._database.execute(
            "SELECT position, device, message FROM wan_outbox WHERE position > ?"
            " ORDER BY position LIMIT ?",
            position,
            limit,
        )
        return [Outgoing(place, f"{self._instance}-{place}", *rest) for place, *rest in rows]

    def acknowledged(self, identifier: str) -> None:
        """The DCC has stored it; an id that is not ours is passed over."""
        prefix, _, position = identifier.rpartition("-")
        if prefix == self._instance and position.isdecimal() and len(position) < LONGEST_POSITION:
            self._database.execute("DELETE FROM wan_outbox WHERE position = ?", int(position))

    def receive(self, identifier: str) -> bool:
        """Notes that the DCC's message `identifier` is here; False when it was before."""
        inserted = self._database.execute(
            "INSERT OR IGNORE INTO wan_received (id) VALUES (?)", identifier
        )
        if not inserted.rowcount:
            return False
        self._database.execute(
            "DELETE FROM wan_received WHERE position <= ?", (inserted.lastrowid or 0) - REMEMBERED
        )
        return True

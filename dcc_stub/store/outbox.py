"""Messages on their way to hubs and back: each is stored before it is acknowledged."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from dcc_stub.store.database import Database, counter_octets


class Outgoing(NamedTuple):
    """A message that waits until its hub has stored it."""

    id: int
    hub: bytes
    device: bytes
    message: bytes


class WanOutbox:
    """The WAN side of the store."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def put(self, hub: bytes, device: bytes, message: bytes, request: int, due: int) -> None:
        """A message to a device, to be sent through its hub when it is due."""
        self._database.execute(
            "INSERT INTO wan_outbox (hub, device, message, request, due) VALUES (?, ?, ?, ?, ?)",
            (hub, device, message, request, due),
        )

    def waiting(self, hub: bytes, now: int, after: int = 0, limit: int = 1000) -> list[Outgoing]:
        """Messages that are due and not acknowledged, from identifier `after` on, in order."""
        rows = self._database.all(
            "SELECT id, hub, device, message FROM wan_outbox WHERE hub = ? AND due <= ?"
            " AND acknowledged IS NULL AND id > ? ORDER BY id LIMIT ?",
            (hub, now, after, limit),
        )
        return [Outgoing(*row) for row in rows]

    def acknowledge(self, hub: bytes, ids: Iterable[int], now: int) -> None:
        """The hub has stored these messages."""
        for each in ids:
            self._database.execute(
                "UPDATE wan_outbox SET acknowledged = ? WHERE id = ? AND hub = ?"
                " AND acknowledged IS NULL",
                (now, each, hub),
            )

    def withdraw(self, request: int) -> bool:
        """Stops sending a request's message; whether the hub had stored it."""
        found = self._database.one(
            "SELECT count(*) AS stored FROM wan_outbox WHERE request = ?"
            " AND acknowledged IS NOT NULL",
            (request,),
        )
        self._database.execute(
            "DELETE FROM wan_outbox WHERE request = ? AND acknowledged IS NULL", (request,)
        )
        return bool(found and found["stored"])

    def next_due(self, now: int) -> int | None:
        """When the next future dated message becomes due, None when there is none."""
        found = self._database.one(
            "SELECT min(due) AS due FROM wan_outbox WHERE acknowledged IS NULL AND due > ?", (now,)
        )
        return found["due"] if found else None

    def is_new(self, hub: bytes, message_id: str, now: int) -> bool:
        """Remembers a received message; False when the hub had sent it before."""
        cursor = self._database.execute(
            "INSERT OR IGNORE INTO wan_inbox (hub, id, received) VALUES (?, ?, ?)",
            (hub, message_id, now),
        )
        return cursor.rowcount == 1

    def is_new_alert(self, device: bytes, counter: int) -> bool:
        """Remembers an alert; False when the device had sent it before."""
        cursor = self._database.execute(
            "INSERT OR IGNORE INTO alert_seen (device, counter) VALUES (?, ?)",
            (device, counter_octets(counter)),
        )
        return cursor.rowcount == 1

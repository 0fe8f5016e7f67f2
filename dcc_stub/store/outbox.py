"""Messages on their way to hubs and back: each is stored before it is acknowledged."""

from __future__ import annotations

import secrets
from typing import Any, NamedTuple

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
        found: Any = database.one("SELECT value FROM instance")
        if found is None:
            found = {"value": secrets.token_hex(8)}
            database.execute("INSERT INTO instance VALUES (?)", (found["value"],))
        self._prefix = f"{found['value']}-"

    def identifier(self, outgoing: int) -> str:
        """The identifier of a message on the WAN link, never used for another one."""
        return f"{self._prefix}{outgoing}"

    def outgoing(self, identifier: str) -> int | None:
        """The message that an identifier stands for, None when it is not of this store."""
        number = identifier.removeprefix(self._prefix)
        return int(number) if number.isascii() and number.isdecimal() else None

    def put(self, hub: bytes, device: bytes, message: bytes, request: int, due: int) -> None:
        """A message to a device, to be sent through its hub when it is due."""
        self._database.execute(
            "INSERT INTO wan_outbox (hub, device, message, request, due) VALUES (?, ?, ?, ?, ?)",
            (hub, device, message, request, due),
        )

    def waiting(self, hub: bytes, now: int, limit: int = 1000) -> list[Outgoing]:
        """The first messages that are due and not acknowledged, in order."""
        rows = self._database.all(
            "SELECT id, hub, device, message FROM wan_outbox WHERE hub = ? AND due <= ?"
            " AND acknowledged IS NULL ORDER BY id LIMIT ?",
            (hub, now, limit),
        )
        return [Outgoing(*row) for row in rows]

    def acknowledge(self, hub: bytes, outgoing: int, now: int) -> int | None:
        """The hub has stored a message; the request it belongs to, None when it is not waiting."""
        found = self._database.one(
            "UPDATE wan_outbox SET acknowledged = ? WHERE id = ? AND hub = ?"
            " AND acknowledged IS NULL RETURNING request",
            (now, outgoing, hub),
        )
        return found["request"] if found else None

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

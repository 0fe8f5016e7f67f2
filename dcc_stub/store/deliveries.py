"""Signed documents on their way to users' webhooks, with retries and a dead letter state."""

from __future__ import annotations

from typing import NamedTuple

from dcc_stub.store.database import Database


class Delivery(NamedTuple):
    """A document for a user; `attempts` have failed already."""

    id: int
    party: bytes
    document: bytes
    attempts: int


class Deliveries:
    """The webhook side of the store."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def put(self, party: bytes, document: bytes, now: int) -> None:
        """A document to deliver at once."""
        self._database.execute(
            "INSERT INTO delivery (party, document, created, attempts, due, state)"
            " VALUES (?, ?, ?, 0, ?, 'waiting')",
            (party, document, now, now),
        )

    def waiting(self, now: int, limit: int = 1000) -> list[Delivery]:
        """The documents that are due, oldest first."""
        rows = self._database.all(
            "SELECT id, party, document, attempts FROM delivery"
            " WHERE state = 'waiting' AND due <= ? ORDER BY id LIMIT ?",
            (now, limit),
        )
        return [Delivery(*row) for row in rows]

    def delivered(self, delivery: int) -> None:
        """The user's webhook took it."""
        self._database.execute("UPDATE delivery SET state = 'delivered' WHERE id = ?", (delivery,))

    def put_off(self, delivery: int, due: int, reason: str) -> None:
        """An attempt failed; the next one comes at `due`."""
        self._database.execute(
            "UPDATE delivery SET attempts = attempts + 1, due = ?, reason = ? WHERE id = ?",
            (due, reason, delivery),
        )

    def give_up(self, delivery: int, reason: str) -> None:
        """The last attempt failed: the document stays as a dead letter."""
        self._database.execute(
            "UPDATE delivery SET attempts = attempts + 1, state = 'dead', reason = ? WHERE id = ?",
            (reason, delivery),
        )

    def dead(self) -> list[tuple[int, bytes, str]]:
        """Dead letters: identifier, user, and why."""
        rows = self._database.all(
            "SELECT id, party, reason FROM delivery WHERE state = 'dead' ORDER BY id"
        )
        return [tuple(row) for row in rows]

"""What is kept about DCC users: where their documents go, and whether they are suspended."""

from __future__ import annotations

from dcc_stub.store.database import Database


class Users:
    """The users' side of the store."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def set_webhook(self, party: bytes, url: str) -> None:
        """Where a user's documents go."""
        self._database.execute(
            "INSERT OR REPLACE INTO webhook (party, url) VALUES (?, ?)", (party, url)
        )

    def webhook(self, party: bytes) -> str | None:
        """Where a user's documents go; None when the user has not said."""
        found = self._database.one("SELECT url FROM webhook WHERE party = ?", (party,))
        return found["url"] if found else None

    def suspend(self, party: bytes) -> None:
        """Takes a user's right to send requests."""
        self._database.execute("INSERT OR IGNORE INTO suspended_user VALUES (?)", (party,))

    def restore(self, party: bytes) -> None:
        """Gives it back."""
        self._database.execute("DELETE FROM suspended_user WHERE party = ?", (party,))

    def is_suspended(self, party: bytes) -> bool:
        """Whether the user may not send requests."""
        found = self._database.one("SELECT 1 FROM suspended_user WHERE party = ?", (party,))
        return found is not None

"""The SQLite file: opened so that what is committed survives power loss; nested transactions."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import resources
from pathlib import Path
from typing import Any


class StoreError(Exception):
    """The file cannot be used; the text says why and what to do."""


class Database:
    """One connection. A transaction inside another is undone alone when it fails."""

    def __init__(self, path: Path | str) -> None:
        self._depth = 0
        try:
            self._connection = _open(path)
        except sqlite3.DatabaseError as error:
            raise StoreError(
                f"cannot use {path}: {error}; choose another lab folder or remove the file"
            ) from error

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All of what is done inside or nothing; only the outermost one waits for the disk."""
        name = f"nested_{self._depth}"
        self._connection.execute(f"SAVEPOINT {name}" if self._depth else "BEGIN IMMEDIATE")
        self._depth += 1
        try:
            yield
        except BaseException:
            self._depth -= 1
            if self._depth:
                self._connection.execute(f"ROLLBACK TO {name}")
                self._connection.execute(f"RELEASE {name}")
            else:
                self._connection.execute("ROLLBACK")
            raise
        self._depth -= 1
        self._connection.execute(f"RELEASE {name}" if self._depth else "COMMIT")

    def execute(self, statement: str, values: tuple[Any, ...] = ()) -> sqlite3.Cursor:
        """One statement with its values."""
        return self._connection.execute(statement, values)

    def one(self, statement: str, values: tuple[Any, ...] = ()) -> sqlite3.Row | None:
        """The first row, None when there is none."""
        row = self._connection.execute(statement, values).fetchone()
        assert row is None or isinstance(row, sqlite3.Row)
        return row

    def all(self, statement: str, values: tuple[Any, ...] = ()) -> list[sqlite3.Row]:
        """All rows."""
        return self._connection.execute(statement, values).fetchall()

    def close(self) -> None:
        """Closes the file."""
        self._connection.close()


def _open(path: Path | str) -> sqlite3.Connection:
    connection = sqlite3.connect(str(path), isolation_level=None)
    try:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.executescript(
            resources.files(__package__).joinpath("schema.sql").read_text("utf-8")
        )
    except sqlite3.DatabaseError:
        connection.close()
        raise
    connection.row_factory = sqlite3.Row
    return connection


def counter_octets(counter: int) -> bytes:
    """A 64-bit counter so that it sorts."""
    return counter.to_bytes(8)

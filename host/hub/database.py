"""The hub's one file of state: everything that must outlive the process, changed in transactions.

Write-ahead log with a flush at each commit: what was acknowledged is still there after a loss of
power.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

SCHEMA = """
CREATE TABLE IF NOT EXISTS hub (
    key TEXT PRIMARY KEY,
    value BLOB NOT NULL
);
CREATE TABLE IF NOT EXISTS device_log (
    eui TEXT PRIMARY KEY,
    type INTEGER NOT NULL,
    status TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS link_keys (
    eui TEXT PRIMARY KEY,
    key BLOB NOT NULL,
    credential TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS install_keys (
    eui TEXT PRIMARY KEY,
    key BLOB NOT NULL
);
CREATE TABLE IF NOT EXISTS join_windows (
    eui TEXT PRIMARY KEY,
    opened INTEGER NOT NULL,
    seconds INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS historic_log (
    position INTEGER PRIMARY KEY AUTOINCREMENT,
    eui TEXT NOT NULL UNIQUE,
    key BLOB NOT NULL,
    credential TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS contacts (
    eui TEXT PRIMARY KEY,
    at INTEGER NOT NULL,
    frames INTEGER NOT NULL,
    rssi_most INTEGER NOT NULL,
    rssi_sum INTEGER NOT NULL,
    rssi_least INTEGER NOT NULL,
    lqi_most INTEGER NOT NULL,
    lqi_sum INTEGER NOT NULL,
    lqi_least INTEGER NOT NULL,
    hops INTEGER NOT NULL,
    failures INTEGER NOT NULL,
    successes INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS firmware_transfers (
    position INTEGER PRIMARY KEY AUTOINCREMENT,
    eui TEXT NOT NULL,
    version BLOB NOT NULL,
    result INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS events (
    position INTEGER PRIMARY KEY AUTOINCREMENT,
    log TEXT NOT NULL,
    at INTEGER NOT NULL,
    code INTEGER NOT NULL,
    information BLOB NOT NULL
);
CREATE INDEX IF NOT EXISTS events_by_log ON events (log, position);
CREATE TABLE IF NOT EXISTS han_queue (
    position INTEGER PRIMARY KEY AUTOINCREMENT,
    eui TEXT NOT NULL,
    number INTEGER NOT NULL,
    message BLOB NOT NULL
);
CREATE INDEX IF NOT EXISTS han_queue_by_device ON han_queue (eui, position);
CREATE TABLE IF NOT EXISTS han_numbers (
    eui TEXT PRIMARY KEY,
    next INTEGER NOT NULL,
    received INTEGER
);
CREATE TABLE IF NOT EXISTS wan_outbox (
    position INTEGER PRIMARY KEY AUTOINCREMENT,
    device TEXT NOT NULL,
    message BLOB NOT NULL
);
CREATE TABLE IF NOT EXISTS wan_received (
    position INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE
);
CREATE TABLE IF NOT EXISTS refusals (
    position INTEGER PRIMARY KEY AUTOINCREMENT,
    at INTEGER NOT NULL,
    device TEXT NOT NULL,
    reason TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS flash (
    owner TEXT NOT NULL,
    name TEXT NOT NULL,
    content BLOB NOT NULL,
    PRIMARY KEY (owner, name)
);
"""


class Database:
    """The open file; every change is made inside `transaction`."""

    def __init__(self, path: Path) -> None:
        Path(path).touch(mode=0o600)  # the keys of the hub's own functions are in it
        self._connection = sqlite3.connect(path, isolation_level=None)
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = FULL")
        self._connection.executescript(SCHEMA)

    def close(self) -> None:
        self._connection.close()

    def execute(self, statement: str, *values: object) -> sqlite3.Cursor:
        return self._connection.execute(statement, values)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All changes inside are durable when the block is left, or none is made."""
        with self._scope("BEGIN IMMEDIATE", "COMMIT", "ROLLBACK"):
            yield

    @contextmanager
    def part(self) -> Iterator[None]:
        """A part of a transaction that can fail without the rest."""
        undo = "ROLLBACK TO part; RELEASE part"
        with self._scope("SAVEPOINT part", "RELEASE part", undo):
            yield

    @contextmanager
    def _scope(self, begin: str, finish: str, undo: str) -> Iterator[None]:
        self._connection.execute(begin)
        try:
            yield
            self._connection.execute(finish)
        except BaseException:
            if self._connection.in_transaction:
                for statement in undo.split("; "):
                    self._connection.execute(statement)
            raise

"""What the meter keeps: values of its attributes, and rows on their way into logs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from smets.codec.reader import Reader
from smets.device.log import Log
from smets.device.objects import OBJECT_UNDEFINED, READ_WRITE_DENIED, AccessFailure
from smets.device.store import Store
from smets.meter import objects
from smets.meter.rows import Layout

if TYPE_CHECKING:
    from collections.abc import Iterator

    from smets.codec.table import Table
    from smets.device.flash import Flash
    from smets.device.objects import Changes

ROWS = "meter.rows"  # rows that a commit carries and that are in their logs soon after
_VALUE = "meter."
_CLEARED = "cleared."  # of a log: the number of the first row that counts


class State:
    """The values in the store and the logs on a flash; `table` says which there are."""

    def __init__(self, flash: Flash, table: Table) -> None:
        self.store = Store(flash)
        self._table = table
        self._flash = flash
        self._logs: list[tuple[bytes, Layout, Log]] = []
        self._changes: Changes = []

    # Objects

    def find(self, key: bytes) -> objects.Entry | None:
        return objects.find(self._table, key)

    def entry(self, key: bytes, access: int) -> objects.Entry:
        """The entry of a member if it may be accessed so; AccessFailure else."""
        entry = self.find(key)
        if entry is None:
            raise AccessFailure(OBJECT_UNDEFINED)
        if not entry.access & access:
            raise AccessFailure(READ_WRITE_DENIED)
        return entry

    # Values

    def value(self, key: bytes) -> bytes:
        """What was stored last, else the factory's value, else nothing; staged changes count."""
        name = value_name(key)
        for at in range(len(self._changes) - 1, -1, -1):
            if self._changes[at][0] == name:
                return self._changes[at][1] or b""
        stored = self.store.get(name)
        if stored is not None:
            return stored
        entry = self.find(key)
        return b"" if entry is None or entry.kind != objects.VALUE else entry.body

    def change(self, changes: Changes) -> None:
        """From now on changes are staged into this list, which the engine commits."""
        self._changes = changes

    def stage(self, key: bytes, data: bytes) -> None:
        self._changes.append((value_name(key), data))

    # Rows

    def select(self, key: bytes, start: int, end: int) -> Iterator[bytes]:
        """The rows of a log with start <= time <= end, oldest first, since it was last cleared."""
        cleared = int.from_bytes(self.store.get(_CLEARED + key.hex()) or b"", "big")
        return self.log(key)[1].select(start, end, cleared)

    def stage_clear(self, key: bytes) -> None:
        """Stages that the rows which a log has by now are gone."""
        number = self.log(key)[1].following()
        self._changes.append((_CLEARED + key.hex(), number.to_bytes(4, "big")))

    def log(self, key: bytes) -> tuple[Layout, Log]:
        """The log of a profile's buffer and the layout of its rows."""
        for known, layout, log in self._logs:
            if known == key:
                return layout, log
        entry = self.find(key)
        assert entry is not None
        layout = Layout(entry.body)
        log = Log(self._flash, layout.name, layout.row_size, layout.capacity)
        self._logs.append((key, layout, log))
        return layout, log

    def forget_logs(self) -> None:
        """Lets go of the open logs: what they hold is on the flash, where it is found again."""
        self._logs = []

    def stage_row(self, key: bytes, row: bytes) -> None:
        """Stages a log's next row behind those that are staged already."""
        rows = b""
        for at in range(len(self._changes)):
            if self._changes[at][0] == ROWS:
                rows = self._changes.pop(at)[1] or b""
                break
        self._changes.append((ROWS, self.carry(rows, key, row)))

    def carry(self, rows: bytes, key: bytes, row: bytes) -> bytes:
        """`rows`, in which rows of any logs stand as ROWS holds them, and a log's next row."""
        number = self.log(key)[1].following()
        for known, _, _ in _each(rows):
            if known == key:
                number += 1
        head = bytes((len(key),)) + key + number.to_bytes(4, "big")
        return rows + head + len(row).to_bytes(2, "big") + row

    def write_rows(self) -> None:
        """Puts the rows that the last commit carried into their logs, once each."""
        for key, number, row in _each(self.store.get(ROWS) or b""):
            log = self.log(key)[1]
            if number == log.following():
                log.append(row)


def _each(rows: bytes) -> Iterator[tuple[bytes, int, bytes]]:
    """The log's key, the row's number in the log, and the row."""
    reader = Reader(rows)
    while reader.remaining():
        key = reader.take(reader.octet())
        number = reader.unsigned(4)
        yield key, number, reader.take(reader.unsigned(2))


def value_name(key: bytes) -> str:
    """What the store calls a value."""
    return _VALUE + key.hex()

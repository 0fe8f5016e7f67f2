"""The meter's COSEM objects by class, logical name and member; `objects.txt` is the table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from smets.codec.reader import Reader

if TYPE_CHECKING:
    from smets.codec.table import Table

# access
GET = 1
SET = 2
ACTION = 4
RANGE = 8
ACCESSES = ("get", "set", "action", "range")

# how a member's value comes about
VALUE = 0  # stored; the table has the factory's
REGISTERS = 1  # templates over registers, the first for a single element
LIVE = 2  # a named function of the meter and the time
LOG = 3  # rows
METHOD = 4  # a named function with an effect
KINDS = ("value", "registers", "live", "log", "method")

KEY_SIZE = 9
METHOD_BIT = 0x80  # members with it are methods, those without attributes


def key(class_id: int, logical_name: bytes, member: int) -> bytes:
    """The key of a member; `member` of a method has METHOD_BIT."""
    return class_id.to_bytes(2, "big") + logical_name + bytes((member,))


class Entry:
    """One row: `access` bits, `kind`, packed `type` of what is set (b"" any) and `body` by kind.

    | kind | body |
    |---|---|
    | VALUE | the factory's value, encoded |
    | REGISTERS | counted templates |
    | LIVE, METHOD | name of the function |
    | LOG | counted name, capacity (2), octets of a stored row (2), type description |
    """

    def __init__(self, row: bytes) -> None:
        reader = Reader(row)
        self.access = reader.octet()
        self.kind = reader.octet()
        self.type = reader.take(reader.octet())
        self.body = reader.take(reader.remaining())

    def templates(self) -> tuple[bytes, ...]:
        """Of REGISTERS: a shape for each number of elements."""
        reader = Reader(self.body)
        shapes = []
        while reader.remaining():
            shapes.append(reader.take(reader.octet()))
        return tuple(shapes)


def find(table: Table, member_key: bytes) -> Entry | None:
    """The entry of a member, or None."""
    row = table.find(member_key)
    return None if row is None else Entry(row)

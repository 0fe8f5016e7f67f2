"""Rows of a log as the compact arrays that carry them.

A stored row is the time and the other columns one behind the other; an octet string, last if there
is one, is stored with its length and padded, and sent with its length alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from smets.codec.errors import DecodeError
from smets.codec.reader import Reader, write_length
from smets.dlms.data import COMPACT_ARRAY, OCTET_STRING

if TYPE_CHECKING:
    from smets.device.log import Log

LONGEST_STRING = 8


class Layout:
    """The body of a LOG entry: name and capacity of the log, size and type of its rows."""

    def __init__(self, body: bytes) -> None:
        reader = Reader(body)
        self.name = str(reader.take(reader.octet()), "utf-8")
        self.capacity = reader.unsigned(2)
        self.row_size = reader.unsigned(2)
        self.description = reader.take(reader.remaining())

    def fixed(self) -> int:
        """Octets before the length of the octet string; 0 when there is none."""
        has_string = self.description[-1] == OCTET_STRING
        return self.row_size - 1 - LONGEST_STRING if has_string else 0

    def encode(self, log: Log, start: int, end: int) -> bytes:
        """The rows with start <= time <= end as a compact array."""
        fixed = self.fixed()
        size = 0
        for row in log.select(start, end):
            size += fixed + 1 + row[fixed] if fixed else len(row)
        head = bytearray((COMPACT_ARRAY,))
        head.extend(self.description)
        write_length(head, size)
        at = len(head)
        out = bytearray(at + size)  # in one piece: to grow or to copy it takes more memory
        out[:at] = head
        for row in log.select(start, end):
            used = fixed + 1 + row[fixed] if fixed else len(row)
            out[at : at + used] = row[:used]
            at += used
        return out  # type: ignore[return-value]

    def string(self, octets: bytes) -> bytes:
        """An octet string as it is stored."""
        if len(octets) > LONGEST_STRING:
            raise DecodeError("octet string of a row too long")
        return bytes((len(octets),)) + octets + bytes(LONGEST_STRING - len(octets))

"""A table of the standard as the board keeps it: compact rows, found by key where they lie.

Layout: number of rows (2 octets), size of a key (1), then per row key and offset (4 octets), keys
ascending, then the rows, each behind its length (2 octets). All big-endian.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

HEADER = 3
OFFSET = 4


class Table:
    """`read(offset, size)` returns octets of the packed table: from flash, a file or memory."""

    def __init__(self, read: Callable[[int, int], bytes]) -> None:
        self._read = read
        header = read(0, HEADER)
        self._count = int.from_bytes(header[:2], "big")
        self._key_size = header[2]

    def __len__(self) -> int:
        return self._count

    def _entry(self, index: int) -> tuple[bytes, int]:
        size = self._key_size
        entry = self._read(HEADER + (size + OFFSET) * index, size + OFFSET)
        return entry[:size], int.from_bytes(entry[size:], "big")

    def _row(self, offset: int) -> bytes:
        size = int.from_bytes(self._read(offset, 2), "big")
        return self._read(offset + 2, size)

    def find(self, key: bytes) -> bytes | None:
        """The row of `key`, or None."""
        low, high = 0, self._count
        while low < high:
            middle = (low + high) // 2
            found, offset = self._entry(middle)
            if found == key:
                return self._row(offset)
            if found < key:
                low = middle + 1
            else:
                high = middle
        return None

    def rows(self) -> Iterator[tuple[bytes, bytes]]:
        """Every (key, row), keys ascending."""
        for index in range(self._count):
            key, offset = self._entry(index)
            yield key, self._row(offset)

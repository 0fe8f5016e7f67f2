"""A ring of rows in one file: the newest replaces the oldest when it is full.

A slot is the row's number (4), counted from 0, the row, and a CRC-32 of both (4). Row n lies in
slot n modulo the capacity, so where the ring begins and ends is found again after a power cut; a
row that was being written then is gone, and with it the one it was about to replace.
"""

from __future__ import annotations

from binascii import crc32
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from smets.device.flash import Flash

_NUMBER = 4
_CHECK = 4
_AT_ONCE = 8  # rows read together
_SCANNED = 512  # rows; in longer logs times are searched for by halving


class Log:
    """The first 4 octets of a row are its time, in seconds since 2000.

    In a log of more than 512 rows no row may be older than the one before it.
    """

    def __init__(self, flash: Flash, name: str, row_size: int, capacity: int) -> None:
        self.row_size = row_size
        self.capacity = capacity
        self._flash = flash
        self._name = name
        self._slot = _NUMBER + row_size + _CHECK
        self._next = self._find_end()

    def __len__(self) -> int:
        """Rows that are kept."""
        return min(self._next, self.capacity)

    def following(self) -> int:
        """The number that the next row gets."""
        return self._next

    def append(self, row: bytes) -> None:
        """Adds a row, durably."""
        if len(row) != self.row_size:
            raise ValueError("a row of %s has %d octets" % (self._name, self.row_size))
        slot = self._next.to_bytes(_NUMBER, "big") + row
        slot += crc32(slot).to_bytes(_CHECK, "big")
        self._flash.write(self._name, self._next % self.capacity * self._slot, slot)
        self._flash.sync()
        self._next += 1

    def clear(self) -> None:
        """Forgets all rows, durably."""
        self._flash.truncate(self._name)
        self._flash.sync()
        self._next = 0

    def newest(self) -> bytes | None:
        """The row appended last."""
        return self._row(self._next - 1) if self._next else None

    def select(self, start: int, end: int, least: int = 0) -> Iterator[bytes]:
        """The rows from number `least` on with start <= time <= end, oldest first."""
        first = max(self._next - len(self), least)
        halved = self.capacity > _SCANNED
        if halved:
            first = self._first_from(start, first)
        for row in self._rows(first):
            time = int.from_bytes(row[:4], "big")
            if halved and time > end:
                return
            if start <= time <= end:
                yield row

    def _first_from(self, start: int, low: int) -> int:
        """The number of the oldest row that is not before `start`."""
        high = self._next
        while low < high:
            middle = (low + high) // 2
            row = self._row(middle)
            if row is not None and int.from_bytes(row[:4], "big") >= start:
                high = middle
            else:
                low = middle + 1
        return low

    def _rows(self, number: int) -> Iterator[bytes]:
        while number < self._next:
            at = number % self.capacity
            count = min(_AT_ONCE, self._next - number, self.capacity - at)
            slots = self._flash.read(self._name, at * self._slot, count * self._slot)
            for start in range(0, count * self._slot, self._slot):
                row = self._checked(slots[start : start + self._slot], number)
                if row is not None:
                    yield row
                number += 1

    def _row(self, number: int) -> bytes | None:
        at = number % self.capacity * self._slot
        return self._checked(self._flash.read(self._name, at, self._slot), number)

    def _checked(self, slot: bytes, number: int) -> bytes | None:
        """The row of a slot, if that is what was written as row `number`."""
        if slot[:_NUMBER] != number.to_bytes(_NUMBER, "big"):
            return None
        end = self._slot - _CHECK
        if crc32(slot[:end]).to_bytes(_CHECK, "big") != slot[end:]:
            return None
        return slot[_NUMBER:end]

    def _find_end(self) -> int:
        """The number that the next row gets."""
        slots = min(self._flash.size(self._name) // self._slot, self.capacity)
        if not slots:
            return 0
        base = int.from_bytes(self._flash.read(self._name, 0, _NUMBER), "big")
        if base % self.capacity or self._row(base) is None:
            # The first slot was being written: the newest row is in the last one.
            last = self._flash.read(self._name, (self.capacity - 1) * self._slot, _NUMBER)
            number = int.from_bytes(last, "big")
            return number + 1 if last and self._row(number) is not None else 0
        low, high = base + 1, base + slots
        while low < high:
            middle = (low + high + 1) // 2
            if self._row(middle - 1) is None:
                high = middle - 1
            else:
                low = middle
        return low

"""Small named values, changed several at a time, all or nothing.

Two files take turns. Each begins with a record of all values; commits are appended as further
records. When a file has grown enough, all values go to the other one, which then is in force.

A record is its length (4), its number (4), entries and a CRC-32 (4), which goes on from that of
the record before it. An entry is a counted name, the value's size (2; GONE: no value), the value.
Records are numbered without gaps, so nothing that an interrupted write left behind counts as one.
"""

from __future__ import annotations

from binascii import crc32
from typing import TYPE_CHECKING

from smets.device.store_index import StoreIndex

if TYPE_CHECKING:
    from smets.device.flash import Flash

FILES = ("store-0", "store-1")
HEAD = 8
CHECK = 4
GONE = 0xFFFF
LONGEST_NAME = 255

_PIECE = 512  # octets handled at a time
_ROOM = 16384  # what a file may hold beyond twice its first record


class Store:
    """Opens what `flash` holds; values lie there and are read when asked for."""

    def __init__(self, flash: Flash) -> None:
        self._flash = flash
        self._index = StoreIndex()
        self._file = FILES[0]
        self._number = 0
        self._end = 0
        self._check = 0
        self._limit = _ROOM
        for file in FILES:
            first = self._first(file)
            if first is not None and first > self._number:
                self._file, self._number = file, first
        if self._number:
            self._number -= 1
            self._follow()
            self._limit += 2 * self._end
            while self._follow():
                pass

    # Reading

    def get(self, name: str) -> bytes | None:
        """The value of that name, or None."""
        encoded = name.encode()
        found = self._find(encoded)
        if found is None:
            return None
        offset = found + 1 + len(encoded)
        size = int.from_bytes(self._flash.read(self._file, offset, 2), "big")
        return self._flash.read(self._file, offset + 2, size)

    def _find(self, name: bytes) -> int | None:
        """The offset of the name's entry."""
        for offset in self._index.offsets(crc32(name)):
            counted = self._flash.read(self._file, offset, 1 + len(name))
            if counted[0] == len(name) and counted[1:] == name:
                return offset
        return None

    # Changing

    def commit(self, changes: list[tuple[str, bytes | None]]) -> None:
        """Makes all changes, or none; durable on return. None deletes; of two the later counts."""
        if not changes:
            return
        size = 0
        for name, value in changes:
            if len(value or b"") >= GONE or not 0 < len(name.encode()) <= LONGEST_NAME:
                raise ValueError(f"cannot be stored: {name}")
            size += _entry_size(name.encode(), value)
        if self._end > self._limit or not self._end:
            self._take_turns()
        writer = _Record(self._flash, self._file, self._end, self._number + 1, size, self._check)
        for name, value in changes:
            writer.add(_entry(name.encode(), value))
        end = writer.finish()
        at = self._end + HEAD
        for name, value in changes:
            self._note(name.encode(), at if value is not None else None)
            at += _entry_size(name.encode(), value)
        self._number += 1
        self._end = end
        self._check = writer.check

    def _note(self, name: bytes, offset: int | None) -> None:
        self._index.replace(crc32(name), self._find(name), offset)

    def _take_turns(self) -> None:
        """All values into the other file."""
        other = FILES[1 - FILES.index(self._file)]
        flash = self._flash
        flash.truncate(other)
        flash.sync()
        offsets = self._index.all()
        sizes = [self._entry_size_at(offset) for offset in offsets]
        writer = _Record(flash, other, 0, self._number + 1, sum(sizes), 0)
        for offset, size in zip(offsets, sizes):
            for start in range(0, size, _PIECE):
                piece = min(_PIECE, size - start)
                writer.add(flash.read(self._file, offset + start, piece))
        end = writer.finish()
        self._index.move(HEAD, sizes)
        self._file = other
        self._number += 1
        self._end = end
        self._check = writer.check
        self._limit = 2 * end + _ROOM

    def _entry_size_at(self, offset: int) -> int:
        name_size = self._flash.read(self._file, offset, 1)[0]
        size = int.from_bytes(self._flash.read(self._file, offset + 1 + name_size, 2), "big")
        return 1 + name_size + 2 + (0 if size == GONE else size)

    # Opening

    def _first(self, file: str) -> int | None:
        """The number of a file's first record when that is whole."""
        head = self._flash.read(file, 0, HEAD)
        if len(head) < HEAD or self._checked(file, 0, head, 0) is None:
            return None
        return int.from_bytes(head[4:], "big")

    def _checked(self, file: str, at: int, head: bytes, check: int) -> int | None:
        """The CRC of the record at `at`, None when it is not whole."""
        size = int.from_bytes(head[:4], "big")
        end = at + HEAD + size
        if end + CHECK > self._flash.size(file):
            return None
        check = crc32(head, check)
        for start in range(at + HEAD, end, _PIECE):
            check = crc32(self._flash.read(file, start, min(_PIECE, end - start)), check)
        return check if self._flash.read(file, end, CHECK) == check.to_bytes(4, "big") else None

    def _follow(self) -> bool:
        """Takes the next record in, if there is one."""
        head = self._flash.read(self._file, self._end, HEAD)
        if len(head) < HEAD or int.from_bytes(head[4:], "big") != self._number + 1:
            return False
        check = self._checked(self._file, self._end, head, self._check)
        if check is None:
            return False
        at = self._end + HEAD
        end = at + int.from_bytes(head[:4], "big")
        while at < end:
            name_size = self._flash.read(self._file, at, 1)[0]
            name = self._flash.read(self._file, at + 1, name_size)
            size = self._flash.read(self._file, at + 1 + name_size, 2)
            gone = size == b"\xff\xff"
            self._note(name, None if gone else at)
            at += 1 + name_size + 2 + (0 if gone else int.from_bytes(size, "big"))
        self._number += 1
        self._end = end + CHECK
        self._check = check
        return True


class _Record:
    """Writes one record behind what a file holds."""

    def __init__(
        self, flash: Flash, file: str, at: int, number: int, size: int, check: int
    ) -> None:
        self._flash = flash
        self._file = file
        self._at = at
        self._waiting = bytearray(size.to_bytes(4, "big") + number.to_bytes(4, "big"))
        self.check = check

    def add(self, octets: bytes) -> None:
        self._waiting.extend(octets)
        if len(self._waiting) >= _PIECE:
            self._put()

    def _put(self) -> None:
        self.check = crc32(self._waiting, self.check)
        self._flash.write(self._file, self._at, bytes(self._waiting))
        self._at += len(self._waiting)
        self._waiting = bytearray()

    def finish(self) -> int:
        """Closes the record, makes it durable and returns where it ends."""
        check = crc32(self._waiting, self.check)
        self._waiting.extend(check.to_bytes(4, "big"))
        self._flash.write(self._file, self._at, bytes(self._waiting))
        self._flash.sync()
        self.check = check
        return self._at + len(self._waiting)


def _entry_size(name: bytes, value: bytes | None) -> int:
    return 1 + len(name) + 2 + len(value or b"")


def _entry(name: bytes, value: bytes | None) -> bytes:
    size = GONE if value is None else len(value)
    return bytes((len(name),)) + name + size.to_bytes(2, "big") + (value or b"")

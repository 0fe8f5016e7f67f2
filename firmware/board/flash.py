"""A board's stored state: slots and logs in one folder of its file system, changed all or nothing.

A slot is a name with a content that is replaced whole; a log is a name that grows at its end and
is read at an offset. Between `begin` and `commit` changes wait in RAM, readers see them, and
`commit` makes all of them durable together: they are written to a journal, the journal is
renamed into place (the moment that counts), then they are carried out. A board that loses power
carries out a whole journal when it starts, and forgets a torn one. Outside a transaction every
change is one of its own.

`flush` is fsync on the unix port; littlefs makes a file durable when it is closed. Names are
flat file names.
"""

from __future__ import annotations

import hashlib
import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import BinaryIO

JOURNAL = "journal"
UNFINISHED = "journal.new"
CHECKSUM_LENGTH = 32
SIZE_LENGTH = 4

# Journal records: kind (1), name length (1), name, log offset (4), content length (4), content.
ERASE, WRITE, APPEND = 0, 1, 2

_SIZE_IN_STAT = 6
_PIECE = 256  # octets in RAM while the journal is checked


class Flash:
    """The slots and logs of `folder`, which is made when it is not there."""

    def __init__(self, folder: str) -> None:
        self._folder = folder
        self._slots: dict[str, bytes | None] = {}  # changed in this transaction; None: erased
        self._tails: dict[str, bytearray] = {}  # appended in this transaction
        self._open = False
        try:
            os.mkdir(folder)
        except OSError:
            os.stat(folder)  # it is there already, or the error says why it cannot be
        self._recover()

    # Reading

    def read(self, name: str) -> bytes | None:
        """The content of a slot, or None when there is none."""
        if name in self._slots:
            return self._slots[name]
        return self._read_file(name)

    def read_at(self, name: str, offset: int, length: int) -> bytes:
        """Up to `length` octets of a log from `offset` on; fewer at its end."""
        stored = self._stored_length(name)
        piece = b""
        if offset < stored:
            with open(self._path(name), "rb") as file:
                file.seek(offset)
                piece = file.read(min(length, stored - offset))
        tail = self._tails.get(name)
        if tail is not None and len(piece) < length:
            start = max(0, offset - stored)
            piece += bytes(tail[start : start + length - len(piece)])
        return piece

    def length(self, name: str) -> int:
        """Octets in a slot or log; 0 when there is none."""
        if self._slots.get(name) is not None:
            return len(self._slots[name] or b"")
        return self._stored_length(name) + len(self._tails.get(name, b""))

    def names(self) -> list[str]:
        """Every slot and log, sorted."""
        found = {name for name in os.listdir(self._folder) if name not in (JOURNAL, UNFINISHED)}
        for name, content in self._slots.items():
            if content is None:
                found.discard(name)
            else:
                found.add(name)
        found.update(self._tails)
        return sorted(found)

    # Changing

    def write(self, name: str, content: bytes) -> None:
        """Replaces a slot."""
        self._slots[name] = bytes(content)
        self._changed()

    def append(self, name: str, content: bytes) -> None:
        """Adds to the end of a log."""
        tail = self._tails.get(name)
        if tail is None:
            self._tails[name] = bytearray(content)
        else:
            tail.extend(content)
        self._changed()

    def erase(self, name: str) -> None:
        """Removes a slot or log; nothing happens when there is none."""
        self._slots[name] = None
        self._tails.pop(name, None)
        self._changed()

    def begin(self) -> None:
        """From here to `commit` or `rollback` changes belong together."""
        self._open = True

    def rollback(self) -> None:
        """Forgets the changes since `begin`; a `commit` that failed late may have made them."""
        self._forget()
        self._recover()

    def commit(self) -> None:
        """Makes the changes since `begin` durable, all or none."""
        if len(self._slots) + len(self._tails) == 1:
            self._commit_one()
        elif self._slots or self._tails:
            self._write_journal()
            self._recover()
        self._forget()

    def _forget(self) -> None:
        self._slots.clear()
        self._tails.clear()
        self._open = False

    def _changed(self) -> None:
        if not self._open:
            self.commit()

    # Files

    def _path(self, name: str) -> str:
        return self._folder + "/" + name

    def _stored_length(self, name: str) -> int:
        if name in self._slots:
            return 0
        try:
            return int(os.stat(self._path(name))[_SIZE_IN_STAT])
        except OSError:
            return 0

    def _read_file(self, name: str) -> bytes | None:
        try:
            with open(self._path(name), "rb") as file:
                return file.read()
        except OSError:
            return None

    def _remove(self, name: str) -> None:
        try:
            os.remove(self._path(name))
        except OSError:
            pass  # it was not there

    def _commit_one(self) -> None:
        """One change needs no journal: a slot is renamed into place, a log grows by one write."""
        for name, content in self._slots.items():
            if content is None:
                self._remove(name)
            else:
                self._write_file(UNFINISHED, content)
                os.rename(self._path(UNFINISHED), self._path(name))
        for name, tail in self._tails.items():
            self._write_file(name, bytes(tail), self._stored_length(name))

    def _write_file(self, name: str, content: bytes, offset: int = 0) -> None:
        """Writes at `offset`, replacing the whole file when that is 0."""
        with open(self._path(name), "r+b" if offset else "wb") as file:
            file.seek(offset)
            file.write(content)
            file.flush()

    # The journal

    def _write_journal(self) -> None:
        checksum = hashlib.sha256()
        with open(self._path(UNFINISHED), "wb") as file:

            def record(kind: int, name: str, offset: int, content: bytes) -> None:
                head = bytes((kind, len(name))) + name.encode()
                head += offset.to_bytes(SIZE_LENGTH, "big")
                head += len(content).to_bytes(SIZE_LENGTH, "big")
                for part in (head, content):
                    checksum.update(part)
                    file.write(part)

            for name, content in self._slots.items():
                if content is None:
                    record(ERASE, name, 0, b"")
                else:
                    record(WRITE, name, 0, content)
            for name, tail in self._tails.items():
                record(APPEND, name, self._stored_length(name), bytes(tail))
            file.write(checksum.digest())
            file.flush()
        os.rename(self._path(UNFINISHED), self._path(JOURNAL))

    def _recover(self) -> None:
        """Carries out the journal, if there is a whole one; doing so twice changes nothing."""
        self._remove(UNFINISHED)
        try:
            length = int(os.stat(self._path(JOURNAL))[_SIZE_IN_STAT])
        except OSError:
            return
        with open(self._path(JOURNAL), "rb") as file:
            if self._is_whole(file, length):
                file.seek(0)
                while file.tell() < length - CHECKSUM_LENGTH:
                    kind, name_length = file.read(2)
                    name = file.read(name_length).decode()
                    offset = int.from_bytes(file.read(SIZE_LENGTH), "big")
                    content = file.read(int.from_bytes(file.read(SIZE_LENGTH), "big"))
                    if kind == ERASE:
                        self._remove(name)
                    else:
                        self._write_file(name, content, offset)
        self._remove(JOURNAL)

    def _is_whole(self, file: BinaryIO, length: int) -> bool:
        """Whether the last octets are the checksum of those before them."""
        checksum = hashlib.sha256()
        left = length - CHECKSUM_LENGTH
        while left > 0:
            piece = file.read(min(left, _PIECE))
            checksum.update(piece)
            left -= len(piece)
        return file.read() == checksum.digest()

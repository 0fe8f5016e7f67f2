"""The flash of `smets.device` on the board's file system: one folder, a file for each name.

The unix port writes straight to the system and `flush` is fsync there; littlefs makes a file
durable when it is flushed or closed.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import BinaryIO

STATE = "state"  # the folder of a device's state
OPEN = 3  # files kept open; littlefs has a buffer in RAM for each

_SIZE_IN_STAT = 6
_END = 2


class Flash:
    """The files of `folder`, which is made when it is not there."""

    def __init__(self, folder: str) -> None:
        self._folder = folder
        self._files: dict[str, BinaryIO] = {}
        self._unsynced: set[str] = set()
        try:
            os.mkdir(folder)
        except OSError:
            os.stat(folder)  # it is there already, or this error says why it cannot be

    def size(self, name: str) -> int:
        """Octets in the file; 0 when there is none."""
        if name in self._files:
            return self._files[name].seek(0, _END)
        try:
            return int(os.stat(self._path(name))[_SIZE_IN_STAT])
        except OSError:
            return 0

    def read(self, name: str, offset: int, size: int) -> bytes:
        """Up to `size` octets, fewer at the end of the file."""
        if name not in self._files and not self.size(name):
            return b""
        file = self._file(name)
        file.seek(offset)
        return file.read(size)

    def write(self, name: str, offset: int, data: bytes) -> None:
        """Writes inside the file or at its end, which then grows."""
        if offset > self.size(name):
            raise ValueError("a write beyond the end of a file leaves a gap")
        file = self._file(name)
        file.seek(offset)
        file.write(data)
        self._unsynced.add(name)

    def truncate(self, name: str) -> None:
        """Leaves nothing in the file."""
        if name in self._files:
            self._files.pop(name).close()
        self._unsynced.discard(name)
        with open(self._path(name), "wb") as file:
            file.flush()

    def sync(self) -> None:
        """Returns when all written so far is durable."""
        for name in self._unsynced:
            self._files[name].flush()
        self._unsynced.clear()

    def close(self) -> None:
        """Makes everything durable and lets go of the files."""
        self.sync()
        for file in self._files.values():
            file.close()
        self._files.clear()

    def _path(self, name: str) -> str:
        return self._folder + "/" + name

    def _file(self, name: str) -> BinaryIO:
        file = self._files.get(name)
        if file is None:
            if len(self._files) >= OPEN:
                self.close()
            path = self._path(name)
            try:
                file = open(path, "r+b")  # noqa: SIM115 - stays open
            except OSError:
                file = open(path, "w+b")  # noqa: SIM115
            self._files[name] = file
        return file

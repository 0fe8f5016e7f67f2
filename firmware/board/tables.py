"""The standard's tables where they lie on the board: read by seek, never whole."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from smets.codec.table import Table

if TYPE_CHECKING:
    from typing import BinaryIO


def open_table(name: str) -> Table:
    """The packed table `smets/NAME.bin`, from wherever on the module path it is."""
    for folder in sys.path:
        try:
            path = folder + "/" if folder else ""  # none: where the board is
            return _table(open(path + "smets/" + name + ".bin", "rb"))
        except OSError:
            continue
    raise OSError("the board has no table " + name)


def _table(file: BinaryIO) -> Table:
    def read(offset: int, size: int) -> bytes:
        file.seek(offset)
        return file.read(size)

    return Table(read)

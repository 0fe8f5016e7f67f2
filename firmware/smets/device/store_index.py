"""Where a store's entries lie, by the CRC of their names: 8 octets of memory an entry."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_SIZE = 8  # CRC-32 (4) and offset (4)


class StoreIndex:
    """Names are few and short; the store itself looks whether a name is the right one."""

    def __init__(self) -> None:
        self._rows = bytearray()

    def offsets(self, name_check: int) -> Iterator[int]:
        """The offsets of the entries whose names have this CRC."""
        wanted = name_check.to_bytes(4, "big")
        at = self._rows.find(wanted)
        while at >= 0:
            if at % _SIZE == 0:
                yield self._offset(at)
            at = self._rows.find(wanted, at + 1)

    def all(self) -> list[int]:
        return [self._offset(at) for at in range(0, len(self._rows), _SIZE)]

    def _offset(self, at: int) -> int:
        return int.from_bytes(self._rows[at + 4 : at + _SIZE], "big")

    def replace(self, name_check: int, old: int | None, new: int | None) -> None:
        """The entry at `old`, None for a name without one, now lies at `new`, None: nowhere."""
        row = name_check.to_bytes(4, "big")
        at = len(self._rows)
        if old is not None:
            found = row + old.to_bytes(4, "big")
            at = self._rows.find(found)
            while at % _SIZE:
                at = self._rows.find(found, at + 1)
        self._rows[at : at + _SIZE] = b"" if new is None else row + new.to_bytes(4, "big")

    def move(self, first: int, sizes: list[int]) -> None:
        """The entries now lie one behind the other from `first` on."""
        for number, size in enumerate(sizes):
            at = number * _SIZE + 4
            self._rows[at : at + 4] = first.to_bytes(4, "big")
            first += size

"""A flash whose power is cut at the n-th operation, and what may be left on it then."""

from __future__ import annotations

from smets.device.ram_flash import RamFlash


class PowerCut(Exception):  # noqa: N818
    pass


class Chance:
    """The same small pseudo-random numbers on every interpreter."""

    def __init__(self, seed: int) -> None:
        self._state = (seed * 2654435761 + 97) & 0xFFFFFFFF

    def below(self, limit: int) -> int:
        self._state = (self._state * 1103515245 + 12345) & 0x7FFFFFFF
        return (self._state >> 8) % limit

    def octets(self, size: int) -> bytes:
        return bytes([self.below(256) for _ in range(size)])


class CutFlash(RamFlash):
    """Of the `operations`, writes, truncations and syncs, number `cut_at` is interrupted."""

    def __init__(self, files: dict[str, bytes], cut_at: int = -1) -> None:
        super().__init__()
        self.files = {name: bytearray(content) for name, content in files.items()}
        self.operations = 0
        self._cut_at = cut_at
        self._durable = dict(files)
        self._pending: list[tuple[str, int, bytes]] = []  # offset -1: truncation

    def _count(self) -> None:
        if self.operations == self._cut_at:
            raise PowerCut
        self.operations += 1

    def write(self, name: str, offset: int, data: bytes) -> None:
        self._pending.append((name, offset, bytes(data)))
        self._count()
        super().write(name, offset, data)

    def truncate(self, name: str) -> None:
        self._pending.append((name, -1, b""))
        self._count()
        super().truncate(name)

    def sync(self) -> None:
        self._count()
        self._pending = []
        self._durable = {name: bytes(content) for name, content in self.files.items()}

    def left(self, chance: Chance) -> dict[str, bytes]:
        """What is found after the cut: of the writes not synced some, in any order, or torn."""
        files = {name: bytearray(content) for name, content in self._durable.items()}
        pending = list(self._pending)
        while pending:
            name, offset, data = pending.pop(chance.below(len(pending)))
            fate = chance.below(4)
            file = files.setdefault(name, bytearray())
            if fate == 0:
                continue
            if offset < 0:
                files[name] = bytearray()
                continue
            if fate == 1:
                data = data[: chance.below(len(data) + 1)]
            file.extend(b"\xff" * (offset - len(file)))
            if fate == 2:
                hole = chance.below(len(data) + 1)
                end = min(len(data), hole + 1 + chance.below(64))
                data = data[:hole] + b"\xff" * (end - hole) + data[end:]
            file[offset : offset + len(data)] = data
        return {name: bytes(content) for name, content in files.items()}

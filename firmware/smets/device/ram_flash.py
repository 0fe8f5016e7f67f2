"""Flash in memory, for devices that live in a program on the host and for tests."""

from __future__ import annotations


class RamFlash:
    """`files` is all there is."""

    def __init__(self) -> None:
        self.files: dict[str, bytearray] = {}

    def size(self, name: str) -> int:
        return len(self.files.get(name, b""))

    def read(self, name: str, offset: int, size: int) -> bytes:
        return bytes(self.files.get(name, b"")[offset : offset + size])

    def write(self, name: str, offset: int, data: bytes) -> None:
        file = self.files.setdefault(name, bytearray())
        if offset > len(file):
            raise ValueError("a write beyond the end of a file leaves a gap")
        file[offset : offset + len(data)] = data

    def truncate(self, name: str) -> None:
        self.files[name] = bytearray()

    def sync(self) -> None:
        pass

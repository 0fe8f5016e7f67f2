"""What a device keeps its state in: named files, written at any offset."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import Protocol

    class Flash(Protocol):
        """A power cut may lose or tear any write since the last `sync`, in any order."""

        def size(self, name: str) -> int:
            """Octets in the file; 0 when there is none."""
            ...

        def read(self, name: str, offset: int, size: int) -> bytes:
            """Up to `size` octets, fewer at the end of the file."""
            ...

        def write(self, name: str, offset: int, data: bytes) -> None:
            """Writes inside the file or at its end, which then grows."""
            ...

        def truncate(self, name: str) -> None:
            """Leaves nothing in the file."""
            ...

        def sync(self) -> None:
            """Returns when all written so far is durable."""
            ...

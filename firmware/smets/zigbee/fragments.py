"""APS fragmentation for radios that leave it to their host (Zigbee R22, 2.2.8.4.5)."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from smets.zigbee.driver import Datagram

# Octets that security with a link key, and the fragmentation header with room for a source route,
# take away from a frame's payload.
LINK_KEY_SECURITY = 17
FRAGMENTATION = 4

MOST_BLOCKS = 48
LONGEST = 2064  # octets: a tunnel's transfer with its headers


def cut(payload: bytes, max_payload: int, secured: bool) -> list[bytes]:
    """The message as one piece, or as blocks in their order."""
    room = max_payload - (LINK_KEY_SECURITY if secured else 0)
    if len(payload) <= room:
        return [payload]
    room -= FRAGMENTATION
    return [payload[at : at + room] for at in range(0, len(payload), room)]


class Assembler:
    """Joins the blocks of one message at a time, in whatever order they come.

    Another message's block, or silence until then, gives up the one before: its sender will have
    had no answer and sends it again.
    """

    def __init__(self) -> None:
        self.given_up = 0
        self._forget()

    def _forget(self) -> None:
        self._of: tuple[int, int] | None = None
        self._count = 0
        self._size = 0
        self._blocks: dict[int, bytes] = {}

    def add(self, datagram: Datagram) -> bytes | None:
        """The whole payload when `datagram` was the last block missing."""
        of = (datagram.peer, datagram.counter)
        if of != self._of:
            self.given_up += bool(self._blocks)
            self._forget()
            self._of = of
        if datagram.blocks:
            self._count = datagram.blocks
        if datagram.block not in self._blocks:
            self._size += len(datagram.payload)
            self._blocks[datagram.block] = datagram.payload
        numbers = len(self._blocks)
        if self._size > LONGEST or max(numbers, self._count, datagram.block) > MOST_BLOCKS:
            self.given_up += 1
            self._forget()
            return None
        if numbers != self._count:
            return None
        blocks = self._blocks
        self._forget()
        if max(blocks) >= numbers:
            self.given_up += 1
            return None
        return b"".join([blocks[number] for number in range(numbers)])

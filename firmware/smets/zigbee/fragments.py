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
        self._buffer = bytearray(LONGEST)  # once: later a heap seldom has such a hole
        self._forget()

    def _forget(self) -> None:
        self._of: tuple[int, int] | None = None
        self._count = 0
        self._next = 0  # the block that follows what is in the buffer
        self._size = 0
        self._ahead: dict[int, bytes] = {}  # blocks beyond a gap

    def add(self, datagram: Datagram) -> memoryview | None:
        """The whole payload when `datagram` was the last block missing.

        It is overwritten by the next message's blocks.
        """
        of = (datagram.peer, datagram.counter)
        if of != self._of:
            self.given_up += bool(self._next or self._ahead)
            self._forget()
            self._of = of
        if datagram.blocks:
            self._count = datagram.blocks
        if datagram.block >= self._next:
            self._ahead[datagram.block] = datagram.payload
        size = self._size + sum([len(each) for each in self._ahead.values()])
        if size > LONGEST or max(self._count, datagram.block + 1) > MOST_BLOCKS:
            self._give_up()
            return None
        while self._next in self._ahead:
            payload = self._ahead.pop(self._next)
            end = self._size + len(payload)
            self._buffer[self._size : end] = payload
            self._size = end
            self._next += 1
        if not self._count or self._next + len(self._ahead) < self._count:
            return None
        if self._next != self._count:  # a block beyond the last
            self._give_up()
            return None
        size = self._size
        self._forget()
        return memoryview(self._buffer)[:size]

    def _give_up(self) -> None:
        self.given_up += 1
        self._forget()

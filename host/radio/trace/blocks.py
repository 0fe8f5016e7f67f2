"""Putting the blocks of a fragmented APS message together (Zigbee 2.2.8.4.5)."""

from __future__ import annotations

from dataclasses import dataclass, field

from smets.zigbee import aps
from smets.zigbee.aps import Block

# Messages that may be unfinished at a time; the oldest goes first.
UNFINISHED = 256

# PAN, source, destination, APS counter
Place = tuple[int, int, int, int]


@dataclass
class _Message:
    parts: dict[int, bytes] = field(default_factory=dict)
    count: int | None = None

    def whole(self) -> bytes | None:
        if self.count is None or not all(number in self.parts for number in range(self.count)):
            return None
        return b"".join(self.parts[number] for number in range(self.count))


class Blocks:
    """Unfinished messages; a block that comes again changes nothing."""

    def __init__(self) -> None:
        self._messages: dict[Place, _Message] = {}

    def add(self, place: Place, block: Block, octets: bytes) -> bytes | None:
        """The message when this block makes it whole."""
        message = self._messages.setdefault(place, _Message())
        if len(self._messages) > UNFINISHED:
            del self._messages[next(iter(self._messages))]
        if block.fragment == aps.FIRST_FRAGMENT:
            message.count = block.number
            message.parts[0] = octets
        else:
            message.parts[block.number] = octets
        whole = message.whole()
        if whole is not None:
            del self._messages[place]
        return whole

    def describe(self, place: Place) -> str:
        """How much of an unfinished message is there."""
        message = self._messages[place]
        of = "?" if message.count is None else message.count
        return f"{len(message.parts)} of {of} blocks are there"

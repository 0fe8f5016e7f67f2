"""Blocks of a message put together before the host sees them.

bellows 1.2.1 reads blocks in the layout of version 13 whatever the version is, and loses them. A
message that one EZSP frame cannot carry goes to the host in its blocks all the same, as with a
stick.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from host.radio.ncp.values import LONGEST_MESSAGE
from host.radio.stack.events import Message
from host.radio.stack.types import ApsOption

TIMEOUT = 10.0  # seconds after the last block
MESSAGES = 8


@dataclass
class _Partial:
    blocks: dict[int, Message]
    count: int | None
    due: float


class Fragments:
    """Messages of which some blocks are here."""

    def __init__(self) -> None:
        self._partial: dict[tuple[int, int, int, int], _Partial] = {}

    def add(self, block: Message, now: float) -> Sequence[Message]:
        """What is complete with this block: one message, or all blocks of a long one."""
        self._partial = {key: one for key, one in self._partial.items() if one.due > now}
        aps = block.aps
        key = (block.source, aps.sequence, aps.profile, aps.cluster)
        if key not in self._partial and len(self._partial) >= MESSAGES:
            return ()
        partial = self._partial.setdefault(key, _Partial({}, None, now))
        partial.due = now + TIMEOUT
        if aps.group >> 8:
            partial.count = aps.group >> 8
        number = 0 if aps.group >> 8 else aps.group & 0xFF
        partial.blocks[number] = block
        if partial.count is None or len(partial.blocks) < partial.count:
            return ()
        del self._partial[key]
        blocks = [partial.blocks[number] for number in sorted(partial.blocks)]
        payload = b"".join(one.payload for one in blocks)
        if len(payload) > LONGEST_MESSAGE:
            return blocks
        whole = replace(aps, options=aps.options & ~ApsOption.FRAGMENT, group=0)
        return (replace(blocks[0], aps=whole, payload=payload),)

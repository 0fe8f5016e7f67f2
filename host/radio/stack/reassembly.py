"""Messages in blocks, put together again (Zigbee 2.2.8.4.5)."""

from __future__ import annotations

from dataclasses import dataclass, field

from host.radio.stack.types import Limits
from smets.zigbee import aps

MESSAGES = 8  # at a time
OF_ONE = 2  # sender; its oldest gives way, so that nobody takes the room of all
TIME = 30.0  # s without a new block


@dataclass(slots=True)
class _Parts:
    expires: float
    total: int | None = None
    blocks: dict[int, bytes] = field(default_factory=dict)


class Reassembly:
    """Messages on their way in; `failed` counts those given up."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._messages: dict[tuple[int, int], _Parts] = {}
        self.failed = 0

    @property
    def _window(self) -> int:
        return self._limits.fragment_window

    def add(
        self, source: int, counter: int, block: aps.Block, payload: bytes, now: float
    ) -> tuple[aps.Block | None, bytes | None]:
        """Takes a block: the acknowledgement that is due, and the message when it is whole."""
        self._expire(now)
        key = source, counter
        parts = self._messages.get(key)
        if parts is None:
            begun = [other for other in self._messages if other[0] == source]
            if len(begun) >= OF_ONE:
                del self._messages[begun[0]]
                self.failed += 1
            if len(self._messages) >= MESSAGES:
                self.failed += 1
                return None, None
            parts = self._messages[key] = _Parts(now + TIME)
        parts.expires = now + TIME
        number = 0
        if block.fragment == aps.FIRST_FRAGMENT:
            parts.total = block.number
        else:
            number = block.number
        parts.blocks[number] = payload
        acknowledgement = self._acknowledgement(parts, number)
        total = parts.total
        if total is None or any(n not in parts.blocks for n in range(total)):
            return acknowledgement, None
        del self._messages[key]
        return acknowledgement, b"".join(parts.blocks[n] for n in range(total))

    def again(self, source: int, counter: int, block: aps.Block) -> aps.Block:
        """The acknowledgement for a block that was here before: the last one was lost."""
        number = 0 if block.fragment == aps.FIRST_FRAGMENT else block.number
        first = number - number % self._window
        window = range(first, first + self._window)
        parts = self._messages.get((source, counter))
        present = [n for n in window if parts is None or n in parts.blocks]
        return window_acknowledgement(first, present)

    def _acknowledgement(self, parts: _Parts, number: int) -> aps.Block | None:
        """At the end of a window, or when it is full: a bit for each block that is there."""
        first = number - number % self._window
        end = first + self._window
        if parts.total is not None:
            end = min(end, parts.total)
        present = [n for n in range(first, end) if n in parts.blocks]
        if number != end - 1 and len(present) < end - first:
            return None
        return window_acknowledgement(first, present)

    def _expire(self, now: float) -> None:
        for key in [key for key, parts in self._messages.items() if parts.expires <= now]:
            del self._messages[key]
            self.failed += 1


def window_acknowledgement(first: int, present: list[int]) -> aps.Block:
    """The extended header of an acknowledgement for the window that begins with `first`."""
    fragment = aps.NEXT_FRAGMENT if first else aps.FIRST_FRAGMENT
    received = 0
    for number in present:
        received |= 1 << (number - first)
    return aps.Block(fragment, first, received)

"""Messages that the hub has not acknowledged yet, numbered as the link numbers them."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from smets.codec.link import NUMBER_LENGTH, NUMBERS, following

if TYPE_CHECKING:
    from smets.device.objects import Changes
    from smets.device.store import Store

_ENDS = "outbox"  # the numbers of the oldest message and of the next one


class Outbox:
    """A queue in the store; a message is added in the commit that carries what it tells of."""

    def __init__(self, store: Store) -> None:
        self._store = store
        ends = store.get(_ENDS) or os.urandom(NUMBER_LENGTH) * 2
        self._first = int.from_bytes(ends[:NUMBER_LENGTH], "big")
        self._next = int.from_bytes(ends[NUMBER_LENGTH:], "big")

    def __len__(self) -> int:
        return (self._next - self._first) % NUMBERS

    def head(self) -> int | None:
        """The number of the message that has waited longest."""
        return self._first if len(self) else None

    def numbers(self) -> list[int]:
        """The numbers of all that wait, oldest first."""
        return [(self._first + at) % NUMBERS for at in range(len(self))]

    def message(self, number: int) -> bytes:
        """A message that waits."""
        return self._store.get(_name(number)) or b""

    def add(self, changes: Changes, message: bytes) -> None:
        """Adds to `changes` that the message waits."""
        changes.append((_name(self._next), message))
        self._next = following(self._next)
        changes.append(self._ends())

    def acknowledged(self, number: int) -> None:
        """The hub has stored the message; what is not the head's number says nothing new."""
        if number == self.head():
            self._first = following(number)
            self._store.commit([(_name(number), None), self._ends()])

    def _ends(self) -> tuple[str, bytes]:
        ends = self._first.to_bytes(NUMBER_LENGTH, "big") + self._next.to_bytes(
            NUMBER_LENGTH, "big"
        )
        return _ENDS, ends


def _name(number: int) -> str:
    return "outbox.%08x" % number

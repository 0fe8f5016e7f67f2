"""What a board has stored for its hub, and which of the hub's messages are stored here."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from smets.codec.link import NUMBER_LENGTH, NUMBERS, following, is_repeat

if TYPE_CHECKING:
    from smets.device.store import Store

    Changes = list[tuple[str, bytes | None]]

# The numbers of the first message that waits, of the next one, and of the last received, if any.
SLOT = "link"
ENTRY = "link."  # and a waiting message's number in hexadecimal


class Outbox:
    """Messages in the order of their numbers.

    What the hub has acknowledged goes with the next commit: until then a restart may send it
    again, and the hub drops it.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        slot = store.get(SLOT) or 2 * os.urandom(NUMBER_LENGTH)
        numbers = [
            int.from_bytes(slot[at : at + NUMBER_LENGTH], "big")
            for at in range(0, len(slot), NUMBER_LENGTH)
        ]
        self._stored = self._first = numbers[0]
        self._next = numbers[1]
        self._received = numbers[2] if len(numbers) > 2 else None

    def __len__(self) -> int:
        return (self._next - self._first) % NUMBERS

    def head(self) -> int | None:
        """The number of the message that has waited longest."""
        return self._first if len(self) else None

    def message(self, number: int) -> bytes:
        return self._store.get(_entry(number)) or b""

    def acknowledged(self, number: int) -> None:
        """The hub has stored it; what is not the head's number says nothing new."""
        if number == self.head():
            self._first = following(number)

    def is_received(self, number: int) -> bool:
        """Whether the hub's message `number` has been dealt with before."""
        return is_repeat(self._received, number)

    def commit(self, messages: list[bytes], received: int | None = None) -> None:
        """Adds messages and notes that the hub's message `received` is dealt with, in one."""
        changes: Changes = []
        while self._stored != self._first:
            changes.append((_entry(self._stored), None))
            self._stored = following(self._stored)
        for message in messages:
            changes.append((_entry(self._next), message))
            self._next = following(self._next)
        if received is not None:
            self._received = received
        numbers = [self._first, self._next]
        if self._received is not None:
            numbers.append(self._received)
        slot = b"".join([number.to_bytes(NUMBER_LENGTH, "big") for number in numbers])
        self._store.commit(changes + [(SLOT, slot)])


def _entry(number: int) -> str:
    return f"{ENTRY}{number:08x}"

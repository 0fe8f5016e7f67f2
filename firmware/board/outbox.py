"""What a board has stored for its hub, and which of the hub's messages are stored here."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from smets.codec.link import NUMBER_LENGTH, NUMBERS, following, is_repeat

if TYPE_CHECKING:
    from board.flash import Flash

SLOT = "link"  # the number of the next message to send, then that of the last one received, if any
ENTRY = "outbox-"  # and the message's number in hexadecimal


class Outbox:
    """Works inside the caller's flash transaction; after a rollback, make a new one."""

    def __init__(self, flash: Flash) -> None:
        self._flash = flash
        slot = flash.read(SLOT) or os.urandom(NUMBER_LENGTH)
        self._next = int.from_bytes(slot[:NUMBER_LENGTH], "big")
        self._received: int | None = None
        if len(slot) > NUMBER_LENGTH:
            self._received = int.from_bytes(slot[NUMBER_LENGTH:], "big")
        numbers = [int(name[len(ENTRY) :], 16) for name in flash.names() if name.startswith(ENTRY)]
        # The numbers wrap; all that wait are below the next one.
        self._waiting = sorted(numbers, key=lambda number: (number - self._next) % NUMBERS)

    def __len__(self) -> int:
        return len(self._waiting)

    def head(self) -> int | None:
        """The number of the message that has waited longest."""
        return self._waiting[0] if self._waiting else None

    def message(self, number: int) -> bytes:
        return self._flash.read(_entry(number)) or b""

    def add(self, message: bytes) -> None:
        self._flash.write(_entry(self._next), message)
        self._waiting.append(self._next)
        self._next = following(self._next)
        self._save()

    def remove(self, number: int) -> None:
        """The hub has stored it."""
        self._waiting.remove(number)
        self._flash.erase(_entry(number))

    def is_received(self, number: int) -> bool:
        """Whether the hub's message `number` has been dealt with before."""
        return is_repeat(self._received, number)

    def receive(self, number: int) -> None:
        """The hub's message `number` is dealt with."""
        self._received = number
        self._save()

    def _save(self) -> None:
        slot = self._next.to_bytes(NUMBER_LENGTH, "big")
        if self._received is not None:
            slot += self._received.to_bytes(NUMBER_LENGTH, "big")
        self._flash.write(SLOT, slot)


def _entry(number: int) -> str:
    return f"{ENTRY}{number:08x}"

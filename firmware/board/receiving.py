"""A message of the hub, its effect, its answer and what identifies it are one commit.

So a board that stops anywhere and starts again has either dealt with a message or never seen it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from smets.codec.errors import SmetsError
from smets.codec.reader import Reader
from smets.gbcs.grouping import GroupingHeader
from smets.gbcs.message import MAC_HEADER_START, MAC_SECURITY_HEADER

if TYPE_CHECKING:
    from typing import Protocol

    from smets.device.outbox import Outbox
    from smets.device.store import Store

    Changes = list[tuple[str, bytes | None]]

    class Device(Protocol):
        """The part of `smets.device` that a board drives."""

        store: Store
        outbox: Outbox

        def receive(self, message: bytes | memoryview, now: int, also: Changes) -> bytes | None:
            """Takes a message; `also` is in the commit of what comes of it."""
            ...

        def poll(self, now: int) -> list[bytes]:
            """Does what is due."""
            ...


# In the store: what identifies the hub's last message; the one that the device failed on last,
# and how often (1).
RECEIVED = "link.received"
FAILED = "link.failed"
ATTEMPTS = 5  # a heap in pieces is whole again after a start
OUTBOX_FULL = 64  # messages; the hub then keeps its own until these are fetched


def deal_with(
    device: Device,
    identity: bytes,
    message: bytes | memoryview,
    now: int,
    also: Changes | None = None,
) -> None:
    """What fails again and again, each time after a start, stays unanswered.

    `also` is committed with what comes of the message.
    """
    done: Changes = [(RECEIVED, identity)] + (also or [])
    try:
        device.receive(message, now, done)
    except Exception:
        store = device.store
        failed = store.get(FAILED) or b""
        count = failed[-1] + 1 if failed[:-1] == identity else 1
        changes: Changes = [(FAILED, identity + bytes((count,)))]
        if count >= ATTEMPTS:
            changes += done
        store.commit(changes)
        raise


def identify(message: memoryview) -> bytes:
    """CRA flag, originator counter and originator; of what is no message its own beginning."""
    reader = Reader(message)
    try:
        if reader.peek() == MAC_HEADER_START[0]:
            reader.expect(MAC_HEADER_START, "MAC header")
            reader.length()
            reader.expect(MAC_SECURITY_HEADER, "security header")
        header = GroupingHeader.read(reader)
    except SmetsError:
        return bytes(message[:64])
    return header.transaction_id + header.originator

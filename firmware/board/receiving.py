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
# and how often (1); when a message came (4) that the next start deals with, and its pieces (1),
# which are values of their own.
RECEIVED = "link.received"
FAILED = "link.failed"
DEFERRED = "link.deferred"
PIECE = 256  # octets of such a message in one value: a full heap has no room for more at once
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


def put_off(device: Device, message: memoryview, now: int) -> None:
    """Keeps a message for `resume`: the next start deals with it while the heap is empty."""
    pieces = [message[at : at + PIECE] for at in range(0, len(message), PIECE)]
    changes: Changes = [(DEFERRED, now.to_bytes(4, "big") + bytes((len(pieces),)))]
    for number, piece in enumerate(pieces):
        changes.append((DEFERRED + str(number), bytes(piece)))
    device.store.commit(changes)


def resume(device: Device) -> bool:
    """Deals with a message that was put off, before anything else takes room.

    Whether there was one.
    """
    store = device.store
    kept = store.get(DEFERRED)
    if not kept:
        return False
    names = [DEFERRED + str(number) for number in range(kept[4])]
    message = b"".join([store.get(name) or b"" for name in names])
    gone: Changes = [(name, None) for name in [DEFERRED] + names]
    now = int.from_bytes(kept[:4], "big")
    deal_with(device, identify(memoryview(message)), message, now, gone)
    return True


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

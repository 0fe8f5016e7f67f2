"""A message of the hub, its effect, its answer and what identifies it are one commit.

So a board that stops anywhere and starts again has either dealt with a message or never seen it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

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


def deal_with(device: Device, identity: bytes, message: bytes | memoryview, now: int) -> None:
    """What fails again and again, each time after a start, stays unanswered."""
    try:
        device.receive(message, now, [(RECEIVED, identity)])
    except Exception:
        store = device.store
        failed = store.get(FAILED) or b""
        count = failed[-1] + 1 if failed[:-1] == identity else 1
        changes: Changes = [(FAILED, identity + bytes((count,)))]
        if count >= ATTEMPTS:
            changes.append((RECEIVED, identity))
        store.commit(changes)
        raise

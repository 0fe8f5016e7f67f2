"""A message for which the heap had no room: the next start deals with it, before all else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from board.receiving import deal_with, identify

if TYPE_CHECKING:
    from board.receiving import Changes, Device

# In the store: when such a message came (4), and its pieces (1), which are values of their own.
DEFERRED = "link.deferred"
PIECE = 256  # octets: a full heap has no room for more at once


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

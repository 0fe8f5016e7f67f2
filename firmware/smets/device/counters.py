"""Counters that never go back: the last accepted ones of remote parties, and the device's own.

Both change in the commit that carries what they were used for, so that a power cut leaves
either a counter and its message, or neither.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from smets.device.objects import Changes
    from smets.device.store import Store

OWN = "counter.own"
_LENGTH = 8


class Counters:
    """Originator counters are kept by remote party role (GBCS 4.3.1.5)."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._own = 0

    def _get(self, name: str) -> int:
        return int.from_bytes(self._store.get(name) or b"", "big")

    def accepted(self, role: int) -> int:
        """The last counter accepted from a party of the role: the next one must be greater."""
        return self._get(_name(role))

    def accept(self, changes: Changes, role: int, counter: int) -> None:
        """Adds to `changes` that `counter` was accepted from the role, or is its floor."""
        changes.append((_name(role), counter.to_bytes(_LENGTH, "big")))

    def set_top_up_floor(self, changes: Changes, role: int, floor: int) -> None:
        """The number from which prepayment top-up counters of the role go on."""
        changes.append((_name(role) + ".top-up", floor.to_bytes(_LENGTH, "big")))

    def next_own(self, changes: Changes) -> int:
        """The device's own next counter; it is spent even if `changes` are never committed."""
        self._own = max(self._own, self._get(OWN)) + 1
        changes.append((OWN, self._own.to_bytes(_LENGTH, "big")))
        return self._own


def _name(role: int) -> str:
    return "counter.%d" % role

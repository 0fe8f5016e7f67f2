"""Fault injection: accesses to objects that shall fail, and how."""

from __future__ import annotations

from typing import TYPE_CHECKING

from smets.device.objects import FAULTS

if TYPE_CHECKING:
    from smets.device.store import Store

_SIZE = 11  # class (2), logical name (6), member (1), whether it is a method (1), result (1)


class Faults:
    """One value of the store."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def result(self, class_id: int, logical_name: bytes, member: int, method: bool) -> int:
        """The DLMS result that an access to the attribute or method has to have; 0: none."""
        faults = self._store.get(FAULTS) or b""
        key = _key(class_id, logical_name, member, method)
        for at in range(0, len(faults), _SIZE):
            if faults[at : at + _SIZE - 1] == key:
                return faults[at + _SIZE - 1]
        return 0

    def inject(
        self, class_id: int, logical_name: bytes, member: int, result: int, method: bool = False
    ) -> None:
        """From now on accesses to the member fail with `result`; 0 heals it."""
        faults = self._store.get(FAULTS) or b""
        key = _key(class_id, logical_name, member, method)
        kept = b""
        for at in range(0, len(faults), _SIZE):
            if faults[at : at + _SIZE - 1] != key:
                kept += faults[at : at + _SIZE]
        if result:
            kept += key + bytes((result,))
        self._store.commit([(FAULTS, kept or None)])


def _key(class_id: int, logical_name: bytes, member: int, method: bool) -> bytes:
    return class_id.to_bytes(2, "big") + logical_name + bytes((member, int(method)))

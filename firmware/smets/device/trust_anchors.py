"""Trust anchor cells: whose keys a device goes by, for each role and use (GBCS 4.3.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from smets.gbcs.roles import DIGITAL_SIGNATURE, KEY_AGREEMENT, LOAD_CONTROLLER, MANAGEMENT

if TYPE_CHECKING:
    from smets.device.objects import Changes
    from smets.device.store import Store

IDENTIFIER_LENGTH = 8
PUBLIC_KEY_LENGTH = 65

_ROLES = range(LOAD_CONTROLLER + 1)


class Anchor:
    """What a cell holds: EUI-64 and key identifier of the certificate's subject, and its key."""

    def __init__(self, eui: bytes, identifier: bytes, public_key: bytes) -> None:
        self.eui = eui
        self.identifier = identifier
        self.public_key = public_key

    def encode(self) -> bytes:
        """The form in which it is stored."""
        return self.eui + self.identifier + self.public_key


class TrustAnchors:
    """The cells, each a value of the store; a root's has an EUI-64 of zeros."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def get(self, role: int, key_usage: int, cell_usage: int = MANAGEMENT) -> Anchor | None:
        """What the cell holds, None when the device has no such cell."""
        value = self._store.get(_name(role, key_usage, cell_usage))
        return None if value is None else Anchor(value[:8], value[8:16], value[16:])

    def put(
        self, changes: Changes, role: int, key_usage: int, cell_usage: int, anchor: Anchor | None
    ) -> None:
        """Adds to `changes` that the cell holds `anchor`, or (None) that there is no such cell."""
        value = None if anchor is None else anchor.encode()
        changes.append((_name(role, key_usage, cell_usage), value))

    def is_held(self, role: int, eui: bytes) -> bool:
        """Whether a management cell of the role is that party's."""
        for key_usage in (DIGITAL_SIGNATURE, KEY_AGREEMENT):
            anchor = self.get(role, key_usage)
            if anchor is not None and anchor.eui == eui:
                return True
        return False

    def roles_of(self, eui: bytes) -> list[int]:
        """The roles of which that party holds a cell."""
        return [role for role in _ROLES if self.is_held(role, eui)]


def _name(role: int, key_usage: int, cell_usage: int) -> str:
    return "cell.%d.%d.%d" % (role, key_usage, cell_usage)

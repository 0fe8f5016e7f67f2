"""The devices that a device is joined with: one value of the store (GBCS 13.7)."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from smets.device.objects import Changes
    from smets.device.store import Store

NAME = "joined"
CAPACITY = 16

_SIZE = 10  # method (1), EUI-64 (8), device type (1)


class Partner:
    """A device, the number of its type, and the method by which it was joined."""

    def __init__(self, method: int, eui: bytes, device_type: int) -> None:
        self.method = method
        self.eui = eui
        self.device_type = device_type


class Joined:
    """Partners by EUI-64, in the order in which they were joined."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def octets(self) -> bytes:
        """What is stored; it differs exactly when the partners do."""
        return self._store.get(NAME) or b""

    def all(self) -> list[Partner] | None:
        """None when what is stored cannot be read."""
        rows = self.octets()
        if len(rows) % _SIZE:
            return None
        return [
            Partner(rows[at], rows[at + 1 : at + 9], rows[at + 9])
            for at in range(0, len(rows), _SIZE)
        ]

    def put(self, changes: Changes, partners: list[Partner]) -> None:
        """Adds to `changes` that these are the partners."""
        rows = bytearray()
        for partner in partners:
            rows.append(partner.method)
            rows.extend(partner.eui)
            rows.append(partner.device_type)
        changes.append((NAME, bytes(rows)))

    def key(self, eui: bytes) -> bytes | None:
        """The key agreement key of a partner joined by method C."""
        return self._store.get(_key_name(eui))

    def put_key(self, changes: Changes, eui: bytes, public_key: bytes | None) -> None:
        """Adds to `changes` that the partner has that key; None: that it has none."""
        changes.append((_key_name(eui), public_key))


def _key_name(eui: bytes) -> str:
    return "joined.key." + "".join(["%02x" % octet for octet in eui])

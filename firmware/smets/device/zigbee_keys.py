"""What a device keeps for joining a HAN: its install code, and whom it is in key establishment."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from smets.device.objects import Changes
    from smets.device.store import Store
    from smets.zigbee.cbke import Identity

INSTALL_CODE = "zigbee.code"  # without its CRC
IDENTITIES = ("cbke.1", "cbke.2")

# What a join loads and `smets.device.modules.forget` lets go of after it.
KEY_ESTABLISHMENT = (
    "smets.device.zigbee_keys",
    "smets.zigbee.cbke",
    "smets.zigbee.cbke_certificate",
    "smets.crypto.ecmqv",
    "smets.crypto.ecqv",
    "smets.crypto.koblitz",
    "smets.crypto.binary_field_viper",
    "smets.crypto.binary_field",
)


def install_code(store: Store) -> bytes | None:
    """The device's install code without CRC; None when it has none."""
    return store.get(INSTALL_CODE)


def identity(store: Store, suite: int = 2) -> Identity | None:
    """Whom the device is in key establishment of a suite; None when it has no certificate."""
    from smets.zigbee.cbke import Identity  # its code is loaded for a join alone

    encoded = store.get(IDENTITIES[suite - 1])
    return None if encoded is None else Identity.decode(suite, encoded)


def put(changes: Changes, code: bytes, identities: list[Identity]) -> None:
    """Stages both for the store."""
    changes.append((INSTALL_CODE, code))
    for each in identities:
        changes.append((IDENTITIES[each.number - 1], each.encode()))

"""What takes room in one piece is made at the start, while the heap is whole."""

from __future__ import annotations

from typing import TYPE_CHECKING

from smets.gbcs.roles import (
    ACCESS_CONTROL_BROKER,
    DIGITAL_SIGNATURE,
    KEY_AGREEMENT,
    NETWORK_OPERATOR,
    SUPPLIER,
)

if TYPE_CHECKING:
    from smets.device.device import Device

NO_SIGNATURE = bytes(64)


def warm(device: Device) -> None:
    """Agrees the secrets with the parties that speak every day, and knows the supplier's key.

    The tables that this takes are 2 KB each; later they would not always find a place.
    """
    try:
        for role in (ACCESS_CONTROL_BROKER, SUPPLIER, NETWORK_OPERATOR):
            anchor = device.anchors.get(role, KEY_AGREEMENT)
            if anchor:
                device.shared_secret(anchor.public_key)
        anchor = device.anchors.get(SUPPLIER, DIGITAL_SIGNATURE)
        if anchor:
            device.suite.verify(anchor.public_key, b"", NO_SIGNATURE)
    except MemoryError:
        pass  # then each is made when it is needed

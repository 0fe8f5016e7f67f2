"""Communications hubs: which may connect, and what that does to the inventory."""

from __future__ import annotations

import logging
from dataclasses import replace

from dcc_stub.broker.context import Context
from dcc_stub.duis.identifiers import write_eui
from dcc_stub.inventory.device import Device
from dcc_stub.inventory.status import Status

log = logging.getLogger("dcc_stub.broker")

_BEFORE_FIRST_CONTACT = (Status.PENDING, Status.INSTALLED_NOT_COMMISSIONED)


def connect(context: Context, hub: bytes) -> bool:
    """Whether a hub may connect; at its first contact it is commissioned.

    The DCC brings its hubs itself, so one that was not notified enters the inventory when the
    keystore has its certificate.
    """
    inventory = context.store.inventory
    device = inventory.find(hub)
    if device is None and context.directory.certificate(hub, "ka") is not None:
        device = Device(hub, "CHF")
        inventory.put(device)
    if device is None or device.type != "CHF":
        log.warning("refused a connection: %s is no communications hub", write_eui(hub))
        return False
    if device.status in _BEFORE_FIRST_CONTACT:
        inventory.put(replace(device, status=Status.COMMISSIONED))
        gpf = inventory.find(device.associated_gpf) if device.associated_gpf else None
        if gpf is not None and gpf.status is Status.PENDING:
            installed = Status.INSTALLED_NOT_COMMISSIONED
            inventory.put(replace(gpf, status=installed, hub=hub))
    return device.status not in {Status.WITHDRAWN, Status.DECOMMISSIONED}

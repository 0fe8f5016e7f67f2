"""Requests that the DCC answers itself: one function a service reference variant."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from dcc_stub.broker.errors import RefusedError
from dcc_stub.duis.elements import Fields
from dcc_stub.duis.inventory_record import MOST_DEVICES
from dcc_stub.duis.response_codes import ResponseCode
from dcc_stub.inventory.device import DETAILS, SUPPLY_POINTS, Device
from dcc_stub.inventory.status import UPDATES, Status
from dcc_stub.store.inventory import Inventory

Function = Callable[[Inventory, Fields], Fields]


def read_inventory(inventory: Inventory, fields: Fields) -> Fields:
    """8.2: the device that is asked for, with its communications hub and all that hub serves."""
    if "DeviceID" in fields:
        device = inventory.find(fields["DeviceID"])
        asked = [device] if device else []
    else:
        # Postal addresses are not kept here, so UPRN and PropertyFilter find nothing.
        asked = inventory.at_supply_point(fields["MPxN"]) if "MPxN" in fields else []
    if not asked:
        raise RefusedError(ResponseCode.DEVICE_UNKNOWN, "no such device in the inventory")
    found: dict[bytes, Device] = {}
    for device in asked:
        hub = device.reached_through
        for each in (device, *(inventory.network(hub) if hub else ())):
            found.setdefault(each.eui, each)
    records = tuple(device.record() for device in list(found.values())[:MOST_DEVICES])
    return {"DSPInventory": {"Device": records}}


def prenotify(inventory: Inventory, fields: Fields) -> Fields:
    """12.2: a device enters the inventory, a communications hub with its gas proxy.

    A hub that came by itself, when it connected, is known by no more than its EUI-64 till then.
    """
    known = inventory.find(fields["DeviceID"])
    if known is not None and not (known.type == "CHF" and not known.manufacturer):
        raise RefusedError(ResponseCode.DEVICE_STATUS, "the device is in the inventory already")
    details = _details(fields)
    gpf = fields.get("AssociatedGPFDeviceID")
    named = Device(fields["DeviceID"], fields["DeviceType"])
    device = replace(known or named, associated_gpf=gpf, **details)
    if device.type != named.type:
        raise RefusedError(ResponseCode.DEVICE_TYPE, f"the device is a {device.type}")
    inventory.put(device)
    if device.type == "CHF" and gpf is not None:
        _add_gas_proxy(inventory, device, gpf, details)
    return {}


def _add_gas_proxy(inventory: Inventory, hub: Device, eui: bytes, details: Fields) -> None:
    """The gas proxy is in the same box: notified with it unless it was, there when it is there."""
    gpf = inventory.find(eui) or Device(eui, "GPF", **details)
    if gpf.type != "GPF":
        raise RefusedError(ResponseCode.DEVICE_TYPE, "the associated device is no GPF")
    there = hub.status is Status.COMMISSIONED and gpf.status is Status.PENDING
    status = Status.INSTALLED_NOT_COMMISSIONED if there else gpf.status
    inventory.put(replace(gpf, hub=hub.eui, status=status))


def update_inventory(inventory: Inventory, fields: Fields) -> Fields:
    """8.4: another status, details or supply point, or the device taken out."""
    device = inventory.find(fields["DeviceID"])
    if device is None:
        raise RefusedError(ResponseCode.DEVICE_UNKNOWN, "no such device in the inventory")
    (name, value), *_ = ((n, v) for n, v in fields.items() if n != "DeviceID")
    for function in _UPDATES:
        if function[0] == name:
            function[1](inventory, device, value)
    return {}


def _delete(inventory: Inventory, device: Device, value: Fields) -> None:
    if device.status is not Status.PENDING:
        raise RefusedError(
            ResponseCode.DEVICE_STATUS, f"only a pending device is deleted; it is {device.status}"
        )
    inventory.remove(device.eui)


def _change_details(inventory: Inventory, device: Device, value: Fields) -> None:
    inventory.put(replace(device, **_details(value)))


def _change_supply_point(inventory: Inventory, device: Device, value: Fields) -> None:
    changes = {name: value[element] for name, element in SUPPLY_POINTS if element in value}
    inventory.put(replace(device, **changes))


def _change_status_except_hub(inventory: Inventory, device: Device, value: str) -> None:
    if device.type in {"CHF", "GPF"}:
        raise RefusedError(ResponseCode.DEVICE_TYPE, "a communications hub has its own statuses")
    _change_status(inventory, device, "UpdateDeviceStatusExceptCH", value)


def _change_status_of_hub(inventory: Inventory, device: Device, value: str) -> None:
    if device.type != "CHF":
        raise RefusedError(ResponseCode.DEVICE_TYPE, "these are the statuses of a CHF")
    _change_status(inventory, device, "UpdateDeviceStatusCH", value)


def _change_status(inventory: Inventory, device: Device, update: str, value: str) -> None:
    before, after = next((row[1], row[2]) for row in UPDATES if row[0] == update)
    if device.status not in before or Status(value) not in after:
        raise RefusedError(
            ResponseCode.DEVICE_STATUS, f"the device is {device.status}, it cannot become {value}"
        )
    inventory.put(replace(device, status=Status(value)))


_UPDATES: tuple[tuple[str, Callable[[Inventory, Device, Any], None]], ...] = (
    ("DeleteDevice", _delete),
    ("UpdateDeviceDetails", _change_details),
    ("UpdateMPxN", _change_supply_point),
    ("UpdateDeviceStatusExceptCH", _change_status_except_hub),
    ("UpdateDeviceStatusCH", _change_status_of_hub),
)


def hub_installed(inventory: Inventory, fields: Fields) -> Fields:
    """8.14.1 and 8.14.2: a hub hangs on its wall; the WAN commissions it when it is heard."""
    hub = _hub(inventory, fields)
    if hub.status not in {Status.PENDING, Status.INSTALLED_NOT_COMMISSIONED, Status.COMMISSIONED}:
        raise RefusedError(ResponseCode.DEVICE_STATUS, f"the hub is {hub.status}")
    if hub.status is Status.PENDING:
        inventory.put(replace(hub, status=Status.INSTALLED_NOT_COMMISSIONED))
    return {}


def hub_returned(inventory: Inventory, fields: Fields) -> Fields:
    """8.14.3 and 8.14.4: a hub goes back, and the gas proxy with it."""
    hub = _hub(inventory, fields)
    inventory.put(replace(hub, status=Status.DECOMMISSIONED))
    gpf = inventory.find(hub.associated_gpf) if hub.associated_gpf else None
    if gpf is not None:
        inventory.put(replace(gpf, status=Status.DECOMMISSIONED))
    return {}


def _hub(inventory: Inventory, fields: Fields) -> Device:
    device = inventory.find(fields["DeviceID"])
    if device is None:
        raise RefusedError(ResponseCode.DEVICE_UNKNOWN, "no such device in the inventory")
    if device.type != "CHF":
        raise RefusedError(ResponseCode.DEVICE_TYPE, f"the device is a {device.type}")
    return device


def _details(fields: Fields) -> Fields:
    return {name: fields[element] for name, element, _ in DETAILS if element in fields}


FUNCTIONS: tuple[tuple[str, Function], ...] = (
    ("8.2", read_inventory),
    ("8.4", update_inventory),
    ("8.14.1", hub_installed),
    ("8.14.2", hub_installed),
    ("8.14.3", hub_returned),
    ("8.14.4", hub_returned),
    ("12.2", prenotify),
)


def find(variant: str) -> Function | None:
    """The function of a service reference variant."""
    return next((function for known, function in FUNCTIONS if known == variant), None)

"""What a device's response changes in the inventory: one function a message code."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from typing import NamedTuple

from dcc_stub.duis.request import Request
from dcc_stub.duis.services import Role
from dcc_stub.inventory.device import SUPPLY_POINTS, Device
from dcc_stub.inventory.status import Status
from dcc_stub.store.inventory import Inventory
from dcc_stub.transform import clock, credentials, device_logs, joins
from dcc_stub.transform.outcome import succeeded
from smets.codec.errors import DecodeError
from smets.gbcs.credentials import SUCCESS
from smets.gbcs.credentials_update import Outcome
from smets.gbcs.message import Message

log = logging.getLogger("dcc_stub.broker")

GAS = ("GSME", "GPF")
COMMISSIONED_BY_JOIN = ("HCALCS", "PPMID")


class Effect(NamedTuple):
    """The response, the request it answers, and when it came."""

    inventory: Inventory
    request: Request
    message: Message
    now: int


def _added_to_device_log(effect: Effect) -> None:
    """CCS01: the device is on the hub's list, its supply points are known."""
    inventory, request = effect.inventory, effect.request
    device = inventory.find(request.fields["DeviceID"])
    if not succeeded(effect.message) or device is None:
        return
    details = request.fields["AddDeviceToCHFWhitelist"]
    changes = {name: details[element] for name, element in SUPPLY_POINTS if element in details}
    status = Status.WHITELISTED if device.status is Status.PENDING else device.status
    inventory.put(replace(device, status=status, hub=request.request_id.target, **changes))
    # Without registration data, whoever installs a supply point's device supplies it.
    role = Role.GAS_SUPPLIER if device.type in GAS else Role.IMPORT_SUPPLIER
    for name in ("import_mpxn", "secondary_import_mpan"):
        number = changes.get(name)
        if number and inventory.responsible(number, role) is None:
            inventory.register(number, role, request.request_id.originator)


def _removed_from_device_log(effect: Effect) -> None:
    """CCS02: the device has to be added again before it is reached, and joined again."""
    inventory = effect.inventory
    device = inventory.find(effect.request.fields["DeviceID"])
    if succeeded(effect.message) and device is not None:
        inventory.put(replace(device, status=Status.PENDING, hub=None))
        for other in inventory.joined_with(device.eui):
            inventory.part(device.eui, other)


def _device_log_restored(effect: Effect) -> None:
    """CCS03: the devices of the old hub are reached through the new one."""
    inventory, request = effect.inventory, effect.request
    backup = inventory.device_log(request.fields["OldCHFID"])
    if not succeeded(effect.message) or backup is None:
        return
    for entry in device_logs.restored(device_logs.told(backup)):
        device = inventory.find(entry.eui)
        if device is not None:
            inventory.put(replace(device, hub=request.request_id.target))


def _clock_set(effect: Effect) -> None:
    """ECS70 for 8.1.1: a clock that is set makes the device commissioned."""
    if succeeded(effect.message):
        _commission(effect)


def _gas_clock_set(effect: Effect) -> None:
    """GCS28 for 8.1.1: the same, when the meter calls its clock reliable."""
    _, status = clock.told(effect.message)
    if status == clock.RELIABLE:
        _commission(effect)


def _commission(effect: Effect) -> None:
    device = effect.inventory.find(effect.request.request_id.target)
    if effect.request.service.variant == "8.1.1" and device is not None:
        _set_commissioned(effect.inventory, device, effect.now)


def _set_commissioned(inventory: Inventory, device: Device, now: int) -> None:
    if device.status is not Status.COMMISSIONED:
        inventory.put(replace(device, status=Status.COMMISSIONED, commissioned=now))


def _joined(effect: Effect) -> None:
    """CS03: the devices are joined; one without a clock of its own is commissioned by that."""
    if joins.outcome(effect.message) != joins.DONE:
        return
    inventory, request = effect.inventory, effect.request
    pair = request.request_id.target, request.fields["OtherDeviceID"]
    inventory.join(*pair)
    for eui in pair:
        device = inventory.find(eui)
        if device is not None and device.type in COMMISSIONED_BY_JOIN:
            _set_commissioned(inventory, device, effect.now)


def _unjoined(effect: Effect) -> None:
    """CS04: the devices are joined no longer."""
    if joins.outcome(effect.message) == joins.DONE:
        request = effect.request
        effect.inventory.part(request.request_id.target, request.fields["OtherDeviceID"])


def _joins_read(effect: Effect) -> None:
    """CS07: with whom the device is joined is what it says."""
    code, entries = joins.joined_devices(effect.message)
    if code != joins.DONE:
        return
    inventory, device = effect.inventory, effect.message.header.originator
    told = {entry.eui for entry in entries}
    for other in set(inventory.joined_with(device)) - told:
        inventory.part(device, other)
    for other in told:
        inventory.join(device, other)


def _credentials_told(effect: Effect) -> None:
    """CS02a and CS02f: whose certificates the device holds."""
    for role, subject in credentials.holders(effect.message):
        effect.inventory.set_holder(effect.message.header.originator, role, subject)


def _credentials_replaced(effect: Effect) -> None:
    """CS02b: whose certificates the device holds from now on."""
    _hold(effect, credentials.replaced(effect.message))


def _credentials_replaced_later(effect: Effect) -> None:
    """The same, at the date that was set."""
    _hold(effect, credentials.replaced_later(effect.message)[1])


def _hold(effect: Effect, outcome: Outcome | None) -> None:
    device = effect.message.header.originator
    for cell in outcome.cells if outcome else ():
        if cell.status == SUCCESS:
            effect.inventory.set_holder(device, cell.cell.role, cell.replacing[0])


EFFECTS: tuple[tuple[int, Callable[[Effect], None]], ...] = (
    (0x0001, _added_to_device_log),
    (0x0002, _removed_from_device_log),
    (0x0003, _device_log_restored),
    (0x0008, _credentials_told),
    (0x000D, _joined),
    (0x000E, _joined),
    (0x000F, _unjoined),
    (0x0010, _unjoined),
    (0x0013, _joins_read),
    (0x0062, _clock_set),
    (0x007F, _gas_clock_set),
    (0x00AB, _joined),
    (0x00AF, _joined),
    (0x00CB, _credentials_replaced_later),
    (0x0102, _credentials_replaced),
    (0x0103, _credentials_replaced),
    (0x011B, _credentials_told),
)


def apply(effect: Effect) -> None:
    """Carries out what the response changes, if anything."""
    code = effect.message.header.message_code
    for known, function in EFFECTS:
        if known != code:
            continue
        try:
            function(effect)
        except DecodeError as error:
            log.warning("the payload of a response %04X cannot be read: %s", code, error)

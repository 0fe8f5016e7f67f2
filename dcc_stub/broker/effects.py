"""What a device's response changes in the inventory: one function a message code."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from typing import NamedTuple

from dcc_stub.duis.request import Request
from dcc_stub.duis.services import Role
from dcc_stub.inventory.device import SUPPLY_POINTS
from dcc_stub.inventory.status import Status
from dcc_stub.store.inventory import Inventory
from dcc_stub.transform import credentials
from dcc_stub.transform.outcome import succeeded
from smets.codec.errors import DecodeError
from smets.gbcs.credentials import SUCCESS
from smets.gbcs.credentials_update import Outcome
from smets.gbcs.message import Message

log = logging.getLogger("dcc_stub.broker")


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
    for name, role in (
        ("import_mpxn", Role.IMPORT_SUPPLIER),
        ("secondary_import_mpan", Role.IMPORT_SUPPLIER),
    ):
        number = changes.get(name)
        if number and inventory.responsible(number, role) is None:
            inventory.register(number, role, request.request_id.originator)


def _removed_from_device_log(effect: Effect) -> None:
    """CCS02: the device has to be added again before it is reached."""
    device = effect.inventory.find(effect.request.fields["DeviceID"])
    if succeeded(effect.message) and device is not None:
        effect.inventory.put(replace(device, status=Status.PENDING, hub=None))


def _clock_set(effect: Effect) -> None:
    """ECS70 for 8.1.1: a clock that is set makes the device commissioned."""
    if effect.request.service.variant != "8.1.1" or not succeeded(effect.message):
        return
    device = effect.inventory.find(effect.request.request_id.target)
    if device is not None:
        commissioned = replace(device, status=Status.COMMISSIONED, commissioned=effect.now)
        effect.inventory.put(commissioned)


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
    (0x0008, _credentials_told),
    (0x0062, _clock_set),
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

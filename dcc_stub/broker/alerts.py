"""Alerts of devices: what the DCC keeps of them, and which users get them."""

from __future__ import annotations

import logging
from collections.abc import Callable

from dcc_stub.broker.context import Context
from dcc_stub.broker.users import user_roles
from dcc_stub.duis.identifiers import write_eui
from dcc_stub.duis.services import Role
from dcc_stub.inventory.device import Device
from dcc_stub.transform import device_logs, joins
from smets.codec.errors import DecodeError
from smets.gbcs.message import Message

log = logging.getLogger("dcc_stub.broker")

GPF_BACKUP = 0x00B2
# Alerts that tell a device log, and how it is read.
_DEVICE_LOGS: tuple[tuple[int, Callable[[bytes], object]], ...] = (
    (0x0018, device_logs.told),
    (GPF_BACKUP, joins.backed_up),
)
# Alerts to the DCC that no user gets.
_KEPT = (GPF_BACKUP,)
_SUPPLIERS = (("ESME", Role.IMPORT_SUPPLIER), ("GSME", Role.GAS_SUPPLIER))


def keep_device_log(context: Context, message: Message) -> None:
    """A device log is kept until the device that comes in the place of this one wants it."""
    header = message.header
    for code, read in _DEVICE_LOGS:
        if code != header.message_code:
            continue
        try:
            read(message.payload)
        except DecodeError as error:
            log.warning(
                "the device log of %s cannot be read: %s", write_eui(header.originator), error
            )
        else:
            context.store.inventory.keep_device_log(header.originator, message.payload)


def receivers(context: Context, device: Device, message: Message) -> list[bytes]:
    """The users to deliver an alert to: the one it is for, or who supplies through the device.

    A hub's alert to the DCC goes to the suppliers of all its meters, a meter's to its own.
    """
    header = message.header
    user = header.supplementary_remote_party or header.recipient
    if user_roles(context.directory, user):
        return [user]
    if header.message_code in _KEPT:
        return []
    inventory = context.store.inventory
    meters = inventory.network(device.eui) if device.type == "CHF" else [device]
    found = []
    for meter in meters:
        role = next((role for known, role in _SUPPLIERS if known == meter.type), None)
        if role is not None and meter.import_mpxn:
            found.append(inventory.responsible(meter.import_mpxn, role))
    return sorted({party for party in found if party is not None})

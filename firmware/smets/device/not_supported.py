"""ECS100: the alert that the device does not support a command (GBCS 7.2.9.1)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from smets.dlms import data as axdr
from smets.dlms import date_time
from smets.dlms.notification import DataNotification
from smets.gbcs import protection
from smets.gbcs.alerts import COMMAND_NOT_SUPPORTED
from smets.gbcs.grouping import ALERT, GroupingHeader
from smets.gbcs.message import Message

if TYPE_CHECKING:
    from smets.device.admission import Command
    from smets.device.device import Device
    from smets.device.objects import Changes

NOT_SUPPORTED = 0x0120
INVOKE_ID = 0xFFFFFF  # the bits of a counter that DLMS repeats


def alert(device: Device, command: Command, now: int, changes: Changes) -> bytes:
    """Signed, with the device's own counter, for the party that sent the command."""
    asked = command.message.header
    counter = device.counters.next_own(changes)
    header = GroupingHeader(
        ALERT,
        counter,
        device.eui,
        asked.originator,
        NOT_SUPPORTED,
        b"",
        asked.supplementary_remote_party,
        asked.supplementary_remote_party_counter,
    )
    refused = asked.message_code.to_bytes(2, "big") + asked.originator_counter.to_bytes(8, "big")
    body = (
        (axdr.LONG_UNSIGNED, COMMAND_NOT_SUPPORTED),
        (axdr.OCTET_STRING, date_time.encode(now)),
        (axdr.OCTET_STRING, refused),
    )
    payload = DataNotification(counter & INVOKE_ID, (axdr.STRUCTURE, body)).encode()
    message = Message(header, payload)
    protection.sign(device.suite, device.signing_key(), message)
    return message.encode()

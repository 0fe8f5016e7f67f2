"""What a device says: responses, and the alert that it does not support a command."""

from __future__ import annotations

from typing import TYPE_CHECKING

from smets.dlms import data as axdr
from smets.dlms import date_time
from smets.dlms.notification import DataNotification
from smets.gbcs import protection
from smets.gbcs.alerts import COMMAND_NOT_SUPPORTED
from smets.gbcs.grouping import ALERT, RESPONSE, GroupingHeader
from smets.gbcs.message import Message
from smets.gbcs.roles import KEY_AGREEMENT

if TYPE_CHECKING:
    from smets.device.admission import Command
    from smets.device.device import Device
    from smets.device.objects import Changes

NOT_SUPPORTED = 0x0120  # ECS100
INVOKE_ID = 0xFFFFFF  # the bits of a counter that DLMS repeats


def response_header(device: Device, command: Command, now: int) -> GroupingHeader:
    """The command's header, turned round."""
    asked = command.message.header
    return GroupingHeader(
        RESPONSE,
        asked.originator_counter,
        device.eui,
        asked.originator,
        asked.message_code,
        date_time.encode(now) if command.use_case.dated_response else b"",
        asked.supplementary_remote_party,
        asked.supplementary_remote_party_counter,
    )


def protect(device: Device, command: Command, header: GroupingHeader, payload: bytes) -> bytes:
    """A response: signed if it is critical, else with a MAC for the business originator."""
    message = Message(header, payload)
    if command.answer_signed:
        protection.sign(device.suite, device.signing_key(), message)
        return message.encode()
    anchor = device.anchors.get(command.role, KEY_AGREEMENT)
    assert anchor is not None  # admission has seen it
    secret = device.shared_secret(anchor.public_key)
    message.mac = protection.message_mac(device.suite, secret, message)
    return message.encode()


def not_supported(device: Device, command: Command, now: int, changes: Changes) -> bytes:
    """ECS100 (GBCS 7.2.9.1): signed, with the device's own counter."""
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

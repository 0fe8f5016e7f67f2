"""The responses of a device: their header and their protection."""

from __future__ import annotations

from typing import TYPE_CHECKING

from smets.dlms import date_time
from smets.gbcs import protection
from smets.gbcs.grouping import RESPONSE, GroupingHeader
from smets.gbcs.message import Message
from smets.gbcs.roles import KEY_AGREEMENT

if TYPE_CHECKING:
    from smets.device.admission import Command
    from smets.device.device import Device


def response_header(device: Device, command: Command, now: int) -> GroupingHeader:
    """The command's header, turned round."""
    asked = command.message.header
    use_case = command.use_case
    moment = b""
    if use_case.clock_status_response:
        moment = date_time.encode(*device.objects.data_time(use_case.message_code, now))
    elif use_case.dated_response:
        moment = date_time.encode(now)
    return GroupingHeader(
        RESPONSE,
        asked.originator_counter,
        device.eui,
        asked.originator,
        asked.message_code,
        moment,
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

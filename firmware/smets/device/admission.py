"""The checks every message passes before it is carried out, in the order of the standard.

Decoding, recipient, MAC, signature, counter, role (GBCS 6.2.4). The first that fails
ends it: a refused message gets no answer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from smets.codec.errors import RefusedError, SmetsError
from smets.device import refusals
from smets.gbcs import protection
from smets.gbcs.grouping import COMMAND
from smets.gbcs.message import Message
from smets.gbcs.roles import ACCESS_CONTROL_BROKER, CHF, DIGITAL_SIGNATURE, KEY_AGREEMENT

if TYPE_CHECKING:
    from smets.device.device import Device
    from smets.gbcs.use_cases import UseCase

# Shapes other than critical = MAC and signature, non-critical = MAC, by message code
ACB_BY_ACB = 0x0104  # MAC alone, but for a CHF
SIGNED_ALONE = (0x0108, 0x0109)  # by recovery and by contingency
MAC_OR_SIGNED = (0x0008, 0x011B)  # CS02a and CS02f are answered in the way they were asked


class Command:
    """A command that passed; `role` is the one in which its originator acts."""

    def __init__(self, message: Message, use_case: UseCase, role: int, signed: bool) -> None:
        self.message = message
        self.use_case = use_case
        self.role = role
        self.answer_signed = signed


def refuse(check: int) -> RefusedError:
    """The error that ends the way of a message; its code is the check."""
    return RefusedError("refused by the check of " + refusals.CHECKS[check], check)


def decode(octets: bytes | memoryview) -> Message:
    """The message, if it is one that a device may get."""
    try:
        message = Message.decode(octets)
    except SmetsError:
        raise refuse(refusals.DECODE) from None
    header = message.header
    nobody = not header.supplementary_remote_party
    if (
        header.cra_flag != COMMAND
        or header.date_time
        or header.supplementary_originator_counter is not None
        or nobody != (header.supplementary_remote_party_counter is None)
    ):
        raise refuse(refusals.DECODE)
    return message


def admit(device: Device, message: Message) -> Command:
    """RefusedError with the check as code unless `message` passes all of them."""
    header = message.header
    if header.recipient != device.eui:
        raise refuse(refusals.RECIPIENT)
    use_case = device.use_cases.find(header.message_code)
    with_mac, with_signature = _shape(device, message, use_case)
    _check_mac(device, message, with_mac)
    if use_case is None or not use_case.is_command:
        raise refuse(refusals.USE_CASE)
    roles = device.anchors.roles_of(header.originator)
    allowed = [role for role in roles if use_case.may_come_from(role)]
    role = (allowed or roles or (-1,))[0]
    _check_signature(device, message, with_signature, role)
    if use_case.replay_protected and not header.originator_counter > device.counters.accepted(
        role
    ):
        raise refuse(refusals.COUNTER)
    signed = use_case.is_critical or not with_mac
    if not allowed or not (signed or _can_agree(device, role, header.originator)):
        raise refuse(refusals.ROLE)
    return Command(message, use_case, role, signed)


def _can_agree(device: Device, role: int, originator: bytes) -> bool:
    """Whether the device holds the key with which the response's MAC is to be made."""
    anchor = device.anchors.get(role, KEY_AGREEMENT)
    return anchor is not None and anchor.eui == originator


def _shape(device: Device, message: Message, use_case: UseCase | None) -> tuple[bool, bool]:
    """Whether the message needs a MAC, and whether a signature."""
    code = message.header.message_code
    if code in SIGNED_ALONE or (code in MAC_OR_SIGNED and message.mac is None):
        return False, True
    if code == ACB_BY_ACB:
        return True, device.device_type == CHF
    return True, use_case is not None and use_case.is_critical


def _check_mac(device: Device, message: Message, wanted: bool) -> None:
    """With the key of the broker, whoever the originator is."""
    if not wanted and message.mac is None:
        return
    broker = device.anchors.get(ACCESS_CONTROL_BROKER, KEY_AGREEMENT)
    if broker is None or not wanted:
        raise refuse(refusals.MAC)
    try:
        protection.check_mac(device.suite, device.shared_secret(broker.public_key), message)
    except SmetsError:
        raise refuse(refusals.MAC) from None


def _check_signature(device: Device, message: Message, wanted: bool, role: int) -> None:
    if not wanted:
        if message.signature:
            raise refuse(refusals.SIGNATURE)
        return
    signer = device.anchors.get(role, DIGITAL_SIGNATURE)
    if signer is None or signer.eui != message.header.originator:
        raise refuse(refusals.SIGNATURE)
    try:
        protection.check_signature(device.suite, signer.public_key, message)
    except SmetsError:
        raise refuse(refusals.SIGNATURE) from None

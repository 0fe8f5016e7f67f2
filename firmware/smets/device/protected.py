"""Answers class 30, get_protected_attributes: values encrypted for who asks (GBCS 8)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from smets.codec.errors import DecodeError
from smets.device.content_key import content_secret, encrypt
from smets.device.objects import OTHER_REASON, AccessFailure
from smets.gbcs import use_cases
from smets.gbcs.protected_attributes import ProtectedRequest, encode_response

if TYPE_CHECKING:
    from smets.device.admission import Command
    from smets.device.device import Device
    from smets.device.objects import Changes
    from smets.gbcs.grouping import GroupingHeader
    from smets.gbcs.use_cases import Member

_STRUCTURE = 2
_OVERHEAD = 100  # octets around the ciphertext, and some


class Protector:
    """For one command; DecodeError when there is no key."""

    def __init__(self, device: Device, command: Command, header: GroupingHeader) -> None:
        self._device = device
        self._header = header
        asked = command.message.header
        self._requester = asked.supplementary_remote_party or asked.originator
        self._counter = asked.originator_counter
        self._secret = content_secret(device, command)

    def read(self, member: Member, data: bytes) -> ProtectedRequest:
        """The member's data, which have to ask for just what the use case encrypts."""
        request = ProtectedRequest.decode(data)
        asked = [(each.class_id, each.logical_name, each.attribute) for each in request.attributes]
        if tuple(asked) != member.over:
            raise DecodeError("protected attributes")
        for attribute in request.attributes:
            if (attribute.period is None) == (member.operation == use_cases.PROTECTED_RANGE):
                raise DecodeError("restriction")
        parties = (request.originator_counter, request.requester, request.device)
        if parties != (self._counter, self._requester, self._device.eui):
            raise DecodeError("protection parameters")
        return request

    def answer(self, request: ProtectedRequest, now: int, changes: Changes, room: int) -> bytes:
        """The values, encrypted; AccessFailure when they are too many octets."""
        objects = self._device.objects
        plaintext = bytearray((_STRUCTURE, len(request.attributes)))
        for each in request.attributes:
            name = each.logical_name
            if each.period is None:
                plaintext.extend(objects.get(each.class_id, name, each.attribute, now))
            else:
                start, end = each.period
                plaintext.extend(
                    objects.get_range(each.class_id, name, each.attribute, start, end, now)
                )
            if len(plaintext) + _OVERHEAD > room:
                raise AccessFailure(OTHER_REASON)
        header = self._header
        ciphered = encrypt(self._device, self._secret, header, bytes(plaintext), changes)
        return encode_response(self._counter, header.originator, header.recipient, ciphered)

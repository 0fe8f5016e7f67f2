"""Answers class 30, get_protected_attributes: values encrypted for who asks (GBCS 8)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from smets.codec.errors import DecodeError, SmetsError
from smets.device.objects import OTHER_REASON, AccessFailure
from smets.gbcs import protection, use_cases
from smets.gbcs.protected_attributes import ProtectedRequest, encode_response
from smets.gbcs.roles import KEY_AGREEMENT

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
        if asked.supplementary_remote_party:
            public_key = _certified_key(asked)
        else:
            anchor = device.anchors.get(command.role, KEY_AGREEMENT)
            if anchor is None or anchor.eui != asked.originator or asked.supplementary_certificate:
                raise DecodeError("no key")
            public_key = anchor.public_key
        self._secret = device.shared_secret(public_key)

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
        if header.supplementary_remote_party and header.supplementary_originator_counter is None:
            header.supplementary_originator_counter = self._device.counters.next_own(changes)
        suite = self._device.suite
        ciphered = protection.encrypt(suite, self._secret, header, bytes(plaintext))
        return encode_response(self._counter, header.originator, header.recipient, ciphered)


def _certified_key(asked: GroupingHeader) -> bytes:
    """The key of an unknown remote party, from the certificate in the command.

    It must be of the organisation profile, for key agreement, and name the party. Its chain cannot
    be followed: the command does not bring the issuer's certificate. The broker, whose MAC the
    command has, answers for it.
    """
    from smets.device.modules import forget
    from smets.gbcs.x509 import Certificate

    try:
        certificate = Certificate(asked.supplementary_certificate)
    except SmetsError:
        raise DecodeError("certificate") from None
    finally:
        forget("smets.gbcs.x509", "smets.gbcs.der")
    if (
        certificate.role is None
        or certificate.eui != asked.supplementary_remote_party
        or not certificate.may(KEY_AGREEMENT)
    ):
        raise DecodeError("certificate")
    return certificate.public_key

"""Encrypts what a response holds for who asks: a known party or a certified one (GBCS 8)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from smets.codec.errors import DecodeError, SmetsError
from smets.gbcs import protection
from smets.gbcs.roles import KEY_AGREEMENT

if TYPE_CHECKING:
    from smets.device.admission import Command
    from smets.device.device import Device
    from smets.device.objects import Changes
    from smets.gbcs.grouping import GroupingHeader


def content_secret(device: Device, command: Command) -> bytes:
    """What the device's key makes with that of who asks; DecodeError when there is no key."""
    asked = command.message.header
    if asked.supplementary_remote_party:
        return device.shared_secret(_certified_key(asked))
    anchor = device.anchors.get(command.role, KEY_AGREEMENT)
    if anchor is None or anchor.eui != asked.originator or asked.supplementary_certificate:
        raise DecodeError("no key")
    return device.shared_secret(anchor.public_key)


def encrypt(
    device: Device,
    secret: bytes,
    header: GroupingHeader,
    plaintext: bytes,
    changes: Changes,
    numbered: bool = True,
) -> bytes:
    """Ciphered information; if `numbered` an unknown remote party's header gets a counter."""
    unknown = header.supplementary_remote_party and numbered
    if unknown and header.supplementary_originator_counter is None:
        header.supplementary_originator_counter = device.counters.next_own(changes)
    return protection.encrypt(device.suite, secret, header, plaintext)


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

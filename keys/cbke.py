"""The lab's CA for key establishment and the certificates that it issues (Smart Energy, annex C).

Both are kept for both suites. Every device also has an install code.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time

from keys.validate import Problem
from keys.zigbee_suite import ZigbeeSuite
from smets.codec.errors import DecodeError
from smets.crypto import ecqv
from smets.crypto.koblitz import curve
from smets.zigbee import cbke_certificate
from smets.zigbee.cbke import Identity
from smets.zigbee.cbke_certificate import KEY_AGREEMENT, NO_EXPIRY, SIGNATURE, CbkeCertificate

SUITES = (1, 2)
INSTALL_CODE_OCTETS = 16  # GBCS knows no other size
# The issuer that stands in certificates: no device's EUI-64, as Certicom's test CA has none.
ISSUER = b"HANLABCA"

_SUITE = ZigbeeSuite()

Random = Callable[[int], bytes]


@dataclass(frozen=True)
class CbkeAuthority:
    """The CA's key pair for one suite."""

    suite: int
    issuer: bytes
    public_key: bytes
    private_key: bytes = field(repr=False)


@dataclass(frozen=True)
class CbkeKey:
    """A device's certificate for one suite, and its private key."""

    suite: int
    certificate: bytes
    private_key: bytes = field(repr=False)


@dataclass(frozen=True)
class ZigbeeKeys:
    """What a device has for the HAN: its install code, without CRC, and a key for each suite."""

    install_code: bytes = field(repr=False)
    cbke: Mapping[int, CbkeKey]


def new_authority(suite: int, random: Random) -> CbkeAuthority:
    """A CA with a key of the octets that `random` gives."""
    private_key, public_key = _SUITE.curve_key(suite, random)
    return CbkeAuthority(suite, ISSUER, public_key, private_key)


def issue(ca: CbkeAuthority, eui: bytes, valid_from: date, random: Random) -> CbkeKey:
    """A certificate for the device with this EUI-64, both sides of its making done here."""
    chosen = curve(ca.suite)
    request_key, request = _SUITE.curve_key(ca.suite, random)
    ca_secret, _ = _SUITE.curve_key(ca.suite, random)
    secret = int.from_bytes(ca_secret, "big")
    point = ecqv.reconstruction_point(chosen, secret, request)
    certificate = _certificate(ca, eui, valid_from, point, random).encode()
    digest = _SUITE.mmo(certificate)
    handed_over = ecqv.issue(chosen, ca.private_key, secret, digest)
    private_key = ecqv.receive(chosen, request_key, handed_over, digest)
    return CbkeKey(ca.suite, certificate, private_key)


def _certificate(
    ca: CbkeAuthority, eui: bytes, valid_from: date, point: bytes, random: Random
) -> CbkeCertificate:
    if ca.suite == 1:
        return CbkeCertificate(1, eui, ca.issuer, point)
    start = int(datetime.combine(valid_from, time.min, UTC).timestamp())
    return CbkeCertificate(
        ca.suite,
        eui,
        ca.issuer,
        point,
        serial=random(cbke_certificate.SERIAL_SIZE),
        valid_from=max(start, 0),
        validity=NO_EXPIRY,
        key_usage=KEY_AGREEMENT | SIGNATURE,
    )


def identity(ca: CbkeAuthority, key: CbkeKey) -> Identity:
    """What a device proves itself with."""
    return Identity(key.suite, key.certificate, key.private_key, ca.public_key)


def authority_problems(ca: CbkeAuthority) -> Iterator[Problem]:
    """What is wrong with a CA."""
    try:
        if _SUITE.curve_public_key(ca.suite, ca.private_key) != ca.public_key:
            yield Problem("key", "the private key does not belong to the public key beside it")
    except DecodeError as error:
        yield Problem("key", str(error))


def problems(ca: CbkeAuthority, eui: bytes, key: CbkeKey) -> Iterator[Problem]:
    """What is wrong with a device's certificate and key."""
    try:
        found = cbke_certificate.decode(key.suite, key.certificate)
        public_key = cbke_certificate.public_key(_SUITE, key.certificate, key.suite, ca.public_key)
        own = _SUITE.curve_public_key(key.suite, key.private_key)
    except DecodeError as error:
        yield Problem("profile", str(error))
        return
    if found.subject != eui:
        yield Problem("file", "it holds another device's certificate than its name says")
    if found.issuer != ca.issuer:
        yield Problem("chain", "its issuer is not the lab's CA for key establishment")
    elif own != public_key:
        yield Problem("key", "the private key is not that of the certificate under the lab's CA")

"""The implicit certificates of key establishment (Smart Energy, C.4.1 and C.4.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from smets.codec.errors import DecodeError
from smets.codec.reader import Reader

if TYPE_CHECKING:
    from smets.zigbee.suite import ZigbeeSuite

SIZES = {1: 48, 2: 74}
POINT_SIZES = {1: 22, 2: 37}
PRIVATE_KEY_SIZES = {1: 21, 2: 36}
EUI64_SIZE = 8

# Suite 1 ends with attributes, of which Smart Energy fixes the profile.
PROFILE = b"\x01\x09"
ATTRIBUTES = PROFILE + bytes(8)
# Suite 2 says what it is of.
IMPLICIT = b"\x00"  # type
CURVE_AND_HASH = b"\x0d\x08"  # sect283k1, AES-MMO
SERIAL_SIZE = 8
NO_EXPIRY = 0xFFFFFFFF  # s of validity
KEY_AGREEMENT = 0x08
SIGNATURE = 0x80


class CbkeCertificate:
    """What a certificate says.

    `subject` and `issuer` are EUI-64s, `reconstruction` is the compressed point that gives the
    public key. Suite 2 has more, which suite 1 has as None: `serial` (8 octets), `valid_from`
    (Unix time, s), `validity` (s) and `key_usage`.
    """

    def __init__(
        self,
        suite: int,
        subject: bytes,
        issuer: bytes,
        reconstruction: bytes,
        serial: bytes | None = None,
        valid_from: int | None = None,
        validity: int | None = None,
        key_usage: int | None = None,
    ) -> None:
        self.suite = suite
        self.subject = subject
        self.issuer = issuer
        self.reconstruction = reconstruction
        self.serial = serial
        self.valid_from = valid_from
        self.validity = validity
        self.key_usage = key_usage

    def encode(self) -> bytes:
        """The certificate of 48 | 74 octets."""
        if self.suite == 1:
            return self.reconstruction + self.subject + self.issuer + ATTRIBUTES
        assert self.serial is not None
        assert self.valid_from is not None
        assert self.validity is not None
        assert self.key_usage is not None
        return b"".join(
            (
                IMPLICIT,
                self.serial,
                CURVE_AND_HASH,
                self.issuer,
                self.valid_from.to_bytes(5, "big"),
                self.validity.to_bytes(4, "big"),
                self.subject,
                bytes((self.key_usage,)),
                self.reconstruction,
            )
        )

    def is_valid_at(self, unix_time: int) -> bool:
        """Whether a time, s, is within the validity; suite 1 has no bounds."""
        if self.valid_from is None or self.validity is None:
            return True
        age = unix_time - self.valid_from
        return age >= 0 and (self.validity == NO_EXPIRY or age <= self.validity)


def decode(suite: int, encoded: bytes) -> CbkeCertificate:
    """The certificate in exactly these octets; DecodeError for what Smart Energy does not allow.

    That the point is one of the curve shows when the public key is computed.
    """
    if len(encoded) != SIZES.get(suite):
        raise DecodeError("a certificate of suite 1 has 48 octets, one of suite 2 has 74")
    reader = Reader(encoded)
    found = _suite_1(reader) if suite == 1 else _suite_2(reader)
    if found.reconstruction[0] not in (2, 3):
        raise DecodeError("a certificate has a compressed point")
    return found


def _suite_1(reader: Reader) -> CbkeCertificate:
    reconstruction = reader.take(POINT_SIZES[1])
    subject, issuer = reader.take(EUI64_SIZE), reader.take(EUI64_SIZE)
    reader.expect(PROFILE, "profile of a certificate")
    return CbkeCertificate(1, subject, issuer, reconstruction)


def _suite_2(reader: Reader) -> CbkeCertificate:
    reader.expect(IMPLICIT, "type of a certificate")
    serial = reader.take(SERIAL_SIZE)
    reader.expect(CURVE_AND_HASH, "curve or hash of a certificate")
    issuer = reader.take(EUI64_SIZE)
    valid_from, validity = reader.unsigned(5), reader.unsigned(4)
    subject = reader.take(EUI64_SIZE)
    key_usage = reader.octet()
    if not key_usage & KEY_AGREEMENT or key_usage & ~(KEY_AGREEMENT | SIGNATURE):
        raise DecodeError("a certificate is not for key agreement")
    reconstruction = reader.take(POINT_SIZES[2])
    return CbkeCertificate(
        2, subject, issuer, reconstruction, serial, valid_from, validity, key_usage
    )


def public_key(suite: ZigbeeSuite, certificate: bytes, number: int, ca_public_key: bytes) -> bytes:
    """The public key of a certificate of suite `number`; DecodeError when it stands for none."""
    point = decode(number, certificate).reconstruction
    return suite.certificate_public_key(number, ca_public_key, certificate, point)

"""Reading a certificate: what GBCS, DUIS and the profile checks need from it.

The octets are walked here rather than by a general X.509 library because the profile is judged
octet by octet, and because some public test certificates carry a NULL in the signature algorithm.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Self

from keys import der, extension, names, pem, points, profile
from keys.errors import CertificateError, KeystoreError
from keys.extension import Extension
from keys.profile import KeyUsage, Role
from smets.codec.errors import DecodeError

_TWO_HEXADECIMAL_DIGITS = re.compile("[0-9A-Fa-f]{2}")
_VERSION_3 = bytes.fromhex("a003020102")
_EXTENSIONS = 0xA3
_NULL = bytes((der.NULL, 0))
_PUBLIC_KEY_OCTETS = 65


@dataclass(frozen=True)
class Certificate:
    """A certificate on P-256 with ECDSA and SHA-256.

    `issuer` and `subject` are the DER of the names, `public_key` is 65 octets, `signature` is the
    DER of (r, s) over `signed`, times are UTC. What a certificate lacks is None or empty;
    `keys.validate` says what the profile wants.
    """

    encoded: bytes = field(repr=False)
    signed: bytes = field(repr=False)
    signature: bytes = field(repr=False)
    serial: int
    issuer: bytes = field(repr=False)
    subject: bytes = field(repr=False)
    not_before: datetime
    not_after: datetime
    public_key: bytes = field(repr=False)
    extensions: tuple[Extension, ...] = field(repr=False)

    @classmethod
    def from_der(cls, encoded: bytes) -> Self:
        """Reads a DER certificate; CertificateError when the octets are not one."""
        try:
            return cls._read(encoded)
        except DecodeError as error:
            raise CertificateError(
                f"not a certificate that this lab can use: {error}; get the file again"
            ) from error

    @classmethod
    def from_pem(cls, text: bytes) -> Self:
        """Reads a PEM certificate; CertificateError when the text does not hold one."""
        try:
            block = pem.decode(text, "the certificate")
        except KeystoreError as error:
            raise CertificateError(str(error)) from error
        if block.label != pem.CERTIFICATE:
            raise CertificateError(f"the file holds a {block.label}, a certificate is expected")
        return cls.from_der(block.octets)

    @classmethod
    def _read(cls, encoded: bytes) -> Self:
        outer = der.element(encoded, "certificate").children(der.SEQUENCE, "certificate")
        if len(outer) != 3:
            raise DecodeError("a certificate has three parts")
        signed, algorithm, signature = outer
        parts = signed.children(der.SEQUENCE, "signed part")
        if len(parts) != 8 or parts[0].encoded != _VERSION_3:
            raise DecodeError("only version 3 with extensions is used")
        _, serial, inner_algorithm, issuer, validity, subject, key, extension_list = parts
        if inner_algorithm.encoded != algorithm.encoded:
            raise DecodeError("the two signature algorithms differ")
        _check_algorithm(algorithm)
        times = validity.children(der.SEQUENCE, "validity")
        if len(times) != 2 or extension_list.tag != _EXTENSIONS:
            raise DecodeError("validity or extensions are missing")
        certificate = cls(
            encoded=encoded,
            signed=signed.encoded,
            signature=der.whole_octets(signature.expect(der.BIT_STRING, "signature")),
            serial=der.integer(serial.expect(der.INTEGER, "serial number")),
            issuer=issuer.encoded,
            subject=subject.encoded,
            not_before=der.time(times[0]),
            not_after=der.time(times[1]),
            public_key=_public_key(key.encoded),
            extensions=extension.read(extension_list),
        )
        certificate._read_values()
        return certificate

    def _read_values(self) -> None:
        # Malformed values inside are found now, not by whoever asks first.
        _ = (self.role, self.eui, self.common_name, self.key_usages, self.policies)
        _ = (self.key_identifier, self.authority_key_identifier, self.basic_constraints)
        _ = (self.issuer_name, self.subject_name, self.hardware_module)

    def to_pem(self) -> bytes:
        """The certificate as a PEM file."""
        return pem.encode(pem.CERTIFICATE, self.encoded)

    @property
    def is_device(self) -> bool:
        """Whether this is a device's certificate: its subject is empty."""
        return not self.subject_attributes

    @property
    def is_authority(self) -> bool:
        """Whether the key signs certificates."""
        return KeyUsage.KEY_CERT_SIGN in self.key_usages

    @cached_property
    def issuer_name(self) -> str:
        """The issuer in RFC 4514 form, as X509IssuerName has it: `CN=Z1,OU=07`."""
        return names.rfc4514(self.issuer)

    @cached_property
    def subject_name(self) -> str:
        """The subject in RFC 4514 form; empty for a device."""
        return names.rfc4514(self.subject)

    @cached_property
    def subject_attributes(self) -> tuple[names.Attribute, ...]:
        """The attributes of the subject in the order of the octets."""
        return names.attributes(self.subject)

    @cached_property
    def role(self) -> Role | None:
        """The remote party role in the subject; None for a device or an unknown number."""
        found = self._subject_value(profile.ORGANIZATIONAL_UNIT)
        unit = der.text(found, "OU") if found else ""
        if not _TWO_HEXADECIMAL_DIGITS.fullmatch(unit) or int(unit, 16) not in set(Role):
            return None
        return Role(int(unit, 16))

    @cached_property
    def eui(self) -> bytes | None:
        """The EUI-64 of the device or organisation, 8 octets; None for an authority."""
        if self.is_device:
            return self.hardware_module.eui if self.hardware_module else None
        found = self._subject_value(profile.UNIQUE_IDENTIFIER)
        if found is None:
            return None
        octets = found.expect(der.BIT_STRING, "the unique identifier")
        return extension.eui(der.whole_octets(octets))

    @cached_property
    def common_name(self) -> str | None:
        """The subject's common name."""
        found = self._subject_value(profile.COMMON_NAME)
        return der.text(found, "CN") if found else None

    @cached_property
    def hardware_module(self) -> extension.HardwareModule | None:
        """The hardware type and EUI-64 of a device."""
        value = self.extension_value(profile.SUBJECT_ALTERNATIVE_NAME)
        return extension.hardware_module(value) if value is not None else None

    @cached_property
    def key_usages(self) -> frozenset[int]:
        """The bits of keyUsage, see `profile.KeyUsage`."""
        value = self.extension_value(profile.KEY_USAGE)
        return extension.key_usages(value) if value is not None else frozenset()

    @cached_property
    def policies(self) -> tuple[str, ...]:
        """The certificate policies in dotted form."""
        value = self.extension_value(profile.CERTIFICATE_POLICIES)
        return extension.policies(value) if value is not None else ()

    @cached_property
    def key_identifier(self) -> bytes | None:
        """The subject key identifier: CS02a and CS02b name certificates by it."""
        value = self.extension_value(profile.SUBJECT_KEY_IDENTIFIER)
        return extension.subject_key_identifier(value) if value is not None else None

    @cached_property
    def authority_key_identifier(self) -> bytes | None:
        """The key identifier of the issuer."""
        value = self.extension_value(profile.AUTHORITY_KEY_IDENTIFIER)
        return extension.authority_key_identifier(value) if value is not None else None

    @cached_property
    def basic_constraints(self) -> extension.BasicConstraints | None:
        """The limits of an authority."""
        value = self.extension_value(profile.BASIC_CONSTRAINTS)
        return extension.basic_constraints(value) if value is not None else None

    def extension_value(self, identifier: str) -> bytes | None:
        """The DER inside an extension; None when the certificate lacks it."""
        for each in self.extensions:
            if each.identifier == identifier:
                return each.value
        return None

    def _subject_value(self, identifier: str) -> der.Element | None:
        for attribute in self.subject_attributes:
            if attribute.identifier == identifier:
                return attribute.value
        return None


def _check_algorithm(algorithm: der.Element) -> None:
    parts = algorithm.children(der.SEQUENCE, "signature algorithm")
    if not parts:
        raise DecodeError("signature algorithm is empty")
    identifier = der.dotted(parts[0].expect(der.OBJECT_IDENTIFIER, "signature algorithm"))
    # RFC 5758 3.2 has no parameters; certificates with a NULL are about all the same.
    if identifier != profile.ECDSA_WITH_SHA256 or b"".join(
        part.encoded for part in parts[1:]
    ) not in {b"", _NULL}:
        raise DecodeError("signature algorithm is not ECDSA with SHA-256")


def _public_key(encoded: bytes) -> bytes:
    point = encoded[len(profile.P256_KEY_PREFIX) :]
    if (
        not encoded.startswith(profile.P256_KEY_PREFIX)
        or len(point) != _PUBLIC_KEY_OCTETS
        or point[0] != 0x04
    ):
        raise DecodeError("public key is not an uncompressed point of P-256")
    points.load_public_key(point)
    return point

"""The extensions of a certificate (RFC 5280 4.2) that the profile uses."""

from __future__ import annotations

from typing import NamedTuple

from keys import der, profile
from smets.codec.errors import DecodeError

_OTHER_NAME = 0xA0
_OTHER_NAME_VALUE = 0xA0
_KEY_IDENTIFIER = 0x80
_ISSUER_AND_SERIAL = (0xA1, 0x82)  # both or neither
_TRUE = 0xFF


class Extension(NamedTuple):
    """One extension: its identifier, whether it is critical, and the DER inside it."""

    identifier: str
    critical: bool
    value: bytes


class HardwareModule(NamedTuple):
    """What names a device (RFC 4108): the kind of hardware, and the EUI-64 as its serial."""

    hardware_type: str
    eui: bytes


class BasicConstraints(NamedTuple):
    """Whether the key may sign certificates, and how many authorities may follow below."""

    authority: bool
    path_length: int | None


def read(item: der.Element) -> tuple[Extension, ...]:
    """The extensions in the order of the octets."""
    found: list[Extension] = []
    for each in der.element(item.content, "extensions").children(der.SEQUENCE, "extensions"):
        parts = each.children(der.SEQUENCE, "extension")
        critical = len(parts) == 3 and _boolean(parts.pop(1))
        if len(parts) != 2:
            raise DecodeError("extension is not an identifier and a value")
        identifier = der.dotted(parts[0].expect(der.OBJECT_IDENTIFIER, "extension"))
        if any(extension.identifier == identifier for extension in found):
            raise DecodeError(f"extension {identifier} is there twice")
        value = parts[1].expect(der.OCTET_STRING, "extension")
        found.append(Extension(identifier, critical, value))
    return tuple(found)


def key_usages(value: bytes) -> frozenset[int]:
    """The bits of keyUsage, see `profile.KeyUsage`."""
    return der.bits(der.element(value, "keyUsage").expect(der.BIT_STRING, "keyUsage"))


def policies(value: bytes) -> tuple[str, ...]:
    """The certificate policies in dotted form."""
    found = []
    for policy in der.element(value, "policies").children(der.SEQUENCE, "policies"):
        parts = policy.children(der.SEQUENCE, "policy")
        if not parts:
            raise DecodeError("policy is empty")
        found.append(der.dotted(parts[0].expect(der.OBJECT_IDENTIFIER, "policy")))
    return tuple(found)


def subject_key_identifier(value: bytes) -> bytes:
    """The identifier of the certificate's own key."""
    what = "subject key identifier"
    return der.element(value, what).expect(der.OCTET_STRING, what)


def authority_key_identifier(value: bytes) -> bytes | None:
    """The identifier of the issuer's key."""
    what = "authority key identifier"
    parts = der.element(value, what).children(der.SEQUENCE, what)
    named = parts[:1] if parts and parts[0].tag == _KEY_IDENTIFIER else []
    if tuple(part.tag for part in parts[len(named) :]) not in {(), _ISSUER_AND_SERIAL}:
        raise DecodeError(f"{what} is not as RFC 5280 4.2.1.1 has it")
    return named[0].content if named else None


def hardware_module(value: bytes) -> HardwareModule | None:
    """The hardwareModuleName in a subjectAltName; None when it names something else."""
    what = "subjectAltName"
    for general_name in der.element(value, what).children(der.SEQUENCE, what):
        if general_name.tag != _OTHER_NAME:
            continue
        parts = der.elements(general_name.content)
        if len(parts) != 2:
            raise DecodeError("otherName is not an identifier and a value")
        if (
            der.dotted(parts[0].expect(der.OBJECT_IDENTIFIER, what))
            != profile.HARDWARE_MODULE_NAME
        ):
            continue
        inner = der.element(parts[1].expect(_OTHER_NAME_VALUE, what), what)
        module = inner.children(der.SEQUENCE, "hardwareModuleName")
        if len(module) != 2:
            raise DecodeError("hardwareModuleName is not a type and a serial")
        hardware_type = der.dotted(module[0].expect(der.OBJECT_IDENTIFIER, "hardware type"))
        return HardwareModule(hardware_type, eui(module[1].expect(der.OCTET_STRING, "EUI-64")))
    return None


def basic_constraints(value: bytes) -> BasicConstraints:
    """The limits of an authority."""
    parts = der.element(value, "basicConstraints").children(der.SEQUENCE, "basicConstraints")
    authority = bool(parts) and parts[0].tag == der.BOOLEAN and _boolean(parts.pop(0))
    path_length = None
    if parts:
        path_length = der.integer(parts.pop(0).expect(der.INTEGER, "path length"))
    if parts or (path_length is not None and path_length < 0):
        raise DecodeError("basicConstraints is malformed")
    return BasicConstraints(authority, path_length)


def eui(octets: bytes) -> bytes:
    """An EUI-64; DecodeError unless it has 8 octets."""
    if len(octets) != profile.EUI_OCTETS:
        raise DecodeError(f"an EUI-64 has 8 octets, not {len(octets)}")
    return octets


def _boolean(item: der.Element) -> bool:
    # DEFAULT FALSE is never written out in DER (X.690 11.5), and TRUE is FF.
    if item.expect(der.BOOLEAN, "flag") != bytes((_TRUE,)):
        raise DecodeError("flag is not in its shortest form")
    return True

"""Distinguished names: their attributes and their RFC 4514 text."""

from __future__ import annotations

import re
from typing import NamedTuple

from keys import der, profile
from keys.profile import Role
from smets.codec.errors import DecodeError

_SHORT_NAMES = {profile.COMMON_NAME: "CN", profile.ORGANIZATIONAL_UNIT: "OU"}
_SPECIAL = re.compile(r'([,+"\\<>;=])|^([# ])|( )$')
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_SPACE_AROUND = re.compile(r"\s*(?<!\\)([,=])\s*")
_KEYWORD = re.compile(r"(?:^|(?<=,))\w+(?==)")


class Attribute(NamedTuple):
    """One attribute of a name: its identifier in dotted form and its value."""

    identifier: str
    value: der.Element


def attributes(name: bytes) -> tuple[Attribute, ...]:
    """The attributes of a DER name in the order of the octets, one to each set."""
    found = []
    for group in der.element(name, "name").children(der.SEQUENCE, "name"):
        pairs = group.children(der.SET, "part of a name")
        if len(pairs) != 1:
            raise DecodeError("part of a name holds more than one attribute")
        parts = pairs[0].children(der.SEQUENCE, "attribute of a name")
        if len(parts) != 2:
            raise DecodeError("attribute of a name is not an identifier and a value")
        identifier = der.dotted(parts[0].expect(der.OBJECT_IDENTIFIER, "attribute of a name"))
        found.append(Attribute(identifier, parts[1]))
    return tuple(found)


def rfc4514(name: bytes) -> str:
    """The name as X509IssuerName writes it, last attribute first: `CN=Z1,OU=07`."""
    return ",".join(_text(attribute) for attribute in reversed(attributes(name)))


def comparable(text: str) -> str:
    """A form of RFC 4514 text that is equal for equal names: spacing and keyword case differ."""
    close = _SPACE_AROUND.sub(r"\1", text.strip())
    return _KEYWORD.sub(lambda keyword: keyword[0].upper(), close)


def _text(attribute: Attribute) -> str:
    short = _SHORT_NAMES.get(attribute.identifier)
    if short is None:
        return f"{attribute.identifier}=#{attribute.value.encoded.hex()}"
    value = der.text(attribute.value, short)
    escaped = _SPECIAL.sub(lambda found: "\\" + found[0], value)
    return f"{short}={_CONTROL.sub(_hexadecimal_pairs, escaped)}"


def _hexadecimal_pairs(found: re.Match[str]) -> str:
    return "".join(f"\\{octet:02X}" for octet in found[0].encode())


EMPTY = der.write(der.SEQUENCE)


def authority(name: str, role: Role | None) -> bytes:
    """The DER name of an authority: PrintableString throughout, OU first."""
    parts = []
    if role is not None:
        parts.append(_written(profile.ORGANIZATIONAL_UNIT, der.PRINTABLE_STRING, _unit(role)))
    parts.append(_written(profile.COMMON_NAME, der.PRINTABLE_STRING, name.encode("ascii")))
    return der.write(der.SEQUENCE, *parts)


def organisation(role: Role, eui: bytes, common_name: str | None = None) -> bytes:
    """The DER name of a party: UTF8String throughout, CN (if any), OU, uniqueIdentifier."""
    parts = []
    if common_name is not None:
        parts.append(_written(profile.COMMON_NAME, der.UTF8_STRING, common_name.encode()))
    parts.append(_written(profile.ORGANIZATIONAL_UNIT, der.UTF8_STRING, _unit(role)))
    identifier = b"\x00" + profile.checked_eui(eui)  # no unused bits
    parts.append(_written(profile.UNIQUE_IDENTIFIER, der.BIT_STRING, identifier))
    return der.write(der.SEQUENCE, *parts)


def _unit(role: Role) -> bytes:
    return f"{role:02X}".encode("ascii")


def _written(identifier: str, tag: int, content: bytes) -> bytes:
    value = der.write(tag, content)
    return der.write(der.SET, der.write(der.SEQUENCE, der.write_identifier(identifier), value))

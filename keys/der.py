"""DER elements (X.690) as a certificate uses them; anything not in canonical form is refused."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import NamedTuple

from smets.codec.errors import DecodeError
from smets.codec.reader import Reader, write_length

BOOLEAN = 0x01
INTEGER = 0x02
BIT_STRING = 0x03
OCTET_STRING = 0x04
NULL = 0x05
OBJECT_IDENTIFIER = 0x06
UTF8_STRING = 0x0C
PRINTABLE_STRING = 0x13
UTC_TIME = 0x17
GENERALIZED_TIME = 0x18
SEQUENCE = 0x30
SET = 0x31

_PRINTABLE = re.compile(rb"[A-Za-z0-9 '()+,./:=?-]*")


class Element(NamedTuple):
    """One element: its tag, its contents, and all its octets."""

    tag: int
    content: bytes
    encoded: bytes

    def expect(self, tag: int, what: str) -> bytes:
        """The contents; DecodeError unless the element has this tag."""
        if self.tag != tag:
            raise DecodeError(f"{what} has tag {self.tag:02x}, {tag:02x} is expected")
        return self.content

    def children(self, tag: int, what: str) -> list[Element]:
        """The elements inside a constructed element that must have this tag."""
        return elements(self.expect(tag, what))


def elements(data: bytes) -> list[Element]:
    """All elements of `data`, one after the other, nothing left over."""
    reader = Reader(data)
    found = []
    while reader.remaining():
        start = reader.position
        tag = reader.octet()
        if tag & 0x1F == 0x1F:
            raise DecodeError("tags above 30 have no place in a certificate")
        content = reader.take(reader.length())
        found.append(Element(tag, content, data[start : reader.position]))
    return found


def element(data: bytes, what: str) -> Element:
    """The only element of `data`."""
    found = elements(data)
    if len(found) != 1:
        raise DecodeError(f"{what} is {len(found)} elements, one is expected")
    return found[0]


def dotted(content: bytes) -> str:
    """An object identifier's contents in dotted form."""
    arcs = []
    arc = 0
    fresh = True
    for octet in content:
        if fresh and octet == 0x80:
            raise DecodeError("object identifier is not in its shortest form")
        arc = arc << 7 | octet & 0x7F
        fresh = octet < 0x80
        if fresh:
            arcs.append(arc)
            arc = 0
    if not fresh or not arcs:
        raise DecodeError("object identifier is cut off")
    first = min(arcs[0] // 40, 2)
    return ".".join(str(number) for number in (first, arcs[0] - 40 * first, *arcs[1:]))


def integer(content: bytes) -> int:
    """A signed integer in its shortest form."""
    if not content:
        raise DecodeError("integer is empty")
    if len(content) > 1 and content[0] in {0x00, 0xFF} and content[0] >> 7 == content[1] >> 7:
        raise DecodeError("integer is not in its shortest form")
    return int.from_bytes(content, "big", signed=True)


def bits(content: bytes) -> frozenset[int]:
    """The numbers of the bits that are set in a named bit string, first bit 0."""
    if not content or content[0] > 7 or (len(content) == 1 and content[0]):
        raise DecodeError("bit string is malformed")
    unused, octets = content[0], content[1:]
    # X.690 11.2.2: a named bit string ends with the last bit that is set.
    if octets and octets[-1] & (2 << unused) - 1 != 1 << unused:
        raise DecodeError("bit string is not in its shortest form")
    return frozenset(
        number for number in range(8 * len(octets)) if octets[number // 8] >> 7 - number % 8 & 1
    )


def whole_octets(content: bytes) -> bytes:
    """A bit string that holds whole octets."""
    if not content or content[0]:
        raise DecodeError("bit string does not hold whole octets")
    return content[1:]


def text(item: Element, what: str) -> str:
    """A UTF8String or PrintableString."""
    if item.tag not in {UTF8_STRING, PRINTABLE_STRING}:
        raise DecodeError(f"{what} has tag {item.tag:02x}, no string that is used here")
    if item.tag == PRINTABLE_STRING and not _PRINTABLE.fullmatch(item.content):
        raise DecodeError(f"{what} holds characters that no PrintableString may hold")
    try:
        return item.content.decode("utf-8")
    except UnicodeDecodeError:
        raise DecodeError(f"{what} is not text") from None


def time(item: Element) -> datetime:
    """A UTCTime or GeneralizedTime of RFC 5280 4.1.2.5, always whole seconds and Z."""
    digits = {UTC_TIME: 12, GENERALIZED_TIME: 14}.get(item.tag)
    content = item.content
    if digits is None or len(content) != digits + 1 or content[-1:] != b"Z":
        raise DecodeError("validity is not a time in UTC")
    if not content[:-1].isdigit():
        raise DecodeError("validity is not a time in UTC")
    year = int(content[: digits - 10])
    if item.tag == UTC_TIME:
        year += 2000 if year < 50 else 1900
    month, day, hour, minute, second = (
        int(content[at : at + 2]) for at in range(digits - 10, digits, 2)
    )
    try:
        return datetime(year, month, day, hour, minute, second, tzinfo=UTC)
    except ValueError:
        raise DecodeError("validity is no date of the calendar") from None


def write(tag: int, *contents: bytes) -> bytes:
    """One element around the octets of others."""
    content = b"".join(contents)
    out = bytearray((tag,))
    write_length(out, len(content))
    return bytes(out) + content


def write_identifier(identifier: str) -> bytes:
    """An object identifier from its dotted form."""
    first, second, *rest = (int(arc) for arc in identifier.split("."))
    octets = bytearray()
    for arc in (40 * first + second, *rest):
        groups = [arc & 0x7F]
        while arc := arc >> 7:
            groups.append(0x80 | arc & 0x7F)
        octets += bytes(reversed(groups))
    return write(OBJECT_IDENTIFIER, bytes(octets))

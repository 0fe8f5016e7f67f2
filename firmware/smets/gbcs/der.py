"""DER (X.690), strictly: what the ASN.1 use cases and certificates need of it.

A reader walks elements in the order in which a type lists them and refuses every other one, every
length and value that is not in its one DER form, and what is left over. Errors name the type
at fault; their texts lie in the board's heap, so they are short.
"""

from __future__ import annotations

from smets.codec.errors import DecodeError
from smets.codec.reader import Reader, write_length
from smets.dlms.date_time import civil, days_since_2000

BOOLEAN = 0x01
INTEGER = 0x02
BIT_STRING = 0x03
OCTET_STRING = 0x04
NULL = 0x05
OBJECT_IDENTIFIER = 0x06
ENUMERATED = 0x0A
UTF8_STRING = 0x0C
PRINTABLE_STRING = 0x13
UTC_TIME = 0x17
GENERALIZED_TIME = 0x18
SEQUENCE = 0x30
SET = 0x31
CONTEXT = 0x80  # implicit tagging; with CONSTRUCTED a structured type or explicit tagging
CONSTRUCTED = 0x20
MULTI_OCTET_TAG = 0x1F

FOREVER = 0xFFFFFFFF  # 99991231235959Z: RFC 5280 4.1.2.5, no end


class DerReader:
    """Elements one behind the other; a method takes the next one, which has to be of its tag.

    `long_form`: lengths from 128 to 255 may be in two octets, as they are in some responses.
    """

    def __init__(self, reader: Reader, long_form: bool = False) -> None:
        self._reader = reader
        self._long_form = long_form

    @staticmethod
    def over(octets: bytes, long_form: bool = False) -> DerReader:
        """A reader over all of `octets`."""
        return DerReader(Reader(octets), long_form)

    def next_tag(self) -> int:
        """The tag of the next element; 0, which none may have, at the end."""
        if not self._reader.remaining():
            return 0
        tag = self._reader.peek()
        if not tag:
            raise DecodeError("DER: tag 00")
        return tag

    def _scope(self, tag: int) -> Reader:
        found = self._reader.octet()
        if found != tag:
            raise DecodeError(f"DER: tag {found:02x}, not {tag:02x}")
        start = self._reader.position
        if self._long_form and self._reader.octet() == 0x82 and not self._reader.peek():
            size = self._reader.unsigned(2)
            if size < 0x80:
                raise DecodeError("DER: length")
        else:
            self._reader.rewind(start)
            size = self._reader.length()
        return self._reader.sub(size)

    def nested(self, tag: int = SEQUENCE) -> DerReader:
        """A reader over the elements inside."""
        return DerReader(self._scope(tag), self._long_form)

    def contents(self, tag: int) -> bytes:
        scope = self._scope(tag)
        return scope.take(scope.remaining())

    def element(self, tag: int = SEQUENCE) -> bytes:
        """The element whole, with tag and length; its inside is not looked at."""
        start = self._reader.position
        self._scope(tag)
        return self._reader.since(start)

    def skip(self) -> None:
        """Steps over one element of any tag of one octet."""
        tag = self.next_tag()
        if tag & MULTI_OCTET_TAG == MULTI_OCTET_TAG:
            raise DecodeError("DER: long tag")
        self._scope(tag)

    def finish(self) -> None:
        self._reader.finish()

    def boolean(self) -> bool:
        return boolean(self.contents(BOOLEAN))

    def integer(self, tag: int = INTEGER) -> int:
        """An integer of at most 20 octets that is not negative."""
        octets = self.contents(tag)
        check_integer(octets)
        if octets[0] & 0x80:
            raise DecodeError("DER: integer")
        if len(octets) > 20:
            raise DecodeError("DER: integer")
        return int.from_bytes(octets, "big")

    def optional_integer(self, tag: int) -> int | None:
        """An integer of that tag, if the next element is one."""
        return self.integer(tag) if self.next_tag() == tag else None

    def bit_octets(self) -> bytes:
        """A bit string that is a whole number of octets."""
        octets = self.contents(BIT_STRING)
        if not octets or octets[0]:
            raise DecodeError("DER: bit string")
        return octets[1:]

    def named_bits(self) -> int:
        """A bit string of at most 8 named bits; bit n of it is bit n of the result."""
        octets = self.contents(BIT_STRING)
        check_bit_string(octets)
        if len(octets) == 1:
            return 0
        unused, bits = octets[0], octets[1]
        if len(octets) > 2 or not bits >> unused & 1:
            raise DecodeError("DER: bit string")
        return sum([1 << bit for bit in range(8) if bits << bit & 0x80])

    def octets(self, size: int) -> bytes:
        octets = self.contents(OCTET_STRING)
        if len(octets) != size:
            raise DecodeError("DER: octet string")
        return octets

    def time(self) -> int:
        """UTCTime or GeneralizedTime in seconds since 2000; FOREVER for the end of 9999."""
        tag = self.next_tag()
        if tag not in {UTC_TIME, GENERALIZED_TIME}:
            raise DecodeError("DER: time")
        return time(tag, self.contents(tag))


def check_integer(octets: bytes) -> None:
    """DecodeError unless these are the shortest contents of an integer."""
    if not octets or (len(octets) > 1 and octets[0] == (0xFF if octets[1] & 0x80 else 0)):
        raise DecodeError("DER: integer")


def check_bit_string(octets: bytes) -> None:
    """DecodeError unless unused bits are counted right and zero."""
    if not octets or octets[0] > 7 or (len(octets) == 1 and octets[0]):
        raise DecodeError("DER: bit string")
    if octets[-1] & (1 << octets[0]) - 1 and len(octets) > 1:
        raise DecodeError("DER: bit string")


def check_identifier(octets: bytes) -> None:
    """DecodeError unless each part of an object identifier ends, and is in its shortest form."""
    before = 0
    for octet in octets:
        if octet == 0x80 and before < 0x80:
            raise DecodeError("DER: identifier")
        before = octet
    if before >= 0x80 or not octets:
        raise DecodeError("DER: identifier")


def boolean(octets: bytes) -> bool:
    """What the contents of a boolean say."""
    if octets not in {b"\x00", b"\xff"}:
        raise DecodeError("DER: boolean")
    return octets == b"\xff"


def time(tag: int, octets: bytes) -> int:
    """Seconds since 2000 of YYMMDDhhmmssZ or YYYYMMDDhhmmssZ."""
    digits = 12 if tag == UTC_TIME else 14
    if len(octets) != digits + 1 or octets[digits] != 0x5A:
        raise DecodeError("DER: time")
    pairs = []
    for at in range(0, digits, 2):
        high, low = octets[at] - 0x30, octets[at + 1] - 0x30
        if not (0 <= high <= 9 and 0 <= low <= 9):
            raise DecodeError("DER: time")
        pairs.append(high * 10 + low)
    month, day, hour, minute, second = pairs[-5:]
    if hour > 23 or minute > 59 or second > 59:
        raise DecodeError("DER: time")
    year = pairs[0] * 100 + pairs[1]
    if tag == UTC_TIME:
        year = (2000 if pairs[0] < 50 else 1900) + pairs[0]  # RFC 5280 4.1.2.5.1
    if octets == b"99991231235959Z":
        return FOREVER
    return days_since_2000(year, month, day) * 86400 + hour * 3600 + minute * 60 + second


def element(tag: int, contents: bytes, long_form: bool = False) -> bytes:
    """An element; `long_form`: lengths from 128 to 255 in two octets."""
    out = bytearray((tag,))
    if long_form and 0x80 <= len(contents) < 0x100:
        out.extend(b"\x82\x00")
        out.append(len(contents))
    else:
        write_length(out, len(contents))
    out.extend(contents)
    return bytes(out)


def integer(value: int, tag: int = INTEGER) -> bytes:
    """An integer that is not negative."""
    size = 1
    while value >> 8 * size - 1:
        size += 1
    return element(tag, value.to_bytes(size, "big"))


def octet_string(value: bytes) -> bytes:
    """An octet string."""
    return element(OCTET_STRING, value)


def generalized_time(seconds: int) -> bytes:
    """UTC seconds since 2000."""
    text = "%04d%02d%02d%02d%02d%02dZ" % civil(seconds)
    return element(GENERALIZED_TIME, text.encode())


def named_bit(bit: int) -> bytes:
    """A bit string in which one named bit of the first eight is set."""
    return element(BIT_STRING, bytes((7 - bit, 0x80 >> bit)))

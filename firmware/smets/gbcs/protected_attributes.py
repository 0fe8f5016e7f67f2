"""Data of a class 30 object's method 1, get_protected_attributes (GBCS 7.3, 8)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from smets.codec.errors import DecodeError
from smets.codec.reader import Reader, write_length
from smets.dlms import date_time
from smets.gbcs.protection import ENCRYPTION_FLAG

if TYPE_CHECKING:
    Period = tuple[int, int]

# structures and values that stand still, encoded
_ATTRIBUTE = b"\x02\x05\x12"
_LOGICAL_NAME = b"\x09\x06"
_MEMBER = b"\x0f"
_WHOLE = b"\x12\x00\x00\x02\x02\x16"  # data index 0; restriction: enum and what it says
_DATE_TIME = b"\x09\x0c"
_PARAMETERS = b"\x01\x01\x02\x02\x16\x02\x02\x05\x09\x09"
_PARTY = b"\x09\x08"
_KEY_AGREEMENT = b"\x09\x00\x02\x02\x16\x02\x02\x02\x09\x01\x02\x09\x00"


class ProtectedAttribute:
    """An attribute asked for; `period`: from and to, in seconds since 2000, of a log's rows."""

    def __init__(
        self, class_id: int, logical_name: bytes, attribute: int, period: Period | None = None
    ) -> None:
        self.class_id = class_id
        self.logical_name = logical_name
        self.attribute = attribute
        self.period = period

    @staticmethod
    def read(reader: Reader) -> ProtectedAttribute:
        reader.expect(_ATTRIBUTE, "protected attribute")
        class_id = reader.unsigned(2)
        reader.expect(_LOGICAL_NAME, "logical name")
        logical_name = reader.take(6)
        reader.expect(_MEMBER, "attribute")
        attribute = ProtectedAttribute(class_id, logical_name, reader.octet())
        reader.expect(_WHOLE, "restriction")
        if reader.octet():
            reader.rewind(reader.position - 1)
            reader.expect(b"\x01\x02\x02", "restriction")
            attribute.period = (_read_time(reader), _read_time(reader))
        else:
            reader.expect(b"\x00", "restriction")
        return attribute

    def write(self, out: bytearray) -> None:
        out.extend(_ATTRIBUTE)
        out.extend(self.class_id.to_bytes(2, "big"))
        out.extend(_LOGICAL_NAME)
        out.extend(self.logical_name)
        out.extend(_MEMBER)
        out.append(self.attribute)
        out.extend(_WHOLE)
        if self.period is None:
            out.extend(b"\x00\x00")
            return
        out.extend(b"\x01\x02\x02")
        for seconds in self.period:
            out.extend(_DATE_TIME)
            out.extend(date_time.encode(seconds))


def _read_time(reader: Reader) -> int:
    reader.expect(_DATE_TIME, "date-time")
    octets = reader.take(12)
    seconds = date_time.decode(octets)
    if date_time.encode(seconds) != octets:
        raise DecodeError("date-time")
    return seconds


class ProtectedRequest:
    """The command's data. `requester` is who shall be able to decrypt, EUI-64."""

    def __init__(
        self,
        attributes: tuple[ProtectedAttribute, ...],
        originator_counter: int,
        requester: bytes,
        device: bytes,
    ) -> None:
        self.attributes = attributes
        self.originator_counter = originator_counter
        self.requester = requester
        self.device = device

    @staticmethod
    def decode(octets: bytes) -> ProtectedRequest:
        reader = Reader(octets)
        reader.expect(b"\x02\x02\x01", "protected request")
        count = reader.octet()
        if not 0 < count < 0x80:
            raise DecodeError("number of protected attributes")
        attributes = tuple([ProtectedAttribute.read(reader) for _ in range(count)])
        reader.expect(_PARAMETERS, "protection parameters")
        reader.expect(bytes((ENCRYPTION_FLAG,)), "transaction")
        counter = reader.unsigned(8)
        reader.expect(_PARTY, "requester")
        requester = reader.take(8)
        reader.expect(_PARTY, "device")
        device = reader.take(8)
        reader.expect(_KEY_AGREEMENT, "key information")
        reader.finish()
        return ProtectedRequest(attributes, counter, requester, device)

    def encode(self) -> bytes:
        out = bytearray(b"\x02\x02\x01")
        out.append(len(self.attributes))
        for attribute in self.attributes:
            attribute.write(out)
        out.extend(parameters(self.originator_counter, self.requester, self.device))
        return bytes(out)


def parameters(originator_counter: int, originator: bytes, recipient: bytes) -> bytes:
    """Protection parameters: they go before ciphered information in responses and alerts."""
    transaction_id = bytes((ENCRYPTION_FLAG,)) + originator_counter.to_bytes(8, "big")
    return _PARAMETERS + transaction_id + _PARTY + originator + _PARTY + recipient + _KEY_AGREEMENT


def encode_response(
    originator_counter: int, device: bytes, recipient: bytes, ciphered: bytes
) -> bytes:
    """The response's data: counter and parties as in the header, and ciphered information."""
    out = bytearray(b"\x02\x02")
    out.extend(parameters(originator_counter, device, recipient))
    out.append(0x09)
    write_length(out, len(ciphered))
    out.extend(ciphered)
    return bytes(out)

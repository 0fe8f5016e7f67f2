"""The data types of the ZigBee Cluster Library (ZCL 2.6.2): octets and values.

| types | value |
|---|---|
| boolean, data, bitmap, unsigned, signed, enumeration, UTC time, identifiers | int |
| EUI-64 | bytes, big-endian |
| key, floating point, time of day, date | bytes as they travel |
| octet and character strings | bytes; None: invalid |
| array, set, bag | (element type, list of values) |
| structure | list of (type, value) |
| no data, unknown | None |
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from smets.codec.errors import DecodeError

if TYPE_CHECKING:
    from typing import Any

    from smets.codec.reader import Reader

NO_DATA = 0x00
BOOLEAN = 0x10
BITMAP8 = 0x18
BITMAP32 = 0x1B
UINT8 = 0x20
UINT16 = 0x21
UINT24 = 0x22
UINT32 = 0x23
UINT48 = 0x25
INT8 = 0x28
INT64 = 0x2F
ENUM8 = 0x30
ENUM16 = 0x31
OCTET_STRING = 0x41
CHARACTER_STRING = 0x42
LONG_OCTET_STRING = 0x43
LONG_CHARACTER_STRING = 0x44
ARRAY = 0x48
STRUCTURE = 0x4C
SET = 0x50
BAG = 0x51
UTC_TIME = 0xE2
EUI64 = 0xF0
KEY = 0xF1
UNKNOWN = 0xFF

DEPTH = 4  # of collections in collections

# Type and octets, where the size does not follow from the number of the type.
_SIZES = (
    b"\x00\x00\x30\x01\x31\x02\x38\x02\x39\x04\x3a\x08\xe0\x04\xe1\x04\xe2\x04"
    b"\xe8\x02\xe9\x02\xea\x04\xf0\x08\xf1\x10\xff\x00"
)
# Fixed sizes that are kept as octets: floating point, time of day, date, key.
_AS_OCTETS = b"\x38\x39\x3a\xe0\xe1\xf1"


def size(data_type: int) -> int | None:
    """Octets of a value of the type; None when they differ from value to value."""
    if 0x08 <= data_type <= INT64 and not BOOLEAN < data_type < BITMAP8:
        return (data_type & 7) + 1
    for at in range(0, len(_SIZES), 2):
        if _SIZES[at] == data_type:
            return _SIZES[at + 1]
    if OCTET_STRING <= data_type <= LONG_CHARACTER_STRING or data_type in {
        ARRAY,
        STRUCTURE,
        SET,
        BAG,
    }:
        return None
    raise DecodeError(f"unknown data type {data_type:02x}")


def read(reader: Reader, data_type: int, depth: int = DEPTH) -> Any:
    """A value; DecodeError when it is cut off, of an unknown type or too deep."""
    octets = size(data_type)
    if octets is None:
        return _read_varying(reader, data_type, depth)
    if not octets:
        return None
    taken = reader.take(octets)
    if data_type == EUI64:
        return bytes(reversed(taken))
    if data_type in _AS_OCTETS:
        return taken
    value = int.from_bytes(taken, "little")
    if data_type >> 3 == INT8 >> 3 and taken[-1] & 0x80:
        value -= 1 << 8 * octets
    return value


def _read_varying(reader: Reader, data_type: int, depth: int) -> Any:
    if data_type <= CHARACTER_STRING:
        length = reader.octet()
        return None if length == 0xFF else reader.take(length)
    if data_type <= LONG_CHARACTER_STRING:
        length = reader.little(2)
        return None if length == 0xFFFF else reader.take(length)
    if not depth:
        raise DecodeError("collections too deep")
    if data_type == STRUCTURE:
        fields = []
        for _ in range(reader.little(2)):
            field_type = reader.octet()
            fields.append((field_type, read(reader, field_type, depth - 1)))
        return fields
    element_type = reader.octet()
    count = reader.little(2)
    # Elements of no octets would let three octets ask for a list of 65535.
    if count and size(element_type) == 0:
        raise DecodeError("elements without octets")
    return element_type, [read(reader, element_type, depth - 1) for _ in range(count)]


def write(out: bytearray, data_type: int, value: Any) -> None:
    """Appends a value; OverflowError or ValueError when the type cannot have it."""
    octets = size(data_type)
    if octets is None:
        _write_varying(out, data_type, value)
    elif not octets:
        return
    elif data_type == EUI64 or data_type in _AS_OCTETS:
        if len(value) != octets:
            raise ValueError(f"{octets} octets wanted, not {len(value)}")
        out.extend(bytes(reversed(value)) if data_type == EUI64 else value)
    else:
        if data_type >> 3 == INT8 >> 3:
            limit = 1 << 8 * octets - 1
            if not -limit <= value < limit:
                raise OverflowError("value too large for its type")
            value %= 2 * limit
        out.extend(value.to_bytes(octets, "little"))


def _write_varying(out: bytearray, data_type: int, value: Any) -> None:
    if data_type <= LONG_CHARACTER_STRING:
        width = 1 if data_type <= CHARACTER_STRING else 2
        invalid = (1 << 8 * width) - 1
        if value is not None and len(value) >= invalid:
            raise OverflowError("string too long for its type")
        out.extend((invalid if value is None else len(value)).to_bytes(width, "little"))
        out.extend(value or b"")
    elif data_type == STRUCTURE:
        out.extend(len(value).to_bytes(2, "little"))
        for field_type, field in value:
            out.append(field_type)
            write(out, field_type, field)
    else:
        element_type, elements = value
        out.append(element_type)
        out.extend(len(elements).to_bytes(2, "little"))
        for element in elements:
            write(out, element_type, element)

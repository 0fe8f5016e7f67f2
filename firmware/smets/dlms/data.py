"""A-XDR Data (IEC 62056-6-2): a value is a tuple `(tag, value)`.

| tag | value |
|---|---|
| NULL | None |
| ARRAY, STRUCTURE | tuple of Data |
| COMPACT_ARRAY | tuple (type description octets, contents octets) |
| BIT_STRING | tuple (number of bits, octets) |
| BOOLEAN and the integers, ENUM | int (a boolean keeps its octet, 0..255) |
| the strings, floats, date-time, date, time | bytes |
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from smets.codec.errors import DecodeError
from smets.codec.reader import Reader, write_length

if TYPE_CHECKING:
    from typing import Any

    Data = tuple[int, Any]

NULL = 0
ARRAY = 1
STRUCTURE = 2
BOOLEAN = 3
BIT_STRING = 4
DOUBLE_LONG = 5
DOUBLE_LONG_UNSIGNED = 6
OCTET_STRING = 9
VISIBLE_STRING = 10
UTF8_STRING = 12
BCD = 13
INTEGER = 15
LONG = 16
UNSIGNED = 17
LONG_UNSIGNED = 18
COMPACT_ARRAY = 19
LONG64 = 20
LONG64_UNSIGNED = 21
ENUM = 22
FLOAT32 = 23
FLOAT64 = 24
DATE_TIME = 25
DATE = 26
TIME = 27

NULL_DATA: Data = (NULL, None)
MAXIMUM_DEPTH = 12

# tag, octets, kind (0 unsigned, 1 signed, 2 fixed octets) of each type of fixed size
_SIGNED, _OCTETS = 1, 2
_FIXED = bytes.fromhex(
    "030100 050401 060400 0d0100 0f0101 100201 110100 120200"
    "140801 150800 160100 170402 180802 190c02 1a0502 1b0402"
)
_STRINGS = (OCTET_STRING, VISIBLE_STRING, UTF8_STRING)


def _fixed(tag: int) -> tuple[int, int] | None:
    for at in range(0, len(_FIXED), 3):
        if _FIXED[at] == tag:
            return _FIXED[at + 1], _FIXED[at + 2]
    return None


def read(reader: Reader, depth: int = 0) -> Data:
    """Reads one tagged value; nesting beyond MAXIMUM_DEPTH is a DecodeError."""
    tag = reader.octet()
    return tag, _read_value(reader, tag, depth)


def _read_value(reader: Reader, tag: int, depth: int) -> Any:
    if tag == NULL:
        return None
    fixed = _fixed(tag)
    if fixed:
        return _read_fixed(reader, fixed[0], fixed[1])
    if tag in _STRINGS:
        return reader.take(reader.length())
    if tag == BIT_STRING:
        bits = reader.length()
        return bits, reader.take((bits + 7) // 8)
    if depth >= MAXIMUM_DEPTH:
        raise DecodeError("data nested too deeply")
    if tag in {ARRAY, STRUCTURE}:
        count = reader.length()
        if count > reader.remaining():
            raise DecodeError("more elements announced than octets left")
        return tuple([read(reader, depth + 1) for _ in range(count)])
    if tag == COMPACT_ARRAY:
        start = reader.position
        skip_type(reader, depth + 1)
        description = reader.since(start)
        return description, reader.take(reader.length())
    raise DecodeError(f"unknown data tag {tag:02x}")


def _read_fixed(reader: Reader, size: int, kind: int) -> Any:
    octets = reader.take(size)
    if kind == _OCTETS:
        return octets
    value = int.from_bytes(octets, "big")
    if kind == _SIGNED and octets[0] & 0x80:
        value -= 1 << 8 * size
    return value


def skip_type(reader: Reader, depth: int = 0) -> None:
    """Steps over one type description of a compact array."""
    if depth >= MAXIMUM_DEPTH:
        raise DecodeError("type description nested too deeply")
    tag = reader.octet()
    if tag == STRUCTURE:
        count = reader.length()
        if count > reader.remaining():
            raise DecodeError("more elements announced than octets left")
        for _ in range(count):
            skip_type(reader, depth + 1)
    elif tag == ARRAY:
        reader.skip(2)  # number of elements
        skip_type(reader, depth + 1)
    elif tag not in {NULL, BIT_STRING} and tag not in _STRINGS and not _fixed(tag):
        raise DecodeError(f"unknown type tag {tag:02x}")


def read_typed(description: Reader, contents: Reader, depth: int = 0) -> Data:
    """One element of a compact array as Data; `description` moves over its type description."""
    if depth >= MAXIMUM_DEPTH:
        raise DecodeError("type description nested too deeply")
    tag = description.octet()
    if tag == STRUCTURE:
        count = description.length()
        return tag, tuple([read_typed(description, contents, depth + 1) for _ in range(count)])
    if tag == ARRAY:
        count = description.unsigned(2)
        if count > contents.remaining():
            raise DecodeError("more elements announced than octets left")
        start = description.position
        items = []
        for _ in range(count):
            description.rewind(start)
            items.append(read_typed(description, contents, depth + 1))
        if not count:
            skip_type(description, depth + 1)
        return tag, tuple(items)
    return tag, _read_value(contents, tag, depth)


def expand(compact: tuple[bytes, bytes]) -> tuple[Data, ...]:
    """The elements of a compact array's value, each as Data."""
    contents = Reader(compact[1])
    items = []
    while contents.remaining():
        before = contents.position
        items.append(read_typed(Reader(compact[0]), contents))
        if contents.position == before:
            raise DecodeError("compact array of elements without octets")
    return tuple(items)


def write(out: bytearray, data: Data) -> None:
    """Appends one tagged value; ValueError or OverflowError when it does not fit its tag."""
    tag, value = data
    out.append(tag)
    fixed = _fixed(tag)
    if fixed:
        _write_fixed(out, value, fixed[0], fixed[1])
    elif tag in _STRINGS:
        write_length(out, len(value))
        out.extend(value)
    elif tag in {ARRAY, STRUCTURE}:
        write_length(out, len(value))
        for element in value:
            write(out, element)
    elif tag == BIT_STRING:
        write_length(out, value[0])
        out.extend(value[1])
    elif tag == COMPACT_ARRAY:
        out.extend(value[0])
        write_length(out, len(value[1]))
        out.extend(value[1])
    elif tag != NULL:
        raise ValueError(f"unknown data tag {tag:02x}")


def _write_fixed(out: bytearray, value: Any, size: int, kind: int) -> None:
    if kind == _OCTETS:
        if len(value) != size:
            raise ValueError(f"expected {size} octets, got {len(value)}")
        out.extend(value)
        return
    if kind == _SIGNED:
        half = 1 << 8 * size - 1
        if not -half <= value < half:
            raise OverflowError("integer out of range")
        value &= (half << 1) - 1
    out.extend(value.to_bytes(size, "big"))


def decode(octets: bytes) -> Data:
    """One value that fills `octets`; DecodeError else."""
    reader = Reader(octets)
    data = read(reader)
    reader.finish()
    return data


def encode(data: Data) -> bytes:
    """One tagged value as octets."""
    out = bytearray()
    write(out, data)
    return bytes(out)


def skip(reader: Reader) -> bytes:
    """Steps over one well-formed value and returns its octets."""
    start = reader.position
    read(reader)
    return reader.since(start)

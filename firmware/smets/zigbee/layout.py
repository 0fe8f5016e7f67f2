"""Layouts: the fields of a message as a string of letters, which one walk reads or writes.

| letter | octets | value |
|---|---|---|
| b h w | 1, 2, 4, least significant first | int |
| e | 8, turned round | bytes, an extended address as it is written |
| k | 16 | bytes |
| B | count (1), octets | bytes |
| H | count (1), 2 octets each | tuple of int |
| r | all that are left | bytes |
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import Any

    from smets.codec.reader import Reader

EUI64_LENGTH = 8
KEY_LENGTH = 16

_INTEGERS = "bhw"
_SIZES = (1, 2, 4)


def turned(octets: bytes) -> bytes:
    """Octets in the opposite order."""
    # MicroPython has no slice with a negative step for bytes.
    return int.from_bytes(octets, "little").to_bytes(len(octets), "big")


def read(reader: Reader, layout: str) -> tuple[Any, ...]:
    """The values of `layout`; DecodeError when the octets end before."""
    return tuple([_read(reader, letter) for letter in layout])


def _read(reader: Reader, letter: str) -> Any:
    if letter in _INTEGERS:
        return reader.little(_SIZES[_INTEGERS.index(letter)])
    if letter == "e":
        return turned(reader.take(EUI64_LENGTH))
    if letter == "k":
        return reader.take(KEY_LENGTH)
    if letter == "B":
        return reader.take(reader.octet())
    if letter == "H":
        return tuple([reader.little(2) for _ in range(reader.octet())])
    assert letter == "r", letter
    return reader.take(reader.remaining())


def write(out: bytearray, layout: str, values: tuple[Any, ...]) -> None:
    """Appends `values`; ValueError or OverflowError when they do not fit `layout`."""
    if len(values) != len(layout):
        raise ValueError("%d values for the layout %s" % (len(values), layout))
    for letter, value in zip(layout, values):
        _write(out, letter, value)


def _write(out: bytearray, letter: str, value: Any) -> None:
    if letter in _INTEGERS:
        out.extend(value.to_bytes(_SIZES[_INTEGERS.index(letter)], "little"))
    elif letter == "e":
        out.extend(turned(_sized(value, EUI64_LENGTH)))
    elif letter == "k":
        out.extend(_sized(value, KEY_LENGTH))
    elif letter == "B":
        out.extend(len(value).to_bytes(1, "little"))
        out.extend(value)
    elif letter == "H":
        out.extend(len(value).to_bytes(1, "little"))
        for item in value:
            out.extend(item.to_bytes(2, "little"))
    else:
        assert letter == "r", letter
        out.extend(value)


def _sized(octets: bytes, size: int) -> bytes:
    if len(octets) != size:
        raise ValueError("%d octets where %d belong" % (len(octets), size))
    return octets

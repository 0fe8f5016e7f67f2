"""Values made of registers: octets that stand still with registers between them.

A template is packed as the number of its pieces; a piece is counted octets that stand still, the
number of the first register and how many follow each other, each as double-long-unsigned.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from smets.codec.reader import Reader
from smets.dlms.data import DOUBLE_LONG_UNSIGNED

if TYPE_CHECKING:
    from array import array
    from collections.abc import Iterator


def pieces(template: Reader) -> Iterator[tuple[bytes, int, int]]:
    """(octets, first register, how many) of each piece."""
    for _ in range(template.octet()):
        yield template.take(template.octet()), template.octet(), template.octet()


def fill(template: bytes, registers: array[int]) -> bytes:
    """The encoded value with the registers as they are."""
    out = bytearray()
    for octets, first, count in pieces(Reader(template)):
        out.extend(octets)
        for number in range(first, first + count):
            out.append(DOUBLE_LONG_UNSIGNED)
            out.extend(registers[number].to_bytes(4, "big"))
    return bytes(out)

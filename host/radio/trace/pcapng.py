"""Reading pcapng files (draft-ietf-opsawg-pcapng): sections of blocks, each with its length."""

from __future__ import annotations

from collections.abc import Iterator
from struct import Struct
from typing import BinaryIO

from host.radio.trace.errors import CaptureError, CutOffError

MAGIC = bytes.fromhex("0A0D0D0A")

# A block of the largest size in sight: statistics, secrets, names.
LONGEST = 1 << 20

SECTION, INTERFACE, PACKET = 0x0A0D0D0A, 1, 6

_ORDERS = {bytes.fromhex("1A2B3C4D"): ">", bytes.fromhex("4D3C2B1A"): "<"}
_END, _RESOLUTION, _OFFSET = 0, 9, 14
_DEFAULT_RESOLUTION = 6
_POWER_OF_TWO = 0x80


class _Interface:
    """Link type, and how its time counts."""

    def __init__(self, order: str, body: bytes) -> None:
        self.link_type = Struct(order + "H").unpack_from(body)[0]
        options = _options(order, body[8:])
        resolution = options.get(_RESOLUTION, bytes((_DEFAULT_RESOLUTION,)))[0]
        base, power = (2, resolution & 0x7F) if resolution & _POWER_OF_TWO else (10, resolution)
        self.parts = base**power
        self.offset = Struct(order + "q").unpack(options.get(_OFFSET, bytes(8)))[0]


def records(file: BinaryIO) -> Iterator[tuple[float, int, bytes]]:
    """Time, link type and octets of each packet behind the magic number.

    CutOffError or struct.error where the file is cut off.
    """
    order = ""
    interfaces: list[_Interface] = []
    start = MAGIC
    while start:
        size = file.read(4)
        # Only its own third word tells the byte order of a section.
        word = file.read(4) if start == MAGIC else b""
        if start == MAGIC:
            if word not in _ORDERS:
                raise CaptureError("a section without a byte order")
            order, interfaces = _ORDERS[word], []
        kind, length = Struct(order + "I").unpack(start)[0], Struct(order + "I").unpack(size)[0]
        rest = length - 8 - len(word)
        body = file.read(rest) if 4 <= rest <= LONGEST else b""
        if len(body) != rest or body[-4:] != size:
            raise CutOffError(f"a block of {length} octets is not all there")
        if kind == INTERFACE:
            interfaces.append(_Interface(order, body[:-4]))
        elif kind == PACKET:
            yield _packet(order, body[:-4], interfaces)
        start = file.read(4)


def _packet(order: str, body: bytes, interfaces: list[_Interface]) -> tuple[float, int, bytes]:
    head = Struct(order + "IIIII")
    number, high, low, size, _ = head.unpack_from(body)
    octets = body[head.size : head.size + size]
    if number >= len(interfaces) or len(octets) != size:
        raise CaptureError("a packet without its interface, or not all there")
    interface = interfaces[number]
    time = (high << 32 | low) / interface.parts + interface.offset
    return time, interface.link_type, octets


def _options(order: str, octets: bytes) -> dict[int, bytes]:
    found: dict[int, bytes] = {}
    head = Struct(order + "HH")
    at = 0
    while at + head.size <= len(octets):
        code, size = head.unpack_from(octets, at)
        at += head.size
        if code == _END:
            break
        if size and at + size <= len(octets):
            found[code] = octets[at : at + size]
        at += -(-size // 4) * 4
    return found

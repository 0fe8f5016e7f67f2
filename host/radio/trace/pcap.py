"""Reading pcap files: a header, then records of a time and octets."""

from __future__ import annotations

from collections.abc import Iterator
from struct import Struct
from typing import BinaryIO

from host.radio.trace.errors import CutOffError

# A frame with the largest TAP header in sight; more is no frame of this radio.
LONGEST = 4096

# Magic number as it lies in the file: byte order, parts of a second.
MAGIC = {
    bytes.fromhex("A1B2C3D4"): (">", 1_000_000),
    bytes.fromhex("D4C3B2A1"): ("<", 1_000_000),
    bytes.fromhex("A1B23C4D"): (">", 1_000_000_000),
    bytes.fromhex("4D3CB2A1"): ("<", 1_000_000_000),
}


def records(magic: bytes, file: BinaryIO) -> Iterator[tuple[float, int, bytes]]:
    """Time, link type and octets of each record behind the magic number.

    CutOffError or struct.error where the file is cut off.
    """
    order, parts = MAGIC[magic]
    header = Struct(order + "HHiIII")
    # The upper half may tell the length of an FCS, which only link type 195 has here.
    link_type = header.unpack(file.read(header.size))[-1] & 0xFFFF
    record = Struct(order + "IIII")
    while start := file.read(record.size):
        seconds, fraction, size, _ = record.unpack(start)
        octets = file.read(size) if size <= LONGEST else b""
        if len(octets) != size:
            raise CutOffError(f"a frame of {size} octets is not all there")
        yield seconds + fraction / parts, link_type, octets

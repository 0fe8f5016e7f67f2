"""Reading captures: pcap files of the link types that carry IEEE 802.15.4 frames."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from struct import Struct, error
from typing import BinaryIO

from host.radio.capture import IEEE802_15_4_TAP, IEEE802_15_4_WITHFCS, LINK_TYPES
from host.radio.trace.errors import CaptureError

# A frame with the largest TAP header in sight; more is no frame of this radio.
LONGEST = 4096

# Magic number as it lies in the file: byte order, parts of a second.
_MAGIC = {
    bytes.fromhex("A1B2C3D4"): (">", 1_000_000),
    bytes.fromhex("D4C3B2A1"): ("<", 1_000_000),
    bytes.fromhex("A1B23C4D"): (">", 1_000_000_000),
    bytes.fromhex("4D3CB2A1"): ("<", 1_000_000_000),
}
_PCAPNG = bytes.fromhex("0A0D0D0A")
_HEADER_REST = "HHiIII"
_RECORD = "IIII"

# IEEE 802.15.4 TAP link type: TLVs and the values of the first
_TAP_HEADER = Struct("<BBH")
_TLV = Struct("<HH")
_TLV_FCS_TYPE, _TLV_SIGNAL, _TLV_CHANNEL = 0, 1, 3
_FCS_OF_16_BITS = b"\x01"
_FLOAT, _CHANNEL = Struct("<f"), Struct("<H")


@dataclass(frozen=True)
class Captured:
    """One frame off the air. `frame` has its FCS when `with_fcs`; `time` is in seconds UTC.

    `channel` and `signal`, in dBm, are None where the capture does not tell them.
    """

    number: int
    time: float
    frame: bytes
    with_fcs: bool
    channel: int | None = None
    signal: float | None = None


def read(path: Path) -> Iterator[Captured]:
    """The frames of a capture; CaptureError when it is none, or at the record that is cut off."""
    with path.open("rb") as file:
        start = file.read(4)
        if start == _PCAPNG:
            raise CaptureError(
                f"{path} is in the pcapng format; save it as pcap "
                "(Wireshark: File, Save As; or `editcap -F pcap`)"
            )
        if start not in _MAGIC:
            raise CaptureError(f"{path} is no pcap file")
        order, parts = _MAGIC[start]
        try:
            yield from _records(path, file, order, parts)
        except error as problem:
            raise CaptureError(f"{path} ends amid a record: {problem}") from problem


def _records(path: Path, file: BinaryIO, order: str, parts: int) -> Iterator[Captured]:
    header = Struct(order + _HEADER_REST)
    # The upper half may tell the length of an FCS, which only link type 195 has here.
    link_type = header.unpack(file.read(header.size))[-1] & 0xFFFF
    if link_type not in LINK_TYPES:
        raise CaptureError(f"{path} has link type {link_type}; 802.15.4 has {LINK_TYPES}")
    record = Struct(order + _RECORD)
    number = 0
    while start := file.read(record.size):
        number += 1
        seconds, fraction, size, _ = record.unpack(start)
        octets = file.read(size) if size <= LONGEST else b""
        if len(octets) != size:
            raise CaptureError(f"{path}: frame {number} of {size} octets is not all there")
        time = seconds + fraction / parts
        if link_type == IEEE802_15_4_TAP:
            yield _tapped(number, time, octets)
        else:
            yield Captured(number, time, octets, link_type == IEEE802_15_4_WITHFCS)


def _tapped(number: int, time: float, octets: bytes) -> Captured:
    _, _, size = _TAP_HEADER.unpack_from(octets)
    if not _TAP_HEADER.size <= size <= len(octets):
        raise error("a TAP header longer than the record")
    fields = {}
    at = _TAP_HEADER.size
    while at < size:
        kind, length = _TLV.unpack_from(octets, at)
        at += _TLV.size
        if at + length > size:
            raise error("a TAP field longer than its header")
        fields[kind] = octets[at : at + length]
        at += -(-length // 4) * 4
    channel = fields.get(_TLV_CHANNEL)
    signal = fields.get(_TLV_SIGNAL)
    return Captured(
        number,
        time,
        octets[size:],
        fields.get(_TLV_FCS_TYPE, b"").startswith(_FCS_OF_16_BITS),
        _CHANNEL.unpack_from(channel)[0] if channel else None,
        _FLOAT.unpack(signal)[0] if signal else None,
    )

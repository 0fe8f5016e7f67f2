"""A frame off the air, from the octets that each link type has for it."""

from __future__ import annotations

from dataclasses import dataclass
from struct import Struct, error

from host.radio.capture import IEEE802_15_4_TAP, IEEE802_15_4_WITHFCS, LINK_TYPES
from host.radio.trace.errors import CaptureError

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


def captured(number: int, time: float, link_type: int, octets: bytes) -> Captured:
    """The frame in a record; CaptureError for what has none."""
    if link_type not in LINK_TYPES:
        raise CaptureError(f"link type {link_type}; 802.15.4 has {LINK_TYPES}")
    if link_type != IEEE802_15_4_TAP:
        return Captured(number, time, octets, link_type == IEEE802_15_4_WITHFCS)
    try:
        return _tapped(number, time, octets)
    except error as problem:
        raise CaptureError(f"frame {number} has a wrong TAP header: {problem}") from problem


def _tapped(number: int, time: float, octets: bytes) -> Captured:
    _, _, size = _TAP_HEADER.unpack_from(octets)
    if not _TAP_HEADER.size <= size <= len(octets):
        raise error("it is longer than the frame")
    fields = {}
    at = _TAP_HEADER.size
    while at < size:
        kind, length = _TLV.unpack_from(octets, at)
        at += _TLV.size
        if at + length > size:
            raise error("a field is longer than it")
        fields[kind] = octets[at : at + length]
        at += -(-length // 4) * 4
    channel, signal = fields.get(_TLV_CHANNEL), fields.get(_TLV_SIGNAL)
    return Captured(
        number,
        time,
        octets[size:],
        fields.get(_TLV_FCS_TYPE, b"").startswith(_FCS_OF_16_BITS),
        _CHANNEL.unpack_from(channel)[0] if channel else None,
        _FLOAT.unpack(signal)[0] if signal else None,
    )

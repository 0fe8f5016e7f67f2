"""Secured Zigbee frames made without the product's codecs, with `cryptography`'s AES-CCM."""

import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.hazmat.primitives.ciphers.aead import AESCCM

NETWORK_KEY = bytes.fromhex("0123456789ABCDEF0123456789ABCDEF")
LINK_KEY = bytes.fromhex("66B6900981E1EE3CA4206B6B861C02BB")

PAN = 0x5ECA
SMART_ENERGY = 0x0109
TUNNELING = 0x0704
BLOCK = 61

# Frame control and command identifier of TransferData.
TO_SERVER, TO_CLIENT = b"\x01", b"\x09"
TRANSFER_DATA = {TO_SERVER: 2, TO_CLIENT: 1}

# IEEE 802.15.4 without and with FCS, and with FCS behind a TAP header.
LINK_TYPE_NO_FCS = 230

APS_SECURED, APS_ACK_REQUEST, APS_EXTENDED = 0x20, 0x40, 0x80
FIRST_BLOCK, LATER_BLOCK = 1, 2


@dataclass
class Node:
    """A sender: its addresses and the counters it spends."""

    short: int
    extended: bytes
    spent: dict[str, int] = field(default_factory=dict)

    def next(self, counter: str) -> int:
        """The next value of a counter."""
        self.spent[counter] = self.spent.get(counter, 0) + 1
        return self.spent[counter]


def tunnelled(source: Node, target: Node, data: bytes, direction: bytes) -> Iterator[bytes]:
    """The frames of one TransferData command, in APS blocks where it is long."""
    header = bytes((source.next("zcl") & 0xFF, TRANSFER_DATA[direction]))
    zcl = direction + header + bytes(2) + data
    blocks = [zcl[at : at + BLOCK] for at in range(0, len(zcl), BLOCK)]
    counter = source.next("aps") & 0xFF
    for index, block in enumerate(blocks):
        extension = b""
        if len(blocks) > 1:
            place = (FIRST_BLOCK, len(blocks)) if index == 0 else (LATER_BLOCK, index)
            extension = bytes(place)
        control = APS_SECURED | APS_ACK_REQUEST | (APS_EXTENDED if extension else 0)
        header = struct.pack("<BBHHBB", control, 1, TUNNELING, SMART_ENERGY, 1, counter)
        aps = _seal(header + extension, block, LINK_KEY, source, key_identifier=0)
        yield _mac(source, target, _nwk(source, target, aps))


def write_pcap(path: Path, frames: Iterable[bytes]) -> Path:
    """A capture of MAC frames without FCS."""
    with path.open("wb") as file:
        file.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, LINK_TYPE_NO_FCS))
        for index, frame in enumerate(frames):
            file.write(struct.pack("<IIII", 1_800_000_000, index, len(frame), len(frame)) + frame)
    return path


def _mac(source: Node, target: Node, payload: bytes) -> bytes:
    sequence = source.next("mac") & 0xFF
    return struct.pack("<HBHHH", 0x8861, sequence, PAN, target.short, source.short) + payload


def _nwk(source: Node, target: Node, payload: bytes) -> bytes:
    sequence = source.next("nwk") & 0xFF
    header = struct.pack("<HHHBB", 0x0208, target.short, source.short, 30, sequence)
    return _seal(header, payload, NETWORK_KEY, source, key_identifier=1)


def _seal(header: bytes, payload: bytes, key: bytes, source: Node, key_identifier: int) -> bytes:
    """On the air the security level is 0; what is computed has level 5 (Zigbee 4.3.1.1)."""
    frame_counter = struct.pack("<I", source.next("frame"))
    control = key_identifier << 3 | 0x20
    sequence = b"\0" if key_identifier == 1 else b""
    tail = frame_counter + source.extended[::-1] + sequence
    nonce = source.extended[::-1] + frame_counter + bytes((control | 5,))
    authenticated = header + bytes((control | 5,)) + tail
    sealed = AESCCM(key, tag_length=4).encrypt(nonce, payload, authenticated)
    return header + bytes((control,)) + tail + sealed

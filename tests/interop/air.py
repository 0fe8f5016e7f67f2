"""Frames of the product's own codecs, as a sender without a stack of its own would make them."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from host.radio.capture import IEEE802_15_4_WITHFCS, file_header, record
from keys.zigbee_suite import ZigbeeSuite
from smets.zigbee import aps, mac, nwk, security
from smets.zigbee.aps import ApsFrame, Block
from smets.zigbee.mac import MacFrame
from smets.zigbee.nwk import NwkFrame
from smets.zigbee.security import AuxiliaryHeader

SUITE = ZigbeeSuite()
NETWORK_KEY = bytes.fromhex("0123456789ABCDEF0123456789ABCDEF")
LINK_KEY = bytes.fromhex("66B6900981E1EE3CA4206B6B861C02BB")
KEYS = {"network": NETWORK_KEY, "link": LINK_KEY}

PAN = 0x5ECA
SMART_ENERGY = 0x0109
TUNNELING = 0x0704
RADIUS = 30
BLOCK = 61

# Frame control and command identifier of TransferData.
TO_SERVER, TO_CLIENT = b"\x01", b"\x09"
TRANSFER_DATA = {TO_SERVER: 2, TO_CLIENT: 1}


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


def transfer(source: Node, target: Node, data: bytes, direction: bytes) -> Iterator[bytes]:
    """The frames of one TransferData command, in APS blocks where it is long."""
    head = bytes((source.next("zcl") & 0xFF, TRANSFER_DATA[direction]))
    return unicast(source, target, TUNNELING, direction + head + bytes(2) + data)


def unicast(source: Node, target: Node, cluster: int, payload: bytes) -> Iterator[bytes]:
    """The frames of a Smart Energy message under both keys, in blocks where it is long."""
    blocks = [payload[at : at + BLOCK] for at in range(0, len(payload), BLOCK)]
    counter = source.next("aps") & 0xFF
    for index, block in enumerate(blocks):
        frame = ApsFrame(
            aps.DATA,
            counter,
            destination_endpoint=1,
            source_endpoint=1,
            cluster=cluster,
            profile=SMART_ENERGY,
            secured=True,
            ack_request=True,
        )
        if len(blocks) > 1:
            first = index == 0
            frame.block = Block(
                aps.FIRST_FRAGMENT if first else aps.NEXT_FRAGMENT,
                len(blocks) if first else index,
            )
        sealed = seal(frame.header(), block, LINK_KEY, security.LINK, source)
        yield network(source, target, sealed)


def network(source: Node, target: Node, payload: bytes) -> bytes:
    """An APS frame under the network key, in a MAC frame without FCS."""
    sequence = source.next("nwk") & 0xFF
    frame = NwkFrame(nwk.DATA, target.short, source.short, RADIUS, sequence, secured=True)
    sealed = seal(frame.header(), payload, NETWORK_KEY, security.NETWORK, source)
    return link(source, target, sealed)


def link(source: Node, target: Node, payload: bytes) -> bytes:
    """A MAC data frame without FCS."""
    sequence = source.next("mac") & 0xFF
    return MacFrame(
        mac.DATA, sequence, PAN, target.short, PAN, source.short, payload, ack_request=True
    ).encode()


def seal(header: bytes, payload: bytes, key: bytes, identifier: int, source: Node) -> bytes:
    """A secured frame; the source has one frame counter for all its keys."""
    auxiliary = AuxiliaryHeader(identifier, source.next("frame"), source.extended)
    return security.seal(SUITE, key, header, auxiliary, payload, source.extended)


def write_pcap(path: Path, frames: Iterable[bytes]) -> Path:
    """A capture of MAC frames, their FCS added; each a millisecond after the one before."""
    with path.open("wb") as file:
        file.write(file_header(IEEE802_15_4_WITHFCS))
        for index, frame in enumerate(map(mac.with_fcs, frames)):
            file.write(record(1_800_000_000 + index / 1000, frame))
    return path

"""MAC frames (IEEE 802.15.4-2006 clause 7) and the Zigbee beacon payload (Zigbee 3.6.7).

An address is None, an int (short, 16 bits) or 8 octets as they are written (extended).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from smets.codec.errors import DecodeError
from smets.codec.reader import Reader
from smets.zigbee import layout

if TYPE_CHECKING:
    Address = int | bytes | None

BEACON = 0
DATA = 1
ACK = 2
COMMAND = 3

ASSOCIATION_REQUEST = 0x01
ASSOCIATION_RESPONSE = 0x02
DISASSOCIATION = 0x03
DATA_REQUEST = 0x04
BEACON_REQUEST = 0x07

BROADCAST = 0xFFFF
LONGEST = 127  # octets with the FCS; aMaxPHYPacketSize
FCS_LENGTH = 2

# Capability information, 7.3.1.2
FULL_FUNCTION = 0x02
MAINS_POWERED = 0x04
RECEIVER_ON = 0x08
ALLOCATE_ADDRESS = 0x80

# Status of an association response, 7.3.2.3
ASSOCIATED = 0
PAN_AT_CAPACITY = 1
ACCESS_DENIED = 2

# Layout of each command, after its identifier; 7.3
COMMANDS = (
    (ASSOCIATION_REQUEST, "b"),  # capability
    (ASSOCIATION_RESPONSE, "hb"),  # short address, status
    (DISASSOCIATION, "b"),  # reason
    (DATA_REQUEST, ""),
    (BEACON_REQUEST, ""),
)

# Frame control, 7.2.1.1
_UNUSED = 0x0388  # security of the MAC layer, and reserved bits
_PENDING = 0x0010
_ACK_REQUEST = 0x0020
_PAN_COMPRESSION = 0x0040
_SHORT, _EXTENDED = 2, 3


def fcs(octets: bytes) -> int:
    """The frame check sequence (7.2.1.9), sent least significant octet first."""
    value = 0
    for octet in octets:
        mixed = (octet ^ value) & 0xFF
        mixed ^= (mixed << 4) & 0xFF
        value = (value >> 8) ^ (mixed << 8) ^ (mixed << 3) ^ (mixed >> 4)
    return value


def with_fcs(frame: bytes) -> bytes:
    """A frame as it is on the air."""
    return frame + fcs(frame).to_bytes(FCS_LENGTH, "little")


def without_fcs(octets: bytes) -> bytes:
    """The frame of octets off the air; DecodeError when the FCS is wrong."""
    frame = octets[:-FCS_LENGTH]
    if len(octets) < FCS_LENGTH or fcs(frame).to_bytes(2, "little") != octets[-FCS_LENGTH:]:
        raise DecodeError("wrong frame check sequence")
    return frame


class MacFrame:
    """A frame without its FCS."""

    def __init__(
        self,
        kind: int,
        sequence: int,
        destination_pan: int | None = None,
        destination: Address = None,
        source_pan: int | None = None,
        source: Address = None,
        payload: bytes = b"",
        ack_request: bool = False,
        pending: bool = False,
    ) -> None:
        self.kind = kind
        self.sequence = sequence
        self.destination_pan = destination_pan
        self.destination = destination
        self.source_pan = source_pan
        self.source = source
        self.payload = payload
        self.ack_request = ack_request
        self.pending = pending

    @staticmethod
    def decode(octets: bytes) -> MacFrame:
        """DecodeError for what is not a frame of 2003 or 2006, or is secured below Zigbee."""
        reader = Reader(octets)
        control = reader.little(2)
        kind = control & 7
        if kind > COMMAND or control & _UNUSED or control >> 12 & 3 > 1:
            raise DecodeError("MAC frame of a kind that Zigbee does not use")
        frame = MacFrame(kind, reader.octet())
        frame.ack_request = bool(control & _ACK_REQUEST)
        frame.pending = bool(control & _PENDING)
        frame.destination_pan, frame.destination = _read_address(reader, control >> 10 & 3, None)
        pan = frame.destination_pan if control & _PAN_COMPRESSION else None
        if control & _PAN_COMPRESSION and pan is None:
            raise DecodeError("PAN compression without a destination")
        frame.source_pan, frame.source = _read_address(reader, control >> 14, pan)
        if kind == ACK and (frame.destination is not None or reader.remaining()):
            raise DecodeError("an acknowledgement with addresses or a payload")
        frame.payload = reader.take(reader.remaining())
        return frame

    def encode(self) -> bytes:
        compressed = self.source is not None and self.source_pan == self.destination_pan
        control = (
            self.kind
            | (_PENDING if self.pending else 0)
            | (_ACK_REQUEST if self.ack_request else 0)
            | (_PAN_COMPRESSION if compressed else 0)
            | _mode(self.destination) << 10
            | _mode(self.source) << 14
        )
        out = bytearray(control.to_bytes(2, "little"))
        out.append(self.sequence)
        _write_address(out, self.destination_pan, self.destination)
        _write_address(out, None if compressed else self.source_pan, self.source)
        out.extend(self.payload)
        return bytes(out)

    def command(self) -> tuple[int, tuple[int, ...]]:
        """The identifier and fields of a command frame."""
        reader = Reader(self.payload)
        identifier = reader.octet()
        values = layout.read(reader, _command_layout(identifier))
        reader.finish()
        return identifier, values


def _mode(address: Address) -> int:
    if address is None:
        return 0
    return _SHORT if isinstance(address, int) else _EXTENDED


def _read_address(reader: Reader, mode: int, pan: int | None) -> tuple[int | None, Address]:
    if mode == 0:
        return None, None
    if mode == 1:
        raise DecodeError("reserved addressing mode")
    if pan is None:
        pan = reader.little(2)
    if mode == _SHORT:
        return pan, reader.little(2)
    return pan, layout.turned(reader.take(layout.EUI64_LENGTH))


def _write_address(out: bytearray, pan: int | None, address: Address) -> None:
    if address is None:
        return
    if pan is not None:
        out.extend(pan.to_bytes(2, "little"))
    if isinstance(address, int):
        out.extend(address.to_bytes(2, "little"))
    else:
        out.extend(layout.turned(address))


def _command_layout(identifier: int) -> str:
    for known, fields in COMMANDS:
        if known == identifier:
            return fields
    raise DecodeError("unknown MAC command %02x" % identifier)


def command(identifier: int, *values: int) -> bytes:
    """The payload of a command frame."""
    out = bytearray((identifier,))
    layout.write(out, _command_layout(identifier), values)
    return bytes(out)


# Superframe specification of a network without beacons (7.2.2.1.2): orders and CAP slot are 15.
_NO_SUPERFRAME = 0x0FFF
_PAN_COORDINATOR = 0x4000
_ASSOCIATION_PERMIT = 0x8000
_PROTOCOL_ID = 0
_PROTOCOL_VERSION = 2
_NO_OFFSET = b"\xff\xff\xff"


class Beacon:
    """What a Zigbee PRO beacon says of its network (payload of a BEACON frame)."""

    def __init__(
        self,
        extended_pan_id: bytes,
        permit_joining: bool,
        coordinator: bool = False,
        router_capacity: bool = True,
        end_device_capacity: bool = True,
        depth: int = 0,
        update_id: int = 0,
        stack_profile: int = 2,
    ) -> None:
        self.extended_pan_id = extended_pan_id
        self.permit_joining = permit_joining
        self.coordinator = coordinator
        self.router_capacity = router_capacity
        self.end_device_capacity = end_device_capacity
        self.depth = depth
        self.update_id = update_id
        self.stack_profile = stack_profile

    @staticmethod
    def decode(octets: bytes) -> Beacon:
        """DecodeError for a beacon that is not of a Zigbee PRO network."""
        reader = Reader(octets)
        superframe = reader.little(2)
        reader.expect(b"\x00\x00", "guaranteed time slots or pending addresses")
        reader.expect(bytes((_PROTOCOL_ID,)), "protocol of a beacon")
        network = reader.little(2)
        if network >> 4 & 15 != _PROTOCOL_VERSION:
            raise DecodeError("not a Zigbee PRO beacon")
        extended_pan_id = layout.turned(reader.take(layout.EUI64_LENGTH))
        reader.skip(len(_NO_OFFSET))
        update_id = reader.octet()
        reader.finish()
        return Beacon(
            extended_pan_id,
            bool(superframe & _ASSOCIATION_PERMIT),
            bool(superframe & _PAN_COORDINATOR),
            bool(network & 0x0400),
            bool(network & 0x8000),
            network >> 11 & 15,
            update_id,
            network & 15,
        )

    def encode(self) -> bytes:
        superframe = (
            _NO_SUPERFRAME
            | (_PAN_COORDINATOR if self.coordinator else 0)
            | (_ASSOCIATION_PERMIT if self.permit_joining else 0)
        )
        network = (
            self.stack_profile
            | _PROTOCOL_VERSION << 4
            | (0x0400 if self.router_capacity else 0)
            | self.depth << 11
            | (0x8000 if self.end_device_capacity else 0)
        )
        out = bytearray(superframe.to_bytes(2, "little"))
        out.extend(b"\x00\x00")
        out.append(_PROTOCOL_ID)
        out.extend(network.to_bytes(2, "little"))
        out.extend(layout.turned(self.extended_pan_id))
        out.extend(_NO_OFFSET)
        out.append(self.update_id)
        return bytes(out)

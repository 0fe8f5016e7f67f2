"""Network layer frames and commands (Zigbee R22, 3.3 and 3.4)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from smets.codec.errors import DecodeError
from smets.codec.reader import Reader
from smets.zigbee import layout

if TYPE_CHECKING:
    from typing import Any

DATA = 0
COMMAND = 1

# Broadcast addresses, 3.6.5
BROADCAST_ALL = 0xFFFF
BROADCAST_RECEIVER_ON = 0xFFFD
BROADCAST_ROUTERS = 0xFFFC
FIRST_BROADCAST = 0xFFF8

ROUTE_REQUEST = 0x01
ROUTE_REPLY = 0x02
NETWORK_STATUS = 0x03
LEAVE = 0x04
ROUTE_RECORD = 0x05
REJOIN_REQUEST = 0x06
REJOIN_RESPONSE = 0x07
LINK_STATUS = 0x08
END_DEVICE_TIMEOUT_REQUEST = 0x0B
END_DEVICE_TIMEOUT_RESPONSE = 0x0C

# Options of a leave, 3.4.4.3.1
LEAVE_REJOIN = 0x20
LEAVE_REQUEST = 0x40
LEAVE_REMOVE_CHILDREN = 0x80

# Command options of a route request and reply, 3.4.1.3.1 and 3.4.2.3.1
HAS_DESTINATION = 0x20
HAS_ORIGINATOR = 0x10
HAS_RESPONDER = 0x20

# Codes of a network status, 3.4.3.3.1
NO_ROUTE = 0x00
LINK_FAILURE = 0x02
BAD_FRAME_COUNTER = 0x11
BAD_KEY_SEQUENCE = 0x12

# Identifier, layout, and (mask, layout) of the fields that options in the first octet announce
COMMANDS: tuple[tuple[int, str, tuple[tuple[int, str], ...]], ...] = (
    (ROUTE_REQUEST, "bbhb", ((HAS_DESTINATION, "e"),)),  # options, id, destination, cost
    (ROUTE_REPLY, "bbhhb", ((HAS_ORIGINATOR, "e"), (HAS_RESPONDER, "e"))),
    (NETWORK_STATUS, "bh", ()),  # code, destination
    (LEAVE, "b", ()),  # options
    (ROUTE_RECORD, "H", ()),  # relays
    (REJOIN_REQUEST, "b", ()),  # capability
    (REJOIN_RESPONSE, "hb", ()),  # short address, status
    (LINK_STATUS, "br", ()),  # options with the count, entries of 3
    (END_DEVICE_TIMEOUT_REQUEST, "bb", ()),  # timeout, configuration
    (END_DEVICE_TIMEOUT_RESPONSE, "bb", ()),  # status, parent information
)

# Frame control, 3.3.1.1
_VERSION = 2 << 2
_DISCOVER_ROUTE = 0x0040
_MULTICAST = 0x0100
_SECURED = 0x0200
_SOURCE_ROUTE = 0x0400
_DESTINATION_EUI64 = 0x0800
_SOURCE_EUI64 = 0x1000
_END_DEVICE = 0x2000
_KNOWN = (
    0x003F
    | _DISCOVER_ROUTE
    | _SECURED
    | _SOURCE_ROUTE
    | _DESTINATION_EUI64
    | _SOURCE_EUI64
    | _END_DEVICE
)


class NwkFrame:
    """A frame's header and, when it is not secured, its payload.

    In a secured frame `payload` is the auxiliary header and the sealed payload. `source_route`
    is None or (relay index, relays).
    """

    def __init__(
        self,
        kind: int,
        destination: int,
        source: int,
        radius: int,
        sequence: int,
        payload: bytes = b"",
        secured: bool = False,
        destination_eui64: bytes | None = None,
        source_eui64: bytes | None = None,
        discover_route: bool = False,
        source_route: tuple[int, tuple[int, ...]] | None = None,
        end_device: bool = False,
    ) -> None:
        self.kind = kind
        self.destination = destination
        self.source = source
        self.radius = radius
        self.sequence = sequence
        self.payload = payload
        self.secured = secured
        self.destination_eui64 = destination_eui64
        self.source_eui64 = source_eui64
        self.discover_route = discover_route
        self.source_route = source_route
        self.end_device = end_device

    @staticmethod
    def decode(octets: bytes) -> NwkFrame:
        """DecodeError for another protocol version, inter-PAN, or native multicast."""
        reader = Reader(octets)
        control = reader.little(2)
        if control & ~_KNOWN or control & 0x003C != _VERSION or control & 3 > COMMAND:
            raise DecodeError("NWK frame of a kind that is not used here")
        frame = NwkFrame(
            control & 3, reader.little(2), reader.little(2), reader.octet(), reader.octet()
        )
        frame.secured = bool(control & _SECURED)
        frame.discover_route = bool(control & _DISCOVER_ROUTE)
        frame.end_device = bool(control & _END_DEVICE)
        if control & _DESTINATION_EUI64:
            frame.destination_eui64 = layout.turned(reader.take(8))
        if control & _SOURCE_EUI64:
            frame.source_eui64 = layout.turned(reader.take(8))
        if control & _SOURCE_ROUTE:
            count, index = reader.octet(), reader.octet()
            relays = tuple([reader.little(2) for _ in range(count)])
            if index >= max(count, 1):
                raise DecodeError("source route without the relay it points at")
            frame.source_route = index, relays
        frame.payload = reader.take(reader.remaining())
        return frame

    def header(self) -> bytes:
        control = (
            self.kind
            | _VERSION
            | (_DISCOVER_ROUTE if self.discover_route else 0)
            | (_SECURED if self.secured else 0)
            | (_SOURCE_ROUTE if self.source_route is not None else 0)
            | (_DESTINATION_EUI64 if self.destination_eui64 is not None else 0)
            | (_SOURCE_EUI64 if self.source_eui64 is not None else 0)
            | (_END_DEVICE if self.end_device else 0)
        )
        out = bytearray(control.to_bytes(2, "little"))
        out.extend(self.destination.to_bytes(2, "little"))
        out.extend(self.source.to_bytes(2, "little"))
        out.append(self.radius)
        out.append(self.sequence)
        if self.destination_eui64 is not None:
            out.extend(layout.turned(self.destination_eui64))
        if self.source_eui64 is not None:
            out.extend(layout.turned(self.source_eui64))
        if self.source_route is not None:
            index, relays = self.source_route
            out.append(len(relays))
            out.append(index)
            for relay in relays:
                out.extend(relay.to_bytes(2, "little"))
        return bytes(out)

    def encode(self) -> bytes:
        return self.header() + self.payload


def _row(identifier: int) -> tuple[str, tuple[tuple[int, str], ...]]:
    for known, fields, optional in COMMANDS:
        if known == identifier:
            return fields, optional
    raise DecodeError("unknown NWK command %02x" % identifier)


def read_command(payload: bytes) -> tuple[int, tuple[Any, ...]]:
    """The identifier and fields of a command's payload."""
    reader = Reader(payload)
    identifier = reader.octet()
    fields, optional = _row(identifier)
    values = layout.read(reader, fields)
    for mask, more in optional:
        if values[0] & mask:
            values += layout.read(reader, more)
    reader.finish()
    return identifier, values


def write_command(identifier: int, *values: Any) -> bytes:
    """The payload of a command; `values` as `read_command` gives them."""
    fields, optional = _row(identifier)
    for mask, more in optional:
        if values[0] & mask:
            fields += more
    out = bytearray((identifier,))
    layout.write(out, fields, values)
    return bytes(out)


_LINK_COUNT = 0x1F
_FIRST_AND_LAST = 0x60  # 3.4.8.3.1: the whole list is in this frame
_LINK_ENTRY = 3


def link_status(links: tuple[tuple[int, int, int], ...]) -> bytes:
    """The payload of a link status with all its (address, incoming cost, outgoing cost)."""
    entries = bytearray()
    for address, incoming, outgoing in links[:_LINK_COUNT]:
        entries.extend(address.to_bytes(2, "little"))
        entries.append(incoming | outgoing << 4)
    options = len(entries) // _LINK_ENTRY | _FIRST_AND_LAST
    return write_command(LINK_STATUS, options, bytes(entries))


def links(values: tuple[Any, ...]) -> tuple[tuple[int, int, int], ...]:
    """The (address, incoming cost, outgoing cost) of a link status's fields."""
    options, entries = values
    if len(entries) != (options & _LINK_COUNT) * _LINK_ENTRY:
        raise DecodeError("link status of another length than it says")
    return tuple(
        [
            (
                int.from_bytes(entries[at : at + 2], "little"),
                entries[at + 2] & 7,
                entries[at + 2] >> 4 & 7,
            )
            for at in range(0, len(entries), _LINK_ENTRY)
        ]
    )

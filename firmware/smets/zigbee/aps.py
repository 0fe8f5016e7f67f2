"""Application support layer frames and commands (Zigbee R22, 2.2.5 and 4.4.10)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from smets.codec.errors import DecodeError
from smets.codec.reader import Reader
from smets.zigbee import layout

if TYPE_CHECKING:
    from typing import Any

DATA = 0
COMMAND = 1
ACK = 2

UNICAST = 0
BROADCAST = 2
GROUP = 3

TRANSPORT_KEY = 0x05
UPDATE_DEVICE = 0x06
REMOVE_DEVICE = 0x07
REQUEST_KEY = 0x08
SWITCH_KEY = 0x09
TUNNEL = 0x0E
VERIFY_KEY = 0x0F
CONFIRM_KEY = 0x10

# Standard key types, table 4-8; those of Request-Key are their own, table 4-19.
NETWORK_KEY = 0x01
APPLICATION_LINK_KEY = 0x03
TRUST_CENTRE_LINK_KEY = 0x04
REQUEST_APPLICATION_LINK_KEY = 0x02

# Identifier, first octet that chooses the row (None: any), layout from that octet on
COMMANDS: tuple[tuple[int, int | None, str], ...] = (
    (TRANSPORT_KEY, NETWORK_KEY, "bkbee"),  # type, key, sequence, destination, source
    (TRANSPORT_KEY, APPLICATION_LINK_KEY, "bkeb"),  # type, key, partner, initiator
    (TRANSPORT_KEY, TRUST_CENTRE_LINK_KEY, "bkee"),  # type, key, destination, source
    (UPDATE_DEVICE, None, "ehb"),  # device, its short address, status
    (REMOVE_DEVICE, None, "e"),  # device
    (REQUEST_KEY, REQUEST_APPLICATION_LINK_KEY, "be"),  # type, partner
    (REQUEST_KEY, TRUST_CENTRE_LINK_KEY, "b"),  # type
    (SWITCH_KEY, None, "b"),  # sequence
    (TUNNEL, None, "er"),  # destination, secured APS frame for it
    (VERIFY_KEY, None, "bek"),  # type, source, hash
    (CONFIRM_KEY, None, "bbe"),  # status, type, destination
)

# Extended header, 2.2.5.1.8
FIRST_FRAGMENT = 1
NEXT_FRAGMENT = 2

# Frame control, 2.2.5.1.1
_ACK_FORMAT = 0x10
_SECURED = 0x20
_ACK_REQUEST = 0x40
_EXTENDED = 0x80


class Block:
    """The extended header of a fragment or of its acknowledgement.

    `number` is how many blocks there are in the first fragment, the block's own in the others;
    in an acknowledgement the first block of the window, with `received` a bit for each block
    of it that is there (None in data).
    """

    def __init__(self, fragment: int, number: int, received: int | None = None) -> None:
        self.fragment = fragment
        self.number = number
        self.received = received


class ApsFrame:
    """A frame's header and, when it is not secured, its payload.

    In a secured frame `payload` is the auxiliary header and the sealed payload. Commands, and
    acknowledgements of commands, have neither endpoints, cluster nor profile: these are None.
    """

    def __init__(
        self,
        kind: int,
        counter: int,
        payload: bytes = b"",
        delivery: int = UNICAST,
        destination_endpoint: int | None = None,
        source_endpoint: int | None = None,
        cluster: int | None = None,
        profile: int | None = None,
        group: int | None = None,
        secured: bool = False,
        ack_request: bool = False,
        block: Block | None = None,
    ) -> None:
        self.kind = kind
        self.counter = counter
        self.payload = payload
        self.delivery = delivery
        self.destination_endpoint = destination_endpoint
        self.source_endpoint = source_endpoint
        self.cluster = cluster
        self.profile = profile
        self.group = group
        self.secured = secured
        self.ack_request = ack_request
        self.block = block

    @staticmethod
    def decode(octets: bytes) -> ApsFrame:
        reader = Reader(octets)
        control = reader.octet()
        frame = ApsFrame(control & 3, 0, delivery=control >> 2 & 3)
        if (
            frame.kind > ACK
            or frame.delivery == 1
            or (frame.kind != ACK and control & _ACK_FORMAT)
        ):
            raise DecodeError("APS frame of a kind that is not used here")
        frame.secured = bool(control & _SECURED)
        frame.ack_request = bool(control & _ACK_REQUEST)
        if frame.kind == DATA or (frame.kind == ACK and not control & _ACK_FORMAT):
            if frame.delivery == GROUP:
                frame.group = reader.little(2)
            else:
                frame.destination_endpoint = reader.octet()
            frame.cluster = reader.little(2)
            frame.profile = reader.little(2)
            frame.source_endpoint = reader.octet()
        frame.counter = reader.octet()
        if control & _EXTENDED:
            frame.block = _read_block(reader, frame.kind)
        frame.payload = reader.take(reader.remaining())
        return frame

    def header(self) -> bytes:
        addressed = self.cluster is not None
        control = (
            self.kind
            | self.delivery << 2
            | (_ACK_FORMAT if self.kind == ACK and not addressed else 0)
            | (_SECURED if self.secured else 0)
            | (_ACK_REQUEST if self.ack_request else 0)
            | (_EXTENDED if self.block is not None else 0)
        )
        out = bytearray((control,))
        if self.group is not None:
            out.extend(self.group.to_bytes(2, "little"))
        elif self.destination_endpoint is not None:
            out.append(self.destination_endpoint)
        if self.cluster is not None:
            assert self.profile is not None
            assert self.source_endpoint is not None
            out.extend(self.cluster.to_bytes(2, "little"))
            out.extend(self.profile.to_bytes(2, "little"))
            out.append(self.source_endpoint)
        out.append(self.counter)
        if self.block is not None:
            out.append(self.block.fragment)
            out.append(self.block.number)
            if self.block.received is not None:
                out.append(self.block.received)
        return bytes(out)

    def encode(self) -> bytes:
        return self.header() + self.payload


def _read_block(reader: Reader, kind: int) -> Block:
    fragment = reader.octet()
    if fragment not in (FIRST_FRAGMENT, NEXT_FRAGMENT) or kind == COMMAND:
        raise DecodeError("extended header without a fragment")
    return Block(fragment, reader.octet(), reader.octet() if kind == ACK else None)


def _layout(identifier: int, first: int) -> str:
    for known, chosen_by, fields in COMMANDS:
        if known == identifier and chosen_by in (None, first):
            return fields
    raise DecodeError("unknown APS command %02x, or key type" % identifier)


def read_command(payload: bytes) -> tuple[int, tuple[Any, ...]]:
    """The identifier and fields of a command's payload."""
    reader = Reader(payload)
    identifier = reader.octet()
    values = layout.read(reader, _layout(identifier, reader.peek()))
    reader.finish()
    return identifier, values


def write_command(identifier: int, *values: Any) -> bytes:
    """The payload of a command; `values` as `read_command` gives them."""
    out = bytearray((identifier,))
    layout.write(out, _layout(identifier, values[0]), values)
    return bytes(out)

"""What a node tells the one above it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from host.radio.stack.types import ApsFrame, DeviceType, KeyKind, Status


class Delivery(Enum):
    """How a message was addressed."""

    UNICAST = 0
    MULTICAST = 2
    BROADCAST = 4


class JoinKind(Enum):
    """How a device came to the trust centre's notice; the values are those of Update-Device."""

    SECURED_REJOIN = 0
    UNSECURED_JOIN = 1
    LEFT = 2
    UNSECURED_REJOIN = 3


class JoinDecision(Enum):
    """What the trust centre did with it."""

    USE_PRECONFIGURED_KEY = 0
    SEND_KEY_IN_THE_CLEAR = 1
    DENY = 2
    NO_ACTION = 3


@dataclass(frozen=True, slots=True)
class StackStatus:
    """NETWORK_UP, NETWORK_DOWN, or why a join or rejoin came to nothing."""

    status: Status


@dataclass(frozen=True, slots=True)
class Message:
    """An APS data frame for an endpoint of this node, its security checked and taken off.

    `aps.options` has ENCRYPTION when a link key protected it. With FRAGMENT set (only when
    `reassembly` is off) `aps.group` is block count << 8 for the first block, the block number
    for the others, and the block waits for `send_fragment_acknowledgement`.
    """

    delivery: Delivery
    source: int
    source_eui64: bytes | None
    aps: ApsFrame
    payload: bytes
    lqi: int
    rssi: int


@dataclass(frozen=True, slots=True)
class Sent:
    """The end of a send: OK (acknowledged, when RETRY was asked for) or DELIVERY_FAILED."""

    delivery: Delivery
    destination: int
    aps: ApsFrame
    tag: int
    status: Status
    payload: bytes


@dataclass(frozen=True, slots=True)
class TrustCentreJoin:
    """A device joined, rejoined or left the network of this trust centre."""

    node_id: int
    eui64: bytes
    kind: JoinKind
    decision: JoinDecision
    parent: int


@dataclass(frozen=True, slots=True)
class ChildJoined:
    """A child came (`joining`) or went."""

    index: int
    joining: bool
    node_id: int
    eui64: bytes
    device_type: DeviceType


@dataclass(frozen=True, slots=True)
class KeyEstablished:
    """A key came to be held, or was refused; `partner` is whom it is shared with."""

    kind: KeyKind
    partner: bytes
    status: Status


@dataclass(frozen=True, slots=True)
class NetworkFound:
    """A beacon heard during a scan."""

    channel: int
    pan_id: int
    extended_pan_id: bytes
    permit_joining: bool
    stack_profile: int
    update_id: int
    lqi: int
    rssi: int


@dataclass(frozen=True, slots=True)
class EnergyFound:
    """The highest level on a channel during an energy scan, dBm."""

    channel: int
    rssi: int


@dataclass(frozen=True, slots=True)
class ScanComplete:
    """The end of a scan; `channel` is the last one scanned."""

    channel: int
    status: Status


@dataclass(frozen=True, slots=True)
class Polled:
    """A child asked this node for what waits for it."""

    child: int


@dataclass(frozen=True, slots=True)
class PollComplete:
    """The parent answered this node's poll: OK, NO_DATA, or DELIVERY_FAILED when it did not."""

    status: Status


Event = (
    StackStatus
    | Message
    | Sent
    | TrustCentreJoin
    | ChildJoined
    | KeyEstablished
    | NetworkFound
    | EnergyFound
    | ScanComplete
    | Polled
    | PollComplete
)

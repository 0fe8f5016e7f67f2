"""The words of the stack: roles, states, parameters, options.

Extended addresses (EUI-64, extended PAN id) are 8 octets as they are written, most significant
first; the codecs turn them round for the air. Times are seconds of one clock that never goes back.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, IntFlag

from smets.codec.errors import RefusedError

ALL_CHANNELS = 0x07FFF800  # 11 to 26, the 2.4 GHz band
BROADCAST_ALL = 0xFFFF
BROADCAST_RECEIVER_ON = 0xFFFD
BROADCAST_ROUTERS = 0xFFFC
UNKNOWN_NODE = 0xFFFE
COORDINATOR_ID = 0x0000


class Role(Enum):
    """What a node is in its network."""

    COORDINATOR = 1
    ROUTER = 2
    END_DEVICE = 3
    SLEEPY_END_DEVICE = 4


class DeviceType(Enum):
    """What a neighbour is."""

    COORDINATOR = 0
    ROUTER = 1
    END_DEVICE = 2
    SLEEPY_END_DEVICE = 3


class NetworkState(Enum):
    """Where a node stands."""

    NO_NETWORK = 0
    JOINING = 1
    JOINED = 2
    JOINED_NO_PARENT = 3


class Status(Enum):
    """The outcome of a call, a send, a join."""

    OK = "ok"
    NETWORK_UP = "network up"
    NETWORK_DOWN = "network down"
    NOT_JOINED = "not joined"
    INVALID_CALL = "invalid call"
    INVALID_PARAMETER = "invalid parameter"
    MESSAGE_TOO_LONG = "message too long"
    NO_BUFFERS = "no buffers"
    TABLE_FULL = "table full"
    NOT_FOUND = "not found"
    DELIVERY_FAILED = "delivery failed"
    NO_LINK_KEY = "no link key"
    NO_DATA = "no data"
    NO_NETWORKS = "no network answered the scan"
    ASSOCIATION_REFUSED = "the parent refused the association"
    NO_NETWORK_KEY = "no network key arrived, or none that this node's link key opens"
    REJOIN_FAILED = "no parent took this node back"
    KEY_REFUSED = "the trust centre gave no key"


class StackError(RefusedError):
    """A call that cannot be done now; `status` says why."""

    def __init__(self, status: Status) -> None:
        super().__init__(status.value)
        self.status = status


class ApsOption(IntFlag):
    """Options of a message; the numbers are EmberZNet's."""

    NONE = 0
    ENCRYPTION = 0x0020
    RETRY = 0x0040
    ENABLE_ROUTE_DISCOVERY = 0x0100
    FORCE_ROUTE_DISCOVERY = 0x0200
    SOURCE_EUI64 = 0x0400
    DESTINATION_EUI64 = 0x0800
    ENABLE_ADDRESS_DISCOVERY = 0x1000
    FRAGMENT = 0x8000


class ZdoFlag(IntFlag):
    """Which ZDO requests go to the host as well, or instead; the numbers are EmberZNet's."""

    NONE = 0
    APP_RECEIVES_SUPPORTED_REQUESTS = 0x01
    APP_HANDLES_UNSUPPORTED_REQUESTS = 0x02
    APP_HANDLES_ENDPOINT_REQUESTS = 0x04
    APP_HANDLES_BINDING_REQUESTS = 0x08


class KeyKind(Enum):
    """Keys a node holds; the values are the standard key types of Transport-Key."""

    NETWORK = 0x01
    APPLICATION_LINK = 0x03
    TRUST_CENTRE_LINK = 0x04


class KeyRequest(Enum):
    """How a trust centre answers Request-Key for a trust centre link key."""

    DENY = 0
    SEND_CURRENT = 1
    GENERATE = 2


@dataclass(frozen=True, slots=True)
class NetworkParameters:
    """The identity of a network."""

    extended_pan_id: bytes
    pan_id: int
    channel: int
    transmit_power: int = 3
    update_id: int = 0
    manager: int = 0
    channels: int = ALL_CHANNELS


@dataclass(frozen=True, slots=True)
class InitialSecurity:
    """The keys a node forms or joins with.

    `network_key` None: a forming node makes one; a joining node always gets the network's.
    `link_key` is the trust centre's global link key when forming, the joiner's preconfigured one
    when joining (ZigBeeAlliance09 or the hash of an install code).
    """

    link_key: bytes
    network_key: bytes | None = None
    network_key_sequence: int = 0
    trust_centre: bytes | None = None


@dataclass(frozen=True, slots=True)
class ApsFrame:
    """Where a message comes from and goes to above the network layer."""

    profile: int
    cluster: int
    source_endpoint: int
    destination_endpoint: int
    options: ApsOption = ApsOption.NONE
    group: int = 0
    sequence: int = 0


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A simple descriptor."""

    number: int
    profile: int
    device_id: int
    device_version: int
    input_clusters: tuple[int, ...]
    output_clusters: tuple[int, ...]


@dataclass(slots=True)
class Policy:
    """What a trust centre takes from its host.

    `joins_use_install_code_key`: a joiner needs a link key of its own (link key table or
    transient); otherwise the global link key serves every joiner.
    """

    allow_joins: bool = True
    joins_use_install_code_key: bool = False
    allow_unsecured_rejoins: bool = True
    link_key_requests: KeyRequest = KeyRequest.SEND_CURRENT
    allow_application_key_requests: bool = False


@dataclass(frozen=True, slots=True)
class LinkKey:
    """An entry of the link key table; counters are those of its APS security."""

    partner: bytes
    key: bytes
    outgoing_counter: int = 0
    incoming_counter: int = 0
    kind: KeyKind = KeyKind.TRUST_CENTRE_LINK
    verified: bool = False


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A row of the neighbour or child table."""

    node_id: int
    eui64: bytes
    device_type: DeviceType
    child: bool
    lqi: int
    depth: int = 0
    timeout: int = 0


@dataclass(slots=True)
class Limits:
    """Sizes of the tables, as the host configures them."""

    children: int = 32
    link_keys: int = 16
    transient_keys: int = 16
    indirect_messages: int = 8
    indirect_timeout: float = (
        7.68  # s; 802.15.4 macTransactionPersistenceTime as the profile has it
    )
    messages_in_flight: int = 16
    fragment_window: int = 1  # blocks under way at a time; both ends have to have the same
    transient_key_timeout: float = 300.0  # s
    end_device_timeout: int = 8  # 2^n minutes, Zigbee R22 table 3-44

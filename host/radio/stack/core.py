"""What the layers of one node share: its identity, its state, its timers, what it has to say."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from host.radio.radio import UNASSIGNED, EnergyRequest, RadioState, Transmission
from host.radio.stack.counters import Counters
from host.radio.stack.keys import Keys
from host.radio.stack.neighbours import Neighbours
from host.radio.stack.timers import Timer, Timers
from host.radio.stack.types import (
    UNKNOWN_NODE,
    Endpoint,
    InitialSecurity,
    Limits,
    NetworkParameters,
    NetworkState,
    Policy,
    Role,
    StackError,
    Status,
    ZdoFlag,
)

if TYPE_CHECKING:
    from host.radio.stack.aps_layer import ApsLayer
    from host.radio.stack.children import Children
    from host.radio.stack.events import Event
    from host.radio.stack.joining import Joining
    from host.radio.stack.key_exchange import KeyExchange
    from host.radio.stack.mac_layer import MacLayer
    from host.radio.stack.membership import Membership
    from host.radio.stack.nwk_layer import NwkLayer
    from host.radio.stack.trust_centre import TrustCentre
    from host.radio.stack.zdo_server import ZdoServer
    from smets.zigbee.suite import ZigbeeSuite

COUNTER_STEP = 1024  # frame counters are stored so far ahead, and skip so far at a restart


@dataclass(slots=True)
class Network:
    """The network a node is in, or on its way into."""

    role: Role
    parameters: NetworkParameters
    security: InitialSecurity
    node_id: int = UNKNOWN_NODE
    keys: dict[int, bytes] = field(default_factory=dict)  # network keys by sequence
    key_sequence: int = 0
    trust_centre: bytes | None = None
    parent: int | None = None
    depth: int = 0

    @property
    def key(self) -> bytes | None:
        return self.keys.get(self.key_sequence)


class Core:
    """The layers find each other here; none of them keeps what another needs."""

    mac: MacLayer
    nwk: NwkLayer
    aps: ApsLayer
    zdo: ZdoServer
    children: Children
    joining: Joining
    membership: Membership
    trust_centre: TrustCentre
    key_exchange: KeyExchange

    def __init__(
        self, eui64: bytes, suite: ZigbeeSuite, random: Callable[[int], bytes], limits: Limits
    ) -> None:
        self.eui64 = eui64
        self.suite = suite
        self.random = random
        self.limits = limits
        self.policy = Policy()
        self.radio = RadioState(eui64)
        self.timers = Timers()
        self.counters = Counters()
        self.keys = Keys(limits, self.changed)
        self.neighbours = Neighbours()
        self.network: Network | None = None
        self.state = NetworkState.NO_NETWORK
        self.outgoing: list[Transmission | EnergyRequest] = []
        self.events: list[Event] = []
        self.network_counter = 0
        self.aps_counter = 0
        self.stored_network_counter = 0  # a restart goes on from here
        self.stored_aps_counter = 0
        self.stale = False
        self.endpoints: dict[int, Endpoint] = {}
        self.groups: set[tuple[int, int]] = set()
        self.zdo_flags = ZdoFlag.NONE
        self.manufacturer_code = 0

    def begin(self, role: Role, parameters: NetworkParameters, security: InitialSecurity) -> None:
        """A network to form or to join, and nothing left of the one before."""
        self.neighbours.clear()
        self.network = Network(role, parameters, security, trust_centre=security.trust_centre)

    def forget(self) -> None:
        """Out of the network."""
        self.nwk.stop()
        self.children.stop()
        self.mac.stop()
        self.aps.transfers.clear()
        self.network = None
        self.state = NetworkState.NO_NETWORK
        self.neighbours.clear()
        self.set_radio()
        self.changed()

    def changed(self) -> None:
        """Something that a restart must find again is different."""
        self.stale = True

    def event(self, event: Event) -> None:
        self.events.append(event)

    def at(self, moment: float, action: Callable[[float], None]) -> Timer:
        return self.timers.at(moment, action)

    def random_number(self, limit: int) -> int:
        """From 0 to `limit` - 1."""
        return int.from_bytes(self.random(4)) % limit

    def random_seconds(self, limit: float) -> float:
        return limit * int.from_bytes(self.random(2)) / 65536

    @property
    def node_id(self) -> int:
        return self.network.node_id if self.network is not None else UNKNOWN_NODE

    @property
    def is_router(self) -> bool:
        network = self.network
        return network is not None and network.role in {Role.COORDINATOR, Role.ROUTER}

    @property
    def is_trust_centre(self) -> bool:
        return self.network is not None and self.network.trust_centre == self.eui64

    @property
    def is_sleepy(self) -> bool:
        return self.network is not None and self.network.role is Role.SLEEPY_END_DEVICE

    def joined(self) -> Network:
        """The network; StackError when the node is in none."""
        if self.network is None or self.state is not NetworkState.JOINED:
            raise StackError(Status.NOT_JOINED)
        return self.network

    def next_network_counter(self) -> int:
        """Spends a frame counter of the network key."""
        counter = self.network_counter
        self.network_counter = counter + 1
        if self.network_counter > self.stored_network_counter:
            self.stored_network_counter = self.network_counter + COUNTER_STEP
            self.changed()
        return counter

    def next_aps_counter(self) -> int:
        """Spends a frame counter of the link keys."""
        counter = self.aps_counter
        self.aps_counter = counter + 1
        if self.aps_counter > self.stored_aps_counter:
            self.stored_aps_counter = self.aps_counter + COUNTER_STEP
            self.changed()
        return counter

    def set_radio(self) -> None:
        """Sets the transceiver as the network has it."""
        network, radio = self.network, self.radio
        if network is None:
            radio.pan_id = radio.short = UNASSIGNED
            radio.receiver_on = radio.is_router = False
            return
        radio.channel = network.parameters.channel
        radio.pan_id = network.parameters.pan_id
        radio.short = UNASSIGNED if network.node_id == UNKNOWN_NODE else network.node_id
        radio.is_router = self.is_router and self.state is NetworkState.JOINED
        radio.receiver_on = not self.is_sleepy

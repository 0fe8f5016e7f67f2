"""A Zigbee PRO node: the layers put together behind the interface of `Stack`."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from host.radio.radio import EnergyRequest, RadioState, Transmission
from host.radio.stack import snapshot
from host.radio.stack.aps_layer import ApsLayer
from host.radio.stack.children import Children
from host.radio.stack.core import Core
from host.radio.stack.events import Event
from host.radio.stack.joining import Joining
from host.radio.stack.key_exchange import KeyExchange
from host.radio.stack.keys import Keys
from host.radio.stack.mac_layer import MacLayer
from host.radio.stack.membership import Membership
from host.radio.stack.nwk_layer import NwkLayer
from host.radio.stack.trust_centre import TrustCentre
from host.radio.stack.types import (
    ApsFrame,
    Endpoint,
    InitialSecurity,
    Limits,
    LinkKey,
    Neighbour,
    NetworkParameters,
    NetworkState,
    Policy,
    Role,
    StackError,
    Status,
    ZdoFlag,
)
from host.radio.stack.zdo_server import ZdoServer

if TYPE_CHECKING:
    from smets.zigbee.suite import ZigbeeSuite


class Node:
    """See `Stack`. `random(count)` gives octets for keys and addresses."""

    def __init__(
        self,
        eui64: bytes,
        suite: ZigbeeSuite,
        random: Callable[[int], bytes],
        limits: Limits | None = None,
    ) -> None:
        core = self._core = Core(eui64, suite, random, limits or Limits())
        core.mac = MacLayer(core)
        core.aps = ApsLayer(core)
        core.zdo = ZdoServer(core)
        core.children = Children(core)
        core.joining = Joining(core)
        core.membership = Membership(core)
        core.trust_centre = TrustCentre(core)
        core.key_exchange = KeyExchange(core)
        core.nwk = NwkLayer(core)
        self.eui64 = eui64

    # Settings.
    @property
    def policy(self) -> Policy:
        return self._core.policy

    @policy.setter
    def policy(self, policy: Policy) -> None:
        self._core.policy = policy

    @property
    def limits(self) -> Limits:
        return self._core.limits

    @property
    def zdo_flags(self) -> ZdoFlag:
        return self._core.zdo_flags

    @zdo_flags.setter
    def zdo_flags(self, flags: ZdoFlag) -> None:
        self._core.zdo_flags = flags

    @property
    def endpoints(self) -> dict[int, Endpoint]:
        return self._core.endpoints

    @property
    def groups(self) -> set[tuple[int, int]]:
        return self._core.groups

    @groups.setter
    def groups(self, groups: set[tuple[int, int]]) -> None:
        self._core.groups = groups

    @property
    def slow_nodes(self) -> set[bytes]:
        return self._core.aps.slow

    @property
    def manufacturer_code(self) -> int:
        return self._core.manufacturer_code

    @manufacturer_code.setter
    def manufacturer_code(self, code: int) -> None:
        self._core.manufacturer_code = code

    @property
    def reassembly(self) -> bool:
        return self._core.aps.receiver.reassembles

    @reassembly.setter
    def reassembly(self, here: bool) -> None:
        self._core.aps.receiver.reassembles = here

    @property
    def keys(self) -> Keys:
        return self._core.keys

    # Where it stands.
    @property
    def state(self) -> NetworkState:
        return self._core.state

    @property
    def role(self) -> Role | None:
        network = self._core.network
        return None if network is None else network.role

    @property
    def node_id(self) -> int:
        return self._core.node_id

    @property
    def parameters(self) -> NetworkParameters | None:
        network = self._core.network
        return None if network is None else network.parameters

    @property
    def network_key(self) -> tuple[bytes, int] | None:
        network = self._core.network
        if network is None or network.key is None:
            return None
        return network.key, network.key_sequence

    @property
    def link_key(self) -> bytes | None:
        network = self._core.network
        return None if network is None else network.security.link_key

    @property
    def trust_centre(self) -> bytes | None:
        network = self._core.network
        return None if network is None else network.trust_centre

    @property
    def parent(self) -> tuple[int, bytes] | None:
        network = self._core.network
        if network is None or network.parent is None:
            return None
        eui64 = self._core.neighbours.eui64_of(network.parent)
        return None if eui64 is None else (network.parent, eui64)

    @property
    def permitting(self) -> bool:
        return self._core.children.permitting

    @property
    def network_frame_counter(self) -> int:
        return self._core.network_counter

    @property
    def aps_frame_counter(self) -> int:
        return self._core.aps_counter

    def set_frame_counters(self, network: int | None = None, aps: int | None = None) -> None:
        core = self._core
        if core.state is not NetworkState.NO_NETWORK:
            raise StackError(Status.INVALID_CALL)
        if network is not None:
            core.network_counter = core.stored_network_counter = network
        if aps is not None:
            core.aps_counter = core.stored_aps_counter = aps
        core.changed()

    def neighbours(self) -> tuple[Neighbour, ...]:
        return self._core.neighbours.table()

    def put_child(self, index: int, child: Neighbour, now: float) -> None:
        self._core.children.put(index, child, now)

    def child_at(self, index: int) -> Neighbour | None:
        row = self._core.neighbours.children.get(index)
        return None if row is None else row.public()

    def node_id_of(self, eui64: bytes) -> int | None:
        if eui64 == self.eui64:
            return self.node_id
        return self._core.neighbours.node_id_of(eui64)

    def eui64_of(self, node_id: int) -> bytes | None:
        if node_id == self.node_id:
            return self.eui64
        return self._core.neighbours.eui64_of(node_id)

    def learn_address(self, node_id: int, eui64: bytes) -> None:
        self._core.neighbours.learn(node_id, eui64)

    def link_key_for(self, partner: bytes, now: float) -> LinkKey | None:
        """The link key in use with a partner: of the table, transient, or the global one."""
        row = self.keys.find(partner)
        if row is not None:
            return row
        key = self._core.aps.security.key_for(partner, now)
        return None if key is None else LinkKey(partner, key)

    def maximum_payload(self, options: int) -> int:
        return self._core.aps.maximum_payload(options)

    def counters(self) -> dict[str, int]:
        return dict(self._core.counters)

    # Networks.
    def form(self, parameters: NetworkParameters, security: InitialSecurity, now: float) -> None:
        self._core.membership.form(parameters, security, now)

    def join(
        self, role: Role, parameters: NetworkParameters, security: InitialSecurity, now: float
    ) -> None:
        self._core.joining.join(role, parameters, security, now)

    def rejoin(self, secured: bool, now: float, channels: int = 0) -> None:
        self._core.joining.rejoin(secured, now, channels)

    def resume(self, now: float) -> None:
        self._core.membership.resume(now)

    def leave(self, now: float) -> None:
        self._core.membership.leave(now)

    def permit(self, seconds: int, now: float) -> None:
        self._core.joined()
        if not self._core.is_router:
            raise StackError(Status.INVALID_CALL)
        self._core.children.permit(seconds, now)

    def scan_networks(self, channels: int, exponent: int, now: float) -> None:
        self._core.mac.scanner.beacons(channels, exponent, now)

    def scan_energy(self, channels: int, exponent: int, now: float) -> None:
        self._core.mac.scanner.energy(channels, exponent, now)

    # Messages.
    def send_unicast(
        self, destination: int, aps: ApsFrame, payload: bytes, tag: int, now: float
    ) -> int:
        return self._core.aps.send_unicast(destination, aps, payload, tag, now)

    def send_broadcast(
        self, destination: int, aps: ApsFrame, payload: bytes, radius: int, tag: int, now: float
    ) -> int:
        return self._core.aps.send_broadcast(destination, aps, payload, radius, tag, now)

    def send_multicast(
        self, aps: ApsFrame, payload: bytes, radius: int, tag: int, now: float
    ) -> int:
        return self._core.aps.send_multicast(aps, payload, radius, tag, now)

    def send_fragment_acknowledgement(
        self, destination: int, aps: ApsFrame, payload: bytes, now: float
    ) -> None:
        if payload:
            raise StackError(Status.INVALID_PARAMETER)
        self._core.aps.send_fragment_acknowledgement(destination, aps, now)

    def poll(self, now: float) -> None:
        self._core.joined()
        self._core.mac.poll(now)

    # The trust centre.
    def remove_device(self, node_id: int, eui64: bytes, now: float) -> None:
        self._core.joined()
        if not self._core.is_trust_centre:
            raise StackError(Status.INVALID_CALL)
        self._core.trust_centre.remove(node_id, eui64, None, now)

    def request_link_key(self, now: float) -> None:
        self._core.key_exchange.request(now)

    def switch_network_key(self, key: bytes, sequence: int, now: float) -> None:
        self._core.trust_centre.switch_network_key(key, sequence, now)

    # The shell's side.
    @property
    def radio(self) -> RadioState:
        return self._core.radio

    def receive(self, frame: bytes, lqi: int, rssi: int, now: float) -> None:
        self._core.mac.receive(frame, lqi, rssi, now)

    def transmitted(self, handle: int, sent: bool, pending: bool, now: float) -> None:
        self._core.mac.transmitted(handle, sent, pending, now)

    def measured(self, channel: int, rssi: int) -> None:
        self._core.mac.scanner.measured(channel, rssi)

    def next_timer(self) -> float | None:
        return self._core.timers.next_time()

    def tick(self, now: float) -> None:
        self._core.timers.run(now)

    def take_outgoing(self) -> list[Transmission | EnergyRequest]:
        taken, self._core.outgoing = self._core.outgoing, []
        return taken

    def take_events(self) -> list[Event]:
        taken, self._core.events = self._core.events, []
        return taken

    # Restarts.
    @property
    def stale(self) -> bool:
        return self._core.stale

    def snapshot(self) -> dict[str, object]:
        self._core.stale = False
        return snapshot.take(self._core)

    def restore(self, state: dict[str, object]) -> None:
        if self.state is not NetworkState.NO_NETWORK:
            raise StackError(Status.INVALID_CALL)
        snapshot.restore(self._core, state)

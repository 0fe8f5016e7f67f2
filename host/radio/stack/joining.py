"""The way into a network: join and rejoin (Zigbee R22 3.6.1.4, 4.6.3)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from host.radio.stack.children import capability
from host.radio.stack.events import NetworkFound, StackStatus
from host.radio.stack.membership import require_key, require_no_network
from host.radio.stack.scanning import Found
from host.radio.stack.timers import Timer
from host.radio.stack.types import (
    ALL_CHANNELS,
    UNKNOWN_NODE,
    InitialSecurity,
    NetworkParameters,
    NetworkState,
    Role,
    StackError,
    Status,
)
from smets.codec.errors import DecodeError
from smets.zigbee import mac, nwk
from smets.zigbee.mac import MacFrame

if TYPE_CHECKING:
    from host.radio.stack.core import Core
    from host.radio.stack.nwk_layer import Command

SCAN_EXPONENT = 3  # 138 ms on each channel
SCANS = 4  # until one finds a parent: beacons are not acknowledged
ANY_NETWORK = bytes(8)
TRIES = 6  # of one join, over all parents
RESPONSE_POLLS = 5
POLL_PERIOD = 0.15  # s between a joiner's questions
KEYLESS_TRIES = 3  # of them that end without the network key
KEY_WAIT = 4.0  # s for the network key after the association
REJOIN_WAIT = 2.0  # s for a rejoin response


class Joining:
    """The way of one node into a network and out of it."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._parents: list[tuple[NetworkFound, int]] = []
        self._tries = 0
        self._keyless = 0
        self._attempt = 0  # an answer to an earlier attempt does not count
        self._failure = Status.NO_NETWORKS
        self._rejoin_secured: bool | None = None  # None: a first join
        self._timer: Timer | None = None

    # Joining.
    def join(
        self, role: Role, parameters: NetworkParameters, security: InitialSecurity, now: float
    ) -> None:
        core = self._core
        require_no_network(core)
        require_key(security.link_key)
        capability(role)
        self._scan(parameters.channels or 1 << parameters.channel, SCANS, now)
        core.begin(role, parameters, security)
        core.state = NetworkState.JOINING
        self._rejoin_secured = None
        self._tries = self._keyless = 0

    def _scan(self, channels: int, scans: int, now: float) -> None:
        def found(beacons: list[Found], then: float) -> None:
            self._found(beacons)
            if not self._parents and scans > 1 and self._core.network is not None:
                self._scan(channels, scans - 1, then)
            else:
                self._next_parent(then)

        self._core.mac.scanner.beacons(channels, SCAN_EXPONENT, now, found)

    def _found(self, found: list[Found]) -> None:
        """The parents that would do, the best first."""
        network = self._core.network
        if network is None:
            return
        wanted = network.parameters.extended_pan_id
        suitable = [
            (seen, parent)
            for seen, parent, beacon in found
            if wanted in {ANY_NETWORK, seen.extended_pan_id}
            and seen.stack_profile == 2
            and (seen.permit_joining or self._rejoin_secured is not None)
            and (
                beacon.router_capacity
                if network.role is Role.ROUTER
                else beacon.end_device_capacity
            )
        ]
        suitable.sort(key=lambda one: -one[0].lqi)
        self._parents = suitable
        self._failure = Status.NO_NETWORKS

    def _next_parent(self, now: float) -> None:
        core = self._core
        network = core.network
        self._attempt += 1
        if network is None or core.state is not NetworkState.JOINING:
            return
        tired = self._tries >= TRIES or self._keyless >= KEYLESS_TRIES
        if not self._parents or tired:
            self._failed(now)
            return
        seen, parent = self._parents[self._tries % len(self._parents)]
        self._tries += 1
        network.parameters = replace(
            network.parameters,
            extended_pan_id=seen.extended_pan_id,
            pan_id=seen.pan_id,
            channel=seen.channel,
            update_id=seen.update_id,
        )
        network.parent = parent
        if self._rejoin_secured is None:
            network.node_id = UNKNOWN_NODE
        core.set_radio()
        core.radio.receiver_on = True
        if self._rejoin_secured is None:
            self._request_association(parent, now)
        else:
            self._request_rejoin(parent, now)

    def _failed(self, now: float) -> None:
        core = self._core
        if self._rejoin_secured is None:
            core.forget()
        else:
            core.state = NetworkState.JOINED_NO_PARENT
            core.set_radio()
        core.event(StackStatus(self._failure))

    def _later(self, moment: float, attempt: int, status: Status) -> None:
        """Goes on to the next parent when nothing has come of this attempt until then."""

        def give_up(now: float) -> None:
            if attempt == self._attempt:
                self._failure = status
                self._keyless += status is Status.NO_NETWORK_KEY
                self._next_parent(now)

        self._timer = self._core.at(moment, give_up)

    def _request_association(self, parent: int, now: float) -> None:
        core = self._core
        network = core.network
        assert network is not None
        frame = MacFrame(
            mac.COMMAND,
            0,
            core.radio.pan_id,
            parent,
            mac.BROADCAST,
            core.eui64,
            mac.command(mac.ASSOCIATION_REQUEST, capability(network.role)),
            ack_request=True,
        )
        attempt = self._attempt

        def sent(acknowledged: bool, _pending: bool, then: float) -> None:
            if attempt != self._attempt:
                return
            self._failure = Status.ASSOCIATION_REFUSED
            if acknowledged:
                self._ask_for_response(attempt, RESPONSE_POLLS, then)
            else:
                self._next_parent(then)

        core.mac.send(frame, sent)

    def _ask_for_response(self, attempt: int, polls: int, now: float) -> None:
        def ask(then: float) -> None:
            core = self._core
            network = core.network
            if attempt != self._attempt or network is None or network.node_id != UNKNOWN_NODE:
                return
            if polls == 0:
                self._next_parent(then)
                return
            core.mac.poll(then, core.eui64)
            self._ask_for_response(attempt, polls - 1, then)

        self._core.at(now + POLL_PERIOD, ask)

    def associated(self, node_id: int, status: int, parent: int | bytes, now: float) -> None:
        """An association response; it names the parent by its EUI-64."""
        core = self._core
        network = core.network
        joining = core.state is NetworkState.JOINING and self._rejoin_secured is None
        if network is None or not joining or network.node_id != UNKNOWN_NODE:
            core.counters["mac refused"] += 1
            return
        if status != mac.ASSOCIATED:
            self._failure = Status.ASSOCIATION_REFUSED
            self._next_parent(now)
            return
        network.node_id = node_id
        if isinstance(parent, bytes) and network.parent is not None:
            core.neighbours.learn(network.parent, parent)
        core.set_radio()
        core.radio.receiver_on = True
        self._wait_for_key(now)

    def _wait_for_key(self, now: float) -> None:
        self._later(now + KEY_WAIT, self._attempt, Status.NO_NETWORK_KEY)
        if self._core.is_sleepy:
            self._poll_for_key(self._attempt, now)

    def _poll_for_key(self, attempt: int, now: float) -> None:
        def ask(then: float) -> None:
            if attempt == self._attempt and self._core.state is NetworkState.JOINING:
                self._core.mac.poll(then)
                self._poll_for_key(attempt, then)

        self._core.at(now + POLL_PERIOD, ask)

    def key_arrived(self, key: bytes, sequence: int, trust_centre: bytes, now: float) -> None:
        """The network key, for a node that waits for it."""
        network = self._core.network
        assert network is not None
        if network.node_id == UNKNOWN_NODE:
            return
        network.keys[sequence] = key
        network.key_sequence = sequence
        network.trust_centre = trust_centre
        self._arrived(now)

    def _arrived(self, now: float) -> None:
        self._attempt += 1
        if self._timer is not None:
            self._timer.cancel()
        self._core.membership.up(now)

    # Rejoining.
    def rejoin(self, secured: bool, now: float, channels: int = 0) -> None:
        core = self._core
        network = core.network
        if network is None or network.role is Role.COORDINATOR:
            raise StackError(Status.INVALID_CALL)
        if core.state is NetworkState.JOINING or network.node_id == UNKNOWN_NODE:
            raise StackError(Status.INVALID_CALL)
        wanted = channels & ALL_CHANNELS or 1 << network.parameters.channel
        self._scan(wanted, SCANS, now)
        core.state = NetworkState.JOINING
        self._rejoin_secured = secured
        self._tries = self._keyless = 0

    def _request_rejoin(self, parent: int, now: float) -> None:
        core = self._core
        network = core.network
        assert network is not None
        frame = core.nwk.command(parent)
        frame.end_device = False
        payload = nwk.write_command(nwk.REJOIN_REQUEST, capability(network.role))
        if self._rejoin_secured:
            core.nwk.transmit(parent, frame, payload, None, now)
        else:
            core.nwk.send_unsecured(parent, frame, payload, None, now)
        self._later(now + REJOIN_WAIT, self._attempt, Status.REJOIN_FAILED)

    def rejoin_response(self, command: Command, now: float) -> None:
        core = self._core
        network = core.network
        if network is None or core.state is not NetworkState.JOINING:
            return
        if self._rejoin_secured is not command.secured or command.sender != network.parent:
            core.counters["commands refused"] += 1
            return
        frame = command.frame
        if frame.destination_eui64 not in {None, core.eui64} or frame.source_eui64 is None:
            raise DecodeError("a rejoin response names both ends")
        node_id, status = command.values
        if status != mac.ASSOCIATED:
            self._failure = Status.REJOIN_FAILED
            self._next_parent(now)
            return
        network.node_id = node_id
        core.set_radio()
        core.radio.receiver_on = True
        if command.secured:
            core.neighbours.learn(command.sender, frame.source_eui64)
            self._arrived(now)
        else:
            self._attempt += 1
            self._wait_for_key(now)

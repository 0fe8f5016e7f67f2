"""Being in a network: form it, come up, stay, leave (Zigbee R22 3.6.1, 3.6.10)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from host.radio.stack.children import capability, timeout_seconds
from host.radio.stack.events import StackStatus
from host.radio.stack.types import (
    COORDINATOR_ID,
    InitialSecurity,
    NetworkParameters,
    NetworkState,
    Role,
    StackError,
    Status,
)
from smets.zigbee import mac, nwk, zdo

if TYPE_CHECKING:
    from host.radio.stack.core import Core
    from host.radio.stack.nwk_layer import Command

ANY_NETWORK = bytes(8)
KEY_LENGTH = 16
SIGNS_OF_LIFE = 3  # within the time after which the parent lets a child go
POLL_KEEPS_ALIVE = 0x01  # in the parent information, table 3-49
FETCH_DELAY = 0.15  # s until a sleeper asks for what it has caused


def require_no_network(core: Core) -> None:
    """INVALID_CALL for a node that is in a network or on its way."""
    if core.state is not NetworkState.NO_NETWORK:
        raise StackError(Status.INVALID_CALL)


def require_key(key: bytes) -> None:
    """INVALID_PARAMETER for what is not a key."""
    if len(key) != KEY_LENGTH:
        raise StackError(Status.INVALID_PARAMETER)


class Membership:
    """One node's place in its network."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._beat = 0  # tells the signs of life of one parent from those for the next

    def form(self, parameters: NetworkParameters, security: InitialSecurity, now: float) -> None:
        core = self._core
        require_no_network(core)
        network_key = security.network_key or core.random(KEY_LENGTH)
        require_key(security.link_key)
        require_key(network_key)
        if parameters.extended_pan_id == ANY_NETWORK:
            parameters = replace(parameters, extended_pan_id=core.eui64)
        if not 11 <= parameters.channel <= 26:
            raise StackError(Status.INVALID_PARAMETER)
        core.begin(Role.COORDINATOR, parameters, security)
        network = core.network
        assert network is not None
        network.node_id = COORDINATOR_ID
        network.keys = {security.network_key_sequence: network_key}
        network.key_sequence = security.network_key_sequence
        network.trust_centre = core.eui64
        self.up(now)

    def up(self, now: float) -> None:
        """In, with the network key: the radio is set, and others hear of it."""
        core = self._core
        network = core.network
        assert network is not None
        core.state = NetworkState.JOINED
        core.set_radio()
        core.changed()
        core.event(StackStatus(Status.NETWORK_UP))
        if core.is_router:
            core.nwk.start_link_status(now)
        if network.role is not Role.COORDINATOR:
            self._announce(now)
        if not core.is_router:
            self._request_timeout(now)

    def _request_timeout(self, now: float) -> None:
        """3.4.11: how long the parent is to wait for a sign of life."""
        core = self._core
        network = core.network
        if network is None or network.parent is None:
            return
        core.nwk.send_command(
            network.parent,
            nwk.END_DEVICE_TIMEOUT_REQUEST,
            core.limits.end_device_timeout,
            0,
            now=now,
        )
        if core.is_sleepy:
            core.at(now + FETCH_DELAY, self._fetch_response)

    def _fetch_response(self, now: float) -> None:
        """The answer to the timeout request waits with the parent."""
        if self._core.state is NetworkState.JOINED:
            self._core.mac.poll(now, quiet=True)

    def _announce(self, now: float) -> None:
        """2.4.3.1.11: who has which address now."""
        core = self._core
        network = core.network
        assert network is not None
        core.aps.broadcast_zdo(
            zdo.DEVICE_ANNOUNCE,
            network.node_id,
            core.eui64,
            capability(network.role),
            now=now,
        )

    # Staying, 3.6.10.
    def parent_lost(self, _now: float) -> None:
        """The parent did not answer polls."""
        core = self._core
        if core.state is NetworkState.JOINED:
            core.state = NetworkState.JOINED_NO_PARENT
            core.event(StackStatus(Status.NETWORK_DOWN))

    def timeout_response(self, command: Command, now: float) -> None:
        """3.4.12: what the parent takes for a sign of life. A sleeper's polls are its host's."""
        core = self._core
        network = core.network
        status, parent_information = command.values
        if network is None or command.sender != network.parent or status != 0:
            return
        if network.role is Role.END_DEVICE:
            self._keep_alive(parent_information, now)

    def _keep_alive(self, parent_information: int, now: float) -> None:
        self._beat += 1
        beat = self._beat

        def show(then: float) -> None:
            core = self._core
            network = core.network
            if beat != self._beat or network is None or core.state is not NetworkState.JOINED:
                return
            if parent_information & POLL_KEEPS_ALIVE:
                core.mac.poll(then, quiet=True)
                self._keep_alive(parent_information, then)
            else:
                self._request_timeout(then)

        wait = timeout_seconds(self._core.limits.end_device_timeout) / SIGNS_OF_LIFE
        self._core.at(now + wait, show)

    def resume(self, now: float) -> None:
        core = self._core
        network = core.network
        if network is None or network.key is None or core.state is not NetworkState.NO_NETWORK:
            raise StackError(Status.NOT_JOINED)
        core.state = NetworkState.JOINED
        core.set_radio()
        core.children.resume(now)
        core.event(StackStatus(Status.NETWORK_UP))
        if core.is_router:
            core.nwk.start_link_status(now)
        else:
            self._request_timeout(now)

    # Leaving.
    def leave(self, now: float) -> None:
        core = self._core
        if core.network is None:
            raise StackError(Status.NOT_JOINED)
        if core.state is NetworkState.JOINED:
            self._say_goodbye(now)
        core.forget()
        core.event(StackStatus(Status.NETWORK_DOWN))

    def _say_goodbye(self, now: float) -> None:
        core = self._core
        network = core.network
        assert network is not None
        to = mac.BROADCAST if core.is_router or network.parent is None else network.parent
        destination = nwk.BROADCAST_RECEIVER_ON if to == mac.BROADCAST else to
        payload = nwk.write_command(nwk.LEAVE, 0)
        core.nwk.transmit(to, core.nwk.command(destination), payload, None, now)

    def leave_heard(self, command: Command, now: float) -> None:
        """3.4.4: a neighbour leaves, or this node is told to."""
        core = self._core
        network = core.network
        assert network is not None
        options = command.values[0]
        source = command.frame.source
        if not options & nwk.LEAVE_REQUEST:
            row = core.neighbours.child(source)
            core.neighbours.routers.pop(source, None)
            core.nwk.routing.lost(source)
            if row is not None and not options & nwk.LEAVE_REJOIN:
                core.children.left(row, now)
            elif source == network.parent and not core.is_router:
                self.parent_lost(now)
            return
        if network.role is Role.COORDINATOR or command.frame.destination != core.node_id:
            core.counters["commands refused"] += 1
            return
        if not core.is_router and source != network.parent:
            core.counters["commands refused"] += 1
            return
        if options & nwk.LEAVE_REJOIN:
            self.parent_lost(now)
            core.joining.rejoin(secured=True, now=now)
        else:
            self.leave(now)

"""The network layer of a node: addressing, relaying, commands (Zigbee R22 chapter 3)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from host.radio.stack.broadcasts import Broadcasts
from host.radio.stack.indirect import Done
from host.radio.stack.neighbours import LINK_STATUS_PERIOD
from host.radio.stack.nwk_security import NwkSecurity
from host.radio.stack.routing import Routing, link_cost
from host.radio.stack.types import NetworkState
from smets.codec.errors import AuthenticationError, DecodeError
from smets.zigbee import mac, nwk
from smets.zigbee.nwk import NwkFrame

if TYPE_CHECKING:
    from host.radio.stack.core import Core

RADIUS = 30  # 2 * nwkMaxDepth
Ended = Callable[[bool, float], None]


class NwkLayer:
    """Frames between the MAC sublayer and APS, and NWK commands."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._sequence = core.random(1)[0]
        self.security = NwkSecurity(core)
        self.routing = Routing(core)
        self._broadcasts = Broadcasts(core)
        self._beats = 0  # tells the timers of one network from those of the next
        # Command, handler, whether it is heard unsecured too.
        self._commands: dict[int, tuple[Callable[..., None], bool]] = {
            nwk.ROUTE_REQUEST: (self._route_request, False),
            nwk.ROUTE_REPLY: (self._route_reply, False),
            nwk.NETWORK_STATUS: (self._network_status, False),
            nwk.LEAVE: (core.membership.leave_heard, False),
            nwk.REJOIN_REQUEST: (core.children.rejoin_request, True),
            nwk.REJOIN_RESPONSE: (core.joining.rejoin_response, True),
            nwk.LINK_STATUS: (self._link_status, False),
            nwk.END_DEVICE_TIMEOUT_REQUEST: (core.children.timeout_request, False),
            nwk.END_DEVICE_TIMEOUT_RESPONSE: (core.membership.timeout_response, False),
        }

    # Out.
    def frame(self, kind: int, destination: int, radius: int) -> NwkFrame:
        self._sequence = (self._sequence + 1) & 0xFF
        core = self._core
        return NwkFrame(
            kind,
            destination,
            core.node_id,
            radius,
            self._sequence,
            end_device=not core.is_router,
        )

    def command(self, destination: int, radius: int = 1) -> NwkFrame:
        """A command's frame: its source is named by EUI-64 too."""
        frame = self.frame(nwk.COMMAND, destination, radius)
        frame.source_eui64 = self._core.eui64
        return frame

    def transmit(
        self, to: int, frame: NwkFrame, payload: bytes, done: Done | None, now: float
    ) -> None:
        """Sends a frame over one hop, sealed as it goes out; without a key it goes nowhere."""
        self._core.counters["nwk sent"] += 1
        try:
            self._core.mac.send_data(to, lambda: self.security.seal(frame, payload), done, now)
        except AuthenticationError:
            if done is not None:
                done(False, False, now)

    def send(self, frame: NwkFrame, payload: bytes, ended: Ended | None, now: float) -> None:
        """A frame of this node to where it goes; `ended`: whether the first hop took it."""
        if frame.destination >= nwk.FIRST_BROADCAST:
            self._broadcasts.originate(frame, payload, now)
            if ended is not None:
                ended(True, now)
            return
        self._route(frame, payload, ended, now)

    def send_unsecured(
        self, to: int, frame: NwkFrame, payload: bytes, done: Done | None, now: float
    ) -> None:
        """To a neighbour that has no network key, or of a node that has none."""
        frame.secured = False
        frame.payload = payload
        self._core.mac.send_data(to, frame.encode, done, now)

    def send_command(self, to: int, identifier: int, *values: Any, now: float) -> None:
        """A command to a neighbour."""
        self.transmit(to, self.command(to), nwk.write_command(identifier, *values), None, now)

    def _route(self, frame: NwkFrame, payload: bytes, ended: Ended | None, now: float) -> None:
        def go(hop: int | None, then: float) -> None:
            if hop is None:
                over(False, False, then)
            else:
                self.transmit(hop, frame, payload, lambda a, b, c: over(a, b, c, hop), then)

        def over(sent: bool, _pending: bool, then: float, hop: int | None = None) -> None:
            core = self._core
            gone = not sent and hop is not None and core.neighbours.child(hop) is None
            if gone and core.is_router:
                assert hop is not None
                self.routing.lost(hop)
            if ended is not None:
                ended(sent, then)
            elif not sent and frame.source != core.node_id:
                self._report(nwk.LINK_FAILURE, frame, then)

        self.routing.find(frame.destination, go, now)

    def _report(self, code: int, about: NwkFrame, now: float) -> None:
        """Tells the source of a relayed frame that it did not get through."""
        hop = self.routing.next_hop(about.source)
        if hop is not None:
            payload = nwk.write_command(nwk.NETWORK_STATUS, code, about.destination)
            self.transmit(hop, self.command(about.source, RADIUS), payload, None, now)

    # In.
    def receive(self, octets: bytes, sender: int, lqi: int, rssi: int, now: float) -> None:
        """A network frame that came over one hop from `sender`."""
        core = self._core
        try:
            frame = NwkFrame.decode(octets)
            if not frame.secured:
                self._receive_unsecured(frame, sender, lqi, rssi, now)
                return
            payload, neighbour = self.security.open(frame)
        except DecodeError:
            core.counters["nwk malformed"] += 1
            return
        except AuthenticationError:
            return
        core.counters["nwk received"] += 1
        if frame.source == sender:
            # The MAC header is not protected, the network header is.
            core.neighbours.learn(sender, neighbour)
        core.children.heard(sender, neighbour, now)
        if frame.source_eui64 is not None and frame.source < nwk.FIRST_BROADCAST:
            core.neighbours.learn(frame.source, frame.source_eui64)
        if frame.kind == nwk.COMMAND and frame.destination == nwk.BROADCAST_ROUTERS:
            # Route requests are told apart by their own numbers, link statuses go one hop.
            self._up(frame, payload, sender, lqi, rssi, now)
        elif frame.destination >= nwk.FIRST_BROADCAST:
            self._broadcast(frame, payload, sender, lqi, rssi, now)
        elif frame.destination == core.node_id:
            self._up(frame, payload, sender, lqi, rssi, now)
        elif core.is_router and frame.radius > 1:
            frame.radius -= 1
            core.counters["nwk relayed"] += 1
            self._route(frame, payload, None, now)

    def _broadcast(
        self, frame: NwkFrame, payload: bytes, sender: int, lqi: int, rssi: int, now: float
    ) -> None:
        core = self._core
        if self._broadcasts.seen(frame, sender, now) or frame.source == core.node_id:
            core.counters["nwk duplicate"] += 1
            return
        if frame.source != sender:
            # A child's broadcasts begin with its parent.
            row = core.neighbours.child(frame.source)
            core.children.moved(None if row is None else row.eui64, now)
        if core.is_router and frame.radius > 1:
            self._broadcasts.relay(_copy(frame), payload, now)
        for_me = (
            core.is_router
            or frame.destination == nwk.BROADCAST_ALL
            or (frame.destination == nwk.BROADCAST_RECEIVER_ON and not core.is_sleepy)
        )
        if for_me:
            self._up(frame, payload, sender, lqi, rssi, now)

    def _receive_unsecured(
        self, frame: NwkFrame, sender: int, lqi: int, rssi: int, now: float
    ) -> None:
        """Only what a device without the network key needs to get it (4.3.1.2)."""
        core = self._core
        if frame.kind == nwk.COMMAND:
            self._command(frame, frame.payload, sender, lqi, now, secured=False)
        elif core.state is NetworkState.JOINING and frame.destination == core.node_id:
            core.aps.receiver.receive(frame, frame.payload, lqi, rssi, now, secured=False)
        else:
            core.counters["nwk unsecured"] += 1

    def _up(
        self, frame: NwkFrame, payload: bytes, sender: int, lqi: int, rssi: int, now: float
    ) -> None:
        core = self._core
        if frame.kind == nwk.DATA:
            core.aps.receiver.receive(frame, payload, lqi, rssi, now, secured=True)
            return
        try:
            self._command(frame, payload, sender, lqi, now, secured=True)
        except DecodeError:
            core.counters["nwk malformed"] += 1

    def _command(
        self,
        frame: NwkFrame,
        payload: bytes,
        sender: int,
        lqi: int,
        now: float,
        secured: bool,
    ) -> None:
        identifier, values = nwk.read_command(payload)
        handler, unsecured = self._commands.get(identifier, (None, True))
        if handler is None:
            return
        if not secured and not unsecured:
            self._core.counters["nwk unsecured"] += 1
            return
        handler(Command(self._core, frame, values, sender, lqi, secured), now)

    def _route_request(self, command: Command, now: float) -> None:
        self.routing.request(command.frame, command.values, command.sender, command.lqi, now)

    def _route_reply(self, command: Command, now: float) -> None:
        self.routing.reply(command.values, command.sender, command.lqi, now)

    def _network_status(self, command: Command, now: float) -> None:
        code, destination = command.values
        if code in {nwk.NO_ROUTE, nwk.LINK_FAILURE}:
            self.routing.forget(destination)

    # Link status, 3.6.1.5.
    def start_link_status(self, now: float) -> None:
        self._beats += 1
        beat = self._beats
        self._core.at(
            now + self._core.random_seconds(1.0), lambda then: self._send_links(beat, then)
        )

    def stop(self) -> None:
        """The network is left."""
        self._beats += 1
        self.routing.clear()

    def _send_links(self, beat: int, now: float) -> None:
        core = self._core
        if beat != self._beats or not core.is_router:
            return
        core.neighbours.expire_routers(now)
        links = tuple(
            (row.node_id, link_cost(row.lqi), row.outgoing_cost)
            for _, row in sorted(core.neighbours.routers.items())
        )
        frame = self.command(nwk.BROADCAST_ROUTERS)
        self.transmit(mac.BROADCAST, frame, nwk.link_status(links), None, now)
        wait = LINK_STATUS_PERIOD + core.random_seconds(0.256)
        core.at(now + wait, lambda then: self._send_links(beat, then))

    def _link_status(self, command: Command, now: float) -> None:
        core = self._core
        eui64 = core.neighbours.eui64_of(command.sender)
        if eui64 is None or not core.is_router or command.frame.source != command.sender:
            return
        row = core.neighbours.heard_router(command.sender, eui64, command.lqi, now)
        if row is None:
            return
        row.outgoing_cost = 0
        for address, incoming, _ in nwk.links(command.values):
            if address == core.node_id:
                row.outgoing_cost = incoming


class Command:
    """A NWK command with what its handler needs to know of its way here."""

    __slots__ = ("core", "frame", "lqi", "secured", "sender", "values")

    def __init__(
        self,
        core: Core,
        frame: NwkFrame,
        values: tuple[Any, ...],
        sender: int,
        lqi: int,
        secured: bool,
    ) -> None:
        self.core = core
        self.frame = frame
        self.values = values
        self.sender = sender
        self.lqi = lqi
        self.secured = secured


def _copy(frame: NwkFrame) -> NwkFrame:
    """A header of its own for the onward way."""
    return NwkFrame.decode(frame.header())

"""The application support layer of a node (Zigbee R22 2.2 and 4.4)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from host.radio.stack.aps_commands import ApsCommands
from host.radio.stack.aps_messages import (
    acknowledgement_of,
    continues,
    data_header,
    host_block,
    renumbered,
)
from host.radio.stack.aps_receiving import ApsReceiver
from host.radio.stack.aps_security import ApsSecurity
from host.radio.stack.aps_sending import Ended, Transfer, Transfers
from host.radio.stack.events import Delivery, Message, Sent
from host.radio.stack.types import (
    BROADCAST_ALL,
    BROADCAST_RECEIVER_ON,
    COORDINATOR_ID,
    ApsFrame,
    ApsOption,
    StackError,
    Status,
)
from smets.codec.errors import AuthenticationError
from smets.zigbee import aps, nwk, zdo

if TYPE_CHECKING:
    from host.radio.stack.core import Core

# Octets above APS in a frame: 127 less FCS 2, MAC 9, NWK 8, auxiliary header 14, MIC 4, APS 8.
LONGEST_PAYLOAD = 82
LINK_SECURITY = 9  # auxiliary header 5, MIC 4
EXTENDED_HEADER = 2
EUI64 = 8
LONGEST_MESSAGE = 255 * (LONGEST_PAYLOAD - EXTENDED_HEADER - LINK_SECURITY)
ALL_ENDPOINTS = 0xFF
RADIUS = 30


class ApsLayer:
    """Messages between endpoints."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._counter = core.random(1)[0]
        self.security = ApsSecurity(core)
        self.transfers = Transfers(core, self.transmit)
        self.commands = ApsCommands(core)
        self.receiver = ApsReceiver(core)
        self.slow: set[bytes] = set()  # nodes that poll somebody else, rarely

    # Out.
    def next_counter(self) -> int:
        self._counter = (self._counter + 1) & 0xFF
        return self._counter

    def delay_of(self, node_id: int) -> float:
        """How much longer than others a node may take to acknowledge."""
        core = self._core
        if core.children.sleeps(node_id) or core.neighbours.eui64_of(node_id) in self.slow:
            return core.limits.indirect_timeout
        return 0.0

    def transmit(
        self,
        destination: int,
        frame: aps.ApsFrame,
        payload: bytes,
        partner: bytes | None,
        ended: Ended | None,
        now: float,
        options: int = 0,
        radius: int = RADIUS,
    ) -> None:
        """One frame, under the link key shared with `partner` if given."""
        core = self._core
        core.counters["aps sent"] += 1
        if partner is None:
            frame.secured = False
            octets = frame.header() + payload
        else:
            try:
                octets = self.security.seal(frame, payload, partner, now)
            except AuthenticationError:
                core.counters["aps no key"] += 1
                if ended is not None:
                    ended(False, now)
                return
        network_frame = core.nwk.frame(nwk.DATA, destination, radius)
        if options & ApsOption.SOURCE_EUI64:
            network_frame.source_eui64 = core.eui64
        if options & ApsOption.DESTINATION_EUI64:
            network_frame.destination_eui64 = core.neighbours.eui64_of(destination)
        core.nwk.send(network_frame, octets, ended, now)

    def maximum_payload(self, options: int) -> int:
        taken = LINK_SECURITY if options & ApsOption.ENCRYPTION else 0
        taken += EXTENDED_HEADER if options & ApsOption.FRAGMENT else 0
        taken += EUI64 if options & ApsOption.SOURCE_EUI64 else 0
        taken += EUI64 if options & ApsOption.DESTINATION_EUI64 else 0
        return LONGEST_PAYLOAD - taken

    def send_unicast(
        self, destination: int, message: ApsFrame, payload: bytes, tag: int, now: float
    ) -> int:
        core = self._core
        core.joined()
        options = message.options
        if destination >= nwk.FIRST_BROADCAST:
            raise StackError(Status.INVALID_PARAMETER)
        block = host_block(message)
        counter = message.sequence if continues(block) else self.next_counter()
        sent = renumbered(message, counter)
        if destination == core.node_id:
            self._loop_back(sent, payload, tag, now)
            return counter
        partner = self._partner(destination, options, now)
        blocks = self._cut(options, payload, block)
        acknowledged = bool(options & ApsOption.RETRY) or len(blocks) > 1 or block is not None
        if acknowledged and len(self.transfers) >= core.limits.messages_in_flight:
            raise StackError(Status.NO_BUFFERS)
        header = data_header(sent, aps.UNICAST, ack_request=acknowledged)

        def ended(good: bool, _then: float) -> None:
            status = Status.OK if good else Status.DELIVERY_FAILED
            core.event(Sent(Delivery.UNICAST, destination, sent, tag, status, payload))

        if not acknowledged:
            self.transmit(destination, header, payload, partner, ended, now, options)
            return counter
        cut = len(blocks) > 1
        transfer = Transfer(destination, header, blocks, partner, cut, ended, host_block=block)
        self.transfers.start(transfer, now)
        return counter

    def _partner(self, destination: int, options: int, now: float) -> bytes | None:
        if not options & ApsOption.ENCRYPTION:
            return None
        partner = self._core.neighbours.eui64_of(destination)
        if partner is None or self.security.key_for(partner, now) is None:
            raise StackError(Status.NO_LINK_KEY)
        return partner

    def _cut(self, options: int, payload: bytes, block: aps.Block | None) -> list[bytes]:
        room = self.maximum_payload(options)
        if len(payload) <= room:
            return [payload]
        if block is not None or len(payload) > LONGEST_MESSAGE:
            raise StackError(Status.MESSAGE_TOO_LONG)
        room = self.maximum_payload(options | ApsOption.FRAGMENT)
        return [payload[at : at + room] for at in range(0, len(payload), room)]

    def _loop_back(self, message: ApsFrame, payload: bytes, tag: int, now: float) -> None:
        core = self._core
        core.event(Sent(Delivery.UNICAST, core.node_id, message, tag, Status.OK, payload))
        incoming = Message(Delivery.UNICAST, core.node_id, core.eui64, message, payload, 255, 0)
        self.hand_up(incoming, now)

    def send_broadcast(
        self,
        destination: int,
        message: ApsFrame,
        payload: bytes,
        radius: int,
        tag: int,
        now: float,
        delivery: int = aps.BROADCAST,
    ) -> int:
        core = self._core
        core.joined()
        if destination < nwk.FIRST_BROADCAST:
            raise StackError(Status.INVALID_PARAMETER)
        if len(payload) > LONGEST_PAYLOAD or message.options & ApsOption.ENCRYPTION:
            # A link key is shared with one.
            raise StackError(
                Status.MESSAGE_TOO_LONG
                if len(payload) > LONGEST_PAYLOAD
                else Status.INVALID_PARAMETER
            )
        counter = self.next_counter()
        sent = renumbered(message, counter)
        header = data_header(sent, delivery, ack_request=False)
        self.transmit(
            destination, header, payload, None, None, now, message.options, radius or RADIUS
        )
        kind = Delivery.MULTICAST if delivery == aps.GROUP else Delivery.BROADCAST
        core.event(Sent(kind, destination, sent, tag, Status.OK, payload))
        return counter

    def send_multicast(
        self, message: ApsFrame, payload: bytes, radius: int, tag: int, now: float
    ) -> int:
        return self.send_broadcast(
            BROADCAST_RECEIVER_ON, message, payload, radius, tag, now, aps.GROUP
        )

    def broadcast_zdo(self, cluster: int, *values: Any, now: float) -> None:
        """A ZDO command of this node's own to all."""
        counter = self.next_counter()
        header = aps.ApsFrame(aps.DATA, counter, b"", aps.BROADCAST, 0, 0, cluster, zdo.PROFILE)
        payload = zdo.write(cluster, counter, *values)
        self.transmit(BROADCAST_ALL, header, payload, None, None, now)

    def send_zdo(self, destination: int, cluster: int, payload: bytes, now: float) -> None:
        """A ZDO response of this node's own."""
        header = aps.ApsFrame(
            aps.DATA, self.next_counter(), b"", aps.UNICAST, 0, 0, cluster, zdo.PROFILE
        )
        self.transmit(destination, header, payload, None, None, now)

    def loop_back_zdo(self, cluster: int, payload: bytes, now: float) -> None:
        """A ZDO response to this node's own request."""
        core = self._core
        about = ApsFrame(zdo.PROFILE, cluster, 0, 0, sequence=self.next_counter())
        answer = Message(Delivery.UNICAST, core.node_id, core.eui64, about, payload, 255, 0)
        self.hand_up(answer, now)

    def send_command(
        self, destination: int, identifier: int, *values: Any, now: float, to: bytes | None = None
    ) -> None:
        """An APS command, under the link key shared with `to` if given."""
        frame = aps.ApsFrame(aps.COMMAND, self.next_counter())
        payload = aps.write_command(identifier, *values)
        self.transmit(destination, frame, payload, to, None, now)

    def send_to_trust_centre(self, identifier: int, *values: Any, now: float) -> None:
        network = self._core.network
        if network is not None and network.trust_centre is not None:
            to = network.trust_centre
            self.send_command(COORDINATOR_ID, identifier, *values, now=now, to=to)

    def sealed_command(
        self, partner: bytes, key_identifier: int, key: bytes | None, now: float, *command: Any
    ) -> bytes:
        """An APS command as octets, under a key derived from the link key of `partner`."""
        frame = aps.ApsFrame(aps.COMMAND, self.next_counter())
        payload = aps.write_command(*command)
        return self.security.seal(frame, payload, partner, now, key_identifier, key)

    def send_octets(self, destination: int, octets: bytes, now: float) -> None:
        """An APS frame that is made already."""
        core = self._core
        core.nwk.send(core.nwk.frame(nwk.DATA, destination, RADIUS), octets, None, now)

    def send_fragment_acknowledgement(
        self, destination: int, message: ApsFrame, now: float
    ) -> None:
        block = host_block(message)
        if block is None:
            raise StackError(Status.INVALID_PARAMETER)
        answer = aps.ApsFrame(
            aps.ACK,
            message.sequence,
            b"",
            aps.UNICAST,
            message.source_endpoint,
            message.destination_endpoint,
            message.cluster,
            message.profile,
            block=acknowledgement_of(block),
        )
        partner = self._partner(destination, message.options, now)
        self.transmit(destination, answer, b"", partner, None, now)

    def hand_up(self, message: Message, now: float) -> None:
        to_zdo = message.aps.destination_endpoint == 0 and message.aps.profile == zdo.PROFILE
        if not to_zdo or self._core.zdo.receive(message, now):
            self._core.event(message)

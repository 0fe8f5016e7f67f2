"""The MAC sublayer of a node: frames to and from the transceiver, polling, the indirect queue."""

from __future__ import annotations

from typing import TYPE_CHECKING

from host.radio.radio import Transmission
from host.radio.stack.events import PollComplete
from host.radio.stack.indirect import Done, IndirectQueue, Seal, Waiting
from host.radio.stack.scanning import Scanner
from host.radio.stack.timers import Timer
from host.radio.stack.types import NetworkState, StackError, Status
from smets.codec.errors import AuthenticationError, DecodeError
from smets.zigbee import mac
from smets.zigbee.mac import MacFrame

if TYPE_CHECKING:
    from host.radio.stack.core import Core

POLL_WAIT = 0.5  # s that a child listens for what the acknowledgement announced
POLLS_FAILED = 3  # in a row, and the parent is gone


class MacLayer:
    """Frames in and out of one node."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._sequence = core.random(1)[0]
        self._handle = 0
        self._done: dict[int, Done] = {}
        self.indirect = IndirectQueue(core)
        self.scanner = Scanner(core, self.send)
        self._polling: Timer | None = None
        self._polls_failed = 0
        self._asked = 0  # polls whose end the host waits for
        self._fetched = False

    # Out.
    def send(self, frame: MacFrame, done: Done | None = None, channel: int | None = None) -> None:
        """Numbers a frame and gives it to the transceiver."""
        core = self._core
        self._sequence = (self._sequence + 1) & 0xFF
        frame.sequence = self._sequence
        self._handle += 1
        if done is not None:
            self._done[self._handle] = done
        core.counters["mac sent"] += 1
        channel = core.radio.channel if channel is None else channel
        core.outgoing.append(Transmission(self._handle, frame.encode(), channel))

    def send_data(self, to: int, seal: Seal, done: Done | None, now: float) -> None:
        """A network frame to a neighbour: at once, or when it asks, or to all (BROADCAST).

        AuthenticationError when it goes out at once and cannot be sealed.
        """
        radio = self._core.radio
        broadcast = to == mac.BROADCAST
        frame = MacFrame(
            mac.DATA,
            0,
            radio.pan_id,
            to,
            radio.pan_id,
            radio.short,
            ack_request=not broadcast,
        )
        if not broadcast and self._core.children.sleeps(to):
            self.indirect.put(to, frame, done, now, seal)
        else:
            frame.payload = seal()
            self.send(frame, done)

    def transmitted(self, handle: int, sent: bool, pending: bool, now: float) -> None:
        """The end of a transmission."""
        if not sent:
            self._core.counters["mac not acknowledged"] += 1
        done = self._done.pop(handle, None)
        if done is not None:
            done(sent, pending, now)

    # In.
    def receive(self, octets: bytes, lqi: int, rssi: int, now: float) -> None:
        core = self._core
        core.counters["mac received"] += 1
        try:
            frame = MacFrame.decode(octets)
            if frame.kind == mac.DATA:
                self._receive_data(frame, lqi, rssi, now)
            elif frame.kind == mac.BEACON:
                self.scanner.beacon(frame, lqi, rssi)
            elif frame.kind == mac.COMMAND:
                self._receive_command(frame, now)
        except DecodeError:
            core.counters["mac malformed"] += 1

    def _receive_data(self, frame: MacFrame, lqi: int, rssi: int, now: float) -> None:
        if not isinstance(frame.source, int):
            raise DecodeError("network frames come from short addresses")
        self._core.nwk.receive(frame.payload, frame.source, lqi, rssi, now)
        self._polled(frame, now)

    def _receive_command(self, frame: MacFrame, now: float) -> None:
        identifier, values = frame.command()
        source = frame.source
        core = self._core
        if identifier == mac.BEACON_REQUEST:
            self._send_beacon()
        elif source is None:
            raise DecodeError("a command without a source")
        elif identifier == mac.DATA_REQUEST:
            self._data_request(source, now)
        elif identifier == mac.ASSOCIATION_REQUEST and isinstance(source, bytes):
            core.children.associate(source, values[0], now)
        elif identifier == mac.ASSOCIATION_RESPONSE:
            core.joining.associated(values[0], values[1], source, now)
            self._polled(frame, now)

    def _send_beacon(self) -> None:
        core = self._core
        network = core.network
        if network is None or not core.is_router:
            return
        room = core.children.has_room()
        beacon = mac.Beacon(
            network.parameters.extended_pan_id,
            core.children.permitting,
            core.node_id == 0,
            room,
            room,
            network.depth,
            network.parameters.update_id,
        )
        radio = core.radio
        self.send(
            MacFrame(
                mac.BEACON,
                0,
                source_pan=radio.pan_id,
                source=radio.short,
                payload=beacon.encode(),
            )
        )

    def _data_request(self, source: int | bytes, now: float) -> None:
        waiting = self.indirect.take(source, now)
        if waiting is not None:
            self._send_waiting(source, waiting, now)
        if isinstance(source, int):
            self._core.children.polled(source, waiting is not None, now)

    def _send_waiting(self, address: int | bytes, waiting: Waiting, now: float) -> None:
        try:
            if waiting.seal is not None:
                waiting.frame.payload = waiting.seal()
        except AuthenticationError:
            if waiting.done is not None:
                waiting.done(False, False, now)
            return
        self.send(waiting.frame, lambda *outcome: self._delivered(address, waiting, *outcome))

    def _delivered(
        self, address: int | bytes, waiting: Waiting, sent: bool, pending: bool, now: float
    ) -> None:
        if not sent:
            self.indirect.put_back(address, waiting, now)
        elif waiting.done is not None:
            waiting.done(True, pending, now)

    # Polling.
    def poll(self, now: float, source: int | bytes | None = None, quiet: bool = False) -> None:
        """Asks the parent, as `source` (its EUI-64 while it has no short address).

        `quiet`: the stack asks for itself, and the host hears nothing of it.
        """
        core = self._core
        network = core.network
        if network is None or network.parent is None:
            raise StackError(Status.INVALID_CALL)
        radio = core.radio
        frame = MacFrame(
            mac.COMMAND,
            0,
            radio.pan_id,
            network.parent,
            radio.pan_id,
            radio.short if source is None else source,
            mac.command(mac.DATA_REQUEST),
            ack_request=True,
        )
        radio.receiver_on = True
        self._asked += not quiet
        self.send(frame, self._poll_sent)

    def _poll_sent(self, sent: bool, pending: bool, now: float) -> None:
        if not sent:
            self._poll_failed(now)
            return
        self._polls_failed = 0
        if not pending:
            # What an earlier poll was promised may still be on its way.
            if self._polling is None:
                self._poll_over(Status.NO_DATA)
            return
        self._stop_waiting()
        self._polling = self._core.at(now + POLL_WAIT, lambda _: self._poll_over(Status.NO_DATA))

    def _poll_failed(self, now: float) -> None:
        self._poll_over(Status.DELIVERY_FAILED)
        self._polls_failed += 1
        if self._polls_failed >= POLLS_FAILED:
            self._polls_failed = 0
            self._core.membership.parent_lost(now)

    def _polled(self, frame: MacFrame, now: float) -> None:
        """A frame came while this node listens for one; another waits when it says so."""
        core = self._core
        if self._polling is None or frame.destination == mac.BROADCAST:
            return
        self._fetched = True
        self._stop_waiting()
        if frame.pending and core.state is NetworkState.JOINED:
            self.poll(now, quiet=True)
        else:
            self._poll_over(Status.OK)

    def _stop_waiting(self) -> None:
        if self._polling is not None:
            self._polling.cancel()
            self._polling = None

    def _poll_over(self, status: Status) -> None:
        core = self._core
        self._stop_waiting()
        asked, self._asked = self._asked, 0
        if status is Status.NO_DATA and self._fetched:
            status = Status.OK
        self._fetched = False
        if core.state is not NetworkState.JOINED:
            return
        # While it scans or joins, a sleepy node keeps listening.
        if core.is_sleepy:
            core.radio.receiver_on = False
        for _ in range(asked):
            core.event(PollComplete(status))

    def stop(self) -> None:
        """The network is left."""
        self._stop_waiting()
        self._asked = 0
        self.scanner.stop()

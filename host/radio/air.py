"""The virtual air: simulated transceivers on shared channels (802.15.4, 2.4 GHz).

It carries whole MAC frames with the times of the standard, and does what a transceiver does by
itself: wait for a clear channel, filter by address, acknowledge, retry, drop the copies that a
lost acknowledgement makes. Collisions of hidden stations are not simulated.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable
from random import Random

from host.radio.conditions import SENSITIVITY, Conditions, link_quality, received_power
from host.radio.radio import RadioState
from host.radio.schedule import Schedule
from smets.codec.errors import DecodeError
from smets.zigbee import mac

OCTET = 32e-6  # s, at 250 kbit/s
PREAMBLE = 6  # octets before each frame
TURNAROUND = 192e-6  # aTurnaroundTime
BACKOFF = 320e-6  # aUnitBackoffPeriod
ACK_TIME = TURNAROUND + (PREAMBLE + 5) * OCTET
ACK_WAIT = 864e-6  # macAckWaitDuration
RETRIES = 3  # macMaxFrameRetries
COPY_WINDOW = 0.05  # s within which a repeated sequence number is a retry
OVERTAKEN = 0.05  # s that a reordered frame waits
QUEUE = 64  # frames that wait in one transceiver

Tap = Callable[[float, int, int, bytes], None]  # time, channel, dBm, frame without its FCS
Done = Callable[[bool, bool], None]  # acknowledged, and with frame pending


class _Job:
    __slots__ = ("acknowledged", "channel", "destination", "done", "frame", "tries")

    def __init__(self, frame: bytes, head: mac.MacFrame, channel: int, done: Done) -> None:
        self.frame = frame
        self.destination = head
        self.channel = channel
        self.done = done
        self.acknowledged = head.ack_request
        self.tries = 0


class Transceiver:
    """One radio on the air."""

    def __init__(
        self,
        air: Air,
        state: RadioState,
        receive: Callable[[bytes, int, int], None],
        place: tuple[float, float],
    ) -> None:
        self.state = state
        self.receive = receive  # frame, LQI, RSSI
        self.place = place
        self._air = air
        self._queue: deque[_Job] = deque()
        self._sending = False
        self._last: dict[int | bytes, tuple[int, float]] = {}
        self.heard_until = 0.0  # somebody in range transmits

    def transmit(self, frame: bytes, channel: int, done: Done) -> None:
        """Sends when the channel is free; ValueError for what is not a MAC frame."""
        try:
            head = mac.MacFrame.decode(frame)
        except DecodeError as error:
            raise ValueError(str(error)) from None
        if len(frame) + mac.FCS_LENGTH > mac.LONGEST:
            raise ValueError(f"{len(frame)} octets are too long for a MAC frame")
        if len(self._queue) >= QUEUE:
            self._air.counters["queue overflow"] += 1
            self._air.schedule.after(0, lambda: done(False, False))
            return
        self._queue.append(_Job(frame, head, channel, done))
        if not self._sending:
            self._sending = True
            self._attempt()

    def measure(self, channel: int, seconds: float, done: Callable[[int], None]) -> None:
        """The highest level on a channel within the time, dBm."""
        self._air.measure(self, channel, seconds, done)

    def clear(self) -> None:
        """Forgets what waits: the power was cut."""
        self._queue.clear()

    def _attempt(self) -> None:
        job = self._queue[0]
        air = self._air
        start = max(air.schedule.now, self.heard_until)
        start += BACKOFF * air.random.randrange(8)  # macMinBE 3
        end = start + (PREAMBLE + len(job.frame) + mac.FCS_LENGTH) * OCTET
        air.occupy(self, job.channel, end)
        air.schedule.at(end, lambda: self._sent(job))

    def _sent(self, job: _Job) -> None:
        if not self._queue or self._queue[0] is not job:
            self._next()  # cleared meanwhile
            return
        air = self._air
        answer = air.carry(self, job.frame, job.destination, job.channel)
        if not job.acknowledged:
            self._finish(job, True, False, 0.0)
        elif answer is not None:
            self._finish(job, True, answer, ACK_TIME)
        elif job.tries < RETRIES:
            job.tries += 1
            air.counters["retries"] += 1
            air.schedule.after(ACK_WAIT, self._retry)
        else:
            air.counters["not acknowledged"] += 1
            self._finish(job, False, False, ACK_WAIT)

    def _retry(self) -> None:
        if self._queue:
            self._attempt()
        else:
            self._sending = False

    def _finish(self, job: _Job, sent: bool, pending: bool, wait: float) -> None:
        self._queue.popleft()
        self._air.schedule.after(wait, lambda: self._report(job, sent, pending))

    def _report(self, job: _Job, sent: bool, pending: bool) -> None:
        self._next()
        job.done(sent, pending)

    def _next(self) -> None:
        self._sending = bool(self._queue)
        if self._sending:
            self._attempt()

    def takes(self, head: mac.MacFrame) -> bool:
        """The address filter of 7.5.6.2, as its state has it set."""
        state = self.state
        if not state.receiver_on:
            return False
        if head.kind == mac.BEACON:
            return state.hears_all_networks
        pan = head.destination_pan
        if pan not in (state.pan_id, mac.BROADCAST):
            return False
        to = head.destination
        if isinstance(to, int):
            if to == mac.BROADCAST:
                # A beacon request, in any PAN, is for those who answer it.
                return pan != mac.BROADCAST or state.is_router
            return to == state.short
        return to == state.eui64

    def is_copy(self, head: mac.MacFrame, now: float) -> bool:
        """Whether it is the same frame again because its acknowledgement was lost."""
        if head.source is None or not head.ack_request:
            return False
        sequence, until = self._last.get(head.source, (-1, 0.0))
        if len(self._last) > 256:
            self._last.clear()
        self._last[head.source] = head.sequence, now + COPY_WINDOW
        return sequence == head.sequence and now < until


class Air:
    """All transceivers; everything random comes from the seed."""

    def __init__(
        self, schedule: Schedule, seed: int = 0, conditions: Conditions | None = None
    ) -> None:
        self.schedule = schedule
        self.random = Random(seed)  # noqa: S311 - it decides what gets lost, not keys
        self.conditions = conditions or Conditions()
        self.counters: Counter[str] = Counter()
        self.taps: list[Tap] = []
        self._stations: list[Transceiver] = []
        self._by_channel: dict[int, list[Transceiver]] = {}
        self._levels: dict[tuple[int, int], int] = {}
        self._blocked: set[tuple[int, int]] = set()
        self._latest: dict[int, tuple[float, Transceiver]] = {}

    def attach(
        self,
        state: RadioState,
        receive: Callable[[bytes, int, int], None],
        place: tuple[float, float] = (0.0, 0.0),
    ) -> Transceiver:
        """A new transceiver at a place, coordinates in metres."""
        transceiver = Transceiver(self, state, receive, place)
        self._stations.append(transceiver)
        state.on_tuned = self._by_channel.clear
        self._by_channel.clear()
        return transceiver

    def _on(self, channel: int) -> list[Transceiver]:
        """Who is tuned to a channel."""
        stations = self._by_channel.get(channel)
        if stations is None:
            stations = [one for one in self._stations if one.state.channel == channel]
            self._by_channel[channel] = stations
        return stations

    def detach(self, transceiver: Transceiver) -> None:
        transceiver.clear()
        self._stations.remove(transceiver)
        transceiver.state.on_tuned = None
        self._by_channel.clear()
        self._levels.clear()

    def block(self, one: Transceiver, other: Transceiver, blocked: bool = True) -> None:
        """Puts a wall between two, or takes it away."""
        for pair in ((id(one), id(other)), (id(other), id(one))):
            (self._blocked.add if blocked else self._blocked.discard)(pair)
        self._levels.clear()

    def inject(self, frame: bytes, channel: int, rssi: int = -50) -> None:
        """A frame from a transmitter that is none of the air's own: an attacker's."""
        head = mac.MacFrame.decode(frame)
        self._tap(channel, rssi, frame)
        for receiver in self._on(channel):
            if receiver.takes(head):
                self._hand_on(receiver, frame, rssi)

    def level(self, one: Transceiver, other: Transceiver) -> int | None:
        """What `other` hears of `one`, dBm; None when it is out of range."""
        pair = (id(one), id(other))
        level = self._levels.get(pair)
        if level is None:
            level = received_power(one.place, other.place)
            if pair in self._blocked:
                level = SENSITIVITY - 1
            self._levels[pair] = level
        return level if level >= SENSITIVITY else None

    def occupy(self, sender: Transceiver, channel: int, until: float) -> None:
        """The channel is busy, so far as the sender is heard."""
        self._latest[channel] = until, sender
        for other in self._on(channel):
            if self.level(sender, other) is not None:
                other.heard_until = max(other.heard_until, until)

    def carry(
        self, sender: Transceiver, frame: bytes, head: mac.MacFrame, channel: int
    ) -> bool | None:
        """Gives a frame to all that hear it; the pending bit of its acknowledgement, if any."""
        now = self.schedule.now
        loss = self.conditions.loss_on(channel)
        self.counters["frames"] += 1
        self._tap(channel, -30, frame)
        answer: bool | None = None
        for receiver in self._on(channel):
            if receiver is sender or not receiver.takes(head):
                continue
            level = self.level(sender, receiver)
            if level is None:
                continue
            if loss and self.random.random() < loss:
                self.counters["lost"] += 1
                continue
            if head.ack_request:
                pending = _is_data_request(head) and receiver.state.has_pending(_source(head))
                self._tap(channel, level, _acknowledgement(head.sequence, pending), ACK_TIME)
                if loss and self.random.random() < loss:
                    self.counters["acknowledgements lost"] += 1
                else:
                    answer = pending
                if receiver.is_copy(head, now):
                    self.counters["copies"] += 1
                    continue
            self._hand_on(receiver, frame, level)
        return answer

    def _hand_on(self, receiver: Transceiver, frame: bytes, level: int) -> None:
        conditions = self.conditions
        copies = 1
        if conditions.duplication and self.random.random() < conditions.duplication:
            copies = 2
            self.counters["duplicated"] += 1
        quality = link_quality(level)
        for _ in range(copies):
            # After the acknowledgement, so that its sender knows first.
            wait = ACK_TIME + BACKOFF
            if conditions.delay:
                wait += self.random.random() * conditions.delay
            if conditions.reordering and self.random.random() < conditions.reordering:
                wait += OVERTAKEN
                self.counters["reordered"] += 1
            self.schedule.after(wait, lambda: receiver.receive(frame, quality, level))

    def measure(
        self, asker: Transceiver, channel: int, seconds: float, done: Callable[[int], None]
    ) -> None:
        """Energy detection: interference, or a transmission heard within the time."""
        start = self.schedule.now

        def report() -> None:
            level = self.conditions.interference_level(channel)
            until, sender = self._latest.get(channel, (-1.0, asker))
            if until >= start and sender is not asker:
                level = max(level, self.level(sender, asker) or level)
            done(level)

        self.schedule.after(seconds, report)

    def _tap(self, channel: int, rssi: int, frame: bytes, later: float = 0.0) -> None:
        for tap in self.taps:
            tap(self.schedule.now + later, channel, rssi, frame)


def _source(head: mac.MacFrame) -> int | bytes:
    return mac.BROADCAST if head.source is None else head.source


def _is_data_request(head: mac.MacFrame) -> bool:
    return head.kind == mac.COMMAND and head.payload[:1] == bytes((mac.DATA_REQUEST,))


def _acknowledgement(sequence: int, pending: bool) -> bytes:
    return mac.MacFrame(mac.ACK, sequence, pending=pending).encode()

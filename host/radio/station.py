"""A node on the air: the shell that gives a stack its frames and timers."""

from __future__ import annotations

from collections.abc import Callable

from host.radio.air import Air
from host.radio.radio import EnergyRequest, Transmission
from host.radio.schedule import Entry
from host.radio.stack.events import Event
from host.radio.stack.node import Node


class Station:
    """One node and its transceiver.

    After any call of the node's own methods comes `settle`: it stores what has to be stored,
    sends, sets the timer, and hands on the events.
    """

    def __init__(
        self,
        air: Air,
        node: Node,
        on_event: Callable[[Event], None],
        store: Callable[[dict[str, object]], None] | None = None,
        place: tuple[float, float] = (0.0, 0.0),
    ) -> None:
        self.air = air
        self.node = node
        self.on_event = on_event
        self._store = store
        self._timer: Entry | None = None
        self._settling = False
        self._running = True
        self.transceiver = air.attach(node.radio, self._receive, place)
        self.settle()

    @property
    def now(self) -> float:
        return self.air.schedule.now

    def settle(self) -> None:
        """Does what the node wants done; a call from within an event joins the one under way."""
        if self._settling or not self._running:
            return
        self._settling = True
        node = self.node
        try:
            while True:
                if node.stale:
                    state = node.snapshot()
                    if self._store is not None:
                        self._store(state)
                outgoing, events = node.take_outgoing(), node.take_events()
                if not outgoing and not events:
                    break
                for one in outgoing:
                    self._send(one)
                for event in events:
                    self.on_event(event)
        finally:
            self._settling = False
        self._set_timer()

    def close(self) -> None:
        """The power is cut: nothing more goes in or out."""
        self._running = False
        if self._timer is not None:
            self._timer.cancel()
        self.air.detach(self.transceiver)

    def _send(self, one: Transmission | EnergyRequest) -> None:
        if isinstance(one, EnergyRequest):
            self.transceiver.measure(
                one.channel, one.seconds, lambda level: self._measured(one.channel, level)
            )
            return
        handle = one.handle
        self.transceiver.transmit(
            one.frame, one.channel, lambda *outcome: self._sent(handle, *outcome)
        )

    def _receive(self, frame: bytes, lqi: int, rssi: int) -> None:
        if self._running:
            self.node.receive(frame, lqi, rssi, self.now)
            self.settle()

    def _sent(self, handle: int, acknowledged: bool, pending: bool) -> None:
        if self._running:
            self.node.transmitted(handle, acknowledged, pending, self.now)
            self.settle()

    def _measured(self, channel: int, level: int) -> None:
        if self._running:
            self.node.measured(channel, level)
            self.settle()

    def _set_timer(self) -> None:
        following = self.node.next_timer()
        if self._timer is not None:
            if self._timer.action is not None and self._timer.time == following:
                return
            self._timer.cancel()
            self._timer = None
        if following is not None:
            self._timer = self.air.schedule.at(following, self._tick)

    def _tick(self) -> None:
        self._timer = None
        if self._running:
            self.node.tick(self.now)
            self.settle()

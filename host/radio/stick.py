"""A simulated USB stick: co-processor, node and antenna, on an air with others."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from host.radio.air import Air
from host.radio.ncp.line import Line
from host.radio.ncp.nonvolatile import Flash
from host.radio.ncp.versions import DEFAULT
from host.radio.schedule import Entry
from host.radio.stack.events import Event
from host.radio.stack.interface import Stack
from host.radio.stack.node import Node
from host.radio.station import Station

if TYPE_CHECKING:
    from smets.zigbee.suite import ZigbeeSuite


class Stick:
    """Octets of its serial line in, octets out through `write`; all else is on the air.

    `pace` is how much faster the air's clock goes than its host's.
    `eui64` counts for a stick whose flash is empty. `random(count)` gives octets for keys and
    addresses.
    """

    def __init__(
        self,
        air: Air,
        suite: ZigbeeSuite,
        random: Callable[[int], bytes],
        flash: Flash,
        eui64: bytes,
        write: Callable[[bytes], None],
        version: int = DEFAULT,
        place: tuple[float, float] = (0.0, 0.0),
        pace: float = 1.0,
    ) -> None:
        self._air = air
        self._suite = suite
        self._random = random
        self._place = place
        self._station: Station | None = None
        self._timer: Entry | None = None
        self.on_key: Callable[[bytes, str], None] | None = None  # told every key that is held
        self.line = Line(version, self, flash, eui64, write, pace)

    @property
    def now(self) -> float:
        return self._air.schedule.now

    @property
    def stack(self) -> Stack:
        """The node, whoever asks: for tests and traces."""
        return self.line.ncp.stack

    def boot(self, eui64: bytes) -> Stack:
        """A new node takes the place of the one before, which falls silent."""
        self.silence()
        node = Node(eui64, self._suite, self._random)
        self._station = Station(self._air, node, self._tell, self._keep, self._place)
        return node

    def silence(self) -> None:
        if self._station is not None:
            self._station.close()
            self._station = None

    def settle(self) -> None:
        if self._station is not None:
            self._station.settle()

    def receive(self, octets: bytes) -> None:
        """Octets from the host."""
        self.line.receive(octets, self.now)
        self._show_keys()
        self._arm()

    def restart(self) -> None:
        """The chip starts anew by itself, as after a brown-out."""
        self.line.restart(self.now)
        self._arm()

    def fail(self) -> None:
        """The chip meets a fatal error: it is silent and waits to be reset."""
        self.silence()
        self.line.fail(self.now)
        self._arm()

    def close(self) -> None:
        """Pulls it out."""
        self.silence()
        if self._timer is not None:
            self._timer.cancel()

    def _tell(self, event: Event) -> None:
        self.line.tell(event, self.now)
        self._show_keys()
        self._arm()

    def _show_keys(self) -> None:
        if self.on_key is not None:
            for key, label in self.line.ncp.held_keys(self.now):
                self.on_key(key, label)

    def _keep(self, snapshot: dict[str, object]) -> None:
        self.line.keep(snapshot, self.now)

    def _arm(self) -> None:
        due = self.line.next_timer()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if due is not None:
            self._timer = self._air.schedule.at(due, self._tick)

    def _tick(self) -> None:
        self._timer = None
        self.line.tick(self.now)
        self._arm()

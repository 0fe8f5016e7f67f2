"""What a transceiver and the stack above it share."""

from collections.abc import Callable
from typing import NamedTuple

UNASSIGNED = 0xFFFF


class RadioState:
    """How a transceiver is set: the stack writes it, the air reads it."""

    def __init__(
        self,
        eui64: bytes,
        channel: int = 11,
        pan_id: int = UNASSIGNED,
        short: int = UNASSIGNED,
        receiver_on: bool = False,
    ) -> None:
        self.eui64 = eui64
        self.pan_id = pan_id
        self.short = short
        self.receiver_on = receiver_on
        self.hears_all_networks = False  # beacons of any PAN, during a scan
        self.is_router = False  # answers beacon requests, so it hears them
        self.pending: set[int | bytes] = set()  # for whom a frame waits
        self.children: set[int] = set()
        self.on_tuned: Callable[[], None] | None = None
        self._channel = channel

    @property
    def channel(self) -> int:
        return self._channel

    @channel.setter
    def channel(self, channel: int) -> None:
        if channel != self._channel:
            self._channel = channel
            if self.on_tuned is not None:
                self.on_tuned()

    def has_pending(self, source: int | bytes) -> bool:
        """What the acknowledgement of a data request says.

        A stranger who takes this node for its parent is told to wait: it has to be sent away.
        """
        return source in self.pending or (isinstance(source, int) and source not in self.children)


class Transmission(NamedTuple):
    """A MAC frame for the air; its end comes back with the handle."""

    handle: int
    frame: bytes
    channel: int


class EnergyRequest(NamedTuple):
    """A level to measure for so many seconds."""

    channel: int
    seconds: float

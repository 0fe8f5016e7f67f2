"""What a transceiver and the stack above it share."""

from dataclasses import dataclass, field
from typing import NamedTuple

UNASSIGNED = 0xFFFF


@dataclass(slots=True)
class RadioState:
    """How a transceiver is set: the stack writes it, the air reads it."""

    eui64: bytes
    channel: int = 11
    pan_id: int = UNASSIGNED
    short: int = UNASSIGNED
    receiver_on: bool = False
    hears_all_networks: bool = False  # beacons of any PAN, during a scan
    is_router: bool = False  # answers beacon requests, so it hears them
    pending: set[int | bytes] = field(default_factory=set)  # for whom a frame waits
    children: set[int] = field(default_factory=set)

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

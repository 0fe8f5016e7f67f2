"""Which radio a hub drives."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from smets.zigbee.cbke import Identity


@dataclass(frozen=True)
class Radio:
    """The EZSP radio of a Zigbee HAN, and what the hub proves itself with by CBKE suite."""

    path: str  # /dev/ttyUSB0, or tcp://host:port
    eui: str  # of the GPF, which is the radio's
    identities: Mapping[int, Identity] = field(repr=False)
    channel: int = 15
    baud_rate: int = 115200

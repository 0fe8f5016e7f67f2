"""What the script of a node may wait for."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import Any

STARTED = 0  # the radio's EUI-64
ARRIVED = 1  # whether in the network that it was in before
NOT_JOINED = 2  # the reason
OUT = 3
RADIO_FAILED = 4  # the reason
LINK_KEY = 5  # whether it is installed
FRAME = 6  # a ZCL frame; of: its cluster
ZDO = 7  # the payload of a response; of: its cluster
NOT_SENT = 8  # a ZCL transaction
WORK = 9  # something was done, and there may be more to do


class Event:
    """`value` and `of` mean what stands beside the kind."""

    def __init__(self, kind: int, value: Any = None, of: int = 0) -> None:
        self.kind = kind
        self.value = value
        self.of = of

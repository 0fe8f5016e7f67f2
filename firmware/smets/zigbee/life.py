"""The life of a device in the HAN: joined, served, and joined again when that came to an end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from smets.codec.ticks import SECOND, elapsed
from smets.zigbee.stages import Failure

if TYPE_CHECKING:
    from smets.zigbee.node import Node, Script
    from smets.zigbee.tunnel import Done

PAUSES = (1, 2, 5, 10, 20, 30, 60)  # seconds after one failure, two, and so on

# Needed to join alone.
JOINING = (
    "smets.zigbee.joining",
    "smets.zigbee.install_code",
    "smets.zigbee.zdo",
    "smets.zigbee.layout",
    "smets.codec.frame",  # the install code's CRC
    "smets.zigbee.time_client",
    "smets.zigbee.zcl_attributes",
    "smets.zigbee.zcl_data",
)


def life(node: Node) -> Script:
    """Never ends."""
    failures = 0
    while True:
        try:
            yield from _join(node, failures)
            node.owner.forget(*JOINING)
            failures = 0
            if node.interval:
                from smets.zigbee.sleepy_service import serve
            else:
                from smets.zigbee.service import serve
            yield from serve(node)
        except Failure as failure:
            node.owner.on_stage(node.stage, failure.reason)
            failures += 1
        node.asleep = False
        start = node.ticks
        pause = SECOND * PAUSES[min(failures, len(PAUSES)) - 1]
        while elapsed(start, node.ticks) < pause:
            yield pause - elapsed(start, node.ticks)


def _join(node: Node, failures: int) -> Done:
    from smets.zigbee import joining  # in no frame that stays

    yield from joining.join(node, failures)

"""The life of a device in the HAN: joined, served, and joined again when that came to an end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from smets.codec.ticks import SECOND, elapsed
from smets.zigbee.stages import Failure

if TYPE_CHECKING:
    from smets.zigbee.node import Node, Script

PAUSES = (1, 2, 5, 10, 20, 30, 60)  # seconds after one failure, two, and so on


def life(node: Node) -> Script:
    """Never ends."""
    failures = 0
    while True:
        try:
            from smets.zigbee import joining

            yield from joining.join(node, failures)
            node.owner.forget("smets.zigbee.joining")
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

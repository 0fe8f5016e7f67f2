"""What a meter that never sleeps does once it has joined."""

from __future__ import annotations

from typing import TYPE_CHECKING

from smets.codec.ticks import SECOND, elapsed
from smets.zigbee import events, keep_alive, requests, stages, time_client
from smets.zigbee.stages import Failure

if TYPE_CHECKING:
    from smets.zigbee.node import Node
    from smets.zigbee.tunnel import Done

LOOK = SECOND // 4  # how late a message of the device's own making may be
TIME_INTERVAL = 3600 * SECOND
FAILURES = 3  # deliveries in a row, after which the way is looked for anew


def serve(node: Node) -> Done:
    """Messages through the tunnel, the clock set, the trust centre heard; ends with a Failure."""
    endpoint = node.tunnel.endpoint
    alive = keep_alive.KeepAlive(node)
    timed = node.ticks
    failures = 0
    while True:
        if node.tunnel.number is None:
            yield from node.tunnel.open(endpoint)
        number = node.owner.waiting()
        if number is not None:
            delivered = yield from node.tunnel.deliver(number)
            failures = 0 if delivered else failures + 1
            if failures == FAILURES:
                raise Failure(stages.NO_ANSWER)
        elif elapsed(timed, node.ticks) >= TIME_INTERVAL:
            timed = node.ticks
            yield from time_client.read(node, endpoint)
        elif alive.is_due():
            yield from alive.ask(endpoint)
        else:
            yield from requests.wait(node, LOOK, lambda event: event.kind == events.WORK)

"""What a meter that sleeps does once it has joined: awake on its schedule, asleep in between."""

from __future__ import annotations

from typing import TYPE_CHECKING

from smets.codec.ticks import SECOND
from smets.zigbee import events, requests
from smets.zigbee.mirror import TUNNEL_MESSAGE

if TYPE_CHECKING:
    from smets.zigbee.node import Node
    from smets.zigbee.tunnel import Counting, Done

LOOK = SECOND // 4
MOST_FETCHED = 64  # messages in one wake

# Needed at the beginning of a wake alone.
PUSHING = (
    "smets.zigbee.mirror",
    "smets.zigbee.time_client",
    "smets.zigbee.zcl_attributes",
    "smets.zigbee.zcl_data",
)


def serve(node: Node) -> Done:
    """One wake after the other; ends with a Failure."""
    endpoint = node.tunnel.endpoint
    while True:
        node.asleep = False
        flags = yield from _push(node, endpoint)
        node.owner.forget(*PUSHING)
        if node.tunnel.number is None:
            yield from node.tunnel.open(endpoint)
        if flags & TUNNEL_MESSAGE:
            yield from _fetch(node)
        yield from _deliver(node)
        node.asleep = True
        yield from _sleep(node)


def _push(node: Node, endpoint: int) -> Counting:
    from smets.zigbee import mirror, time_client  # in no frame that stays

    yield from time_client.read(node, endpoint)
    return (yield from mirror.push(node))


def _fetch(node: Node) -> Done:
    for _ in range(MOST_FETCHED):
        remaining = yield from node.tunnel.fetch()
        yield from _deliver(node)
        if not remaining:
            return


def _deliver(node: Node) -> Done:
    number = node.owner.waiting()
    while number is not None:
        if not (yield from node.tunnel.deliver(number)):
            return
        number = node.owner.waiting()


def _sleep(node: Node) -> Done:
    """Until the schedule's next moment, or until the device has something to say."""
    owner = node.owner
    now = owner.now() or 0
    until = now - now % node.interval + node.interval
    while (owner.now() or 0) < until and owner.waiting() is None:
        yield from requests.wait(node, LOOK, lambda event: event.kind == events.WORK)

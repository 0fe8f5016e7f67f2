"""What a meter that never sleeps does once it has joined."""

from __future__ import annotations

from typing import TYPE_CHECKING

from smets.codec.ticks import SECOND, elapsed
from smets.zigbee import events, requests, stages
from smets.zigbee.stages import Failure

if TYPE_CHECKING:
    from smets.zigbee.node import Node
    from smets.zigbee.tunnel import Counting, Done

LOOK = SECOND // 4  # how late a message of the device's own making may be
TIME_INTERVAL = 3600 * SECOND
FIRST_QUESTION = 600 * SECOND
QUESTION_AGAIN = 30 * SECOND
FAILURES = 3  # in a row, after which the way is looked for anew

# Needed from time to time.
ASKING = ("smets.zigbee.time_client", "smets.zigbee.keep_alive") + (
    "smets.zigbee.zcl_attributes",
    "smets.zigbee.zcl_data",
)


def serve(node: Node) -> Done:
    """Messages through the tunnel, the clock set, the trust centre heard; ends with a Failure."""
    endpoint = node.tunnel.endpoint
    timed = asked = node.ticks
    pause = FIRST_QUESTION
    undelivered = unanswered = 0
    while True:
        if node.tunnel.number is None:
            yield from node.tunnel.open(endpoint)
        number = node.owner.waiting()
        if number is not None:
            delivered = yield from node.tunnel.deliver(number)
            undelivered = 0 if delivered else undelivered + 1
            if undelivered == FAILURES:
                raise Failure(stages.NO_ANSWER)
        elif elapsed(timed, node.ticks) >= TIME_INTERVAL:
            timed = node.ticks
            yield from _read_time(node, endpoint)
        elif elapsed(asked, node.ticks) >= pause:
            pause = yield from _ask(node, endpoint)
            asked = node.ticks
            unanswered = 0 if pause else unanswered + 1
            if unanswered == FAILURES:
                raise Failure(stages.TRUST_CENTRE_LOST)
            pause = pause or QUESTION_AGAIN
        else:
            yield from requests.wait(node, LOOK, lambda event: event.kind == events.WORK)


# Imports are in no frame that stays.


def _read_time(node: Node, endpoint: int) -> Done:
    from smets.zigbee import time_client

    yield from time_client.read(node, endpoint)
    del time_client
    node.owner.forget(*ASKING)


def _ask(node: Node, endpoint: int) -> Counting:
    from smets.zigbee import keep_alive

    pause = yield from keep_alive.ask(node, endpoint)
    del keep_alive
    node.owner.forget(*ASKING)
    return pause

"""The client of the Keep-Alive cluster: whether the trust centre is still there (SE annex A)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from smets.codec.errors import DecodeError
from smets.codec.ticks import SECOND
from smets.zigbee import requests, zcl, zcl_attributes
from smets.zigbee.clusters import KEEP_ALIVE

if TYPE_CHECKING:
    from smets.zigbee.node import Node
    from smets.zigbee.tunnel import Counting

_BASE_ATTRIBUTE = 0x0000  # minutes
_JITTER_ATTRIBUTE = 0x0001  # seconds
BASE = 10
JITTER = 300


def pause(node: Node, base: int = BASE, jitter: int = JITTER) -> int:
    """Milliseconds until the next question: `base` minutes and a random part of `jitter` s."""
    random = int.from_bytes(node.owner.random(2), "big")
    return (60 * base + random * jitter // 0x10000) * SECOND


def ask(node: Node, endpoint: int) -> Counting:
    """The pause that the trust centre asks for; 0 when it does not answer."""
    answer = yield from requests.ask(
        node,
        KEEP_ALIVE,
        endpoint,
        0,
        zcl.READ_ATTRIBUTES,
        zcl_attributes.identifiers(_BASE_ATTRIBUTE, _JITTER_ATTRIBUTE),
        zcl.READ_ATTRIBUTES_RESPONSE,
        attempts=1,
    )
    if answer is None:
        return 0
    times = {_BASE_ATTRIBUTE: BASE, _JITTER_ATTRIBUTE: JITTER}
    try:
        if answer.command == zcl.READ_ATTRIBUTES_RESPONSE:
            for number, status, _, value in zcl_attributes.read_statuses(answer.payload):
                if not status:
                    times[number] = value
    except DecodeError:
        node.refused += 1
    return pause(node, max(times[_BASE_ATTRIBUTE], 1), times[_JITTER_ATTRIBUTE])

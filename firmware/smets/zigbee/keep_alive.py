"""The client of the Keep-Alive cluster: whether the trust centre is still there (SE annex A)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from smets.codec.errors import DecodeError
from smets.codec.ticks import SECOND, elapsed
from smets.zigbee import requests, stages, zcl, zcl_attributes
from smets.zigbee.stages import Failure

if TYPE_CHECKING:
    from smets.zigbee.node import Node
    from smets.zigbee.tunnel import Done

KEEP_ALIVE = 0x0025
_BASE_ATTRIBUTE = 0x0000  # minutes
_JITTER_ATTRIBUTE = 0x0001  # seconds
BASE = 10
JITTER = 300
FAILURES = 3


class KeepAlive:
    """Asks after base and a random part of jitter; the trust centre says how long those are."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self._failures = 0
        self._plan(BASE, JITTER)

    def _plan(self, base: int, jitter: int) -> None:
        node = self._node
        random = int.from_bytes(node.owner.random(2), "big")
        self._since = node.ticks
        self._wait = (60 * base + random * jitter // 0x10000) * SECOND

    def is_due(self) -> bool:
        """Whether it is time to ask."""
        return elapsed(self._since, self._node.ticks) >= self._wait

    def ask(self, endpoint: int) -> Done:
        """Failure when the trust centre has not answered several times."""
        payload = zcl_attributes.identifiers(_BASE_ATTRIBUTE, _JITTER_ATTRIBUTE)
        answer = yield from requests.ask(
            self._node,
            KEEP_ALIVE,
            endpoint,
            0,
            zcl.READ_ATTRIBUTES,
            payload,
            zcl.READ_ATTRIBUTES_RESPONSE,
            attempts=1,
        )
        if answer is None:
            self._failures += 1
            if self._failures == FAILURES:
                raise Failure(stages.TRUST_CENTRE_LOST)
            self._plan(0, JITTER // 10)
            return
        self._failures = 0
        times = {_BASE_ATTRIBUTE: BASE, _JITTER_ATTRIBUTE: JITTER}
        try:
            if answer.command == zcl.READ_ATTRIBUTES_RESPONSE:
                for number, status, _, value in zcl_attributes.read_statuses(answer.payload):
                    if not status:
                        times[number] = value
        except DecodeError:
            self._node.refused += 1
        self._plan(max(times[_BASE_ATTRIBUTE], 1), times[_JITTER_ATTRIBUTE])

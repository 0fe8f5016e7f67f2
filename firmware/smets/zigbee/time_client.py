"""The client of the Time cluster: the device's clock is the hub's (GBCS 10.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from smets.codec.errors import DecodeError
from smets.zigbee import requests, stages, zcl, zcl_attributes
from smets.zigbee.clusters import TIME
from smets.zigbee.stages import Failure

if TYPE_CHECKING:
    from smets.zigbee.node import Node
    from smets.zigbee.tunnel import Done

_TIME_ATTRIBUTE = 0x0000
_STATUS_ATTRIBUTE = 0x0001
_SET = 0x03  # master, or synchronised with one
_UNKNOWN = 0xFFFFFFFF


def read(node: Node, endpoint: int) -> Done:
    """Sets the device's clock; Failure when the hub does not tell the time, or has none."""
    payload = zcl_attributes.identifiers(_TIME_ATTRIBUTE, _STATUS_ATTRIBUTE)
    answer = yield from requests.ask(
        node,
        TIME,
        endpoint,
        0,
        zcl.READ_ATTRIBUTES,
        payload,
        zcl.READ_ATTRIBUTES_RESPONSE,
    )
    if answer is None:
        raise Failure(stages.NO_ANSWER)
    found = {}
    try:
        if answer.command == zcl.READ_ATTRIBUTES_RESPONSE:
            for number, status, _, value in zcl_attributes.read_statuses(answer.payload):
                if not status:
                    found[number] = value
    except DecodeError:
        node.refused += 1
    now = found.get(_TIME_ATTRIBUTE, _UNKNOWN)
    if not found.get(_STATUS_ATTRIBUTE, 0) & _SET or now == _UNKNOWN:
        raise Failure(stages.NO_TIME)
    node.owner.set_clock(now)

"""A sleeping meter's mirror in the hub (Smart Energy, Metering; GBCS 10.4.2).

Reports end with AttributeReportingStatus "complete"; the hub answers with notification flags,
which say what waits for the meter.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from smets.zigbee import events, requests, stages, zcl, zcl_attributes, zcl_data
from smets.zigbee.clusters import METERING
from smets.zigbee.stages import Failure

if TYPE_CHECKING:
    from smets.zigbee.node import Node
    from smets.zigbee.tunnel import Counting, Done

# to the client
REQUEST_MIRROR = 0x01
PUBLISH_SNAPSHOT = 0x06
# to the server
REQUEST_MIRROR_RESPONSE = 0x01
MIRROR_REPORT_ATTRIBUTE_RESPONSE = 0x09

NO_MIRROR = 0xFFFF
REPORTING_STATUS = 0xFFFE
_PENDING = 0
COMPLETE = 1
REPORT_ROOM = 56  # octets of attributes in a report, so that it fits a frame

# FunctionalNotificationFlags (Smart Energy, table D-12)
TUNNEL_MESSAGE = 1 << 21

_TO_CLIENT = zcl.CLUSTER_COMMAND | zcl.TO_CLIENT


def push(node: Node) -> Counting:
    """Reports and publishes what the owner has; the functional notification flags."""
    source = node.owner.mirror
    if node.mirrored is None:
        yield from _request(node)
    flags = TUNNEL_MESSAGE
    if source is None:
        return flags
    groups = source.reports()
    for place, (cluster, records) in enumerate(groups):
        pieces = _pieces(records)
        for piece in pieces[:-1]:
            if not (yield from _report(node, cluster, piece)):
                return flags
        if place == len(groups) - 1:
            flags = yield from _last_report(node, cluster, pieces[-1])
        elif not (yield from _report(node, cluster, pieces[-1])):
            return flags
    if node.mirrored is not None:
        source.reported()
        yield from _publish(node)
    return flags


def _pieces(records: list[bytes]) -> list[bytes]:
    """The records as payloads that each fit a frame."""
    pieces = [b""]
    for record in records:
        if pieces[-1] and len(pieces[-1]) + len(record) > REPORT_ROOM:
            pieces.append(b"")
        pieces[-1] += record
    return pieces


def _ending(status: int) -> bytes:
    return zcl_attributes.values([(REPORTING_STATUS, zcl_data.ENUM8, status)])


def _report(node: Node, cluster: int, piece: bytes) -> Counting:
    """One report of several; 1 when the hub has it."""
    answer = yield from requests.ask(
        node,
        cluster,
        node.mirrored or 0,
        zcl.TO_CLIENT,
        zcl.REPORT_ATTRIBUTES,
        piece + _ending(_PENDING),
        zcl.DEFAULT_RESPONSE,
    )
    return int(requests.is_success(answer))


def _request(node: Node) -> Done:
    answer = yield from requests.ask(
        node,
        METERING,
        node.mirror_endpoint,
        _TO_CLIENT,
        REQUEST_MIRROR,
        b"",
        REQUEST_MIRROR_RESPONSE,
    )
    if answer is None:
        raise Failure(stages.NO_ANSWER)
    endpoint = int.from_bytes(answer.payload[:2], "little")
    if not answer.is_cluster_command or len(answer.payload) != 2 or endpoint == NO_MIRROR:
        raise Failure(stages.NO_SERVICE)
    node.mirrored = endpoint


def _last_report(node: Node, cluster: int, piece: bytes) -> Counting:
    """The flags that the hub answers the complete report with; without an answer no mirror."""

    def wanted(event: events.Event) -> bool:
        return (
            event.kind == events.FRAME
            and event.of in {cluster, METERING}
            and event.value.is_cluster_command
            and event.value.command == MIRROR_REPORT_ATTRIBUTE_RESPONSE
        )

    control = zcl.TO_CLIENT | zcl.NO_DEFAULT_RESPONSE
    for _ in range(requests.ATTEMPTS):
        frame = zcl.Frame(
            control, node.transaction(), zcl.REPORT_ATTRIBUTES, piece + _ending(COMPLETE)
        )
        node.send(cluster, node.mirrored or 0, frame, True)
        event = yield from requests.wait(node, requests.ANSWER, wanted)
        if event is not None and len(event.value.payload) >= 5:
            return int.from_bytes(event.value.payload[1:5], "little")
    node.mirrored = None  # asked for again at the next wake
    return TUNNEL_MESSAGE


def _publish(node: Node) -> Done:
    source = node.owner.mirror
    assert source is not None
    snapshots = source.snapshots()
    for payload in snapshots:
        answer = yield from requests.ask(
            node,
            METERING,
            node.mirrored or 0,
            _TO_CLIENT,
            PUBLISH_SNAPSHOT,
            payload,
            zcl.DEFAULT_RESPONSE,
        )
        if not requests.is_success(answer):
            return
    if snapshots:
        source.published()

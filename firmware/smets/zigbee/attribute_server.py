"""What others may ask of a device's endpoint: its attributes, as the clusters' table has them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from smets.codec.errors import DecodeError
from smets.zigbee import clusters, zcl, zcl_attributes, zcl_data

if TYPE_CHECKING:
    from typing import Any

    from smets.zigbee.driver import Datagram
    from smets.zigbee.node import Node
    from smets.zigbee.zcl import Frame

# May be read before there is a link key (Smart Energy 5.4.6).
UNPROTECTED = (clusters.BASIC, clusters.KEY_ESTABLISHMENT)
MOST_DISCOVERED = 20  # attributes in one answer

_KIND = zcl.CLUSTER_COMMAND | zcl.MANUFACTURER_SPECIFIC
_UNSUPPORTED = {
    zcl.CLUSTER_COMMAND: zcl.UNSUPPORTED_CLUSTER_COMMAND,
    zcl.MANUFACTURER_SPECIFIC: zcl.UNSUPPORTED_MANUFACTURER_GENERAL_COMMAND,
    _KIND: zcl.UNSUPPORTED_MANUFACTURER_CLUSTER_COMMAND,
}


def answer(node: Node, datagram: Datagram, frame: Frame) -> Frame | None:
    """The answer to a command to this device; None where none is due."""
    cluster = datagram.cluster
    here = [each for each in node.endpoints if each.number == datagram.destination_endpoint]
    served = here and cluster in (here[0].outputs if frame.to_client else here[0].inputs)
    if not here or (frame.command == zcl.DEFAULT_RESPONSE and not frame.is_cluster_command):
        return None
    status = zcl.SUCCESS
    if not served:
        status = zcl.UNSUPPORTED_CLUSTER
    elif not datagram.secured and cluster not in UNPROTECTED:
        node.refused += 1
        status = zcl.NOT_AUTHORIZED
    elif frame.is_cluster_command or frame.control & zcl.MANUFACTURER_SPECIFIC:
        status = _UNSUPPORTED[frame.control & _KIND]
    if status == zcl.SUCCESS:
        try:
            return _general(node, cluster, frame)
        except DecodeError:
            status = zcl.MALFORMED_COMMAND
    return frame.default_response(status)


def _general(node: Node, cluster: int, frame: Frame) -> Frame | None:
    if frame.command == zcl.READ_ATTRIBUTES:
        records = [
            _read(node, cluster, frame.to_client, number)
            for number in zcl_attributes.read_identifiers(frame.payload)
        ]
        payload = zcl_attributes.statuses(records)
        return frame.response(zcl.READ_ATTRIBUTES_RESPONSE, payload, False)
    if frame.command in {zcl.WRITE_ATTRIBUTES, zcl.WRITE_ATTRIBUTES_UNDIVIDED}:
        statuses = []
        for number, _, _ in zcl_attributes.read_values(frame.payload):
            known = _read(node, cluster, frame.to_client, number)[1]
            statuses.append((known or zcl.READ_ONLY, number))
        payload = zcl_attributes.write_statuses(statuses)
        return frame.response(zcl.WRITE_ATTRIBUTES_RESPONSE, payload, False)
    if frame.command == zcl.WRITE_ATTRIBUTES_NO_RESPONSE:
        return None
    if frame.command == zcl.DISCOVER_ATTRIBUTES:
        payload = _discover(node, cluster, frame)
        return frame.response(zcl.DISCOVER_ATTRIBUTES_RESPONSE, payload, False)
    if frame.command == zcl.REPORT_ATTRIBUTES:
        for number, data_type, value in zcl_attributes.read_values(frame.payload):
            # A hub whose lab's time jumps says so.
            if (cluster, number, data_type) == (clusters.TIME, 0, zcl_data.UTC_TIME):
                node.owner.set_clock(value)
        return frame.default_response(zcl.SUCCESS)
    return frame.default_response(zcl.UNSUPPORTED_GENERAL_COMMAND)


def _read(node: Node, cluster: int, of_client: bool, number: int) -> tuple[int, int, int, Any]:
    table = clusters.Clusters(node.owner.open_table("zigbee/clusters"))
    known = table.attribute(cluster, of_client, number)
    value = None if known is None else node.owner.attribute(cluster, number)
    if known is None or value is None:
        return number, zcl.UNSUPPORTED_ATTRIBUTE, zcl_data.NO_DATA, None
    return number, zcl.SUCCESS, known.data_type, value


def _discover(node: Node, cluster: int, frame: Frame) -> bytes:
    if len(frame.payload) != 3:
        raise DecodeError("not a discovery of attributes")
    first, most = int.from_bytes(frame.payload[:2], "little"), frame.payload[2]
    table = clusters.Clusters(node.owner.open_table("zigbee/clusters"))
    found: list[tuple[int, int]] = []
    for number, known in table.attributes(cluster, frame.to_client):
        if number >= first and node.owner.attribute(cluster, number) is not None:
            if len(found) >= min(most, MOST_DISCOVERED):
                return zcl_attributes.discovered(False, found)
            found.append((number, known.data_type))
    return zcl_attributes.discovered(True, found)

"""What APS frames carry: ZDO, and ZCL commands with what they carry in turn."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from host.radio.trace import gbcs, key_establishment, names
from host.radio.trace.addresses import Addresses
from host.radio.trace.layer import Layer, listed
from smets.codec.errors import DecodeError
from smets.zigbee import clusters, clusters_text, zcl, zcl_attributes, zdo
from smets.zigbee.clusters import Clusters
from smets.zigbee.zcl import Frame

TRANSFER_DATA = "TransferData"

# A request is about the attributes of whom it is sent to, all else about those of the sender.
_REQUESTS = (
    zcl.READ_ATTRIBUTES,
    zcl.WRITE_ATTRIBUTES,
    zcl.WRITE_ATTRIBUTES_UNDIVIDED,
    zcl.WRITE_ATTRIBUTES_NO_RESPONSE,
    zcl.DISCOVER_ATTRIBUTES,
)


def topic(profile: int, cluster: int) -> str:
    """Profile and cluster in words."""
    if profile == zdo.PROFILE:
        row = names.ZDO.get(cluster & ~zdo.RESPONSE)
        return f"ZDO {row[0] if row else f'{cluster:04x}'}"
    profile_name = names.PROFILES.get(profile, f"profile {profile:04x}")
    return f"{profile_name} {_cluster_name(cluster)}"


def zdo_layer(cluster: int, octets: bytes, pan: int, addresses: Addresses) -> Layer:
    """A ZDO request or response; what it says of addresses is remembered."""
    sequence, values = zdo.read(cluster, octets)
    name, request, response = names.ZDO[cluster & ~zdo.RESPONSE]
    is_response = bool(cluster & zdo.RESPONSE)
    told = dict(zip(("status", *response) if is_response else request, values, strict=False))
    if isinstance(told.get("short_address"), int):
        if isinstance(told.get("eui64"), bytes):
            addresses.learn(pan, told["short_address"], told["eui64"])
        told["short_address"] = f"{told['short_address']:04x}"
    if cluster == zdo.SIMPLE_DESCRIPTOR_REQUEST | zdo.RESPONSE and told.get("descriptor"):
        told["descriptor"] = list(zdo.read_simple_descriptor(told["descriptor"]))
    if is_response:
        name += " response"
    fields = {"sequence": sequence, "command": name}
    return Layer("ZDO", f"{name}: {listed(told)}", fields | told)


def zcl_layers(cluster: int, octets: bytes) -> Iterator[Layer]:
    """A ZCL frame, and the GBCS message that it may carry."""
    frame = Frame.decode(octets)
    table = clusters_text.load()
    fields: dict[str, Any] = {
        "cluster": _cluster_name(cluster),
        "to_client": frame.to_client,
        "transaction": frame.transaction,
    }
    head = f"{fields['cluster']} to {'client' if frame.to_client else 'server'}"
    if not frame.is_cluster_command:
        name = names.ZCL_COMMANDS.get(frame.command, f"command {frame.command:02x}")
        told = _attributes(table, cluster, frame)
        yield Layer(
            "ZCL", f"{head}: {name}: {listed(told)}", fields | {"command": name, "values": told}
        )
        return
    name, told, fault = _cluster_command(table, cluster, frame)
    data = told.pop("data", None) if name == TRANSFER_DATA else None
    yield Layer(
        "ZCL", f"{head}: {name}: {listed(told)}", fields | {"command": name, "values": told}
    )
    if fault is not None:
        raise fault
    if cluster == clusters.KEY_ESTABLISHMENT:
        yield from key_establishment.layers(name, told)
    if data is not None:
        yield from gbcs.tunnel_layers(data)


def _cluster_command(
    table: Clusters, cluster: int, frame: Frame
) -> tuple[str, dict[str, Any], DecodeError | None]:
    """Name and fields of a command; its octets alone when it is unknown, or wrong."""
    command = table.command(cluster, frame.to_client, frame.command)
    octets = {"payload": frame.payload}
    if command is None:
        return f"command {frame.command:02x}", octets, None
    try:
        return command.name, command.named(command.decode(frame.payload)), None
    except DecodeError as error:
        return command.name, octets, error


def _cluster_name(cluster: int) -> str:
    return clusters_text.names().get(cluster, f"cluster {cluster:04x}")


def _attributes(table: Clusters, cluster: int, frame: Frame) -> dict[str, Any]:
    """The payload of a command of all clusters: attributes by name."""
    of_client = frame.to_client if frame.command in _REQUESTS else not frame.to_client

    def name(number: int) -> str:
        known = table.attribute(cluster, of_client, number)
        return known.name if known else f"{number:04x}"

    payload = frame.payload
    if frame.command == zcl.READ_ATTRIBUTES:
        return {"attributes": [name(each) for each in zcl_attributes.read_identifiers(payload)]}
    if frame.command == zcl.READ_ATTRIBUTES_RESPONSE:
        return {
            name(number): f"status {status:02x}" if status else value
            for number, status, _, value in zcl_attributes.read_statuses(payload)
        }
    if frame.command in {*_REQUESTS[1:4], zcl.REPORT_ATTRIBUTES}:
        return {name(number): value for number, _, value in zcl_attributes.read_values(payload)}
    if frame.command == zcl.WRITE_ATTRIBUTES_RESPONSE:
        failed = zcl_attributes.read_write_statuses(payload)
        return {name(number): f"status {status:02x}" for status, number in failed}
    if frame.command == zcl.DEFAULT_RESPONSE and len(payload) == 2:
        return {"of_command": payload[0], "status": payload[1]}
    return {"payload": payload}

"""What others may ask of a device as a node of the network (Zigbee R22, 2.4.4)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from smets.codec.errors import DecodeError
from smets.zigbee import zdo
from smets.zigbee.driver import ROUTER, SLEEPY_END_DEVICE

if TYPE_CHECKING:
    from typing import Any

    from smets.zigbee.driver import Datagram, Endpoint
    from smets.zigbee.node import Node

NO_MANUFACTURER = 0xFFFF
BUFFER = 82
LONGEST = 1536
# capability: full-function device 02, mains 04, receiver on when idle 08, allocate address 80
CAPABILITIES = {ROUTER: 0x8E, SLEEPY_END_DEVICE: 0x80}
END_DEVICE_CAPABILITY = 0x8C
# power descriptor: receiver always on or by its own schedule, mains or battery, full
MAINS_POWER, BATTERY_POWER = 0xC110, 0xC442
WILDCARD_PROFILE = 0xFFFF


def answer(node: Node, datagram: Datagram) -> bytes | None:
    """The payload that answers a ZDO request; None where none is due."""
    cluster = datagram.cluster
    network = node.network
    try:
        sequence, values = zdo.read(cluster, datagram.payload)
    except DecodeError:
        node.refused += 1
        return None
    if network is None or cluster in {zdo.DEVICE_ANNOUNCE, zdo.PARENT_ANNOUNCE}:
        return None
    handler = _HANDLERS.get(cluster)
    if handler is None:
        if datagram.broadcast:
            return None
        return bytes((sequence, zdo.NOT_SUPPORTED))
    result = handler(node, network.address, values)
    if result is None or (datagram.broadcast and result[0] != zdo.SUCCESS):
        return None
    return zdo.write(cluster | zdo.RESPONSE, sequence, *result)


def _address(node: Node, own: int, asked: bool) -> tuple[Any, ...] | None:
    # Of another device's address a device without children knows nothing.
    return (zdo.SUCCESS, node.owner.eui, own, b"") if asked else None


def _network_address(node: Node, own: int, values: Any) -> tuple[Any, ...] | None:
    return _address(node, own, values[0] == node.owner.eui)


def _ieee_address(node: Node, own: int, values: Any) -> tuple[Any, ...] | None:
    return _address(node, own, values[0] == own)


def _node_descriptor(node: Node, own: int, values: Any) -> tuple[Any, ...]:
    if values[0] != own:
        return zdo.DEVICE_NOT_FOUND, values[0]
    kind = zdo.ROUTER if node.role == ROUTER else zdo.END_DEVICE
    capability = CAPABILITIES.get(node.role, END_DEVICE_CAPABILITY)
    descriptor = zdo.node_descriptor(kind, capability, NO_MANUFACTURER, BUFFER, LONGEST)
    return zdo.SUCCESS, own, descriptor


def _power_descriptor(node: Node, own: int, values: Any) -> tuple[Any, ...]:
    if values[0] != own:
        return zdo.DEVICE_NOT_FOUND, values[0]
    return zdo.SUCCESS, own, BATTERY_POWER if node.interval else MAINS_POWER


def _simple_descriptor(node: Node, own: int, values: Any) -> tuple[Any, ...]:
    if values[0] != own:
        return zdo.DEVICE_NOT_FOUND, values[0], b""
    if not 0 < values[1] < 0xFF:
        return zdo.INVALID_ENDPOINT, own, b""
    for each in node.endpoints:
        if each.number == values[1]:
            descriptor = zdo.simple_descriptor(
                each.number,
                each.profile,
                each.device,
                each.version,
                tuple(each.inputs),
                tuple(each.outputs),
            )
            return zdo.SUCCESS, own, descriptor
    return zdo.NOT_ACTIVE, own, b""


def _active_endpoints(node: Node, own: int, values: Any) -> tuple[Any, ...]:
    if values[0] != own:
        return zdo.DEVICE_NOT_FOUND, values[0], b""
    return zdo.SUCCESS, own, bytes([each.number for each in node.endpoints])


def _match_descriptor(node: Node, own: int, values: Any) -> tuple[Any, ...] | None:
    of, profile, inputs, outputs = values
    if of not in {own, 0xFFFD, 0xFFFF}:
        return zdo.DEVICE_NOT_FOUND, of, b""
    matching = [each.number for each in node.endpoints if _matches(each, profile, inputs, outputs)]
    # To a broadcast only those answer that match (2.4.4.2.7).
    if not matching and of != own:
        return None
    return zdo.SUCCESS, own, bytes(matching)


def _matches(endpoint: Endpoint, profile: int, inputs: Any, outputs: Any) -> bool:
    if profile not in {endpoint.profile, WILDCARD_PROFILE}:
        return False
    served = [each for each in inputs if each in endpoint.inputs]
    used = [each for each in outputs if each in endpoint.outputs]
    return bool(served or used)


_HANDLERS = {
    zdo.NETWORK_ADDRESS_REQUEST: _network_address,
    zdo.IEEE_ADDRESS_REQUEST: _ieee_address,
    zdo.NODE_DESCRIPTOR_REQUEST: _node_descriptor,
    zdo.POWER_DESCRIPTOR_REQUEST: _power_descriptor,
    zdo.SIMPLE_DESCRIPTOR_REQUEST: _simple_descriptor,
    zdo.ACTIVE_ENDPOINTS_REQUEST: _active_endpoints,
    zdo.MATCH_DESCRIPTOR_REQUEST: _match_descriptor,
}

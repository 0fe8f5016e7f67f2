"""The ZDO's own answers, as far as the host does not give them (Zigbee R22 2.4.4)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from host.radio.stack.children import capability
from host.radio.stack.events import Delivery, Message
from host.radio.stack.types import DeviceType, Endpoint, Role, ZdoFlag
from smets.codec.errors import DecodeError
from smets.zigbee import nwk, zdo
from smets.zigbee.layout import turned

if TYPE_CHECKING:
    from host.radio.stack.core import Core

LONGEST_TRANSFER = 1500  # octets in blocks; GBCS 10.2.2 asks for messages of 1200
BUFFER = 82
ROWS = 2  # of a table in one response, so that it always fits
_EXTENDED_RESPONSE = 1

Answer = tuple[Any, ...] | None  # status and fields; None: no answer
Handler = Callable[[tuple[Any, ...], Message, float], Answer]

# Which requests a host can take for itself, as a group.
_ENDPOINTS = {
    zdo.SIMPLE_DESCRIPTOR_REQUEST,
    zdo.ACTIVE_ENDPOINTS_REQUEST,
    zdo.MATCH_DESCRIPTOR_REQUEST,
}
_BINDING = {zdo.BIND_REQUEST, zdo.UNBIND_REQUEST, zdo.MANAGEMENT_BIND_REQUEST}
_SILENT_WHEN_BROADCAST = {
    zdo.DEVICE_NOT_FOUND,
    zdo.NOT_SUPPORTED,
    zdo.INVALID_REQUEST_TYPE,
    zdo.NO_MATCH,
}


class ZdoServer:
    """Endpoint 0 of one node."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._handlers: dict[int, Handler] = {
            zdo.NETWORK_ADDRESS_REQUEST: self._network_address,
            zdo.IEEE_ADDRESS_REQUEST: self._ieee_address,
            zdo.NODE_DESCRIPTOR_REQUEST: self._node_descriptor,
            zdo.POWER_DESCRIPTOR_REQUEST: self._power_descriptor,
            zdo.SIMPLE_DESCRIPTOR_REQUEST: self._simple_descriptor,
            zdo.ACTIVE_ENDPOINTS_REQUEST: self._active_endpoints,
            zdo.MATCH_DESCRIPTOR_REQUEST: self._match_descriptor,
            zdo.MANAGEMENT_LQI_REQUEST: self._management_lqi,
            zdo.MANAGEMENT_LEAVE_REQUEST: self._management_leave,
            zdo.MANAGEMENT_PERMIT_JOINING_REQUEST: self._permit_joining,
        }

    def receive(self, message: Message, now: float) -> bool:
        """A message for the ZDO; whether the host gets it (too)."""
        cluster = message.aps.cluster
        if cluster == zdo.DEVICE_ANNOUNCE:
            self._learn(message)
        flags = self._core.zdo_flags
        handler = self._handlers.get(cluster)
        if (
            cluster & zdo.RESPONSE
            or cluster in {zdo.DEVICE_ANNOUNCE, zdo.PARENT_ANNOUNCE}
            or (cluster in _ENDPOINTS and flags & ZdoFlag.APP_HANDLES_ENDPOINT_REQUESTS)
            or (cluster in _BINDING and flags & ZdoFlag.APP_HANDLES_BINDING_REQUESTS)
            or (handler is None and flags & ZdoFlag.APP_HANDLES_UNSUPPORTED_REQUESTS)
        ):
            return True
        self._answer(handler, message, now)
        return handler is not None and bool(flags & ZdoFlag.APP_RECEIVES_SUPPORTED_REQUESTS)

    def _learn(self, message: Message) -> None:
        try:
            _, (node_id, eui64, _) = zdo.read(zdo.DEVICE_ANNOUNCE, message.payload)
        except DecodeError:
            self._core.counters["zdo malformed"] += 1
            return
        if node_id == message.source:
            self._core.neighbours.learn(node_id, eui64)

    def _answer(self, handler: Handler | None, message: Message, now: float) -> None:
        core = self._core
        cluster = message.aps.cluster
        broadcast = message.delivery is not Delivery.UNICAST
        if handler is None:
            if not broadcast and message.payload:
                # 2.4.5: a status and nothing else.
                octets = bytes((message.payload[0], zdo.NOT_SUPPORTED))
                self._send(message, octets, now)
            return
        try:
            sequence, values = zdo.read(cluster, message.payload)
        except DecodeError:
            core.counters["zdo malformed"] += 1
            return
        answer = handler(values, message, now)
        if answer is None or (broadcast and answer[0] in _SILENT_WHEN_BROADCAST):
            return
        self._send(message, zdo.write(cluster | zdo.RESPONSE, sequence, *answer), now)

    def _send(self, message: Message, octets: bytes, now: float) -> None:
        core = self._core
        cluster = message.aps.cluster | zdo.RESPONSE
        if message.source == core.node_id:
            core.aps.loop_back_zdo(cluster, octets, now)
        else:
            core.aps.send_zdo(message.source, cluster, octets, now)

    # Addresses.
    def _network_address(self, values: tuple[Any, ...], _message: Message, _now: float) -> Answer:
        eui64, request_type, start = values
        return self._addresses(eui64, self._known_id(eui64), request_type, start)

    def _ieee_address(self, values: tuple[Any, ...], _message: Message, _now: float) -> Answer:
        node_id, request_type, start = values
        core = self._core
        row = core.neighbours.child(node_id)
        if node_id == core.node_id:
            return self._addresses(core.eui64, node_id, request_type, start)
        if row is None:
            return zdo.DEVICE_NOT_FOUND, bytes(8), node_id
        return self._addresses(row.eui64, node_id, request_type, start)

    def _known_id(self, eui64: bytes) -> int | None:
        core = self._core
        if eui64 == core.eui64:
            return core.node_id
        row = core.neighbours.child_by_eui64(eui64)
        return None if row is None else row.node_id

    def _addresses(
        self, eui64: bytes, node_id: int | None, request_type: int, start: int
    ) -> Answer:
        core = self._core
        if node_id is None:
            return zdo.DEVICE_NOT_FOUND, eui64, 0xFFFF
        more = b""
        if request_type == _EXTENDED_RESPONSE:
            children = sorted(row.node_id for row in core.neighbours.children.values())
            shown = children[start : start + 16]
            more = bytes((len(children), start))
            more += b"".join(child.to_bytes(2, "little") for child in shown)
        elif request_type:
            return zdo.INVALID_REQUEST_TYPE, eui64, node_id
        return zdo.SUCCESS, eui64, node_id, more

    # Descriptors.
    def _is_me(self, node_id: int) -> bool:
        return node_id == self._core.node_id

    def _node_descriptor(self, values: tuple[Any, ...], _message: Message, _now: float) -> Answer:
        (node_id,) = values
        core = self._core
        network = core.network
        if not self._is_me(node_id) or network is None:
            return zdo.DEVICE_NOT_FOUND, node_id
        kinds = {Role.COORDINATOR: zdo.COORDINATOR, Role.ROUTER: zdo.ROUTER}
        coordinator = network.role is Role.COORDINATOR
        descriptor = zdo.node_descriptor(
            kinds.get(network.role, zdo.END_DEVICE),
            # An alternate PAN coordinator that is a router too.
            capability(Role.ROUTER) | 1 if coordinator else capability(network.role),
            core.manufacturer_code,
            BUFFER,
            LONGEST_TRANSFER,
        )
        return zdo.SUCCESS, node_id, descriptor

    def _power_descriptor(self, values: tuple[Any, ...], _message: Message, _now: float) -> Answer:
        (node_id,) = values
        if not self._is_me(node_id):
            return zdo.DEVICE_NOT_FOUND, node_id
        # 2.3.2.4: on while idle unless it sleeps; mains, or a battery that is full.
        sleepy = self._core.is_sleepy
        return zdo.SUCCESS, node_id, 0xC441 if sleepy else 0xC110

    def _simple_descriptor(
        self, values: tuple[Any, ...], _message: Message, _now: float
    ) -> Answer:
        node_id, number = values
        if not self._is_me(node_id):
            return zdo.DEVICE_NOT_FOUND, node_id, b""
        endpoint = self._core.endpoints.get(number)
        if endpoint is None:
            status = zdo.NOT_ACTIVE if 1 <= number <= 254 else zdo.INVALID_ENDPOINT
            return status, node_id, b""
        return zdo.SUCCESS, node_id, _simple(endpoint)

    def _active_endpoints(self, values: tuple[Any, ...], _message: Message, _now: float) -> Answer:
        (node_id,) = values
        if not self._is_me(node_id):
            return zdo.DEVICE_NOT_FOUND, node_id, b""
        return zdo.SUCCESS, node_id, bytes(sorted(self._core.endpoints))

    def _match_descriptor(self, values: tuple[Any, ...], message: Message, _now: float) -> Answer:
        node_id, profile, inputs, outputs = values
        core = self._core
        if not self._is_me(node_id) and node_id < nwk.FIRST_BROADCAST:
            return zdo.DEVICE_NOT_FOUND, node_id, b""
        found = [
            endpoint.number
            for endpoint in core.endpoints.values()
            if profile in {endpoint.profile, 0xFFFF}
            and (
                set(inputs) & set(endpoint.input_clusters)
                or set(outputs) & set(endpoint.output_clusters)
            )
        ]
        if not found and message.delivery is not Delivery.UNICAST:
            return None
        return zdo.SUCCESS, core.node_id, bytes(sorted(found))

    # Management.
    def _management_lqi(self, values: tuple[Any, ...], _message: Message, _now: float) -> Answer:
        (start,) = values
        core = self._core
        network = core.network
        rows = core.neighbours.table()
        shown = rows[start : start + ROWS]
        out = bytearray((len(shown),))
        for row in shown:
            sleepy = row.device_type is DeviceType.SLEEPY_END_DEVICE
            kind = min(row.device_type.value, DeviceType.END_DEVICE.value)
            relationship = 1 if row.child else 2  # child, sibling
            out += turned(network.parameters.extended_pan_id if network else bytes(8))
            out += turned(row.eui64) + row.node_id.to_bytes(2, "little")
            out.append(kind | (0 if sleepy else 1) << 2 | relationship << 4)
            out += bytes((2, row.depth, row.lqi))  # permit joining unknown
        return zdo.SUCCESS, len(rows), start, bytes(out)

    def _management_leave(self, values: tuple[Any, ...], message: Message, now: float) -> Answer:
        eui64, _ = values
        core = self._core
        if eui64 in {core.eui64, bytes(8)}:
            from_trust_centre = (
                core.network is not None and message.source_eui64 == core.network.trust_centre
            )
            if core.is_trust_centre or not from_trust_centre:
                return (zdo.NOT_AUTHORISED,)
            # The answer goes out first.
            core.at(now + 0.2, self._leave)
            return (zdo.SUCCESS,)
        if core.is_router and core.children.send_away(eui64, now):
            return (zdo.SUCCESS,)
        return (zdo.DEVICE_NOT_FOUND,)

    def _leave(self, now: float) -> None:
        if self._core.network is not None:
            self._core.membership.leave(now)

    def _permit_joining(self, values: tuple[Any, ...], message: Message, now: float) -> Answer:
        seconds, _ = values
        core = self._core
        if not core.is_router:
            return (zdo.NOT_SUPPORTED,)
        if core.is_trust_centre and message.source != core.node_id:
            return (zdo.NOT_AUTHORISED,)
        core.children.permit(seconds, now)
        return None if message.delivery is not Delivery.UNICAST else (zdo.SUCCESS,)


def _simple(endpoint: Endpoint) -> bytes:
    return zdo.simple_descriptor(
        endpoint.number,
        endpoint.profile,
        endpoint.device_id,
        endpoint.device_version,
        endpoint.input_clusters,
        endpoint.output_clusters,
    )

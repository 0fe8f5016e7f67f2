"""Tables a host reads or fills: children, neighbours, addresses, multicast groups, time-outs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from host.radio.ncp.configuration import ADDRESS_TABLE, MULTICAST_TABLE, TRUST_CENTRE_CACHE
from host.radio.ncp.statuses import refused
from host.radio.stack.types import DeviceType, Neighbour
from smets.zigbee import ezsp_status

if TYPE_CHECKING:
    from host.radio.ncp.ncp import Ncp

    Values = dict[str, Any]

UNKNOWN = 0xFFFF  # a node id
NOBODY = bytes(8)
# Cost of a link by the least LQI it takes.
COSTS = ((80, 1), (64, 3), (48, 5), (0, 7))
NOT_TOLD = 0
# EmberNodeType
NODE_TYPES = {
    DeviceType.COORDINATOR: 1,
    DeviceType.ROUTER: 2,
    DeviceType.END_DEVICE: 3,
    DeviceType.SLEEPY_END_DEVICE: 4,
}


@dataclass
class Address:
    """A row of the address table; a restart empties it."""

    eui64: bytes = NOBODY
    node_id: int = UNKNOWN


class Tables:
    """What a restart empties."""

    def __init__(self) -> None:
        self.addresses: dict[int, Address] = {}
        self.groups: dict[int, tuple[int, int]] = {}  # row: group, endpoint


def _get_child(ncp: Ncp, values: Values, _now: float) -> Values:
    child = ncp.stack.child_at(values["index"])
    if child is None:
        raise refused(ezsp_status.NOT_JOINED)
    return {
        "eui": child.eui64,
        "node_type": NODE_TYPES[child.device_type],
        "node_id": child.node_id,
        "phy": 0,
        "power": 0,
        "timeout": child.timeout,
        "timeout_remaining": 0,
    }


def _set_child(ncp: Ncp, values: Values, now: float) -> Values:
    """For a host that restores a network with its children."""
    kinds = {number: kind for kind, number in NODE_TYPES.items()}
    if values["node_type"] not in kinds:
        raise refused(ezsp_status.INVALID_PARAMETER)
    kind = kinds[values["node_type"]]
    child = Neighbour(values["node_id"], values["eui"], kind, child=True, lqi=255)
    ncp.stack.put_child(values["index"], child, now)
    return {}


def _child_id(ncp: Ncp, values: Values, _now: float) -> Values:
    child = ncp.stack.child_at(values["index"])
    return {"node_id": UNKNOWN if child is None else child.node_id}


def _neighbour_count(ncp: Ncp, _values: Values, _now: float) -> Values:
    return {"count": sum(1 for one in ncp.stack.neighbours() if not one.child)}


def _get_neighbour(ncp: Ncp, values: Values, _now: float) -> Values:
    routers = [one for one in ncp.stack.neighbours() if not one.child]
    if values["index"] >= len(routers):
        raise refused(ezsp_status.INVALID_INDEX)
    row = routers[values["index"]]
    return {
        "node_id": row.node_id,
        "lqi": row.lqi,
        "incoming_cost": next(cost for least, cost in COSTS if row.lqi >= least),
        "outgoing_cost": NOT_TOLD,
        "age": NOT_TOLD,
        "eui": row.eui64,
    }


def _lookup_node_id(ncp: Ncp, values: Values, _now: float) -> Values:
    node_id = ncp.stack.node_id_of(values["eui"])
    for row in ncp.tables.addresses.values():
        if node_id is None and row.eui64 == values["eui"] and row.node_id != UNKNOWN:
            node_id = row.node_id
    if node_id is None:
        return {"status": ezsp_status.NOT_FOUND, "node_id": UNKNOWN}
    return {"node_id": node_id}


def _lookup_eui64(ncp: Ncp, values: Values, _now: float) -> Values:
    eui64 = ncp.stack.eui64_of(values["node_id"])
    for row in ncp.tables.addresses.values():
        if eui64 is None and row.node_id == values["node_id"] and row.eui64 != NOBODY:
            eui64 = row.eui64
    if eui64 is None:
        raise refused(ezsp_status.NOT_FOUND)
    return {"eui": eui64}


def _address(ncp: Ncp, index: int) -> Address:
    """The host's rows come first, the trust centre's cache behind them."""
    numbers = ncp.configuration.numbers
    if index >= numbers[ADDRESS_TABLE] + numbers[TRUST_CENTRE_CACHE]:
        raise refused(ezsp_status.INVALID_INDEX)
    return ncp.tables.addresses.get(index, Address())


def _address_is_active(ncp: Ncp, values: Values, _now: float) -> Values:
    row = ncp.tables.addresses.get(values["index"])
    return {"active": row is not None and row.eui64 != NOBODY}


def _get_address(ncp: Ncp, values: Values, _now: float) -> Values:
    row = _address(ncp, values["index"])
    return {"node_id": row.node_id, "eui": row.eui64}


def _get_address_eui64(ncp: Ncp, values: Values, _now: float) -> Values:
    row = ncp.tables.addresses.get(values["index"], Address())
    return {"eui": row.eui64}


def _get_address_node_id(ncp: Ncp, values: Values, _now: float) -> Values:
    row = ncp.tables.addresses.get(values["index"], Address())
    return {"node_id": row.node_id}


def _set_address(ncp: Ncp, values: Values, _now: float) -> Values:
    """What is not among the values keeps what it was."""
    row = _address(ncp, values["index"])
    ncp.tables.addresses[values["index"]] = Address(
        values.get("eui", row.eui64), values.get("node_id", row.node_id)
    )
    return {}


def _replace_address(ncp: Ncp, values: Values, _now: float) -> Values:
    row = _address(ncp, values["index"])
    old = {
        "old_eui": row.eui64,
        "old_node_id": row.node_id,
        "old_extended": row.eui64 in ncp.stack.slow_nodes,
    }
    _set_address(ncp, values, _now)
    _set_extended(ncp, values, _now)
    return old


def _set_extended(ncp: Ncp, values: Values, _now: float) -> Values:
    if values["extended"]:
        ncp.stack.slow_nodes.add(values["eui"])
    else:
        ncp.stack.slow_nodes.discard(values["eui"])
    return {}


def _get_extended(ncp: Ncp, values: Values, _now: float) -> Values:
    extended = values["eui"] in ncp.stack.slow_nodes
    return {"status": ezsp_status.OK if extended else ezsp_status.FAIL, "extended": extended}


def _get_multicast(ncp: Ncp, values: Values, _now: float) -> Values:
    if values["index"] >= ncp.configuration.numbers[MULTICAST_TABLE]:
        raise refused(ezsp_status.INVALID_INDEX)
    group, endpoint = ncp.tables.groups.get(values["index"], (0, 0))
    return {"group": group, "endpoint": endpoint, "network_index": 0}


def _set_multicast(ncp: Ncp, values: Values, _now: float) -> Values:
    """Endpoint 0 frees the row."""
    if values["index"] >= ncp.configuration.numbers[MULTICAST_TABLE]:
        raise refused(ezsp_status.INVALID_INDEX)
    rows = ncp.tables.groups
    rows.pop(values["index"], None)
    if values["endpoint"]:
        rows[values["index"]] = (values["group"], values["endpoint"])
    ncp.stack.groups.clear()
    ncp.stack.groups.update(rows.values())
    return {}


def _clear_green_power(_ncp: Ncp, _values: Values, _now: float) -> Values:
    """Green Power devices are not simulated: their tables are always empty."""
    return {}


def _green_power_sinks(_ncp: Ncp, _values: Values, _now: float) -> Values:
    return {"count": 0}


HANDLERS = (
    ("getChildData", _get_child),
    ("setChildData", _set_child),
    ("childId", _child_id),
    ("neighborCount", _neighbour_count),
    ("getNeighbor", _get_neighbour),
    ("lookupNodeIdByEui64", _lookup_node_id),
    ("lookupEui64ByNodeId", _lookup_eui64),
    ("addressTableEntryIsActive", _address_is_active),
    ("getAddressTableInfo", _get_address),
    ("getAddressTableRemoteEui64", _get_address_eui64),
    ("getAddressTableRemoteNodeId", _get_address_node_id),
    ("setAddressTableInfo", _set_address),
    ("setAddressTableRemoteEui64", _set_address),
    ("setAddressTableRemoteNodeId", _set_address),
    ("replaceAddressTableEntry", _replace_address),
    ("setExtendedTimeout", _set_extended),
    ("getExtendedTimeout", _get_extended),
    ("getMulticastTableEntry", _get_multicast),
    ("setMulticastTableEntry", _set_multicast),
    ("gpSinkTableClearAll", _clear_green_power),
    ("gpClearProxyTable", _clear_green_power),
    ("gpSinkTableGetNumberOfActiveEntries", _green_power_sinks),
)

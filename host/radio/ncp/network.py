"""Forming, joining, leaving, scanning, and what the node knows about its network."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

from host.radio.ncp.configuration import POWER
from host.radio.ncp.security import initial_security
from host.radio.ncp.statuses import refused
from host.radio.stack.types import (
    ALL_CHANNELS,
    NetworkParameters,
    NetworkState,
    Role,
)
from smets.zigbee import ezsp_status

if TYPE_CHECKING:
    from host.radio.ncp.ncp import Ncp

    Values = dict[str, Any]

ENERGY_SCAN = 0
ACTIVE_SCAN = 1
LONGEST_SCAN = 14
JOIN_BY_ASSOCIATION = 0
JOIN_BY_REJOIN = 1
JOIN_BY_SECURED_REJOIN = 2
UNKNOWN_ROLE = 0
NO_PARENT = 0xFFFF


def _signed(octet: int) -> int:
    return octet - 256 if octet & 0x80 else octet


def _parameters(values: Values) -> NetworkParameters:
    power = _signed(values["transmit_power"])
    if not POWER.least <= power <= POWER.most:
        raise refused(ezsp_status.TRANSMIT_INVALID_POWER)
    if not ALL_CHANNELS >> values["channel"] & 1:
        raise refused(ezsp_status.TRANSMIT_INVALID_CHANNEL)
    return NetworkParameters(
        values["extended_pan_id"],
        values["pan_id"],
        values["channel"],
        power,
        values["update_id"],
        values["manager"],
        values["channels"],
    )


def _needs(ncp: Ncp, state: NetworkState) -> None:
    if ncp.stack.state is not state:
        joined = state is NetworkState.JOINED
        raise refused(ezsp_status.NOT_JOINED if joined else ezsp_status.INVALID_STATE)


def _network_state(ncp: Ncp, _values: Values, _now: float) -> Values:
    return {"state": ncp.stack.state.value}


def _network_init(ncp: Ncp, _values: Values, now: float) -> Values:
    """Up again as before the restart; NOT_JOINED when there is nothing to go back to."""
    _needs(ncp, NetworkState.NO_NETWORK)
    if ncp.stack.parameters is None:
        raise refused(ezsp_status.NOT_JOINED)
    ncp.stack.resume(now)
    return {}


def _form_network(ncp: Ncp, values: Values, now: float) -> Values:
    _needs(ncp, NetworkState.NO_NETWORK)
    parameters = _parameters(values)
    ncp.stack.form(parameters, initial_security(ncp, forming=True), now)
    ncp.store()
    return {}


def _join_network(ncp: Ncp, values: Values, now: float) -> Values:
    """Associates, or goes back in by a rejoin when the method says so."""
    _needs(ncp, NetworkState.NO_NETWORK)
    try:
        role = Role(values["node_type"])
    except ValueError:
        raise refused(ezsp_status.INVALID_PARAMETER) from None
    if role is Role.COORDINATOR:
        raise refused(ezsp_status.INVALID_PARAMETER)
    if values["join_method"] in {JOIN_BY_REJOIN, JOIN_BY_SECURED_REJOIN}:
        if ncp.stack.parameters is None:
            raise refused(ezsp_status.INVALID_STATE)
        ncp.stack.rejoin(values["join_method"] == JOIN_BY_SECURED_REJOIN, now)
        return {}
    if values["join_method"] != JOIN_BY_ASSOCIATION:
        raise refused(ezsp_status.INVALID_PARAMETER)
    values = dict(values, channels=1 << values["channel"])
    ncp.stack.join(role, _parameters(values), initial_security(ncp, forming=False), now)
    return {}


def _find_and_rejoin(ncp: Ncp, values: Values, now: float) -> Values:
    if ncp.stack.parameters is None:
        raise refused(ezsp_status.NOT_JOINED)
    ncp.stack.rejoin(values["have_network_key"], now, values["channels"])
    return {}


def _leave_network(ncp: Ncp, _values: Values, now: float) -> Values:
    if ncp.stack.state is NetworkState.NO_NETWORK:
        raise refused(ezsp_status.INVALID_STATE)
    ncp.stack.leave(now)
    ncp.store()
    return {}


def _permit_joining(ncp: Ncp, values: Values, now: float) -> Values:
    _needs(ncp, NetworkState.JOINED)
    ncp.stack.permit(values["seconds"], now)
    return {}


def _start_scan(ncp: Ncp, values: Values, now: float) -> Values:
    channels, exponent = values["channels"], values["exponent"]
    if not channels & ALL_CHANNELS or channels & ~ALL_CHANNELS:
        raise refused(ezsp_status.INVALID_CHANNEL_MASK)
    if exponent > LONGEST_SCAN:
        raise refused(ezsp_status.BAD_SCAN_DURATION)
    if values["scan_type"] == ENERGY_SCAN:
        ncp.stack.scan_energy(channels, exponent, now)
    elif values["scan_type"] == ACTIVE_SCAN:
        ncp.stack.scan_networks(channels, exponent, now)
    else:
        raise refused(ezsp_status.INVALID_PARAMETER)
    return {}


def _get_eui64(ncp: Ncp, _values: Values, _now: float) -> Values:
    return {"eui": ncp.stack.eui64}


def _get_node_id(ncp: Ncp, _values: Values, _now: float) -> Values:
    return {"node_id": ncp.stack.node_id}


def _get_network_parameters(ncp: Ncp, _values: Values, _now: float) -> Values:
    parameters = ncp.stack.parameters
    if parameters is None or ncp.stack.state is NetworkState.NO_NETWORK:
        raise refused(ezsp_status.NOT_JOINED)
    return {
        "node_type": ncp.stack.role.value if ncp.stack.role else UNKNOWN_ROLE,
        "extended_pan_id": parameters.extended_pan_id,
        "pan_id": parameters.pan_id,
        "transmit_power": parameters.transmit_power & 0xFF,
        "channel": parameters.channel,
        "join_method": JOIN_BY_ASSOCIATION,
        "manager": parameters.manager,
        "update_id": parameters.update_id,
        "channels": parameters.channels,
    }


def _get_parent_child(ncp: Ncp, _values: Values, _now: float) -> Values:
    parent = ncp.stack.parent
    children = sum(1 for one in ncp.stack.neighbours() if one.child)
    if parent is None:
        return {"child_count": children, "parent_eui": bytes(8), "parent": NO_PARENT}
    return {"child_count": children, "parent_eui": parent[1], "parent": parent[0]}


def _get_radio_parameters(ncp: Ncp, values: Values, now: float) -> Values:
    if values["phy"] != 0:
        raise refused(ezsp_status.INVALID_PARAMETER)
    known = _get_network_parameters(ncp, values, now)
    return {
        "transmit_power": _signed(known["transmit_power"]),
        "page": 0,
        "channel": known["channel"],
    }


def _get_logical_channel(ncp: Ncp, _values: Values, _now: float) -> Values:
    return {"channel": ncp.stack.parameters.channel if ncp.stack.parameters else 0}


def _set_radio_power(_ncp: Ncp, values: Values, _now: float) -> Values:
    """Checked; the virtual air takes every station to be equally loud."""
    if not POWER.least <= values["power"] <= POWER.most:
        raise refused(ezsp_status.TRANSMIT_INVALID_POWER)
    return {}


def _get_random_number(_ncp: Ncp, _values: Values, _now: float) -> Values:
    return {"value": secrets.randbits(16)}


def _set_concentrator(_ncp: Ncp, _values: Values, _now: float) -> Values:
    """Taken, and of no effect: many-to-one routes are for networks of many hops."""
    return {}


def _set_source_route_discovery(_ncp: Ncp, _values: Values, _now: float) -> Values:
    return {"remaining": 0}


HANDLERS = (
    ("networkState", _network_state),
    ("networkInit", _network_init),
    ("formNetwork", _form_network),
    ("joinNetwork", _join_network),
    ("findAndRejoinNetwork", _find_and_rejoin),
    ("leaveNetwork", _leave_network),
    ("permitJoining", _permit_joining),
    ("startScan", _start_scan),
    ("getEui64", _get_eui64),
    ("getNodeId", _get_node_id),
    ("getNetworkParameters", _get_network_parameters),
    ("getParentChildParameters", _get_parent_child),
    ("getRadioParameters", _get_radio_parameters),
    ("getLogicalChannel", _get_logical_channel),
    ("setRadioPower", _set_radio_power),
    ("getRandomNumber", _get_random_number),
    ("setConcentrator", _set_concentrator),
    ("setSourceRouteDiscoveryMode", _set_source_route_discovery),
)

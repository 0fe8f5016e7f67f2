"""A node's lasting state as plain values, and back."""

from __future__ import annotations

from dataclasses import asdict, replace
from enum import Enum
from typing import TYPE_CHECKING, Any

from host.radio.stack.core import COUNTER_STEP, Network
from host.radio.stack.neighbours import Row
from host.radio.stack.types import (
    DeviceType,
    InitialSecurity,
    KeyKind,
    LinkKey,
    NetworkParameters,
    Role,
)

if TYPE_CHECKING:
    from host.radio.stack.core import Core

VERSION = 1


def take(core: Core) -> dict[str, Any]:
    """The state; counters ahead by a step, which has to be stored before they get there."""
    core.stored_network_counter = core.network_counter + COUNTER_STEP
    core.stored_aps_counter = core.aps_counter + COUNTER_STEP
    network = core.network
    up = network is not None and network.key is not None
    return {
        "version": VERSION,
        "eui64": core.eui64.hex(),
        "network_counter": core.stored_network_counter,
        "aps_counter": core.stored_aps_counter,
        "network": _network(network) if network is not None and up else None,
        "link_keys": [{"index": index, **_plain(asdict(row))} for index, row in core.keys.rows()],
        "children": [
            {"slot": slot, **_child(row)} for slot, row in core.neighbours.children.items()
        ],
        "addresses": [[eui64.hex(), node_id] for eui64, node_id in core.neighbours.addresses()],
        "heard": [
            [sequence, source.hex(), counter]
            for (sequence, source), counter in core.nwk.security.expected.items()
        ],
    }


def restore(core: Core, state: dict[str, Any]) -> None:
    """Puts a state of `take` into a node that is in no network; ValueError for another's."""
    if state.get("version") != VERSION or state.get("eui64") != core.eui64.hex():
        raise ValueError("not a state of this node")
    core.network_counter = core.stored_network_counter = state["network_counter"]
    core.aps_counter = core.stored_aps_counter = state["aps_counter"]
    core.keys.restore(tuple(_link_key(row) for row in state["link_keys"]))
    core.neighbours.clear()
    for child in state["children"]:
        core.neighbours.children[child["slot"]] = _row(child)
    for eui64, node_id in state["addresses"]:
        core.neighbours.learn(node_id, bytes.fromhex(eui64))
    core.nwk.security.expected = {
        (sequence, bytes.fromhex(source)): counter for sequence, source, counter in state["heard"]
    }
    core.network = _read_network(state["network"]) if state["network"] is not None else None
    # The next counter is past what this state has: store before the first frame.
    core.stale = True


def _plain(values: dict[str, Any]) -> dict[str, Any]:
    return {name: _plain_value(value) for name, value in values.items()}


def _plain_value(value: Any) -> Any:
    if isinstance(value, Enum):
        return value.name
    return value.hex() if isinstance(value, bytes) else value


def _octets(value: str | None) -> bytes | None:
    return None if value is None else bytes.fromhex(value)


def _network(network: Network) -> dict[str, Any]:
    return {
        "role": network.role.name,
        "parameters": _plain(asdict(network.parameters)),
        "security": _plain(asdict(network.security)),
        "node_id": network.node_id,
        "keys": [[sequence, key.hex()] for sequence, key in network.keys.items()],
        "key_sequence": network.key_sequence,
        "trust_centre": _plain_value(network.trust_centre),
        "parent": network.parent,
        "depth": network.depth,
    }


def _read_network(state: dict[str, Any]) -> Network:
    parameters = NetworkParameters(**state["parameters"])
    security = InitialSecurity(**state["security"])
    return Network(
        Role[state["role"]],
        replace(parameters, extended_pan_id=bytes.fromhex(state["parameters"]["extended_pan_id"])),
        replace(
            security,
            link_key=bytes.fromhex(state["security"]["link_key"]),
            network_key=_octets(state["security"]["network_key"]),
            trust_centre=_octets(state["security"]["trust_centre"]),
        ),
        state["node_id"],
        {sequence: bytes.fromhex(key) for sequence, key in state["keys"]},
        state["key_sequence"],
        _octets(state["trust_centre"]),
        state["parent"],
        state["depth"],
    )


def _link_key(state: dict[str, Any]) -> tuple[int, LinkKey]:
    return state["index"], LinkKey(
        bytes.fromhex(state["partner"]),
        bytes.fromhex(state["key"]),
        state["outgoing_counter"],
        state["incoming_counter"],
        KeyKind[state["kind"]],
        state["verified"],
    )


def _child(row: Row) -> dict[str, Any]:
    return {
        "node_id": row.node_id,
        "eui64": row.eui64.hex(),
        "device_type": row.device_type.name,
        "timeout": row.timeout,
        "authenticated": row.authenticated,
    }


def _row(state: dict[str, Any]) -> Row:
    return Row(
        state["node_id"],
        bytes.fromhex(state["eui64"]),
        DeviceType[state["device_type"]],
        child=True,
        timeout=state["timeout"],
        authenticated=state["authenticated"],
    )

"""What the node tells, as callbacks to the host."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from host.radio.ncp.configuration import POLL_HANDLER, POLL_HANDLER_CALLBACK
from host.radio.ncp.statuses import STATUSES
from host.radio.ncp.tables import NODE_TYPES
from host.radio.stack import events
from host.radio.stack.types import KeyKind, Status

if TYPE_CHECKING:
    from host.radio.ncp.ncp import Ncp

# EmberKeyStatus
APPLICATION_KEY_ESTABLISHED = 1
TRUST_CENTRE_KEY_ESTABLISHED = 3
KEY_REQUEST_FAILED = 8


def _status(ncp: Ncp, event: events.StackStatus, _now: float) -> None:
    ncp.store()
    ncp.call_back("stackStatusHandler", {"status": STATUSES[event.status]})


def _message(ncp: Ncp, event: events.Message, now: float) -> None:
    ncp.messages.received(event, now)


def _sent(ncp: Ncp, event: events.Sent, _now: float) -> None:
    ncp.messages.sent(event)


def _trust_centre_join(ncp: Ncp, event: events.TrustCentreJoin, _now: float) -> None:
    ncp.call_back(
        "trustCenterJoinHandler",
        {
            "node_id": event.node_id,
            "eui": event.eui64,
            "update": event.kind.value,
            "decision": event.decision.value,
            "parent": event.parent,
        },
    )


def _child(ncp: Ncp, event: events.ChildJoined, _now: float) -> None:
    ncp.call_back(
        "childJoinHandler",
        {
            "index": event.index,
            "joining": event.joining,
            "node_id": event.node_id,
            "eui": event.eui64,
            "node_type": NODE_TYPES[event.device_type],
        },
    )


def _key(ncp: Ncp, event: events.KeyEstablished, _now: float) -> None:
    if event.kind is KeyKind.NETWORK:
        held = ncp.stack.network_key
        if held is not None:
            ncp.call_back("switchNetworkKeyHandler", {"sequence": held[1]})
        return
    status = KEY_REQUEST_FAILED
    if event.status is Status.OK:
        trust_centre = event.kind is KeyKind.TRUST_CENTRE_LINK
        status = TRUST_CENTRE_KEY_ESTABLISHED if trust_centre else APPLICATION_KEY_ESTABLISHED
    ncp.call_back("zigbeeKeyEstablishmentHandler", {"partner": event.partner, "status": status})


def _network(ncp: Ncp, event: events.NetworkFound, _now: float) -> None:
    ncp.call_back(
        "networkFoundHandler",
        {
            "channel": event.channel,
            "pan_id": event.pan_id,
            "extended_pan_id": event.extended_pan_id,
            "permit_joining": event.permit_joining,
            "stack_profile": event.stack_profile,
            "update_id": event.update_id,
            "lqi": event.lqi,
            "rssi": event.rssi,
        },
    )


def _energy(ncp: Ncp, event: events.EnergyFound, _now: float) -> None:
    ncp.call_back("energyScanResultHandler", {"channel": event.channel, "rssi": event.rssi})


def _scanned(ncp: Ncp, event: events.ScanComplete, _now: float) -> None:
    values = {"channel": event.channel, "status": STATUSES[event.status]}
    ncp.call_back("scanCompleteHandler", values)


def _polled(ncp: Ncp, event: events.Polled, _now: float) -> None:
    if ncp.configuration.policies[POLL_HANDLER] == POLL_HANDLER_CALLBACK:
        ncp.call_back("pollHandler", {"node_id": event.child, "transmit_expected": False})


def _poll_complete(ncp: Ncp, event: events.PollComplete, _now: float) -> None:
    ncp.messages.polled(event)


TELLERS: dict[type, Callable[[Ncp, Any, float], None]] = {
    events.StackStatus: _status,
    events.Message: _message,
    events.Sent: _sent,
    events.TrustCentreJoin: _trust_centre_join,
    events.ChildJoined: _child,
    events.KeyEstablished: _key,
    events.NetworkFound: _network,
    events.EnergyFound: _energy,
    events.ScanComplete: _scanned,
    events.Polled: _polled,
    events.PollComplete: _poll_complete,
}


def tell(ncp: Ncp, event: events.Event, now: float) -> None:
    """One event to the host."""
    TELLERS[type(event)](ncp, event, now)

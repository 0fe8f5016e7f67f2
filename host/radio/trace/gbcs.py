"""The tunnel of GBCS (GBCS 10.2) and the message in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from host.radio.trace import names
from host.radio.trace.layer import Layer
from smets.codec.errors import DecodeError
from smets.dlms.access import ACCESS_REQUEST, ACCESS_RESPONSE, AccessRequest, AccessResponse
from smets.dlms.notification import DATA_NOTIFICATION, DataNotification
from smets.gbcs import use_cases_text
from smets.gbcs.gbz import PROFILE_SMART_ENERGY, Component, Gbz, GbzAlert
from smets.gbcs.grouping import ALERT, COMMAND, GENERAL_SIGNING, RESPONSE
from smets.gbcs.message import MAC_HEADER_START, Message
from smets.zigbee import clusters_text, zcl
from smets.zigbee.tunnel import GET, GET_RESPONSE, PUT

_MESSAGE_STARTS = (GENERAL_SIGNING, MAC_HEADER_START[0])
_CRA = {COMMAND: "command", RESPONSE: "response", ALERT: "alert"}


def tunnel_layers(data: bytes) -> Iterator[Layer]:
    """What a TransferData command carries: a bare message (ESME) or a framed one (GSME)."""
    if not data:
        raise DecodeError("an empty TransferData")
    message = data
    if data[0] == GET and len(data) == 1:
        yield Layer("TUNNEL", "GET", {"command": "GET"})
        return
    if data[0] == GET_RESPONSE and len(data) > 1:
        remaining, message = data[1], data[2:]
        fields = {"command": "GET-RESPONSE", "remaining": remaining}
        yield Layer("TUNNEL", f"GET-RESPONSE, {remaining} more wait", fields)
    elif data[0] == PUT:
        message = data[1:]
        yield Layer("TUNNEL", "PUT", {"command": "PUT"})
    elif data[0] not in _MESSAGE_STARTS:
        raise DecodeError(f"a tunnel's data that starts with {data[0]:02x}")
    if message:
        yield gbcs_layer(message)


def gbcs_layer(octets: bytes) -> Layer:
    """A message in the words of its use case; what is encrypted in it stays so."""
    message = Message.decode(octets)
    header = message.header
    case = use_cases_text.load().find(header.message_code)
    name = case.name if case else "unknown"
    title = case.title if case else "unknown use case"
    cra = _CRA[header.cra_flag]
    fields: dict[str, Any] = {
        "use_case": name,
        "title": title,
        "message_code": header.message_code,
        "cra": cra,
        "originator": header.originator,
        "recipient": header.recipient,
        "originator_counter": header.originator_counter,
        "signed": bool(message.signature),
        "mac": message.mac is not None,
        "octets": len(octets),
    }
    if header.supplementary_remote_party:
        fields["supplementary_remote_party"] = header.supplementary_remote_party
        fields["supplementary_remote_party_counter"] = header.supplementary_remote_party_counter
    payload = _payload(message)
    summary = (
        f"{name} {cra}, {title}, {header.originator.hex()} → {header.recipient.hex()}, "
        f"counter {header.originator_counter}, {len(octets)} octets: {payload}"
    )
    return Layer("GBCS", summary, fields | {"payload": payload})


def _payload(message: Message) -> str:
    """What a payload is, and how much it says."""
    for start, shown in _LANGUAGES:
        if message.payload.startswith(start):
            try:
                return shown(message)
            except DecodeError as error:
                return f"unreadable, {error}"
    return f"{len(message.payload)} octets of DER"


def _zcl(message: Message) -> str:
    if message.header.cra_flag == ALERT:
        alert = GbzAlert.decode(message.payload, with_components=False)
        return f"GBZ alert {alert.alert_code:04x}"
    components = Gbz.decode(message.payload).components
    return "GBZ " + "; ".join(_component(each) for each in components)


def _request(message: Message) -> str:
    count = len(AccessRequest.decode(message.payload).specifications)
    return f"DLMS access request of {count}"


def _response(message: Message) -> str:
    results = [result for _, result in AccessResponse.decode(message.payload).results]
    return f"DLMS access response with results {results}"


def _notification(message: Message) -> str:
    DataNotification.decode(message.payload)
    return "DLMS data notification"


# How each language's payloads start; what is none of these is DER.
_LANGUAGES: tuple[tuple[bytes, Callable[[Message], str]], ...] = (
    (PROFILE_SMART_ENERGY, _zcl),
    (bytes((ACCESS_REQUEST,)), _request),
    (bytes((ACCESS_RESPONSE,)), _response),
    (bytes((DATA_NOTIFICATION,)), _notification),
)


def _component(component: Component) -> str:
    control, _, number = component.zcl_header
    cluster = clusters_text.names().get(component.cluster, f"cluster {component.cluster:04x}")
    table = clusters_text.load()
    known = table.command(component.cluster, bool(control & zcl.TO_CLIENT), number)
    if not control & zcl.CLUSTER_COMMAND:
        word = names.ZCL_COMMANDS.get(number, f"command {number:02x}")
    else:
        word = known.name if known else f"command {number:02x}"
    return f"{cluster} {word}{', encrypted' if component.frame_counter is not None else ''}"

"""Every payload decoded to its last field and written again."""

from __future__ import annotations

from host.conformance import der_tree
from smets.codec.errors import DecodeError
from smets.dlms.access import AccessRequest, AccessResponse
from smets.dlms.notification import DataNotification
from smets.gbcs import use_cases, use_cases_text
from smets.gbcs.gbz import PROFILE_SMART_ENERGY, Gbz, GbzAlert
from smets.gbcs.grouping import ALERT, COMMAND, RESPONSE
from smets.gbcs.message import Message
from smets.gbcs.use_cases import UseCase

GCS53 = 0x008B  # the one GBZ alert whose content is a ZCL command


def use_case_of(message: Message) -> UseCase:
    """The table's row for a message; DecodeError when there is none."""
    found = use_cases_text.load().find(message.header.message_code)
    if found is None:
        raise DecodeError(f"message code {message.header.message_code:04x} is in no use case")
    return found


def payload_kind(message: Message) -> int:
    """The payload language; generic alerts show it in their first octets."""
    kind = use_case_of(message).payload
    if kind != use_cases.ANY:
        return kind
    return use_cases.GBZ if message.payload[:2] == PROFILE_SMART_ENERGY else use_cases.DLMS


def dlms_body(message: Message) -> AccessRequest | AccessResponse | DataNotification:
    """The DLMS payload, decoded."""
    if message.header.cra_flag == COMMAND:
        return AccessRequest.decode(message.payload)
    if message.header.cra_flag == RESPONSE:
        return AccessResponse.decode(message.payload)
    return DataNotification.decode(message.payload)


def rewritten(message: Message) -> tuple[bytes, list[str]]:
    """The payload decoded and encoded again, and where its DER is not in the shortest form."""
    kind = payload_kind(message)
    cra_flag = message.header.cra_flag
    if kind == use_cases.DLMS:
        return dlms_body(message).encode(), []
    if kind == use_cases.GBZ and cra_flag == ALERT:
        with_components = message.header.message_code == GCS53
        return GbzAlert.decode(message.payload, with_components).encode(), []
    if kind == use_cases.GBZ:
        return Gbz.decode(message.payload).encode(), []
    tree = der_tree.decode(message.payload)
    return tree.encode(), list(tree.non_minimal())

"""The encrypted parts of a message: class 30 structures of DLMS, components of GBZ."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from host.conformance.payloads import GCS53, payload_kind

if TYPE_CHECKING:
    from smets.dlms.data import Data
from smets.dlms import data as axdr
from smets.dlms.access import AccessResponse
from smets.dlms.notification import DataNotification
from smets.gbcs import use_cases
from smets.gbcs.gbz import Gbz, GbzAlert
from smets.gbcs.grouping import ALERT, COMMAND
from smets.gbcs.message import Message
from smets.gbcs.protection import CIPHERED_PREFIX


def _in_data(data: Data) -> Iterator[bytes]:
    tag, value = data
    if tag == axdr.OCTET_STRING and value.startswith(CIPHERED_PREFIX):
        yield value
    elif tag in {axdr.ARRAY, axdr.STRUCTURE}:
        for element in value:
            yield from _in_data(element)


def parts(message: Message) -> list[bytes]:
    """Ciphered information of each encrypted part, in order."""
    header = message.header
    if header.cra_flag == COMMAND:
        return []
    kind = payload_kind(message)
    if kind == use_cases.DLMS:
        if header.cra_flag == ALERT:
            return list(_in_data(DataNotification.decode(message.payload).body))
        return [
            part for data in AccessResponse.decode(message.payload).data for part in _in_data(data)
        ]
    if kind == use_cases.GBZ:
        if header.cra_flag == ALERT:
            decoded = GbzAlert.decode(message.payload, header.message_code == GCS53)
            components = decoded.components
        else:
            components = Gbz.decode(message.payload).components
        return [each.payload for each in components if each.frame_counter is not None]
    return []

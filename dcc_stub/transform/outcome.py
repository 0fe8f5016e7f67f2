"""What a response or alert of a device says, as far as the DCC has to know it."""

from __future__ import annotations

from typing import NamedTuple

from dcc_stub.transform import credentials
from smets.codec.errors import DecodeError
from smets.codec.reader import Reader
from smets.dlms import data as axdr
from smets.dlms.access import ACCESS_RESPONSE, AccessResponse
from smets.dlms.notification import DATA_NOTIFICATION, DataNotification
from smets.gbcs import alerts, der
from smets.gbcs.der import DerReader
from smets.gbcs.message import Message

SUCCESS = 0
GBZ_PROFILE = b"\x01\x09"
REFERENCE_OCTETS = 10
LARGEST_ALERT_CODE = 0xFFFF

FUTURE_DATED_CODES = (alerts.FUTURE_DATED_SUCCESS, alerts.FUTURE_DATED_FAILURE)
FUTURE_DATED_CREDENTIALS = 0x00CB
FUTURE_DATED_DLMS = 0x00CC
FUTURE_DATED_GBZ = 0x00CD


class FutureDated(NamedTuple):
    """The outcome of one instruction of a future dated command, by code and counter of that."""

    alert_code: int
    message_code: int
    originator_counter: int
    instructions: int


def succeeded(message: Message) -> bool:
    """Whether a DLMS response reports success for everything the command named."""
    if message.payload[:1] != bytes((ACCESS_RESPONSE,)):
        return False
    try:
        results = AccessResponse.decode(message.payload).results
    except DecodeError:
        return False
    return all(result == SUCCESS for _, result in results)


def alert_code(message: Message) -> int:
    """The alert code of an alert; DecodeError when the payload is none."""
    payload = message.payload
    if payload[:1] == bytes((DATA_NOTIFICATION,)):
        return _content(payload)[0]
    if payload[:1] == bytes((der.SEQUENCE,)):
        code = DerReader.over(payload, True).nested().integer()
        if code > LARGEST_ALERT_CODE:
            raise DecodeError("an alert code has two octets")
        return code
    reader = Reader(payload)
    reader.expect(GBZ_PROFILE, "start of an alert")
    reader.octet()  # number of components
    return reader.unsigned(2)


def future_dated(message: Message) -> FutureDated | None:
    """What a future dated outcome alert tells; None for any other alert."""
    told = _future_dated(message)
    if told is not None and told.alert_code not in FUTURE_DATED_CODES:
        raise DecodeError("not the alert code of a future dated outcome")
    return told


def _future_dated(message: Message) -> FutureDated | None:
    code = message.header.message_code
    if code == FUTURE_DATED_DLMS:
        alert, reference = _content(message.payload)
    elif code == FUTURE_DATED_GBZ:
        reader = Reader(message.payload)
        reader.expect(GBZ_PROFILE, "start of an alert")
        reader.octet()
        alert = reader.unsigned(2)
        reader.skip(4)  # time
        reference = reader.take(reader.octet())
    elif code == FUTURE_DATED_CREDENTIALS:
        return _credentials(message)
    else:
        return None
    if len(reference) < REFERENCE_OCTETS:
        raise DecodeError("a future dated outcome names a message code and a counter")
    number = int.from_bytes(reference[:2]), int.from_bytes(reference[2:REFERENCE_OCTETS])
    return FutureDated(alert, *number, instructions=1)


def _credentials(message: Message) -> FutureDated | None:
    alert, told = credentials.replaced_later(message)
    for command, mode, _ in credentials.MODES:
        if mode == told.mode:
            return FutureDated(alert, command, told.sequence_number, instructions=1)
    return None


def _content(payload: bytes) -> tuple[int, bytes]:
    """Alert code and, if it is there, the octet-string behind the time stamp."""
    tag, elements = DataNotification.decode(payload).body
    if tag != axdr.STRUCTURE or not elements or elements[0][0] != axdr.LONG_UNSIGNED:
        raise DecodeError("a data notification starts with an alert code")
    rest = [value for kind, value in elements[2:3] if kind == axdr.OCTET_STRING]
    return elements[0][1], rest[0] if rest else b""

"""Alerts of DLMS and GBZ devices as named values."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from dcc_stub.duis.types import DateTime
from dcc_stub.user import values, zcl_values
from smets.codec.errors import DecodeError
from smets.codec.reader import Reader
from smets.dlms import data as axdr
from smets.dlms.notification import DataNotification
from smets.gbcs import alerts_text, use_cases_text
from smets.gbcs.gbz import GbzAlert
from smets.zigbee import zcl

if TYPE_CHECKING:
    from smets.dlms.data import Data

DEVICE_LOG_CHANGED = 0x0018
FUTURE_DATED_DLMS = 0x00CC
FUTURE_DATED_GBZ = 0x00CD
COMMAND_NOT_SUPPORTED = 0x0120
COMMAND_OCTETS = 10  # message code and originator counter of a command


def dlms(message_code: int, payload: bytes) -> dict[str, Any]:
    """Code, title, time and content of an alert in a data notification."""
    tag, elements = DataNotification.decode(payload).body
    if tag != axdr.STRUCTURE or len(elements) < 2:
        raise DecodeError("an alert is a code, a time and what belongs to it")
    told = _entry(elements[0][1])
    if isinstance(elements[1][1], bytes):
        told["time"] = values.moment(elements[1][1])
    read = next((reader for code, reader in _CONTENTS if code == message_code), _plain)
    told["content"] = read(list(elements[2:]))
    return told


def _plain(elements: list[Data]) -> Any:
    return [values.plain(element) for element in elements]


def _device_log(elements: list[Data]) -> Any:
    if not elements:
        raise DecodeError("the alert on a changed device log holds the log")
    return values.device_log(elements[0])


def _command(elements: list[Data]) -> Any:
    (octets,) = [value for tag, value in elements[:1] if tag == axdr.OCTET_STRING] or [b""]
    if len(octets) < COMMAND_OCTETS:
        return _plain(elements)
    return _named_command(octets)


_CONTENTS: tuple[tuple[int, Callable[[list[Data]], Any]], ...] = (
    (DEVICE_LOG_CHANGED, _device_log),
    (FUTURE_DATED_DLMS, _command),
    (COMMAND_NOT_SUPPORTED, _command),
)


def gbz(message_code: int, payload: bytes) -> dict[str, Any]:
    """The same for an alert of a device that speaks GBZ."""
    alert = GbzAlert.decode(payload, False)
    told = entry(alert.alert_code, alert.time)
    content = alert.content
    if message_code == FUTURE_DATED_GBZ:
        reader = Reader(content)
        octets = reader.take(reader.octet())
        reader.finish()
        return told | {"content": _instruction(octets)}
    return told | ({"content": content.hex()} if content else {})


def _instruction(octets: bytes) -> dict[str, Any]:
    """The command, and the ZCL command in it that was carried out."""
    reader = Reader(octets)
    named = _named_command(reader.take(COMMAND_OCTETS))
    cluster, control, number = reader.unsigned(2), reader.octet(), reader.octet()
    reader.finish()
    to_client = bool(control & zcl.TO_CLIENT)
    return named | {"Instruction": zcl_values.command_name(cluster, to_client, number)}


def _named_command(octets: bytes) -> dict[str, Any]:
    code, counter = int.from_bytes(octets[:2]), int.from_bytes(octets[2:COMMAND_OCTETS])
    case = use_cases_text.load().find(code)
    return {"Command": case.name if case else f"{code:04X}", "OriginatorCounter": counter}


def entry(code: int, time: int) -> dict[str, Any]:
    """Code, title and time of an alert, the latter in seconds since 2000."""
    return _entry(code) | {"time": DateTime().format(time)}


def _entry(code: int) -> dict[str, Any]:
    return {"alert": f"{code:04X}", "title": alerts_text.title(code)}

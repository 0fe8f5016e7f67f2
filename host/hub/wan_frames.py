"""The JSON text frames of the WAN link."""

import json
from collections.abc import Iterable
from dataclasses import dataclass

from host.hub.device_log import DEVICE_TYPES, Entry

VERSION = 1
EUI_LENGTH = 8
LONGEST_ID = 200


class WanFrameError(Exception):
    """A frame that is not one of this link; the text says what is wrong with it."""


@dataclass(frozen=True)
class Message:
    """A GBCS message for `device`, or from it."""

    id: str
    device: str
    message: bytes


@dataclass(frozen=True)
class Ack:
    """The other side has stored the message `id`."""

    id: str


def hello(hub: str) -> str:
    """The first frame: which hub this is."""
    return json.dumps({"type": "hello", "hub": hub, "version": VERSION})


def message(identifier: str, device: str, octets: bytes) -> str:
    """A GBCS message that `device` made."""
    return json.dumps(
        {"type": "message", "id": identifier, "device": device, "message": octets.hex()}
    )


def ack(identifier: str, refused: str | None) -> str:
    """`refused`: why the message, stored as it is, went nowhere."""
    content = {"type": "ack", "id": identifier}
    if refused:
        content["refused"] = refused
    return json.dumps(content)


def status(entries: Iterable[Entry]) -> str:
    """The device log, for the DCC's inventory."""
    devices = [
        {"device": entry.eui, "type": type_name(entry.type), "status": entry.status}
        for entry in entries
    ]
    return json.dumps({"type": "status", "devices": devices})


def type_name(device_type: int) -> str:
    """The standard's name of a device type, or its number where there is none."""
    return DEVICE_TYPES[device_type] if device_type < len(DEVICE_TYPES) else str(device_type)


def parse(text: str) -> Message | Ack | None:
    """What the DCC says; None for a type of frame that this version does not know."""
    try:
        content = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise WanFrameError("not JSON") from error
    if not isinstance(content, dict):
        raise WanFrameError("not a JSON object")
    kind = content.get("type")
    if kind == "message":
        return Message(_id(content), _device(content), _octets(content, "message"))
    if kind == "ack":
        return Ack(_id(content))
    return None


def _text(content: dict[str, object], key: str) -> str:
    value = content.get(key)
    if not isinstance(value, str):
        raise WanFrameError(f"no text at {key!r}")
    return value


def _id(content: dict[str, object]) -> str:
    value = _text(content, "id")
    if not 0 < len(value) <= LONGEST_ID:
        raise WanFrameError(f"an id has 1 to {LONGEST_ID} characters")
    return value


def _octets(content: dict[str, object], key: str) -> bytes:
    try:
        return bytes.fromhex(_text(content, key))
    except ValueError as error:
        raise WanFrameError(f"no hexadecimal octets at {key!r}") from error


def _device(content: dict[str, object]) -> str:
    octets = _octets(content, "device")
    if len(octets) != EUI_LENGTH:
        raise WanFrameError(f"an EUI-64 has {EUI_LENGTH} octets")
    return octets.hex()

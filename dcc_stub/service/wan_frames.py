"""The JSON text frames of the WAN link, as the DCC reads and writes them."""

from __future__ import annotations

import json
from typing import Any, NamedTuple

VERSION = 1
LONGEST_FRAME = 64 * 1024
LONGEST_ID = 200


class FrameError(Exception):
    """A frame that is not one of this link."""


class Hello(NamedTuple):
    """The first frame: which hub this is."""

    hub: bytes


class Message(NamedTuple):
    """A GBCS message from a device."""

    id: str
    device: bytes
    message: bytes


class Ack(NamedTuple):
    """The hub has stored a message; `refused` says why it goes no further, if so."""

    id: str
    refused: str | None


class Status(NamedTuple):
    """The devices of the hub's log that are on the HAN."""

    joined: tuple[bytes, ...]


Frame = Hello | Message | Ack | Status


def read(text: str) -> Frame | None:
    """A frame; None for a type that this version does not know, FrameError for a broken one."""
    try:
        content = json.loads(text)
        if not isinstance(content, dict):
            raise FrameError("not a JSON object")
        reader = _READERS.get(content.get("type"))
        return reader(content) if reader else None
    except (ValueError, RecursionError, KeyError, TypeError) as error:
        raise FrameError(f"not a frame of the WAN link: {type(error).__name__}") from error


def _hello(content: dict[str, Any]) -> Hello:
    if content["version"] != VERSION:
        raise FrameError(f"version {content['version']!r}; this DCC speaks {VERSION}")
    return Hello(_eui(content["hub"]))


def _message(content: dict[str, Any]) -> Message:
    octets = bytes.fromhex(content["message"])
    return Message(_id(content["id"]), _eui(content["device"]), octets)


def _ack(content: dict[str, Any]) -> Ack:
    refused = content.get("refused")
    return Ack(_id(content["id"]), str(refused)[:LONGEST_ID] if refused else None)


def _status(content: dict[str, Any]) -> Status:
    devices = [entry for entry in content["devices"] if entry["status"] == "joined"]
    return Status(tuple(_eui(entry["device"]) for entry in devices))


_READERS: dict[Any, Any] = {
    "hello": _hello,
    "message": _message,
    "ack": _ack,
    "status": _status,
}


def _id(value: Any) -> str:
    if not isinstance(value, str) or not 0 < len(value) <= LONGEST_ID:
        raise FrameError(f"an id is text of 1 to {LONGEST_ID} characters")
    return value


def _eui(value: str) -> bytes:
    octets = bytes.fromhex(value.replace("-", ""))
    if len(octets) != 8:
        raise FrameError("an EUI-64 has 8 octets")
    return octets


def message(identifier: str, device: bytes, octets: bytes) -> str:
    """A GBCS message for a device."""
    content = {"id": identifier, "device": device.hex(), "message": octets.hex()}
    return json.dumps({"type": "message", **content})


def ack(identifier: str) -> str:
    """The DCC has stored the message."""
    return json.dumps({"type": "ack", "id": identifier})

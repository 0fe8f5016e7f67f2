"""Frames of the WAN link and of a board's serial line."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from dcc_stub.service import wan_frames as dcc_frames
from host.cli.benchmarks.household import HUB, NOW
from host.cli.benchmarks.soak.parsers.parser import Parser
from host.cli.benchmarks.soak.tally import LenientError
from host.cli.benchmarks.soak.templates import METER, Template
from host.hub import wan_frames as hub_frames
from host.hub.device_log import Entry, Status
from host.hub.han_session import HanSession
from smets.codec.errors import DecodeError
from smets.codec.frame import Deframer, frame
from smets.codec.link import PUT, numbered
from smets.gbcs.roles import ESME

FLAG, ESCAPE, COMPLEMENT = 0x7E, 0x7D, 0x20
POLYNOMIAL = 0x8408  # x^16 + x^12 + x^5 + 1, reflected


def parsers(templates: Sequence[Template]) -> Iterator[Parser]:
    """Both ends of the WAN link, and the hub's end of a line."""
    frames = _frames()
    yield Parser("WAN frames, DCC", frames, _take_dcc_frame, (dcc_frames.FrameError,))
    yield Parser("WAN frames, hub", frames, _take_hub_frame, (hub_frames.WanFrameError,))
    yield Parser("serial frames", _lines(templates), _take_line, (DecodeError,))


def _frames() -> list[bytes]:
    message = bytes(range(64))
    frames = (
        hub_frames.hello(HUB.hex()),
        hub_frames.message("a-1", METER.hex(), message),
        hub_frames.ack("a-1", None),
        hub_frames.ack("a-1", "no such device"),
        hub_frames.status([Entry(METER.hex(), ESME, Status.JOINED)]),
        dcc_frames.message("7", METER, message),
        dcc_frames.ack("7"),
    )
    return [each.encode() for each in frames]


def _take_dcc_frame(octets: bytes) -> None:
    text = _text(octets)
    found = dcc_frames.read(text)
    content = json.loads(text)
    if isinstance(found, dcc_frames.Message):
        _same(content, found.id, found.device, found.message)
        if dcc_frames.read(dcc_frames.message(*found)) != found:
            raise LenientError("it says something else when it is written again")
    elif isinstance(found, dcc_frames.Ack):
        _same(content, found.id)
    elif isinstance(found, dcc_frames.Hello) and not _is_hex(content["hub"], found.hub):
        raise LenientError("a hub that the frame does not name")


def _take_hub_frame(octets: bytes) -> None:
    text = _text(octets)
    found = hub_frames.parse(text)
    content = json.loads(text)
    if isinstance(found, hub_frames.Message):
        _same(content, found.id, bytes.fromhex(found.device), found.message)
        if hub_frames.parse(hub_frames.message(found.id, found.device, found.message)) != found:
            raise LenientError("it says something else when it is written again")
    elif isinstance(found, hub_frames.Ack):
        _same(content, found.id)


def _text(octets: bytes) -> str:
    """A WebSocket's text frames are UTF-8; others do not come this far."""
    return octets.decode("utf-8", "replace")


def _same(content: dict[str, object], identifier: str, *hexadecimal: bytes) -> None:
    if content["id"] != identifier:
        raise LenientError("another id than the frame's")
    for name, octets in zip(("device", "message"), hexadecimal, strict=False):
        if not _is_hex(content[name], octets):
            raise LenientError(f"another {name} than the frame's")


def _is_hex(text: object, octets: bytes) -> bool:
    """Case, and blanks or hyphens between octets, do not matter."""
    plain = "".join(str(text).replace("-", "").split())
    return isinstance(text, str) and plain.lower() == octets.hex()


def _lines(templates: Sequence[Template]) -> list[bytes]:
    session = HanSession()
    short = [each.octets for each in templates if len(each.octets) < 300]
    return [
        session.clock(NOW) + session.put(1, short[0]) + session.ack(7),
        session.get_response(2, short[1], 3) + session.no_message(),
        session.status() + session.who(),
        *(frame(numbered(PUT, number, octets)) for number, octets in enumerate(short)),
    ]


def _take_line(octets: bytes) -> None:
    """Whatever comes out of a line stood on it between flags, with its check sequence."""
    deframer = Deframer()
    contents = deframer.feed(octets)
    HanSession().feed(octets)
    if not contents:
        raise DecodeError("no frame")
    stood = [_unescaped(part) for part in octets.split(bytes((FLAG,)))]
    for content in contents:
        if content + _check_sequence(content) not in stood:
            raise LenientError("a frame came out that was not on the line")


def _unescaped(part: bytes) -> bytes:
    out = bytearray()
    complement = 0
    for octet in part:
        if octet == ESCAPE and not complement:
            complement = COMPLEMENT
        else:
            out.append(octet ^ complement)
            complement = 0
    return bytes(out)


def _check_sequence(content: bytes) -> bytes:
    """RFC 1662 C.2, bit by bit."""
    register = 0xFFFF
    for octet in content:
        register ^= octet
        for _ in range(8):
            register = register >> 1 ^ (POLYNOMIAL if register & 1 else 0)
    return (register ^ 0xFFFF).to_bytes(2, "little")

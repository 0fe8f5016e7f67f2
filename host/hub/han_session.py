"""The hub's end of a link to a board: octets in, what the board said out. No sockets, no time."""

from dataclasses import dataclass

from smets.codec.frame import Deframer, frame
from smets.codec.link import (
    ACK,
    CLOCK,
    GET,
    GET_RESPONSE,
    IDENTIFY,
    NUMBER_LENGTH,
    PUT,
    STATUS,
    VERSION,
    numbered,
)

EUI_LENGTH = 8
GSME = 0  # sleeps, and is only spoken to when it asks


@dataclass(frozen=True)
class Identified:
    """The board says who it is: EUI-64 in hexadecimal, number of the GBCS device type."""

    eui: str
    type: int


@dataclass(frozen=True)
class Received:
    """The board's message `number`; acknowledge it when it is stored."""

    number: int
    message: bytes


@dataclass(frozen=True)
class Stored:
    """The board has stored the hub's message `number`."""

    number: int


@dataclass(frozen=True)
class Asked:
    """The board is awake and asks for a message."""


@dataclass(frozen=True)
class Reported:
    """The board's answer to a status request, JSON text."""

    text: str


Event = Identified | Received | Stored | Asked | Reported


class HanSession:
    """Turns octets into events and requests into octets; passes over what makes no sense."""

    def __init__(self) -> None:
        self._deframer = Deframer()

    @property
    def frames_dropped(self) -> int:
        return self._deframer.dropped

    def feed(self, octets: bytes) -> list[Event]:
        events = (_event(content) for content in self._deframer.feed(octets))
        return [event for event in events if event is not None]

    def put(self, number: int, message: bytes) -> bytes:
        return frame(numbered(PUT, number, message))

    def get_response(self, number: int, message: bytes, remaining: int) -> bytes:
        content = numbered(GET_RESPONSE, number, bytes((min(remaining, 0xFF),)) + message)
        return frame(content)

    def no_message(self) -> bytes:
        return frame(bytes((GET_RESPONSE,)))

    def ack(self, number: int) -> bytes:
        return frame(numbered(ACK, number))

    def clock(self, now: int) -> bytes:
        return frame(bytes((CLOCK,)) + now.to_bytes(4, "big"))

    def who(self) -> bytes:
        return frame(bytes((IDENTIFY,)))

    def status(self) -> bytes:
        return frame(bytes((STATUS,)))


def _event(content: bytes) -> Event | None:
    kind, body = content[0], content[1:]
    if kind == IDENTIFY and len(body) == EUI_LENGTH + 2 and body[-1] == VERSION:
        return Identified(body[:EUI_LENGTH].hex(), body[EUI_LENGTH])
    if kind == PUT and len(body) > NUMBER_LENGTH:
        return Received(int.from_bytes(body[:NUMBER_LENGTH], "big"), body[NUMBER_LENGTH:])
    if kind == ACK and len(body) == NUMBER_LENGTH:
        return Stored(int.from_bytes(body, "big"))
    if kind == GET and not body:
        return Asked()
    if kind == STATUS:
        return Reported(body.decode(errors="replace"))
    return None

"""The frames between a board and its hub: what the first octet of a frame's content means.

Both ends number the messages they store for the other (GET_RESPONSE, PUT) and keep the number
with the message, so an ACK is true for ever: "message so-and-so is in my store", whatever
restarted in between. A store starts at a random number; the receiver keeps the last number it
stored and drops, but acknowledges, what it has already.
"""

from __future__ import annotations

from smets.codec.frame import LIMIT

GET = 0x01  # device to hub; nothing follows: "have you a message for me?"
GET_RESPONSE = (
    0x02  # hub to device; number, messages remaining (1), message; GET_RESPONSE alone: none
)
PUT = 0x03  # both ways; number, message
ACK = 0x06  # both ways; number: that message is stored by the receiver
CLOCK = 0x10  # hub to device; UTC, seconds since 2000 (4)
# Device to hub; EUI-64 (8), device type (1), VERSION (1). Hub to device; nothing: "who are you?"
IDENTIFY = 0x11
STATUS = 0x12  # hub to device; nothing. Device to hub; JSON

VERSION = 1
NUMBER_LENGTH = 4
NUMBERS = 1 << 32
LONGEST_MESSAGE = LIMIT - 1 - NUMBER_LENGTH - 1  # octets; what a GET_RESPONSE can carry
REPEAT_WINDOW = (
    256  # one message is under way at a time, so a repeat is never further back than this
)


def numbered(kind: int, number: int, message: bytes = b"") -> bytes:
    """A PUT or an ACK."""
    return bytes((kind,)) + number.to_bytes(NUMBER_LENGTH, "big") + message


def following(number: int) -> int:
    """The number of the sender's next message."""
    return (number + 1) % NUMBERS


def is_repeat(last: int | None, number: int) -> bool:
    """Whether `number` is stored already when `last` was the last one stored (None: none yet)."""
    return last is not None and (last - number) % NUMBERS < REPEAT_WINDOW

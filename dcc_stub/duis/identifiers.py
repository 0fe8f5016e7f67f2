"""EUI-64s and request identifiers as DUIS writes them."""

from __future__ import annotations

import re
from typing import NamedTuple, Self

from smets.codec.errors import DecodeError

GREATEST_COUNTER = 2**64 - 1

_EUI = re.compile("[0-9A-Fa-f]{2}(-[0-9A-Fa-f]{2}){7}")
_COUNTER = re.compile("0|[1-9][0-9]{0,19}")


def read_eui(text: str) -> bytes:
    """The 8 octets of `90-B3-D5-1F-30-01-00-00`; DecodeError for any other form."""
    if not _EUI.fullmatch(text):
        raise DecodeError("an EUI-64 is eight pairs of hexadecimal digits with hyphens between")
    return bytes.fromhex(text.replace("-", ""))


def write_eui(eui: bytes) -> str:
    """An EUI-64 in the form of DUIS, upper case."""
    return eui.hex("-").upper()


class RequestId(NamedTuple):
    """Who asks whom, and the originator counter: what a response is matched by."""

    originator: bytes
    target: bytes
    counter: int

    @classmethod
    def read(cls, text: str) -> Self:
        """Reads `EUI:EUI:counter`; DecodeError for any other form."""
        parts = text.split(":")
        if len(parts) != 3 or not _COUNTER.fullmatch(parts[2]):
            raise DecodeError(
                "an identifier is originator, target and counter with colons between"
            )
        counter = int(parts[2])
        if counter > GREATEST_COUNTER:
            raise DecodeError("a counter has 64 bits")
        return cls(read_eui(parts[0]), read_eui(parts[1]), counter)

    def __str__(self) -> str:
        return f"{write_eui(self.originator)}:{write_eui(self.target)}:{self.counter}"

    def reversed(self) -> RequestId:
        """The ResponseID that answers this RequestID."""
        return RequestId(self.target, self.originator, self.counter)

"""RFC 1662 asynchronous framing: what keeps messages apart on a serial line.

A frame is flag, content, FCS-16 (ITU-T X.25, least significant octet first), flag; flag and
escape octets inside it are escaped. The receiver works in one buffer of fixed size and never
raises: what is not a good frame is dropped and counted, and the next flag starts afresh.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

FLAG = 0x7E
ESCAPE = 0x7D
COMPLEMENT = 0x20  # RFC 1662 4.2: an escaped octet has bit 5 complemented
FCS_LENGTH = 2
LIMIT = 2048  # octets of content

_INITIAL = 0xFFFF
_GOOD = 0xF0B8  # RFC 1662 C.1: the FCS run over content and FCS of a good frame


def _update(fcs: int, octet: int) -> int:
    """RFC 1662 C.2 without its table: one octet, polynomial x^16 + x^12 + x^5 + 1 reflected."""
    octet = (octet ^ fcs) & 0xFF
    octet ^= (octet << 4) & 0xFF
    return (fcs >> 8) ^ (octet << 8) ^ (octet << 3) ^ (octet >> 4)


def fcs16(octets: bytes) -> int:
    """The frame check sequence of `octets`; it travels least significant octet first."""
    fcs = _INITIAL
    for octet in octets:
        fcs = _update(fcs, octet)
    return fcs ^ 0xFFFF


def frame(content: bytes) -> bytes:
    """`content` (1 to LIMIT octets) as a frame for the line; ValueError when it does not fit."""
    if not 0 < len(content) <= LIMIT:
        raise ValueError(f"a frame carries 1 to {LIMIT} octets, not {len(content)}")
    body = content + fcs16(content).to_bytes(FCS_LENGTH, "little")
    return b"\x7e" + body.replace(b"\x7d", b"\x7d\x5d").replace(b"\x7e", b"\x7d\x5e") + b"\x7e"


class Deframer:
    """Finds the good frames in a stream that arrives in pieces of any size."""

    def __init__(self, limit: int = LIMIT) -> None:
        self.dropped = 0  # frames with a wrong FCS, aborted, too short or too long
        self._buffer = bytearray(limit + FCS_LENGTH)
        self._restart()

    def _restart(self) -> None:
        self._length = 0
        self._fcs = _INITIAL
        self._escaped = False
        self._overrun = False

    def feed(self, octets: bytes) -> list[bytes]:
        """The contents of the frames that end within `octets`, oldest first."""
        return [bytes(content) for content in self.frames(octets)]

    def frames(self, octets: bytes) -> Iterator[memoryview]:
        """As `feed`, one by one and not copied: each is good until the next is asked for."""
        buffer = self._buffer
        for octet in octets:
            if octet == FLAG:
                length = self._end()
                if length:
                    yield memoryview(buffer)[:length]
            elif octet == ESCAPE and not self._escaped:
                self._escaped = True
            elif self._length == len(buffer):
                self._overrun = True
            else:
                value = octet ^ COMPLEMENT if self._escaped else octet
                self._escaped = False
                buffer[self._length] = value
                self._length += 1
                self._fcs = _update(self._fcs, value)

    def _end(self) -> int:
        """At a flag: the length of the content of a good frame in the buffer, else 0."""
        length = self._length
        # RFC 1662 4.3: escape before a flag aborts the frame.
        good = (
            self._fcs == _GOOD and length > FCS_LENGTH and not self._escaped and not self._overrun
        )
        if not good and (length or self._escaped):
            self.dropped += 1
        self._restart()
        return length - FCS_LENGTH if good else 0

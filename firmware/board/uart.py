"""The serial line to the hub: standard input and output in a VM, a UART on an ESP32."""

from __future__ import annotations

import select
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import Any, Protocol

    class Stream(Protocol):
        """Raw octets; both answer None when the line is busy."""

        def readinto(self, __buffer: bytearray) -> int | None: ...
        def write(self, __octets: memoryview) -> int | None: ...


PIECE = 256  # octets read at most at a time


class LineClosed(Exception):  # noqa: N818 - an event, not an error
    """Nobody is at the other end and nobody can come back."""


class Uart:
    """Octets in and out; reading waits for a limited time."""

    def __init__(self, source: Any, sink: Any) -> None:
        self._source: Stream = source
        self._sink: Stream = sink
        self._poll = select.poll()
        self._poll.register(source, select.POLLIN)
        self._buffer = bytearray(PIECE)

    def read(self, milliseconds: int) -> bytes:
        """What has arrived, at most PIECE octets; b"" when nothing does in time."""
        if not self._poll.poll(milliseconds):
            return b""
        count = self._source.readinto(self._buffer)
        if count == 0:
            raise LineClosed
        return bytes(self._buffer[:count]) if count else b""

    def write(self, octets: bytes) -> None:
        """Hands over all of `octets`."""
        view = memoryview(octets)
        while view:
            try:
                written = self._sink.write(view)
            except OSError:
                raise LineClosed from None
            view = view[written or 0 :]


def standard() -> Uart:
    """Standard input, which the program that starts the board makes non-blocking, and output."""
    return Uart(sys.stdin.buffer, sys.stdout.buffer)


def machine_uart(number: int, baud: int, tx: int, rx: int) -> Uart:
    """A UART of the chip on the given pins."""
    from machine import UART

    line = UART(number, baud, tx=tx, rx=rx, rxbuf=2048, txbuf=2048)
    return Uart(line, line)


def open_line(link: dict[str, object]) -> Uart:
    """The line of the "link" configuration: {"uart":, "baud":, "tx":, "rx":}, or {} in a VM."""
    if "uart" in link:
        return machine_uart(*(int(str(link[key])) for key in ("uart", "baud", "tx", "rx")))
    return standard()

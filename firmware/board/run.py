"""A board's main loop: the line, the clock and the flash around one device."""

from __future__ import annotations

import gc
import sys
from typing import TYPE_CHECKING

from board.clock import Clock, ticks
from board.endpoint import Endpoint
from board.flash import Flash
from board.status import Heap
from board.uart import LineClosed, open_line
from smets.codec.frame import Deframer, frame

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from board.endpoint import Device

STATE = "state"  # the folder of the flash
WAIT = 250  # milliseconds; how late a repetition may be


def run(config: dict[str, Any], create: Callable[[Flash], Device], version: str) -> None:
    """Serves the hub until the line is closed.

    `config`: "eui" (hexadecimal), "type" (the GBCS device type's number), "link" (see
    `board.uart`), "clock" ("told" or "running"), "get_interval" (s, 0: the device is always
    awake).
    """
    line = open_line(config["link"])
    flash = Flash(STATE)
    clock = Clock(ticks if config["clock"] == "running" else None)
    heap = Heap()
    deframer = Deframer()
    endpoint = Endpoint(
        bytes.fromhex(config["eui"]) + bytes((config["type"],)),
        lambda: create(flash),
        clock,
        lambda content: line.write(frame(content)),
        config["get_interval"],
    )

    def report() -> dict[str, object]:
        status = heap.report()
        status["version"] = version
        status["frames_dropped"] = deframer.dropped
        return status

    endpoint.report = report
    endpoint.log = print_exception
    heap.collect()
    while True:
        try:
            contents = deframer.feed(line.read(WAIT))
            for content in contents:
                endpoint.receive(content)
            endpoint.step(ticks())
            if contents:
                heap.collect()
        except LineClosed:
            return
        except MemoryError as error:
            endpoint.faults += 1
            print_exception(error)
            gc.collect()


def print_exception(error: Exception) -> None:
    """Where it happened, on standard error."""
    sys.print_exception(error, sys.stderr)  # type: ignore[attr-defined]

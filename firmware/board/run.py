"""A board's main loop: the line, the clock and the flash around one device."""

from __future__ import annotations

import gc
import sys
from typing import TYPE_CHECKING

from board.clock import Clock, ticks
from board.endpoint import Endpoint
from board.flash import STATE, Flash
from board.restart import restart_on_failure
from board.uart import open_line
from smets.codec.frame import Deframer, frame

mem_alloc = gc.mem_alloc

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from board.receiving import Device

WAIT = 250  # milliseconds; how late a repetition may be


def serve(config: dict[str, Any], create: Callable[[Flash], Device], version: str) -> None:
    """Serves the hub.

    `config`: "eui" (hexadecimal), "type" (the GBCS device type's number), "link" (see
    `board.uart`), "clock" ("told" or "running"), "get_interval" (s, 0: the device is always
    awake).
    """
    line = open_line(config["link"])
    deframer = Deframer()  # its buffer is one piece: taken while the heap is empty
    flash = Flash(STATE)
    clock = Clock(ticks if config["clock"] == "running" else None)
    endpoint = Endpoint(
        bytes.fromhex(config["eui"]) + bytes((config["type"],)),
        lambda: create(flash),
        clock,
        lambda content: line.write(frame(content)),
        config["get_interval"],
    )
    peak = 0

    def report() -> dict[str, object]:
        from board.status import status

        found = status(peak)
        sys.modules.pop("board.status", None)  # its code lies in the heap
        found["version"] = version
        found["frames_dropped"] = deframer.dropped
        return found

    endpoint.report = report
    gc.collect()
    while True:
        endpoint.step(ticks())
        heard = False
        for content in deframer.frames(line.read(WAIT)):
            endpoint.receive(content)
            peak = max(peak, mem_alloc())
            heard = True
        if heard:
            gc.collect()  # what comes next finds the heap as whole as it can be


def run(config: dict[str, Any], create: Callable[[Flash], Device], version: str) -> None:
    """Serves until the line is closed; whatever goes wrong, the board starts again."""
    restart_on_failure(lambda: serve(config, create, version))

"""A board's main loop in the HAN: radio, clock and flash around one device's node."""

from __future__ import annotations

import gc
import sys
from typing import TYPE_CHECKING

from board.clock import Clock, ticks
from board.flash import STATE, Flash
from board.restart import Restart, restart_on_failure
from board.uart import open_line
from smets.device.modules import forget

mem_alloc = gc.mem_alloc

WAIT = 100  # milliseconds; how late a repetition or a poll may be

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from board.receiving import Device


def serve(config: dict[str, Any], create: Callable[[Flash], Any], version: str) -> None:
    """Serves the hub by radio.

    `config`: "eui", "type", "link", "clock" as `board.run` has them; "radio" (see `board.radio`),
    "get_interval" (s between wakes, 0: the device is always awake), "speed" (of the clock).
    """
    device = create(Flash(STATE))
    if _resume(device):
        raise Restart
    # Only now, because their code takes a fifth of the heap.
    from board.han import GSME, Han, endpoints, role
    from board.radio import open_radio
    from smets.zigbee.node import Node

    line = open_line(config["link"])
    interval = config["get_interval"]
    clock = Clock(ticks if config["clock"] == "running" else None, config.get("speed", 1))
    radio = open_radio(config["radio"], line.write)
    peak = 0

    def report() -> dict[str, object]:
        from board.status import status

        found = status(peak)
        sys.modules.pop("board.status", None)  # its code lies in the heap
        found["version"] = version
        return found

    han = Han(
        bytes.fromhex(config["eui"]), device, clock, interval, config["type"] == GSME, report
    )
    if interval:
        from smets.meter.gsme_mirror import GsmeMirror

        han.mirror = GsmeMirror(device.objects, device.store, clock.now)
    node = Node(radio, han, role(interval), endpoints(), interval)
    gc.collect()
    while True:
        han.poll()
        node.step(ticks())
        octets = line.read(WAIT)
        if octets:
            node.receive(octets)
            peak = max(peak, mem_alloc())


def _resume(device: Device) -> bool:
    from board.deferred import resume

    forget("board.deferred")
    return resume(device)


def run(config: dict[str, Any], create: Callable[[Flash], Device], version: str) -> None:
    """Serves until the line is closed; whatever goes wrong, the board starts again."""
    restart_on_failure(lambda: serve(config, create, version))

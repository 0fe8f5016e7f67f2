"""How much heap both meters take on the simulated radio, and how little they can do with."""

from __future__ import annotations

import asyncio
import json
import tempfile
from datetime import timedelta
from pathlib import Path
from typing import Any

from host.boards.provision import board_folder
from host.boards.vm import RADIO_HEAP_GATE, Vm
from host.cli.benchmarks.device.board_line import BoardFailedError
from host.cli.benchmarks.household import FIRST_DAY, NOW
from host.cli.benchmarks.report import Row, Table
from host.cli.lab.clock import VirtualClock
from host.cli.lab.errors import LabError
from host.cli.lab.lab import Lab
from keys import parties
from smets.zigbee.stages import JOINED

METERS = (parties.ESME, parties.GSME)
WAKES = 2  # seconds between those of the gas meter
STEP = 4096  # octets; the smallest heap is found to this
SERVED = ("6.21", "4.1.1", "6.15.1", "4.1.1")  # behind the join; two of them are CS02b

Statuses = dict[str, list[dict[str, Any]]]  # what each meter said at its stages


async def _serve(vm: Vm, heap: int, folder: Path) -> Statuses:
    async with Lab(folder, VirtualClock(NOW)) as lab:
        lab.make_keys(FIRST_DAY - timedelta(days=1), (*METERS, parties.CHF, parties.GPF))
        await lab.start_dcc()
        await lab.start_radio(METERS, 1)
        await lab.start_hub()
        for device in METERS:
            await lab.send("12.2", device.eui)
            listing = {
                "DeviceID": device.eui.hex("-").upper(),
                "RequestType": "Add",
                "AddDeviceToCHFWhitelist.JoinTimePeriod": "600",
                "AddDeviceToCHFWhitelist.InstallCode": lab.install_code(device),
                "AddDeviceToCHFWhitelist.ImportMPxN": "1200012345678",
            }
            await lab.send("8.11", parties.CHF.eui, listing)
        boards = [lab.start_board(vm, each, b"", WAKES, heap=heap) for each in METERS]
        for device in METERS:
            await lab.joined(device)
        for variant in SERVED:
            for device in METERS:
                await lab.send(variant, device.eui)
        for board, device in zip(boards, METERS, strict=True):
            if board.starts != 1:
                raise BoardFailedError(f"the {device.type} started {board.starts} times")
    return {device.type.upper(): _statuses(folder, device) for device in METERS}


def _statuses(folder: Path, device: parties.Device) -> list[dict[str, Any]]:
    lines = (board_folder(folder, device.eui) / "log.txt").read_text().splitlines()
    return [json.loads(line) for line in lines if line.startswith("{")]


def serve(vm: Vm, heap: int) -> Statuses:
    """Joins both meters and asks them for everything.

    LabError when that is not served, BoardFailedError when a board had to start anew for it.
    """
    with tempfile.TemporaryDirectory(prefix="hanlab-bench-") as folder:
        return asyncio.run(_serve(vm, heap, Path(folder)))


def table(vm: Vm) -> Table:
    """Heap of both meters; the smallest one is that in which neither has to start anew."""
    smallest = None
    heap = RADIO_HEAP_GATE
    found: Statuses = {}
    while True:
        try:
            served = serve(vm, heap)
        except (BoardFailedError, LabError):
            break
        found = found or served
        smallest = heap
        heap -= STEP
    gate = vm.heap_bytes(RADIO_HEAP_GATE)
    rows: list[Row] = []
    for kind, statuses in found.items():
        joined = [each for each in statuses if each["stage"] == JOINED]
        rows += [
            {"what": f"{kind}: live after start", "octets": statuses[0]["heap_live"]},
            {"what": f"{kind}: live after join", "octets": joined[0]["heap_live"]},
            {
                "what": f"{kind}: peak until joined, garbage included",
                "octets": joined[0]["heap_peak"],
                "limit": gate,
            },
        ]
    rows.append(
        {
            "what": "smallest heap that serves without a new start",
            "octets": None if smallest is None else vm.heap_bytes(smallest),
            "limit": gate,
        }
    )
    served_text = ", ".join(("join", *SERVED))
    return Table(
        f"Heap on the radio, octets, in a heap of {gate}; served: {served_text}", rows, "octets"
    )

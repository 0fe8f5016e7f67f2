"""A day of a gas meter that sleeps: its wakes, and its half hours at the supplier."""

from __future__ import annotations

import asyncio
import tempfile
import time
from pathlib import Path

from host.boards.vm import Vm
from host.cli.benchmarks.radio.home import HALF_HOUR, Home, holds
from host.cli.benchmarks.report import Row, Table
from host.cli.lab import gas
from host.cli.lab.clock import utc
from host.cli.lab.errors import LabError
from keys import parties
from smets.meter.gas_load import GasLoad

METER = parties.GSME
SPEED = 1800
HOURS = 24
REAL_SECONDS = 60.0  # that the day may take
BACK_WITHIN = 20.0  # s after a power cut
LOOK_EVERY = 0.01
READ = "4.8.1"  # GCS17: the profile data log


def sleeper(vm: Vm, seed: int, half_hours: int = 2 * HOURS) -> Table:
    """So many half hours from the first that begins after the meter was commissioned."""
    with tempfile.TemporaryDirectory(prefix="hanlab-bench-") as folder:
        return asyncio.run(_day(Path(folder), vm, seed, half_hours))


async def _day(folder: Path, vm: Vm, seed: int, half_hours: int) -> Table:
    load = seed.to_bytes(8, "big")
    async with Home(folder) as home:
        await home.start((METER,), seed)
        board = home.start_board(vm, METER, load, HALF_HOUR, dcc_controlled=False)
        await home.admit(METER)
        await home.joined(METER)
        home.hurry(board, SPEED)
        hurried = home.clock() + HALF_HOUR
        if not await holds(lambda: _reported_at(home) > hurried, BACK_WITHIN):
            raise LabError(f"the meter did not come back; see {board.folder}")
        await home.send("8.1.1", METER.eui)
        began = time.monotonic()
        start = (home.clock() // HALF_HOUR + 1) * HALF_HOUR
        end = start + half_hours * HALF_HOUR
        wakes: set[int] = set()
        while home.clock() < end:
            reported = _reported_at(home)
            if start <= reported < end:
                wakes.add(reported // HALF_HOUR)
            await asyncio.sleep(LOOK_EVERY)
        asked = {"StartDateTime": _text(start), "EndDateTime": _text(end)}
        samples = dict(gas.half_hours(await home.send(READ, METER.eui, asked)))
        seconds = time.monotonic() - began
        restarts = home.restarts(METER)
    gas_load = GasLoad(load)
    measured = {
        moment + HALF_HOUR: gas_load.half_hour(moment // HALF_HOUR)
        for moment in range(start, end, HALF_HOUR)
    }
    wrong = sum(samples.get(moment) != dm3 for moment, dm3 in measured.items())
    rows: list[Row] = [
        {"figure": "half hours without a wake", "value": half_hours - len(wakes), "limit": 0},
        {"figure": "half hours missing or wrong at the supplier", "value": wrong, "limit": 0},
        {"figure": "restarts of the meter's firmware", "value": restarts, "limit": 0},
        {"figure": "real seconds", "value": round(seconds, 1), "limit": REAL_SECONDS},
        {"figure": "wakes", "value": len(wakes), "limit": None},
        {"figure": "half hours read", "value": len(samples), "limit": None},
        {"figure": "dm3 read", "value": sum(samples.values()), "limit": None},
    ]
    title = f"{half_hours // 2} virtual hours of a sleepy gas meter in the {vm.name} VM"
    return Table(title, rows, limited="value")


def _reported_at(home: Home) -> int:
    return home.hub.device_log.mirror.reported_at(METER.eui.hex()) or 0


def _text(moment: int) -> str:
    return utc(moment).strftime("%Y-%m-%dT%H:%M:%SZ")

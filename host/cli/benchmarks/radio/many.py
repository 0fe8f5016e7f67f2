"""Many HANs in one process: time and memory of each."""

import time
from pathlib import Path

from host.cli.benchmarks.radio.han import Han, run
from host.cli.benchmarks.report import Row, Table
from host.radio.air import Air
from host.radio.schedule import Schedule
from host.radio.stack.types import Role

MESSAGE = bytes(1200)  # octets of the longest GBCS message on the HAN
DEVICES = 15  # a CHF's device log
PAGE = 4096
HOUR = 3600.0


def _resident() -> int:
    """Octets of memory that this process holds now."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * PAGE


def many(count: int) -> Table:
    """`count` HANs of a coordinator, an end device and a sleeper, side by side."""
    before, started = _resident(), time.process_time()
    air = Air(Schedule())
    hans = [Han(air, number) for number in range(count)]
    joined, memory = time.process_time() - started, _resident() - before
    started = time.process_time()
    for han in hans:
        for tag, meter in enumerate(han.meters):
            meter.send(han.hub, MESSAGE, tag)
    run(air, hans, 30.0)
    talked = time.process_time() - started
    arrived = sum(len(han.hub.messages) for han in hans)
    started = time.process_time()
    air.schedule.run(HOUR)
    idle = time.process_time() - started
    rows: list[Row] = [
        {"figure": "messages of 1200 octets lost", "value": 2 * count - arrived, "limit": 0},
        _row("CPU to form and join, ms a HAN", joined * 1000 / count),
        _row("CPU for two messages and 30 s of polling, ms a HAN", talked * 1000 / count),
        _row("CPU for an hour at rest, ms a HAN", idle * 1000 / count),
        _row("memory, KiB a HAN", memory / 1024 / count),
    ]
    return Table(f"{count} HANs of a coordinator and two meters", rows, limited="value")


def _row(figure: str, value: float) -> Row:
    return {"figure": figure, "value": round(value, 2), "limit": None}


def full() -> Table:
    """One coordinator with as many devices as a CHF's log holds."""
    air = Air(Schedule())
    han = Han(air)
    while len(han.meters) < DEVICES:
        role = (Role.ROUTER, Role.END_DEVICE, Role.SLEEPY_END_DEVICE)[len(han.meters) % 3]
        han.meters.append(han.join(len(han.meters), role))
    for tag, meter in enumerate(han.meters):
        han.hub.send(meter, MESSAGE, tag)
        meter.send(han.hub, MESSAGE, tag)
        run(air, [han], 20.0)
    arrived = len(han.hub.messages) + sum(len(meter.messages) for meter in han.meters)
    rows: list[Row] = [
        {"figure": "messages of 1200 octets lost", "value": 2 * DEVICES - arrived, "limit": 0}
    ]
    return Table(f"One coordinator with {DEVICES} devices", rows, limited="value")

"""Sticks that reset, fail, or lose their line, one after the other, while a meter is read."""

from __future__ import annotations

import asyncio
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from dcc_stub.user.errors import UserError
from dcc_stub.user.exchange import Exchange
from host.boards.vm import Vm
from host.cli.benchmarks.radio.counters import Watch
from host.cli.benchmarks.radio.home import HUB_STICK, Home, holds
from host.cli.benchmarks.report import Row, Table
from host.cli.lab.errors import LabError
from host.hub.zigbee.han import ZigbeeHan
from keys import parties
from smets.gbcs.message import Message

RECOVERED_WITHIN = 10.0  # s
GIVEN_UP = 60.0
AT_ONCE = 0.3  # s after the request, at most, until the fault
READ = "4.16"  # active import power

METER = parties.ESME

LASTING: tuple[tuple[str, Callable[[Watch], int]], ...] = (
    ("GBCS counters of commands used again", lambda watch: watch.commands_repeated),
    ("network frame counters used again", lambda watch: watch.reused),
    ("frame counters of a stick gone back", lambda watch: watch.gone_back),
    ("link keys lost or changed", lambda watch: watch.keys_changed),
)


@dataclass
class Fault:
    """A kind of fault, and after how long the hub, or the meter, was there again each time."""

    name: str
    stick: bytes
    cause: Callable[[Home, bytes], None]
    recovered: list[float] = field(default_factory=list)
    answered: list[float] = field(default_factory=list)

    def row(self) -> Row:
        """Its figures; a fault that was never over is GIVEN_UP long."""
        return {
            "fault": self.name,
            "times": len(self.recovered),
            "recovered, median s": round(statistics.median(self.recovered), 2),
            "worst s": round(max(self.recovered), 2),
            "limit": RECOVERED_WITHIN,
            "answer after, median s": round(statistics.median(self.answered), 2),
            "worst answer s": round(max(self.answered), 2),
        }


def _reset(home: Home, stick: bytes) -> None:
    home.simulation.act(home.simulation.stick(stick).restart)


def _fail(home: Home, stick: bytes) -> None:
    home.simulation.act(home.simulation.stick(stick).fail)


def _cut(home: Home, stick: bytes) -> None:
    home.simulation.cut(stick)


def faults(vm: Vm, resets: int, cuts: int, seed: int, say: Callable[[str], None]) -> list[Table]:
    """`resets` of each stick's chip, half of them after a fatal error, and `cuts` of its line.

    `say` is told of each kind that is through.
    """
    with tempfile.TemporaryDirectory(prefix="hanlab-bench-") as folder:
        return asyncio.run(_faults(Path(folder), vm, resets, cuts, seed, say))


async def _faults(
    folder: Path, vm: Vm, resets: int, cuts: int, seed: int, say: Callable[[str], None]
) -> list[Table]:
    """Two labs side by side: one for each end."""
    counts = (
        ("resets", _reset, resets - resets // 2),
        ("fails and is reset", _fail, resets // 2),
        ("loses its line", _cut, cuts),
    )
    ends = (("the hub's", HUB_STICK), ("the meter's", METER.eui))
    kinds = [
        [
            (Fault(f"{whose} stick {what}", stick, cause), times)
            for what, cause, times in counts
            if times
        ]
        for whose, stick in ends
    ]
    trials = await asyncio.gather(
        *(_in_a_row(folder / str(at), vm, row, seed, say) for at, row in enumerate(kinds))
    )
    kept: list[Row] = [
        _zero("requests without an answer", sum(each.unanswered for each in trials)),
        *(_zero(figure, sum(count(each.watch) for each in trials)) for figure, count in LASTING),
        {
            "figure": "secured frames looked at",
            "value": sum(each.watch.frames for each in trials),
            "limit": None,
        },
    ]
    rows = [fault.row() for row in kinds for fault, _ in row]
    return [
        Table("Faults in a row, a request under way at each", rows, limited="worst s"),
        Table("What faults must not cost", kept, limited="value"),
    ]


async def _in_a_row(
    folder: Path,
    vm: Vm,
    kinds: list[tuple[Fault, int]],
    seed: int,
    say: Callable[[str], None],
) -> _Trial:
    folder.mkdir()
    async with Home(folder) as home:
        await home.start((METER,), seed)
        await home.install(vm, METER, seed)
        trial = _Trial(home, seed)
        for fault, times in kinds:
            for _ in range(times):
                await trial.run(fault)
            say(f"{fault.name}: {times} times, recovered in {max(fault.recovered):.1f} s at most")
    return trial


class _Trial:
    """One fault after the other, in one lab."""

    def __init__(self, home: Home, seed: int) -> None:
        self.watch = Watch(home.simulation, (HUB_STICK, METER.eui))
        self.unanswered = 0
        self._home = home
        self._random = Random(seed)  # noqa: S311 - when a fault comes
        han = home.hub.han
        assert isinstance(han, ZigbeeHan)
        self._network = han.network

    async def run(self, fault: Fault) -> None:
        home, network = self._home, self._network
        self.watch.look()
        asked = asyncio.create_task(self._read())
        await asyncio.sleep(self._random.uniform(0, AT_ONCE))
        starts, began = network.starts, time.monotonic()
        fault.cause(home, fault.stick)
        if fault.stick == HUB_STICK:
            again = await holds(lambda: network.starts > starts, GIVEN_UP)
            fault.recovered.append(time.monotonic() - began if again else GIVEN_UP)
        came_before = asked.done()
        self._count(await asked)
        if came_before or fault.stick != HUB_STICK:
            # What it answered before the fault says nothing; this does.
            self._count(await self._read())
        fault.answered.append(time.monotonic() - began)
        if fault.stick != HUB_STICK:
            fault.recovered.append(fault.answered[-1])
        self.watch.look()

    async def _read(self) -> Exchange | None:
        try:
            return await self._home.send(READ, METER.eui, within=GIVEN_UP)
        except (LabError, UserError):
            return None

    def _count(self, exchange: Exchange | None) -> None:
        octets = exchange.last.gbcs_message if exchange else None
        if octets is None:
            self.unanswered += 1
        else:
            self.watch.answered(Message.decode(octets).header.originator_counter)


def _zero(figure: str, value: int) -> Row:
    return {"figure": figure, "value": value, "limit": 0}

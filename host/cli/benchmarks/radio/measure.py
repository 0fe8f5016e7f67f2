"""`hanlab bench radio`."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass

from host.boards.vm import Vm
from host.cli.benchmarks.radio.attacks import attacks
from host.cli.benchmarks.radio.bad_air import bad_air
from host.cli.benchmarks.radio.faults import faults
from host.cli.benchmarks.radio.insider import insider
from host.cli.benchmarks.radio.many import full, many
from host.cli.benchmarks.radio.refusals import refusals
from host.cli.benchmarks.radio.sleeper import sleeper
from host.cli.benchmarks.report import Report, Row, Table

AIR, FAULTS, JOINS, INSIDER, DAY = "air", "faults", "joins", "insider", "day"

Say = Callable[[str], None]


@dataclass(frozen=True)
class Extent:
    """How much of each is measured."""

    hans: int
    requests: int
    resets: int
    cuts: int
    half_hours: int
    seed: int


def _air(_vm: Callable[[], Vm], extent: Extent, _say: Say) -> list[Table]:
    requests, seed = extent.requests, extent.seed
    return [many(extent.hans), full(), bad_air(requests, seed), attacks(requests, seed)]


def _faults(vm: Callable[[], Vm], extent: Extent, say: Say) -> list[Table]:
    return faults(vm(), extent.resets, extent.cuts, extent.seed, say)


def _joins(vm: Callable[[], Vm], extent: Extent, _say: Say) -> list[Table]:
    return [refusals(vm(), extent.seed)]


def _insider(vm: Callable[[], Vm], extent: Extent, _say: Say) -> list[Table]:
    return [insider(vm(), extent.requests, extent.seed)]


def _day(vm: Callable[[], Vm], extent: Extent, _say: Say) -> list[Table]:
    return [sleeper(vm(), extent.seed, extent.half_hours)]


PARTS = {AIR: _air, FAULTS: _faults, JOINS: _joins, INSIDER: _insider, DAY: _day}

NOTES = {
    AIR: "The air, its radios and their Zigbee stacks are simulated, in virtual time; the frames "
    "are real. Devices are stacks alone, without a meter's firmware.",
    FAULTS: "Hub and meter are whole: unmodified bellows, the firmware in a VM; the sticks and "
    "the air between them are simulated, in real time.",
}


def measure(extent: Extent, parts: Collection[str], vm: Callable[[], Vm], say: Say) -> Report:
    """The named parts in their order; `vm` is asked for when a meter's firmware is needed."""
    facts: Row = {"HANs": extent.hans, "seed": extent.seed}
    report = Report("radio", facts, notes=[NOTES[AIR]] if AIR in parts else [])
    if set(parts) - {AIR}:
        report.notes.append(NOTES[FAULTS])
    for name, part in PARTS.items():
        if name in parts:
            say(f"measuring: {name}")
            report.tables += part(vm, extent, say)
    return report

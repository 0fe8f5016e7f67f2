"""The report of `hanlab bench device`."""

from __future__ import annotations

from host.boards.image import board_image
from host.boards.vm import HEAP_GATE, Vm
from host.cli.benchmarks.device import cbke, memory, radio_boards, timing
from host.cli.benchmarks.device.board_line import BoardFailedError
from host.cli.benchmarks.household import keystore
from host.cli.benchmarks.report import Report, Row
from host.cli.errors import CommandError

WASM = "wasm"


def measure(vm: Vm) -> Report:
    """Time and memory of the firmware in a VM."""
    if vm.name == WASM:
        raise CommandError("the wasm VM collects no garbage; name another with --vm")
    facts: Row = {"vm": vm.name, "version": vm.version, "heap": vm.heap_bytes(HEAP_GATE)}
    report = Report("device", facts)
    with keystore() as keys:
        timed = timing.measure(vm, keys)
        report.tables = timed.tables
        try:
            report.tables += memory.tables(
                vm, board_image(vm), keys, timed.at_start, timed.serving
            )
        except BoardFailedError as error:
            raise CommandError(f"the firmware does not serve: {error}") from error
        report.tables += cbke.tables(vm, keys, timed.ecdh_ms)
    report.tables.append(radio_boards.table(vm))
    report.notes.append(_dominant(report))
    return report


def _dominant(report: Report) -> str:
    """What takes most of each warm command."""
    sentences = []
    for row in report.tables[timing.PARTS].rows:
        parts = {name: value for name, value in row.items() if isinstance(value, float)}
        most = sorted(parts, key=parts.__getitem__, reverse=True)[:2]
        total = sum(parts.values())
        named = " and ".join(f"{name} {parts[name] / total:.0%}" for name in most)
        sentences.append(f"{row['command']} with state in {row['flash']}: {named}")
    return "What dominates: " + "; ".join(sentences) + "."

"""How fast a settlement day of many meters is aggregated and run."""

from __future__ import annotations

from host.cli.benchmarks.report import Report, Row, Table
from host.settlement.bench import bench

SECONDS = "_seconds"


def measure(meter_days: int) -> Report:
    """The figures of `host.settlement.bench`."""
    found = bench(meter_days)
    facts: Row = {name: found[name] for name in ("meter_days", "readings", "cells")}
    steps: list[Row] = [
        {"step": name.removesuffix(SECONDS).replace("_", " "), "seconds": seconds}
        for name, seconds in found.items()
        if name.endswith(SECONDS)
    ]
    rates: list[Row] = [
        {"rate": name.replace("_", " "), "value": value}
        for name, value in found.items()
        if name.endswith("per_second")
    ]
    return Report(
        "settlement", facts, [Table("Best of three", steps), Table("Readings a second", rates)]
    )

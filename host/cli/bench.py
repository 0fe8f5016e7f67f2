"""`hanlab bench`: how fast the parts are, how much they need, and what they endure."""

import click

from host.cli.benchmarks.report import Report
from host.cli.errors import DONE, FAILED
from host.cli.options import json_option, vm_option
from host.cli.output import say

# Each command imports what it measures when it is called: none needs what another does.


@click.group()
def bench() -> None:
    """Measure speed, memory and endurance.

    Each prints its figures with their limits, where they have any; exit code 1 when a limit is
    not kept.
    """


def _finish(report: Report, as_json: bool) -> int:
    report.show(as_json=as_json)
    return DONE if report.passed else FAILED


@bench.command(epilog="\b\nExample: ./hanlab bench device\n         ./hanlab bench device --json")
@vm_option
@json_option
def device(vm_name: str | None, as_json: bool) -> int:
    """Time and heap of the meter's firmware in a MicroPython VM."""
    from host.boards.vm import provide  # noqa: PLC0415
    from host.cli.benchmarks.device.measure import measure  # noqa: PLC0415

    return _finish(measure(provide(vm_name, say)), as_json)

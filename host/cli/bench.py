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


@bench.command(epilog="\b\nExample: ./hanlab bench dcc --meters 100 --seconds 10")
@click.option("--meters", type=click.IntRange(1, 10_000), default=100, show_default=True)
@click.option(
    "--seconds",
    type=click.FloatRange(0.1),
    default=10.0,
    show_default=True,
    help="About how long to read through the engine, and as long through the service.",
)
@json_option
def dcc(meters: int, seconds: float, as_json: bool) -> int:
    """Reads per second through the DCC stub, beside the primitives' speed."""
    from host.cli.benchmarks.dcc import measure  # noqa: PLC0415

    return _finish(measure(meters, seconds), as_json)


@bench.command(
    epilog="\b\nExample: ./hanlab bench radio --json\n"
    "         ./hanlab bench radio --part faults --resets 5 --cuts 5"
)
@click.option(
    "--part",
    "parts",
    type=click.Choice(["air", "faults", "joins", "insider", "day"]),
    multiple=True,
    help="Measure this alone; may be given more than once.",
)
@click.option("--hans", type=click.IntRange(1, 500), default=50, show_default=True)
@click.option(
    "--requests",
    type=click.IntRange(1),
    default=50,
    show_default=True,
    help="Through bad air each way, and frames of each kind of attack.",
)
@click.option(
    "--resets",
    type=click.IntRange(1),
    default=100,
    show_default=True,
    help="Of the hub's stick in a row, and as many of a meter's.",
)
@click.option(
    "--cuts",
    type=click.IntRange(1),
    default=100,
    show_default=True,
    help="Of the line to the hub's stick in a row, and as many of a meter's.",
)
@click.option(
    "--half-hours",
    type=click.IntRange(1, 200),
    default=48,
    show_default=True,
    help="Of a gas meter that sleeps.",
)
@click.option("--seed", default=1, show_default=True, help="What gets lost, and when.")
@vm_option
@json_option
def radio(parts: tuple[str, ...], vm_name: str | None, as_json: bool, **extent: int) -> int:
    """Many HANs, bad air, attackers, faults of sticks, refused joins, a sleepy meter's day."""
    import logging  # noqa: PLC0415

    from host.boards.vm import provide  # noqa: PLC0415
    from host.cli.benchmarks.radio.measure import PARTS, Extent, measure  # noqa: PLC0415

    # What is broken on purpose would be told of a thousand times.
    logging.disable(logging.CRITICAL)
    try:
        found = measure(Extent(**extent), parts or PARTS, lambda: provide(vm_name, say), say)
    finally:
        logging.disable(logging.NOTSET)
    return _finish(found, as_json)


@bench.command(epilog="\b\nExample: ./hanlab bench settlement --meter-days 1000000")
@click.option("--meter-days", type=click.IntRange(1), default=100_000, show_default=True)
@json_option
def settlement(meter_days: int, as_json: bool) -> int:
    """Settlement of one day of many meters."""
    from host.cli.benchmarks.settlement import measure  # noqa: PLC0415

    return _finish(measure(meter_days), as_json)


@bench.command(
    epilog="\b\nExample: ./hanlab bench soak --messages 20000 --documents 2000 --seed 7"
)
@click.option("--messages", type=click.IntRange(0), default=1_000_000, show_default=True)
@click.option(
    "--documents",
    type=click.IntRange(0),
    default=100_000,
    show_default=True,
    help="Mutants into each parser of the host.",
)
@click.option("--seed", default=1, show_default=True, help="Another seed makes other mutants.")
@json_option
def soak(messages: int, documents: int, seed: int, as_json: bool) -> int:
    """Mutated messages into the device engine, mutated documents into every parser."""
    from host.cli.benchmarks.soak.measure import measure  # noqa: PLC0415

    return _finish(measure(messages, documents, seed, say), as_json)


@bench.command(epilog="\b\nExample: ./hanlab bench kill --kills 20 --seed 7")
@click.option("--kills", type=click.IntRange(0), default=200, show_default=True)
@click.option("--seed", default=1, show_default=True, help="Of moments and requests.")
@vm_option
@json_option
def kill(kills: int, seed: int, vm_name: str | None, as_json: bool) -> int:
    """Kill DCC, hub, board and VM while users read and switch a meter; then check all books."""
    import asyncio  # noqa: PLC0415

    from host.boards.vm import provide  # noqa: PLC0415
    from host.cli.benchmarks.kill.measure import measure  # noqa: PLC0415

    return _finish(asyncio.run(measure(provide(vm_name, say), kills, seed, say)), as_json)

"""`hanlab demo`: install, read and settle one virtual meter, start to end."""

import asyncio
import shutil
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import click

from host.boards.vm import Vm, provide
from host.cli.errors import DONE
from host.cli.lab import show
from host.cli.lab.clock import VirtualClock
from host.cli.lab.day import Day, Outcome, Step
from host.cli.lab.lab import Lab
from host.cli.options import json_option, vm_option
from host.cli.output import emit_json, say
from host.radio.capture import KEYS_SUFFIX
from host.settlement.periods import day_bounds

BEFORE = 2 * 3600  # the meter is installed two hours before the day begins
FIRST_DAY, LAST_DAY = date(2001, 1, 1), date(2099, 12, 31)


@click.command(
    epilog="\b\nExample: ./hanlab demo\n"
    "         ./hanlab demo --seed 7 --day 2026-10-25 --keep --json | jq .settled"
)
@click.option("--seed", default=1, show_default=True, help="Draws the home's load and the take.")
@click.option(
    "--day",
    "day_text",
    metavar="YYYY-MM-DD",
    help="Settlement day.  [default: the day before yesterday]",
)
@click.option("--keep", is_flag=True, help="Keep the lab in ./lab.")
@vm_option
@json_option
def demo(seed: int, day_text: str | None, keep: bool, vm_name: str | None, as_json: bool) -> int:
    """Join an electricity and a gas meter over Zigbee, commission and read them, and settle.

    Everything is started for it and stops with it: a DCC stub, a communications hub on bellows,
    simulated EZSP sticks on a virtual air, and the meters' firmware in MicroPython VMs. The time
    is virtual; the gas meter wakes every two seconds instead of every half hour. Keys are test
    keys, the group take is drawn by the seed. What was on the air stays in han.pcap, with the
    keys that open it beside it.
    """
    day = _day(day_text)
    vm = provide(vm_name, say)
    with ExitStack() as stack:
        folder = Path("lab")
        if not keep:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="hanlab-")))
        elif (folder / "keys").exists():
            raise click.UsageError(
                f"{folder} holds a lab already: move it away, or leave --keep out"
            )
        folder.mkdir(exist_ok=True)
        show_step = (lambda _: None) if as_json else show.step
        outcome = asyncio.run(_run(folder, vm, day, seed, show_step))
        if not keep:
            outcome.capture = _kept(outcome.capture)
        if as_json:
            emit_json(outcome.document())
        else:
            show.outcome(outcome, folder if keep else None)
    return DONE


def _kept(capture: Path | None) -> Path | None:
    """The capture and its keys, moved here from a lab that is about to go."""
    if capture is None:
        return None
    here = Path(capture.name)
    shutil.move(capture, here)
    keys = capture.with_name(capture.name + KEYS_SUFFIX)
    shutil.move(keys, here.with_name(keys.name))
    return here


async def _run(
    folder: Path, vm: Vm, day: date, seed: int, show_step: Callable[[Step], None]
) -> Outcome:
    clock = VirtualClock(day_bounds(day)[0] - BEFORE)
    async with Lab(folder, clock) as lab:
        return await Day(lab, vm, day, seed, show_step).run()


def _day(text: str | None) -> date:
    if text is None:
        return datetime.now(UTC).date() - timedelta(days=2)
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise click.UsageError(f"--day {text}: give a date as YYYY-MM-DD") from None
    if not FIRST_DAY <= day <= LAST_DAY:
        raise click.UsageError(f"--day {text}: the lab knows {FIRST_DAY} to {LAST_DAY}")
    return day

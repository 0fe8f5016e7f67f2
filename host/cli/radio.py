"""`hanlab radio`: runs the simulated radio as a process of its own."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import signal
import sys
from pathlib import Path

import click

from host.cli.errors import CommandError, NotFoundError
from host.cli.options import json_option, lab_option
from host.cli.output import say
from host.radio.conditions import Conditions
from host.radio.ncp.versions import DEFAULT, STACK_VERSIONS
from host.radio.ports import LOOPBACK
from host.radio.simulation import Settings, Simulation, Slot
from keys import parties, profile
from keys.errors import KeysError
from keys.zigbee_suite import ZigbeeSuite

RADIO_FOLDER = "radio"
FIRST_PORT = 6638  # where network sticks listen
DEFAULT_STICKS = tuple(
    f"{device.eui.hex()}=tcp:{FIRST_PORT + number}"
    for number, device in enumerate((parties.GPF, parties.ESME, parties.GSME))
)

chance = click.FloatRange(0, 1)


@click.command(
    epilog="\b\nExample: ./hanlab radio\n"
    "         ./hanlab radio --stick 00-DB-12-34-56-78-90-A3=tcp:6638 "
    "--stick 00-DB-12-34-56-78-90-A1=pty\n"
    "         ./hanlab radio --loss 0.2 --capture han.pcap --ezsp 18 --json"
)
@lab_option
@click.option(
    "--stick",
    "sticks",
    multiple=True,
    metavar="EUI=tcp[:PORT]|pty",
    default=DEFAULT_STICKS,
    show_default=True,
    help="A stick with that EUI-64, and its port.",
)
@click.option("--host", default=LOOPBACK, show_default=True, help="Address to listen on.")
@click.option(
    "--ezsp",
    "version",
    type=click.Choice([str(version) for version in STACK_VERSIONS]),
    default=str(DEFAULT),
    show_default=True,
    help="The version of EZSP that the sticks speak.",
)
@click.option("--seed", type=click.IntRange(0), help="Makes keys, addresses and losses repeat.")
@click.option("--loss", type=chance, default=0.0, show_default=True, help="Frames lost.")
@click.option("--duplication", type=chance, default=0.0, show_default=True, help="Frames doubled.")
@click.option(
    "--reordering", type=chance, default=0.0, show_default=True, help="Frames overtaken."
)
@click.option(
    "--delay", type=click.FloatRange(0), default=0.0, show_default=True, help="At most, seconds."
)
@click.option(
    "--speed",
    type=click.FloatRange(1, 10_000),
    default=1.0,
    show_default=True,
    help="How fast time passes on the air.",
)
@click.option(
    "--capture",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write the air into this pcap file, and the keys beside it.",
)
@json_option
def radio(
    lab: Path,
    sticks: tuple[str, ...],
    host: str,
    version: str,
    seed: int | None,
    loss: float,
    duplication: float,
    reordering: float,
    delay: float,
    speed: float,
    capture: Path | None,
    as_json: bool,
) -> int:
    """Run a simulated radio: Zigbee sticks that hear each other, for hubs and meters.

    Each stick is an EZSP co-processor of its own, with keys, counters and tables that survive
    being killed, in the lab's folder. Open its port as that of a real stick.
    """
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(asctime)s %(message)s")
    settings = Settings(
        lab / RADIO_FOLDER,
        tuple(parsed_slot(stick) for stick in sticks),
        int(version),
        seed,
        Conditions(loss, duplication, reordering, delay),
        capture,
        host,
        speed,
    )
    if len({slot.eui64 for slot in settings.slots}) != len(settings.slots):
        raise click.UsageError("--stick: an EUI-64 twice")
    asyncio.run(_serve(settings, as_json))
    return 0


def parsed_slot(text: str) -> Slot:
    """`EUI=tcp`, `EUI=tcp:PORT` or `EUI=pty`."""
    eui, _, port = text.partition("=")
    kind, _, number = port.partition(":")
    try:
        eui64 = profile.parsed_eui(eui)
    except KeysError as error:
        raise click.UsageError(f"--stick {text}: {error}") from error
    if kind == "pty" and not number:
        return Slot(eui64, None)
    if kind == "tcp" and (not number or (number.isdigit() and int(number) < 1 << 16)):
        return Slot(eui64, int(number or 0))
    raise click.UsageError(f"--stick {text}: give EUI=tcp, EUI=tcp:PORT or EUI=pty")


def stick_port(eui64: bytes) -> int:
    """The TCP port of a device's stick among those that run by default; NotFoundError."""
    for slot in map(parsed_slot, DEFAULT_STICKS):
        if slot.eui64 == eui64 and slot.tcp_port:
            return slot.tcp_port
    raise NotFoundError(
        f"no stick of `./hanlab radio` is that of {eui64.hex()} by itself; "
        f"start it with --stick {eui64.hex()}=tcp:PORT and name the port with --port"
    )


async def _serve(settings: Settings, as_json: bool) -> None:
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, stopped.set)
    try:
        async with Simulation(settings, ZigbeeSuite()) as simulation:
            ports = {eui64.hex(): url for eui64, url in simulation.urls.items()}
            if as_json:
                click.echo(json.dumps({"ezsp": settings.version, "sticks": ports}))
            for eui64, url in ports.items():
                say(f"simulated stick {eui64} at {url}")
            with contextlib.suppress(asyncio.CancelledError):
                await stopped.wait()
    except OSError as error:
        if error.filename:
            raise  # a file, which the message will name
        raise CommandError(
            f"cannot listen: {error.strerror or error}; choose other ports with --stick"
        ) from error

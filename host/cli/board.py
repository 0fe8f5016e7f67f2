"""`hanlab board`: provisions and runs virtual boards."""

from __future__ import annotations

import asyncio
import logging
import sys
from pathlib import Path

import click

from host.boards.image import board_image
from host.boards.provision import (
    CONFIGURATION,
    FASTEST,
    KINDS,
    WAKES,
    board_folder,
    has_radio,
    heap_of,
    provision_board,
)
from host.boards.virtual import VirtualBoard
from host.boards.vm import provide
from host.cli.dcc import lab_keys
from host.cli.errors import CommandError
from host.cli.hub import HAN_PORT, LOOPBACK
from host.cli.options import lab_option, vm_option
from host.cli.output import say
from host.cli.radio import stick_port
from keys import parties, profile

device_option = click.option(
    "--device",
    default=parties.ESME.eui.hex(),
    show_default=True,
    metavar="EUI",
    help="The device's EUI-64.",
)


@click.group()
def board() -> None:
    """Virtual boards: a meter's own firmware in a MicroPython VM of 128 KB, 160 with a radio.

    Test keys only: a board keeps no secrets.
    """


@board.command(epilog="\b\nExample: ./hanlab board provision --device 00-DB-12-34-56-78-90-A0")
@lab_option
@device_option
@click.option("--kind", type=click.Choice(list(KINDS)), help="Not given: what the lab has it as.")
@click.option("--seed", default="", help="Of the load, hexadecimal; none: the EUI-64.")
@click.option("--solar", default=0, help="Peak power of an ESME's panels in W.")
@click.option(
    "--wakes",
    type=click.IntRange(0, WAKES),
    default=WAKES,
    show_default=True,
    help="Seconds after which a GSME wakes and asks for messages; 0: it never sleeps.",
)
@click.option(
    "--dcc-controlled",
    is_flag=True,
    help="The supplier's cells hold the DCC's certificates, until 6.21 hands the meter over.",
)
@click.option(
    "--radio",
    type=click.Choice(["sim", "ezsp"]),
    help="Joins a Zigbee HAN: sim: on a stick of `./hanlab radio`; ezsp: on the board's UART.",
)
@click.option(
    "--speed",
    type=click.IntRange(1, FASTEST),
    default=1,
    show_default=True,
    help="Seconds of a board with a radio in one of ours.",
)
@click.option("--renew", is_flag=True, help="Replace a board, with all that it has measured.")
def provision(
    lab: Path,
    device: str,
    kind: str | None,
    seed: str,
    solar: int,
    wakes: int,
    dcc_controlled: bool,
    radio: str | None,
    speed: int,
    renew: bool,
) -> None:
    """Give a board its identity, private keys and trust anchors."""
    try:
        seed_octets = bytes.fromhex(seed)
    except ValueError:
        raise click.UsageError(f"--seed {seed}: give hexadecimal octets") from None
    eui = profile.parsed_eui(device)
    folder = board_folder(lab, eui)
    kind = kind or _kind(eui)
    provision_board(
        folder,
        lab_keys(lab),
        eui,
        kind,
        seed=seed_octets,
        solar=solar,
        wakes=wakes,
        renew=renew,
        dcc_controlled=dcc_controlled,
        radio=radio,
        speed=speed,
    )
    say(f"{kind} {eui.hex()} is in {folder}; run it with `./hanlab board run`")


@board.command(epilog="\b\nExample: ./hanlab board run --device 00-DB-12-34-56-78-90-A0")
@lab_option
@device_option
@vm_option
@click.option("--hub", "host", default=LOOPBACK, show_default=True, help="Address of the hub.")
@click.option(
    "--radio",
    type=click.Choice(["sim"]),
    help="A board that is new joins a Zigbee HAN on a stick of `./hanlab radio`.",
)
@click.option(
    "--port",
    type=int,
    help=f"Port of the hub's HAN, or of a stick.  [default: {HAN_PORT}, or the device's stick's]",
)
def run(
    lab: Path, device: str, vm_name: str | None, host: str, radio: str | None, port: int | None
) -> int:
    """Run a board until it is interrupted; one that is new is provisioned first.

    A board with a radio is connected to a stick of `./hanlab radio`, others to the hub.
    Its state survives being killed. What its VM says on standard error is in log.txt beside it.
    """
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(asctime)s %(message)s")
    eui = profile.parsed_eui(device)
    folder = board_folder(lab, eui)
    if not (folder / CONFIGURATION).exists():
        provision_board(folder, lab_keys(lab), eui, _kind(eui), radio=radio)
    on_radio = has_radio(folder)
    if radio and not on_radio:
        raise CommandError(
            f"the board in {folder} has no radio; give it one with "
            f"`./hanlab board provision --device {device} --radio {radio} --renew`"
        )
    if port is None:
        port = stick_port(eui) if on_radio else HAN_PORT
    vm = provide(vm_name, say)
    virtual_board = VirtualBoard(vm, board_image(vm), folder, (host, port), heap_of(folder))
    what = "stick" if on_radio else "hub"
    say(f"board {eui.hex()} in MicroPython {vm.version} {vm.name}, {what} at {host}:{port}")
    asyncio.run(virtual_board.run())
    return 0


def _kind(eui: bytes) -> str:
    """The kind of meter that the lab starts with under that EUI-64; ESME for any other."""
    types = {device.eui: device.type.upper() for device in parties.DEVICES}
    return types.get(eui, "ESME")

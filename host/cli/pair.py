"""`hanlab pair`: brings a device into the HAN and says how far it came."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import click

from dcc_stub.user.client import DccUser
from dcc_stub.user.listener import WEBHOOK_PORT, Listener
from dcc_stub.user.opening import Opener
from host.cli.dcc import clock, lab_keys
from host.cli.errors import DONE, FAILED, CommandError, NotFoundError
from host.cli.hub import HUB_FILE
from host.cli.options import json_option, lab_option
from host.cli.output import emit_json, say
from host.cli.pairing import Pairer, Pairing, Reached
from host.cli.send import DEFAULT_DCC
from keys import parties, profile
from keys.store import Keystore
from keys.suite import Suite
from smets.codec.errors import DecodeError
from smets.zigbee import install_code as install_codes

OF_THE_HUB = ("chf", "gpf")
CODE_SIZE = 16  # GBCS: what CCS01 carries


@click.command(
    epilog="\b\nExample: ./hanlab pair --device 00-DB-12-34-56-78-90-A1 \\\n"
    "             --install-code 83FED3407A939723A5C639B26916D505C3B5"
)
@lab_option
@click.option("--device", required=True, metavar="EUI", help="The device to bring in.")
@click.option(
    "--install-code",
    "code",
    metavar="CODE",
    help="Its install code, with or without CRC.  [default: the one in the lab's keys]",
)
@click.option(
    "--hub",
    "hub",
    default=parties.CHF.eui.hex("-").upper(),
    show_default=True,
    metavar="EUI",
    help="The hub's CHF.",
)
@click.option(
    "--gpf",
    default=parties.GPF.eui.hex("-").upper(),
    show_default=True,
    metavar="EUI",
    help="The hub's GPF.",
)
@click.option("--dcc", "gateway", default=DEFAULT_DCC, show_default=True, help="The DCC.")
@click.option("--listen", default=WEBHOOK_PORT, show_default=True, help="Port for responses.")
@click.option(
    "--timeout",
    type=click.FloatRange(0, min_open=True),
    default=120.0,
    show_default=True,
    help="Seconds for each stage.",
)
@click.option(
    "--window",
    type=click.IntRange(1, 0xFFFF),
    default=600,
    show_default=True,
    help="Seconds for which the hub lets the device in.",
)
@json_option
def pair(
    lab: Path,
    device: str,
    code: str | None,
    hub: str,
    gpf: str,
    gateway: str,
    listen: int,
    timeout: float,
    window: int,
    as_json: bool,
) -> int:
    """Pair a device over Zigbee: put it on the hub's device log, let it join, commission it.

    Shows each stage with its time: whitelisted, associated, network key, interview, CBKE, tunnel,
    GBCS join (gas), commissioned; where it stops, the cause and what helps.
    """
    keys = lab_keys(lab)
    eui = profile.parsed_eui(device)
    kind = keys.device_type(eui)
    if kind is None:
        raise NotFoundError(
            f"the lab has no keys of {device}; make them with "
            f"`./hanlab keys new --device {device} --type gsme`"
        )
    if kind in OF_THE_HUB:
        raise click.UsageError(f"--device: {device} is a {kind} of the keys, which no HAN lets in")
    if not (lab / HUB_FILE).exists():
        raise CommandError(f"{lab / HUB_FILE} is not there; start the hub with `./hanlab hub`")
    pairing = Pairing(
        eui,
        kind == "gsme",
        _install_code(code) if code else keys.require_zigbee_keys(eui).install_code,
        profile.parsed_eui(hub),
        profile.parsed_eui(gpf),
        window,
    )
    found = asyncio.run(
        _pair(keys, gateway, listen, lab / HUB_FILE, timeout, pairing, quiet=as_json)
    )
    failed = found[-1].failure is not None
    if found[-1].already:
        say(f"{device} is paired and commissioned already; nothing was sent to it")
    if as_json:
        emit_json(_document(pairing, found))
    return FAILED if failed else DONE


async def _pair(
    keys: Keystore,
    gateway: str,
    listen: int,
    hub_file: Path,
    timeout: float,
    pairing: Pairing,
    quiet: bool,
) -> list[Reached]:
    suite = Suite()
    party = parties.SUPPLIER.eui
    user = DccUser(keys, suite, party, gateway)
    try:
        async with Listener(keys.find, port=listen) as listener:
            pairer = Pairer(user, listener, Opener(keys, suite, party), hub_file, clock, timeout)
            return await pairer.pair(pairing, (lambda _: None) if quiet else _show)
    finally:
        await user.close()


def _install_code(text: str) -> bytes:
    digits = "".join(text.replace("-", " ").replace(":", " ").split())
    try:
        octets = bytes.fromhex(digits)
    except ValueError:
        raise click.UsageError(
            "--install-code: it is not hexadecimal; write two digits, 0 to F, for each octet"
        ) from None
    try:
        if len(octets) == CODE_SIZE + install_codes.CRC_SIZE:
            octets = install_codes.without_crc(octets)
    except DecodeError as error:
        raise click.UsageError(f"--install-code: {error}") from None
    if len(octets) != CODE_SIZE:
        raise click.UsageError(
            f"--install-code: {len(octets)} octets; GBCS takes codes of {CODE_SIZE}, or "
            f"{CODE_SIZE + install_codes.CRC_SIZE} with the CRC"
        )
    return octets


def _show(reached: Reached) -> None:
    if reached.already:
        click.echo(f"   already    {reached.stage}")
    elif reached.failure is None:
        click.echo(f"  {reached.seconds:6.2f} s  {reached.stage}")
    else:
        say(f"  {reached.seconds:6.2f} s  {reached.stage} failed: {reached.failure}")
        say(f"            {reached.fix}")


def _document(pairing: Pairing, found: list[Reached]) -> dict[str, Any]:
    return {
        "device": pairing.device.hex(),
        "paired": found[-1].failure is None,
        "already_paired": found[-1].already,
        "stages": [
            {
                "stage": each.stage,
                "seconds": round(each.seconds, 3),
                "already": each.already,
                "failure": each.failure,
                "fix": each.fix,
            }
            for each in found
        ],
    }

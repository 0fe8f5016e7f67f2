"""`hanlab hub`: runs a communications hub."""

from __future__ import annotations

import asyncio
import logging
import sys
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import click

from host.boards.provision import provision_store
from host.cli.dcc import clock, lab_keys
from host.cli.errors import CommandError, MissingError, NotFoundError
from host.cli.options import json_option, lab_option
from host.cli.output import emit_json, say
from host.hub import functions
from host.hub.database import Database
from host.hub.device_log import DeviceLog
from host.hub.hub import Hub, Settings
from host.hub.local_device import LocalDevices
from host.hub.radio import Radio
from host.hub.sticks import sticks
from host.hub.zigbee.datagrams import RadioError
from keys import parties, profile
from keys.cbke import SUITES
from keys.store import Keystore
from smets.device.device import SIGNING_KEY
from smets.gbcs import roles
from smets.zigbee.cbke import Identity

HUB_FILE = "hub.sqlite"
WAN_URL = "ws://127.0.0.1:8079/wan"
LOOPBACK = "127.0.0.1"
HAN_PORT = 8090
SIMULATED_RADIO = f"tcp://{LOOPBACK}:6638"  # the first stick of `./hanlab radio`


@click.command(
    epilog="\b\nExample: ./hanlab hub --lab lab\n"
    "         ./hanlab hub --dcc ws://127.0.0.1:8079/wan --port 8090\n"
    "         ./hanlab hub --radio /dev/ttyUSB0\n"
    "         ./hanlab hub --radio sim"
)
@lab_option
@click.option("--dcc", "wan_url", default=WAN_URL, show_default=True, help="The DCC's WAN link.")
@click.option("--host", default=LOOPBACK, show_default=True, help="Address to listen on.")
@click.option("--port", default=HAN_PORT, show_default=True, help="Port of the HAN; 0: any.")
@click.option("--chf", default=parties.CHF.eui.hex(), show_default=True, help="EUI-64 of the CHF.")
@click.option("--gpf", default=parties.GPF.eui.hex(), show_default=True, help="EUI-64 of the GPF.")
@click.option(
    "--radio",
    metavar="PATH|tcp://HOST:PORT|sim|auto",
    help="The EZSP stick of a Zigbee HAN; sim: that of `./hanlab radio`; auto: the likeliest one.",
)
@click.option("--channel", type=click.IntRange(11, 26), default=15, show_default=True)
@click.option("--baud-rate", default=115200, show_default=True, help="Of the stick.")
@json_option
def hub(
    lab: Path,
    wan_url: str,
    host: str,
    port: int,
    chf: str,
    gpf: str,
    radio: str | None,
    channel: int,
    baud_rate: int,
    as_json: bool,
) -> int:
    """Run a communications hub: CHF, GPF, the WAN link to the DCC and the HAN for boards.

    Devices join when they are in the device log: boards that connect over TCP, or with --radio
    devices of the Zigbee network that the stick forms. What waits for the DCC or a device is in
    the lab's folder and survives being killed.
    """
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(asctime)s %(message)s")
    logging.getLogger("zigpy").setLevel(logging.WARNING)
    keys = lab_keys(lab)
    chf_eui, gpf_eui = profile.parsed_eui(chf).hex(), profile.parsed_eui(gpf).hex()
    stick = None
    if radio is not None:
        path = radio_path(radio)
        stick = Radio(path, gpf_eui, identities(keys, gpf_eui), channel, baud_rate)
    settings = Settings(chf_eui, lab / HUB_FILE, wan_url, host, port, radio=stick)
    make = partial(provisioned, keys, chf_eui, gpf_eui)
    asyncio.run(_serve(Hub(settings, make, clock), stick.path if stick else host, as_json))
    return 0


def identities(keystore: Keystore, gpf: str) -> dict[int, Identity]:
    """What the hub proves itself with in key establishment, by suite."""
    eui = bytes.fromhex(gpf)
    return {suite: keystore.cbke_identity(eui, suite) for suite in SUITES}


def radio_path(named: str) -> str:
    """Where the radio is that the user names; NotFoundError when there is none."""
    if named == "sim":
        return SIMULATED_RADIO
    if named != "auto":
        _check_address(named)
        return named
    found = sticks()
    if not found or not found[0].likelihood:
        here = "; ".join(f"{stick.path} ({stick.name})" for stick in found) or "no serial port"
        raise NotFoundError(
            f"no stick is likely to be an EZSP radio; here is: {here}. Name one with --radio "
            "PATH, or take the simulated one: `./hanlab radio`, then --radio sim"
        )
    for stick in found:
        say(f"{stick.path}: {stick.name}{', taken' if stick is found[0] else ''}")
    return found[0].path


def _check_address(named: str) -> None:
    """UsageError for what is neither a path nor a whole address."""
    try:
        address = urlsplit(named)
        whole = not address.scheme or (address.hostname and address.port)
    except ValueError:
        whole = False
    if not named or not whole:
        raise click.UsageError(f"--radio {named}: give PATH, tcp://HOST:PORT, sim or auto")


def provisioned(
    keystore: Keystore, chf: str, gpf: str, database: Database, device_log: DeviceLog
) -> LocalDevices:
    """Both functions; one that is new gets its keys and trust anchors from the lab's keystore."""
    for eui, device_type in ((chf, roles.CHF), (gpf, roles.GPF)):
        store = functions.store_of(database, eui)
        if store.get(SIGNING_KEY) is None:
            with database.transaction():
                provision_store(store, keystore, bytes.fromhex(eui), device_type)
    return functions.make(database, device_log, chf, gpf)


async def _serve(communications_hub: Hub, host: str, as_json: bool) -> None:
    try:
        async with communications_hub:
            port = communications_hub.han_port
            if port:
                where = f"{host}:{port}"
                if as_json:
                    emit_json({"han_host": host, "han_port": port})
            else:
                where = host
                if as_json:
                    emit_json({"radio": host})
            say(f"hub's HAN at {where}")
            await communications_hub.run()
    except RadioError as error:
        raise MissingError(str(error)) from error
    except OSError as error:
        raise CommandError(
            f"cannot listen on {host}: {error.strerror}; choose another port with --port"
        ) from error

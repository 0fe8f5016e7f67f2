"""`hanlab hub`: runs a communications hub."""

from __future__ import annotations

import asyncio
import logging
import sys
from functools import partial
from pathlib import Path

import click

from host.boards.provision import provision_store
from host.cli.dcc import clock, lab_keys
from host.cli.errors import CommandError
from host.cli.options import json_option, lab_option
from host.cli.output import emit_json, say
from host.hub import functions
from host.hub.database import Database
from host.hub.device_log import DeviceLog
from host.hub.hub import Hub, Settings
from host.hub.local_device import LocalDevices
from keys import parties, profile
from keys.store import Keystore
from smets.device.device import SIGNING_KEY
from smets.gbcs import roles

HUB_FILE = "hub.sqlite"
WAN_URL = "ws://127.0.0.1:8079/wan"
LOOPBACK = "127.0.0.1"
HAN_PORT = 8090


@click.command(
    epilog="\b\nExample: ./hanlab hub --lab lab\n"
    "         ./hanlab hub --dcc ws://127.0.0.1:8079/wan --port 8090"
)
@lab_option
@click.option("--dcc", "wan_url", default=WAN_URL, show_default=True, help="The DCC's WAN link.")
@click.option("--host", default=LOOPBACK, show_default=True, help="Address to listen on.")
@click.option("--port", default=HAN_PORT, show_default=True, help="Port of the HAN; 0: any.")
@click.option("--chf", default=parties.CHF.eui.hex(), show_default=True, help="EUI-64 of the CHF.")
@click.option("--gpf", default=parties.GPF.eui.hex(), show_default=True, help="EUI-64 of the GPF.")
@json_option
def hub(lab: Path, wan_url: str, host: str, port: int, chf: str, gpf: str, as_json: bool) -> int:
    """Run a communications hub: CHF, GPF, the WAN link to the DCC and the HAN for boards.

    Boards connect over TCP and join when they are in the device log. What waits for the DCC or a
    board is in the lab's folder and survives being killed.
    """
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(asctime)s %(message)s")
    chf_eui, gpf_eui = profile.parsed_eui(chf).hex(), profile.parsed_eui(gpf).hex()
    settings = Settings(chf_eui, lab / HUB_FILE, wan_url, host, port)
    make = partial(provisioned, lab_keys(lab), chf_eui, gpf_eui)
    asyncio.run(_serve(Hub(settings, make, clock), host, as_json))
    return 0


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
            if as_json:
                emit_json({"han_host": host, "han_port": port})
            say(f"hub's HAN at {host}:{port}")
            await communications_hub.run()
    except OSError as error:
        raise CommandError(
            f"cannot listen on {host}: {error.strerror}; choose another port with --port"
        ) from error

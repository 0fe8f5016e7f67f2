"""`hanlab dcc`: runs the DCC stub."""

from __future__ import annotations

import asyncio
import logging
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import click

from dcc_stub.broker.context import Context
from dcc_stub.broker.settings import Settings
from dcc_stub.duis.schema import Schema
from dcc_stub.engine import DccStub
from dcc_stub.service.server import GATEWAY_PORT, LOOPBACK, SMKI_PORT, DccService
from dcc_stub.service.webhooks import DEFAULT_PATH
from dcc_stub.store.store import Store
from dcc_stub.user.listener import WEBHOOK_PORT
from host.cli.errors import CommandError, MissingError
from host.cli.options import lab_option
from host.cli.output import say
from keys import parties, profile
from keys.store import Keystore
from keys.suite import Suite
from smets.dlms.date_time import UNIX_SECONDS_IN_2000

STORE_FILE = "dcc.sqlite"
KEYS_FOLDER = "keys"
SCHEMA_FOLDER = "xsd"
DEFAULT_WEBHOOK = f"http://{LOOPBACK}:{WEBHOOK_PORT}{DEFAULT_PATH}"


def clock() -> int:
    """UTC seconds since 2000-01-01."""
    return int(time.time()) - UNIX_SECONDS_IN_2000


def lab_keys(lab: Path) -> Keystore:
    """The lab's keystore; MissingError when it has none."""
    path = lab / KEYS_FOLDER
    if not path.is_dir():
        raise MissingError(f"{path} is not there; make it with `./hanlab keys new --lab {lab}`")
    return Keystore(path)


def open_dcc(lab: Path, settings: Settings) -> DccStub:
    """The DCC of a lab: its keys, its store, and the DUIS schemas if the lab has them."""
    keys = lab_keys(lab)
    store = Store(lab / STORE_FILE)
    context = Context(
        store,
        keys,
        Suite(),
        parties.ACCESS_CONTROL_BROKER.eui,
        settings,
        schema=Schema.find(lab / SCHEMA_FOLDER),
    )
    return DccStub(context)


@click.command(
    epilog="\b\nExample: ./hanlab dcc --lab lab\n"
    "         ./hanlab dcc --webhook 90-B3-D5-1F-30-02-00-00=http://127.0.0.1:9000/duis"
)
@lab_option
@click.option("--host", default=LOOPBACK, show_default=True, help="Address to listen on.")
@click.option("--port", default=GATEWAY_PORT, show_default=True, help="Port of the services.")
@click.option("--smki-port", default=SMKI_PORT, show_default=True, help="Port of SMKI.")
@click.option(
    "--webhook",
    "webhooks",
    multiple=True,
    metavar="[EUI=]URL",
    help=f"Where users' documents go: all users', or one user's.  [default: {DEFAULT_WEBHOOK}]",
)
@click.option(
    "--response-timeout",
    type=click.IntRange(1),
    default=Settings.response_timeout,
    show_default=True,
    help="Seconds until a device's response is given up.",
)
@click.option(
    "--ignore-validity", is_flag=True, help="Accept XML signing certificates out of their dates."
)
def dcc(
    lab: Path,
    host: str,
    port: int,
    smki_port: int,
    webhooks: Sequence[str],
    response_timeout: int,
    ignore_validity: bool,
) -> int:
    """Run the DCC stub: DUIS gateway, access control broker, inventory, SMKI.

    Requests are posted to /api/v1/serviceS, serviceT and serviceD, hubs connect to /wan. What it
    knows is in the lab's folder and survives being killed.
    """
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(asctime)s %(message)s")
    for noisy in ("httpx", "httpcore", "uvicorn"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    settings = Settings(response_timeout=response_timeout, check_validity=not ignore_validity)
    stub = open_dcc(lab, settings)
    default = set_webhooks(stub, webhooks)
    service = DccService(
        stub,
        lab_keys(lab),
        clock,
        host=host,
        port=port,
        smki_port=smki_port,
        webhook=default,
    )
    try:
        asyncio.run(_serve(service, host))
    finally:
        stub.store.close()
    return 0


def set_webhooks(stub: DccStub, webhooks: Sequence[str]) -> str:
    """Keeps where each user's documents go; returns where those of all others do."""
    default = DEFAULT_WEBHOOK
    for webhook in webhooks:
        if webhook.startswith(("http://", "https://")):
            default = webhook
            continue
        eui, _, url = webhook.partition("=")
        if not url.startswith(("http://", "https://")):
            raise click.UsageError(f"--webhook {webhook}: give URL or EUI=URL")
        with stub.store.transaction():
            stub.store.users.set_webhook(profile.parsed_eui(eui), url)
    return default


async def _serve(service: DccService, host: str) -> None:
    try:
        async with service:
            say(f"DCC at http://{host}:{service.port}, SMKI at http://{host}:{service.smki_port}")
            await service.wait()
    except OSError as error:
        raise CommandError(
            f"cannot listen on {host}: {error.strerror}; choose other ports with --port and "
            "--smki-port"
        ) from error

"""A lab with real keys: the hub's own functions and both meters, provisioned."""

import asyncio
import datetime
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

from host.boards.image import board_image
from host.boards.provision import board_folder, provision_board, provision_store
from host.boards.virtual import VirtualBoard
from host.boards.vm import Vm
from host.hub import functions
from host.hub.database import Database
from host.hub.hub import Hub, Settings
from keys import parties, pki
from keys.store import Keystore
from smets.gbcs import roles

CHF = parties.CHF.eui.hex()
GPF = parties.GPF.eui.hex()
METER = parties.ESME.eui.hex()


def make(lab: Path) -> Keystore:
    """Keys, a provisioned hub and provisioned meters; the gas meter wakes every second."""
    day = datetime.date(2026, 1, 1)
    pki.create(lab / "keys", valid_from=day, seed=b"meters")
    for device in parties.DEVICES:
        pki.add_device(lab / "keys", device.eui, device.type, valid_from=day, seed=b"meters")
    keystore = Keystore(lab / "keys")
    provision_board(board_folder(lab, parties.ESME.eui), keystore, parties.ESME.eui)
    gas = parties.GSME.eui
    provision_board(board_folder(lab, gas), keystore, gas, "GSME", wakes=1)
    database = Database(lab / "hub.sqlite")
    with database.transaction():
        for device, kind in ((parties.CHF, roles.CHF), (parties.GPF, roles.GPF)):
            store = functions.store_of(database, device.eui.hex())
            provision_store(store, keystore, device.eui, kind)
    database.close()
    return keystore


@asynccontextmanager
async def hub_running(
    lab: Path, url: str, now: Callable[[], int], clock_interval: float = 0
) -> AsyncIterator[Hub]:
    settings = Settings(CHF, lab / "hub.sqlite", url, clock_interval=clock_interval)
    make_functions = partial(functions.make, chf=CHF, gpf=GPF)
    async with Hub(settings, make_functions, now) as hub:
        task = asyncio.create_task(hub.run())
        try:
            yield hub
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


@asynccontextmanager
async def meter_running(
    vm: Vm, lab: Path, port: int, eui: bytes = parties.ESME.eui
) -> AsyncIterator[VirtualBoard]:
    folder = board_folder(lab, eui)
    board = VirtualBoard(vm, board_image(vm), folder, ("127.0.0.1", port))
    task = asyncio.create_task(board.run())
    try:
        yield board
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

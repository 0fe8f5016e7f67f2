"""A meter's firmware in a VM on the simulated radio, and the hub on bellows that it joins."""

from __future__ import annotations

import asyncio
import json
from contextlib import AsyncExitStack, asynccontextmanager, closing
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from host.boards.image import board_image
from host.boards.provision import board_folder, heap_of, provision_board
from host.boards.virtual import VirtualBoard
from host.cli.hub import identities
from host.hub import functions
from host.hub.database import Database
from host.hub.device_log import DeviceLog, Status
from host.hub.hub import Hub, Settings
from host.hub.radio import Radio
from host.radio.capture import KEYS_SUFFIX
from host.radio.simulation import Settings as SimulationSettings
from host.radio.simulation import Simulation, Slot
from keys import parties
from keys.zigbee_suite import ZigbeeSuite
from smets.dlms import data as axdr
from smets.zigbee import stages
from tests.fake_dcc import FakeDcc
from tests.gbcs_user import ADD_TO_DEVICE_LOG, GbcsUser
from tests.host.boards import meters
from tests.host.boards.meters import CHF, GPF
from tests.host.hub.lab import NOW, until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from host.boards.vm import Vm

LOCAL = "127.0.0.1"
JOIN = 60.0  # seconds
LONGEST_WINDOW = 0xFFFF  # seconds of the lab's clock


def whitelisting(eui: bytes, code: bytes) -> tuple[axdr.Data, axdr.Data]:
    """What CCS01 is given for a device with an install code."""
    entry = (
        (axdr.OCTET_STRING, eui),
        (axdr.ENUM, 1),
        (axdr.OCTET_STRING, code),
        (axdr.ENUM, 0),
    )
    return (axdr.STRUCTURE, entry), (axdr.LONG_UNSIGNED, LONGEST_WINDOW)


def reports(folder: Path) -> list[dict[str, int]]:
    """What the board has said of its way into the HAN."""
    lines = (folder / "log.txt").read_text().splitlines() if (folder / "log.txt").exists() else []
    return [json.loads(line) for line in lines if line.startswith("{")]


class Lab:
    """A DCC, a simulated radio, a hub on bellows, and one meter in a VM on a stick of its own."""

    def __init__(self, folder: Path, vm: Vm, meter: parties.Device, **settings: Any) -> None:
        self.keystore = meters.make(folder)
        self.broker = GbcsUser(self.keystore, parties.ACCESS_CONTROL_BROKER)
        self.supplier = GbcsUser(self.keystore)
        self.meter = meter
        self.capture = folder / "air.pcap"
        self.captured_keys = folder / ("air.pcap" + KEYS_SUFFIX)
        self.folder = board_folder(folder, meter.eui)
        kind = meter.type.upper()
        provision_board(
            self.folder, self.keystore, meter.eui, kind, radio="sim", renew=True, **settings
        )
        self._root = folder
        self._vm = vm

    @asynccontextmanager
    async def running(self, now: Callable[[], int] = lambda: NOW) -> AsyncIterator[FakeDcc]:
        """While it runs; `now` is the hub's clock."""
        root = self._root
        async with AsyncExitStack() as stack:
            dcc = await stack.enter_async_context(FakeDcc(root / "dcc.sqlite"))
            slots = (Slot(parties.GPF.eui), Slot(self.meter.eui))
            simulated = SimulationSettings(root / "radio", slots, seed=1, capture=self.capture)
            simulation = Simulation(simulated, ZigbeeSuite())
            self.simulation = radio = await stack.enter_async_context(simulation)
            stick = Radio(radio.urls[parties.GPF.eui], GPF, identities(self.keystore, GPF))
            settings = Settings(CHF, root / "hub.sqlite", dcc.url, radio=stick)
            make = partial(functions.make, chf=CHF, gpf=GPF)
            self._hub = partial(_serve, partial(Hub, settings, make, now))
            self._serving = asyncio.create_task(self._hub())
            port = int(radio.urls[self.meter.eui].rpartition(":")[2])
            image = board_image(self._vm)
            board = VirtualBoard(self._vm, image, self.folder, (LOCAL, port), heap_of(self.folder))
            running = asyncio.create_task(board.run())
            try:
                yield dcc
            finally:
                tasks = (self._serving, running)
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)
                print((self.folder / "log.txt").read_text())

    async def restart_hub(self) -> None:
        """Ends the hub when it has stored that the meter is here, and starts another one."""
        await until(self._is_in_the_device_log, JOIN)
        self._serving.cancel()
        await asyncio.gather(self._serving, return_exceptions=True)
        self._serving = asyncio.create_task(self._hub())

    async def join(self, dcc: FakeDcc) -> None:
        """Whitelists the meter and waits until it has its tunnel."""
        code = self.keystore.require_zigbee_keys(self.meter.eui).install_code
        entry = whitelisting(self.meter.eui, code)
        dcc.send(CHF, self.broker.command(ADD_TO_DEVICE_LOG, parties.CHF.eui, 1, *entry))
        await until(self.has_joined, JOIN)

    def _is_in_the_device_log(self) -> bool:
        with closing(Database(self._root / "hub.sqlite")) as database:
            entry = DeviceLog(database).find(self.meter.eui.hex())
            return entry is not None and entry.status is Status.JOINED

    def has_joined(self) -> bool:
        return any(each["stage"] == stages.JOINED for each in reports(self.folder))


async def _serve(make: Callable[[], Hub]) -> None:
    async with make() as hub:
        await hub.run()

"""Starting and stopping the parts together."""

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack
from datetime import date
from pathlib import Path
from types import TracebackType
from typing import Self

from dcc_stub.broker.context import Context
from dcc_stub.broker.settings import Settings as DccSettings
from dcc_stub.duis.schema import Schema
from dcc_stub.engine import DccStub
from dcc_stub.inventory.status import Status as InventoryStatus
from dcc_stub.service.server import DccService
from dcc_stub.store.store import Store
from dcc_stub.user.client import DccUser, raise_for
from dcc_stub.user.exchange import Exchange, exchange
from dcc_stub.user.listener import Listener
from dcc_stub.user.opening import Opener
from host.boards.image import board_image
from host.boards.provision import board_folder, provision_board, provision_store
from host.boards.virtual import VirtualBoard
from host.boards.vm import Vm
from host.cli.dcc import KEYS_FOLDER, SCHEMA_FOLDER, STORE_FILE
from host.cli.lab.clock import VirtualClock
from host.hub import functions
from host.hub.database import Database
from host.hub.device_log import DeviceLog, Status
from host.hub.hub import Hub, Settings
from host.hub.local_device import LocalDevices
from keys import parties, pki
from keys.store import Keystore
from keys.suite import Suite
from smets.gbcs import roles

HUB_FILE = "hub.sqlite"
ANSWER_WITHIN = 20.0


class LabError(Exception):
    """A part of the lab did not do what it should; the text names it and the next step."""


class Lab:
    """Parts start one by one, so that each can be shown; leaving the context stops them all."""

    def __init__(self, folder: Path, clock: VirtualClock) -> None:
        self.folder = folder
        self.clock = clock
        self.suite = Suite()
        self._stack = AsyncExitStack()
        self._tasks: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._stack.aclose()

    def make_keys(self, valid_from: date, devices: tuple[parties.Device, ...]) -> int:
        """The test PKI; how many certificates and key files were made."""
        path = self.folder / KEYS_FOLDER
        made = len(pki.create(path, valid_from=valid_from).made)
        for device in devices:
            outcome = pki.add_device(path, device.eui, device.type, valid_from=valid_from)
            made += len(outcome.made)
        self.keys = Keystore(path)
        return made

    async def start_dcc(self) -> None:
        """The DCC stub, and the supplier's webhook."""
        self.listener = await self._stack.enter_async_context(Listener(self.keys.find, port=0))
        self._store = store = Store(self.folder / STORE_FILE)
        self._stack.callback(store.close)
        context = Context(
            store,
            self.keys,
            self.suite,
            parties.ACCESS_CONTROL_BROKER.eui,
            DccSettings(),
            schema=Schema.find(self.folder / SCHEMA_FOLDER),
        )
        service = DccService(
            DccStub(context),
            self.keys,
            self.clock,
            port=0,
            smki_port=0,
            webhook=self.listener.url,
        )
        self.dcc = await self._stack.enter_async_context(service)
        gateway = f"http://127.0.0.1:{self.dcc.port}"
        self.user = DccUser(self.keys, self.suite, parties.SUPPLIER.eui, gateway)
        self._stack.push_async_callback(self.user.close)
        self.opener = Opener(self.keys, self.suite, parties.SUPPLIER.eui)

    async def start_hub(self) -> None:
        """The communications hub, told the time by this lab."""
        settings = Settings(
            parties.CHF.eui.hex(),
            self.folder / HUB_FILE,
            f"ws://127.0.0.1:{self.dcc.port}/wan",
            clock_interval=0,
        )
        self.hub = await self._stack.enter_async_context(
            Hub(settings, self._functions, self.clock)
        )
        self._tasks.append(asyncio.create_task(self.hub.run()))
        await self._until(self._hub_is_known, "the hub did not reach the DCC")

    def _hub_is_known(self) -> bool:
        known = self._store.inventory.find(parties.CHF.eui)
        return known is not None and known.status is InventoryStatus.COMMISSIONED

    def _functions(self, database: Database, device_log: DeviceLog) -> LocalDevices:
        for device, device_type in ((parties.CHF, roles.CHF), (parties.GPF, roles.GPF)):
            store = functions.store_of(database, device.eui.hex())
            provision_store(store, self.keys, device.eui, device_type)
        return functions.make(database, device_log, parties.CHF.eui.hex(), parties.GPF.eui.hex())

    def start_board(self, vm: Vm, device: parties.Device, seed: bytes) -> None:
        """The meter: its firmware in a MicroPython VM, on the hub's HAN port."""
        folder = board_folder(self.folder, device.eui)
        provision_board(folder, self.keys, device.eui, seed=seed, renew=True, dcc_controlled=True)
        self.board = VirtualBoard(vm, board_image(vm), folder, ("127.0.0.1", self.hub.han_port))
        self._tasks.append(asyncio.create_task(self.board.run()))

    async def joined(self, device: parties.Device) -> None:
        """Returns when the device is on the HAN; LabError when it does not come."""
        eui = device.eui.hex()
        log_file = self.board.folder / "log.txt"

        def is_joined() -> bool:
            entry = self.hub.device_log.find(eui)
            return entry is not None and entry.status is Status.JOINED

        await self._until(is_joined, f"the meter {eui} did not join; see {log_file}")

    async def _until(self, holds: Callable[[], bool], failure: str) -> None:
        try:
            async with asyncio.timeout(ANSWER_WITHIN):
                while not holds():
                    await asyncio.sleep(0.01)
        except TimeoutError:
            raise LabError(f"{failure} (waited {ANSWER_WITHIN:.0f} s)") from None

    async def move_to(self, now: int) -> None:
        """Moves the lab's clock; the devices are told and catch up."""
        self.clock.now = now
        await self.hub.tell_time()

    async def send(
        self, variant: str, device: bytes, parameters: dict[str, str] | None = None
    ) -> Exchange:
        """One service request of the supplier with its response; raises when it is not served."""
        pairs = list((parameters or {}).items())
        request = self.user.request(variant, device, pairs, self.clock())
        outcome = await exchange(self.user, request, self.listener, self.opener, ANSWER_WITHIN)
        raise_for(outcome.last)
        if outcome.opened is not None and not outcome.opened.succeeded:
            raise LabError(f"the device did not carry out {variant}: {outcome.opened.results}")
        return outcome

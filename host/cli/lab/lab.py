"""Starting and stopping the parts together."""

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack, closing
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
from host.boards.vm import RADIO_HEAP_GATE, Vm
from host.cli.dcc import KEYS_FOLDER, SCHEMA_FOLDER, STORE_FILE
from host.cli.hub import identities
from host.cli.lab.clock import VirtualClock
from host.cli.lab.errors import LabError
from host.cli.lab.radio_process import RadioProcess, address_of
from host.hub import functions
from host.hub.database import Database
from host.hub.device_log import DeviceLog, Status
from host.hub.hub import Hub, Settings
from host.hub.local_device import LocalDevices
from host.hub.radio import Radio
from host.hub.zigbee.stages import Stages
from keys import parties, pki
from keys.store import Keystore
from keys.suite import Suite
from smets.gbcs import roles

HUB_FILE = "hub.sqlite"
CAPTURE_FILE = "han.pcap"
ANSWER_WITHIN = 20.0
JOIN_WITHIN = 60.0


class Lab:
    """Parts start one by one, so that each can be shown; leaving the context stops them all."""

    def __init__(self, folder: Path, clock: VirtualClock) -> None:
        self.folder = folder
        self.clock = clock
        self.suite = Suite()
        self.urls: dict[bytes, str] = {}  # of the sticks, by EUI-64
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

    async def start_radio(self, devices: tuple[parties.Device, ...], seed: int) -> Path:
        """Simulated sticks for the hub and these devices; where the air is captured."""
        capture = self.folder / CAPTURE_FILE
        sticks = [parties.GPF.eui, *(device.eui for device in devices)]
        radio = await self._stack.enter_async_context(
            RadioProcess(self.folder, sticks, seed, capture)
        )
        self.urls = radio.urls
        return capture

    async def start_hub(self) -> None:
        """The communications hub on its stick, told the time by this lab."""
        gpf = parties.GPF.eui
        radio = Radio(self.urls[gpf], gpf.hex(), identities(self.keys, gpf.hex()))
        settings = Settings(
            parties.CHF.eui.hex(),
            self.folder / HUB_FILE,
            f"ws://127.0.0.1:{self.dcc.port}/wan",
            clock_interval=0,
            radio=radio,
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

    def start_board(
        self,
        vm: Vm,
        device: parties.Device,
        seed: bytes,
        wakes: int,
        *,
        speed: int = 1,
        dcc_controlled: bool = True,
        keys: Keystore | None = None,
        heap: int = RADIO_HEAP_GATE,
    ) -> VirtualBoard:
        """A meter: its firmware in a MicroPython VM, on its own stick; see `provision_board`.

        `keys` are those of another lab.
        """
        folder = board_folder(self.folder, device.eui)
        provision_board(
            folder,
            keys or self.keys,
            device.eui,
            device.type.upper(),
            seed=seed,
            wakes=wakes,
            renew=True,
            dcc_controlled=dcc_controlled,
            radio="sim",
            speed=speed,
        )
        stick = address_of(self.urls[device.eui])
        board = VirtualBoard(vm, board_image(vm), folder, stick, heap)
        self._tasks.append(asyncio.create_task(board.run()))
        return board

    def install_code(self, device: parties.Device) -> str:
        """The device's install code, hexadecimal without CRC."""
        return self.keys.require_zigbee_keys(device.eui).install_code.hex().upper()

    async def joined(self, device: parties.Device) -> None:
        """Returns when the device is on the HAN; LabError when it does not come."""
        eui = device.eui.hex()
        log_file = board_folder(self.folder, device.eui) / "log.txt"

        def is_joined() -> bool:
            entry = self.hub.device_log.find(eui)
            return entry is not None and entry.status is Status.JOINED

        await self._until(is_joined, f"the meter {eui} did not join; see {log_file}", JOIN_WITHIN)

    def stages(self, device: parties.Device) -> list[tuple[str, float]]:
        """The stages of a device's way into the HAN, with the seconds each took."""
        with closing(Database(self.folder / HUB_FILE)) as database:
            found = Stages(database).of(device.eui.hex())
        times = [at for _, at, failure in found if failure is None]
        names = [stage for stage, _, failure in found if failure is None]
        return [
            (str(name), at - before)
            for name, at, before in zip(names, times, times[:1] + times, strict=False)
        ]

    async def _until(
        self, holds: Callable[[], bool], failure: str, seconds: float = ANSWER_WITHIN
    ) -> None:
        try:
            async with asyncio.timeout(seconds):
                while not holds():
                    await asyncio.sleep(0.01)
        except TimeoutError:
            raise LabError(f"{failure} (waited {seconds:.0f} s)") from None

    async def move_to(self, now: int) -> None:
        """Moves the lab's clock; the devices are told and catch up."""
        self.clock.now = now
        await self.hub.tell_time()

    async def send(
        self,
        variant: str,
        device: bytes,
        parameters: dict[str, str] | None = None,
        within: float = ANSWER_WITHIN,
    ) -> Exchange:
        """One service request of the supplier with its response; raises when it is not served."""
        pairs = list((parameters or {}).items())
        request = self.user.request(variant, device, pairs, self.clock())
        outcome = await exchange(self.user, request, self.listener, self.opener, within)
        raise_for(outcome.last)
        if outcome.opened is not None and not outcome.opened.succeeded:
            raise LabError(f"the device did not carry out {variant}: {outcome.opened.results}")
        return outcome

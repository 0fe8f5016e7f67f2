"""The communications hub: its router between the WAN and the HAN, around one database."""

import asyncio
import logging
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from host.hub import wan_frames
from host.hub.courier import Couriers
from host.hub.database import Database
from host.hub.device_log import UNKNOWN_TYPE, DeviceLog, Entry, Status
from host.hub.functions import event_log
from host.hub.group_commit import GroupCommit
from host.hub.han import HanLink
from host.hub.han_tcp import TcpHan
from host.hub.local_device import LocalDevices
from host.hub.radio import Radio
from host.hub.router import Router
from host.hub.taps import Taps
from host.hub.wan import WanLink
from host.hub.wan_pump import WanPump

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Settings:
    """Where a hub is and whom it talks to."""

    eui: str  # of the CHF, lower-case hexadecimal
    database: Path
    wan_url: str  # ws://…/wan of the DCC
    han_host: str = "127.0.0.1"
    han_port: int = 0  # 0: any free one
    clock_interval: float = 1.0  # seconds between two tellings of the time; 0: never by itself
    repeat: float = 1.0  # seconds until what a device did not acknowledge is sent again
    radio: Radio | None = None  # None: boards come over TCP


class Hub:
    """An async context manager; `run` serves until something fails for good."""

    def __init__(
        self,
        settings: Settings,
        functions: Callable[[Database, DeviceLog], LocalDevices],
        now: Callable[[], int],
    ) -> None:
        """`functions` makes CHF and GPF; `now` is the lab's clock, UTC seconds since 2000."""
        self._settings = settings
        self._functions = functions
        self.now = now

    async def __aenter__(self) -> "Hub":
        async with AsyncExitStack() as stack:
            settings = self._settings
            self.database = Database(settings.database)
            stack.callback(self.database.close)
            self.device_log = DeviceLog(self.database)
            gpf_log = event_log(self.database, "gpf")
            self.router = Router(
                self.database,
                self.device_log,
                self._functions(self.database, self.device_log),
                Taps(self.database, self.device_log, gpf_log),
            )
            self._seen_changes = self.device_log.changes
            self._commits = GroupCommit(self.database)
            self._pump = WanPump(self.router.wan_box)
            self.wan = WanLink(settings.wan_url, settings.eui, self._pump, self)
            self.han = await self._enter_han(stack)
            self._couriers = Couriers(self.router.han_queue, self.han, self._commits)
            stack.push_async_callback(self._couriers.stop)
            joined = {each.eui for each in self.device_entries() if each.status is Status.JOINED}
            for eui in joined.intersection(self.han.present()):
                self._couriers.start(eui)
            self._commits.listen(self._committed)
            self._resources = stack.pop_all()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._resources.aclose()

    async def _enter_han(self, stack: AsyncExitStack) -> HanLink:
        settings = self._settings
        self.han_port = 0
        self._radio_failure: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        if settings.radio is None:
            tcp = TcpHan(self, settings.han_host, settings.han_port, settings.repeat)
            await stack.enter_async_context(tcp)
            self.han_port = tcp.port  # that boards connect to
            return tcp
        # zigpy takes a second to import
        from host.hub.zigbee.han import ZigbeeHan  # noqa: PLC0415

        zigbee = ZigbeeHan(
            self, self, settings.radio, self.database, self.device_log, self._commits
        )
        self._radio_failure = zigbee.failure
        return await stack.enter_async_context(zigbee)

    async def run(self) -> None:
        """Serves; raises what makes going on impossible, such as a full disk."""
        tasks = [asyncio.create_task(self.wan.run()), asyncio.create_task(self._keep_time())]
        try:
            failures = (self._commits.failure, self._radio_failure)
            await asyncio.wait([*tasks, *failures], return_when=asyncio.FIRST_COMPLETED)
            for ended in (*failures, *tasks):
                if ended.done():
                    ended.result()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def tell_time(self) -> None:
        """Gives the time to the devices and to the hub's own functions now."""
        self.han.tell_time()
        await self._commits.run(lambda: self.router.poll(self.now()))

    async def status(self, eui: str) -> dict[str, Any]:
        """What a connected device says of itself; DeviceGoneError when it is not there."""
        return await self.han.status(eui)

    # The HAN's listener

    async def on_joined(self, eui: str, device_type: int) -> bool:
        entry = self.device_log.find(eui)
        if entry is None or entry.type not in {UNKNOWN_TYPE, device_type}:
            log.warning("device %s of type %d is not in the device log", eui, device_type)
            return False
        await self._commits.run(lambda: self.device_log.join(eui, device_type, self.now()))
        self._couriers.start(eui)
        log.info("device %s joined", eui)
        return True

    async def on_left(self, eui: str) -> None:
        await self._couriers.end(eui)
        await self._commits.run(lambda: self.device_log.mark(eui, Status.LEFT))
        log.info("device %s left", eui)

    async def on_message(self, eui: str, number: int, message: bytes) -> bool:
        refused = await self._commits.run(
            lambda: self.router.from_han(eui, number, message, self.now())
        )
        return refused is None

    def is_listed(self, eui: str) -> bool:
        return self.device_log.find(eui) is not None

    def waiting(self, eui: str) -> int:
        return self.router.han_queue.waiting(eui)

    # What a meter leaves in its mirror

    async def on_attributes(self, eui: str, cluster: int, values: dict[int, Any]) -> None:
        await self._commits.run(
            lambda: self.device_log.mirror.put_attributes(eui, cluster, values, self.now())
        )

    async def on_snapshot(self, eui: str, snapshot: dict[str, Any]) -> None:
        await self._commits.run(lambda: self.device_log.mirror.put_snapshot(eui, snapshot))

    # The WAN's listener

    async def on_wan_message(self, message: wan_frames.Message) -> str | None:
        return await self._commits.run(
            lambda: self.router.from_wan(message.id, message.device, message.message, self.now())
        )

    async def on_wan_ack(self, identifier: str) -> None:
        await self._commits.run(lambda: self.router.wan_box.acknowledged(identifier))

    def device_entries(self) -> list[Entry]:
        return self.device_log.entries()

    def _committed(self) -> None:
        self.wan.wake()
        self._couriers.wake(self.router.han_queue.take_additions())
        if self._seen_changes != self.device_log.changes:
            self._seen_changes = self.device_log.changes
            self.han.admit()
            self.wan.tell_status()

    async def _keep_time(self) -> None:
        while True:
            await self.tell_time()
            if not self._settings.clock_interval:
                await asyncio.get_running_loop().create_future()
            await asyncio.sleep(self._settings.clock_interval)

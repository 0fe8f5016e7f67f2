"""A hub between a fake DCC and boards without VMs, for the tests of this folder."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from host.hub.database import Database
from host.hub.device_log import DeviceLog
from host.hub.hub import Hub, Settings
from host.hub.local_device import LocalDevices
from host.hub.local_flash import LocalFlash
from tests.board.ledger_device import LedgerDevice

HUB = "00db1234567890a2"
METER = "00db1234567890a0"
OTHER = "00db1234567890a1"
ESME = 1
NOW = 850_000_000
SOON = 20.0  # seconds; far more than anything here takes


class Time:
    """The lab's clock, set by hand."""

    def __init__(self, now: int = NOW) -> None:
        self.value = now

    def __call__(self) -> int:
        return self.value


class BookKeepingFunction(LedgerDevice):
    """The hub's own function: a ledger device that also lists devices: L or U, type, EUI."""

    def __init__(self, database: Database, device_log: DeviceLog) -> None:
        super().__init__(LocalFlash(database, "chf"))
        self._device_log = device_log

    def receive(self, message: bytes, now: int) -> bytes | None:
        if message[:1] == b"L":
            self._device_log.add(message[2:].hex(), message[1])
            return self._answer(b"listed")
        if message[:1] == b"U":
            self._device_log.remove(message[2:].hex())
            return self._answer(b"unlisted")
        return super().receive(message, now)

    def _answer(self, answer: bytes) -> bytes:
        changes: list[tuple[str, bytes | None]] = []
        self.outbox.add(changes, answer)
        self.store.commit(changes)
        return answer


def functions(database: Database, device_log: DeviceLog) -> LocalDevices:
    return {HUB: lambda: BookKeepingFunction(database, device_log)}


def listing(eui: str, device_type: int = ESME) -> bytes:
    return b"L" + bytes((device_type,)) + bytes.fromhex(eui)


def unlisting(eui: str) -> bytes:
    return b"U" + bytes((ESME,)) + bytes.fromhex(eui)


@asynccontextmanager
async def running(
    folder: Path, url: str, time: Time | None = None, port: int = 0
) -> AsyncIterator[Hub]:
    """The hub at work; a failure of its own fails the test."""
    settings = Settings(
        HUB, folder / "hub.sqlite", url, han_port=port, clock_interval=0, repeat=0.05
    )
    async with Hub(settings, functions, time or Time()) as hub:
        task = asyncio.create_task(hub.run())
        try:
            yield hub
        finally:
            failed = task.done()
            task.cancel()
            outcome = await asyncio.gather(task, return_exceptions=True)
            assert not failed, outcome


async def until(condition: Callable[[], bool], seconds: float = SOON) -> None:
    """Waits for what must come soon."""
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.005)

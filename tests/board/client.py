"""A board without a VM: the firmware's endpoint and flash in this process, on a TCP connection."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path

from board.clock import Clock
from board.endpoint import Endpoint
from board.flash import Flash
from smets.codec.frame import Deframer, frame
from tests.board.ledger_device import LedgerDevice, applied

ESME = 1
WAIT = 0.01


class Board:
    """`faster` makes its milliseconds shorter, so that repetitions come soon."""

    def __init__(
        self, folder: Path, eui: str, port: int, kind: int = ESME, sleep: int = 0
    ) -> None:
        self.folder = folder
        self.flash = Flash(str(folder))
        self.faster = 20
        self.resets = 0
        self._identity = bytes.fromhex(eui) + bytes((kind,))
        self._sleep = sleep
        self._port = port
        self._start()

    def _start(self) -> None:
        self._deframer = Deframer()
        self._outgoing = bytearray()
        self.endpoint = Endpoint(
            self._identity,
            lambda: LedgerDevice(self.flash),
            Clock(None),
            lambda content: self._outgoing.extend(frame(content)),
            self._sleep,
        )

    def applied(self) -> list[int]:
        """The counters that the device applied, in order."""
        return applied_in(self.folder)

    def alerts(self) -> int:
        """How many alerts the device has made."""
        with closing(Flash(str(self.folder))) as flash:
            return LedgerDevice(flash).alerts

    async def run(self) -> None:
        while True:
            try:
                reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
                await self._serve(reader, writer)
            except ConnectionError:
                await asyncio.sleep(WAIT)
            except RuntimeError:  # the device failed
                self.resets += 1
                self._start()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        loop = asyncio.get_running_loop()
        try:
            reading = asyncio.create_task(reader.read(4096))
            while True:
                await asyncio.wait([reading], timeout=WAIT)
                if reading.done():
                    octets = reading.result()
                    if not octets:
                        return
                    for content in self._deframer.feed(octets):
                        self.endpoint.receive(content)
                    reading = asyncio.create_task(reader.read(4096))
                self.endpoint.step(int(loop.time() * 1000 * self.faster) % (1 << 30))
                writer.write(bytes(self._outgoing))
                self._outgoing.clear()
                await writer.drain()
        finally:
            reading.cancel()
            writer.close()


def applied_in(folder: Path) -> list[int]:
    """The counters that the device with that flash applied, in order."""
    with closing(Flash(str(folder))) as flash:
        return applied(flash)


@asynccontextmanager
async def running(board: Board) -> AsyncIterator[Board]:
    """The board at work; leaving is pulling its plug."""
    task = asyncio.create_task(board.run())
    try:
        yield board
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        board.flash.close()

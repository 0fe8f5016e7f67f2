"""One board's connection: the shell around a HanSession, with its repetitions."""

import asyncio
import contextlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from host.hub.han import DeviceGoneError, HanListener
from host.hub.han_session import (
    GSME,
    Asked,
    Event,
    HanSession,
    Identified,
    Received,
    Reported,
    Stored,
)

READ_AT_MOST = 4096


@dataclass
class _Offer:
    """The message that is being delivered."""

    number: int
    message: bytes
    remaining: int
    stored: "asyncio.Future[None]"


class Connection:
    """`identified` is told when the device was let in; `eui` is None until then."""

    def __init__(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        listener: HanListener,
        identified: Callable[["Connection"], None],
        repeat: float,
    ) -> None:
        self.eui: str | None = None
        self._reader = reader
        self._writer = writer
        self._listener = listener
        self._identified = identified
        self._repeat = repeat
        self._session = HanSession()
        self._sleeps = False
        self._asks = False
        self._offer: _Offer | None = None
        self._status: asyncio.Future[dict[str, Any]] | None = None

    async def serve(self) -> None:
        """Listens until the board closes the connection or it breaks."""
        asking = asyncio.create_task(self._ask_who())
        try:
            with contextlib.suppress(ConnectionError):
                while octets := await self._reader.read(READ_AT_MOST):
                    for event in self._session.feed(octets):
                        await self._handle(event)
        finally:
            asking.cancel()
            self.put_out()
            self._writer.close()

    async def deliver(self, number: int, message: bytes, remaining: int) -> None:
        offer = _Offer(number, message, remaining, asyncio.get_running_loop().create_future())
        self._offer = offer
        try:
            while not offer.stored.done():
                self._send_offer()
                await self._drain()
                await asyncio.wait([offer.stored], timeout=self._repeat)
            offer.stored.result()
        finally:
            self._offer = None

    async def status(self) -> dict[str, Any]:
        if self._status is None:
            self._status = asyncio.get_running_loop().create_future()
        answer = self._status
        while not answer.done():
            self._writer.write(self._session.status())
            await self._drain()
            await asyncio.wait([answer], timeout=self._repeat)
        return answer.result()

    def tell_time(self) -> None:
        if self.eui is not None:
            self._writer.write(self._session.clock(self._listener.now()))

    def ask_who(self) -> None:
        self._writer.write(self._session.who())

    def put_out(self) -> None:
        """Whoever waits for the device waits in vain."""
        gone = DeviceGoneError(f"device {self.eui} is gone")
        self.eui = None
        for future in (self._offer.stored if self._offer else None, self._status):
            if future is not None and not future.done():
                future.set_exception(gone)
                future.exception()  # seen, even when nobody waits any more
        self._status = None

    def close(self) -> None:
        """Ends `serve`."""
        self._writer.close()

    async def _drain(self) -> None:
        try:
            await self._writer.drain()
        except ConnectionError as error:
            raise DeviceGoneError(f"device {self.eui} is gone") from error

    async def _ask_who(self) -> None:
        while True:
            if self.eui is None:
                self.ask_who()
            await asyncio.sleep(self._repeat)

    def _send_offer(self) -> None:
        """A device that is awake is told at once, one that sleeps when it asks."""
        offer = self._offer
        if offer is None or (self._sleeps and not self._asks):
            return
        self.tell_time()
        if self._asks:
            self._asks = False
            octets = self._session.get_response(offer.number, offer.message, offer.remaining)
        else:
            octets = self._session.put(offer.number, offer.message)
        self._writer.write(octets)

    async def _handle(self, event: Event) -> None:
        if isinstance(event, Identified):
            await self._identify(event)
        elif self.eui is None:
            return  # outside: nothing it says counts
        elif isinstance(event, Received):
            if await self._listener.on_message(self.eui, event.number, event.message):
                self._writer.write(self._session.ack(event.number))
        elif isinstance(event, Stored):
            offer = self._offer
            if offer and offer.number == event.number and not offer.stored.done():
                offer.stored.set_result(None)
        elif isinstance(event, Asked):
            self._asks = True
            if self._offer or self._listener.waiting(self.eui):
                self._send_offer()
            else:
                self._asks = False
                self._writer.write(self._session.no_message())
        else:
            self._report(event)

    async def _identify(self, event: Identified) -> None:
        if self.eui is None:
            if not await self._listener.on_joined(event.eui, event.type):
                return
            self.eui = event.eui
            self._sleeps = event.type == GSME
            self._identified(self)
        self.tell_time()
        self._send_offer()  # a board that has started anew need not wait for the repetition

    def _report(self, event: Reported) -> None:
        answer, self._status = self._status, None
        if answer is not None and not answer.done():
            with contextlib.suppress(ValueError):
                report = json.loads(event.text)
                if isinstance(report, dict):
                    answer.set_result(report)

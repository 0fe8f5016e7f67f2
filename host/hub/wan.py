"""The WAN link: one WebSocket to the DCC, connected again whenever it breaks."""

import asyncio
import logging
import random
import time
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Protocol

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, WebSocketException

from host.hub import wan_frames
from host.hub.device_log import Entry
from host.hub.wan_pump import WanPump

SHORTEST_WAIT = 0.1  # seconds before the first new attempt; each further one waits twice as long
LONGEST_WAIT = 5.0
LOOK_AGAIN = 5.0  # seconds; how late a repetition may be

log = logging.getLogger(__name__)


class WanListener(Protocol):
    """The hub, as the WAN link sees it."""

    async def on_wan_message(self, message: wan_frames.Message) -> str | None:
        """Stores a message; returns why it goes nowhere, if so. It is acknowledged after this."""

    async def on_wan_ack(self, identifier: str) -> None:
        """The DCC has stored a message of ours."""

    def device_entries(self) -> list[Entry]:
        """The device log."""


class WanLink:
    """`run` keeps the connection to `url` (ws://…/wan)."""

    def __init__(self, url: str, hub: str, pump: WanPump, listener: WanListener) -> None:
        self._url = url
        self._hub = hub
        self._pump = pump
        self._listener = listener
        self._news = asyncio.Event()
        self._replies: list[str] = []
        self.connected = asyncio.Event()

    def wake(self) -> None:
        """There may be something to send."""
        self._news.set()

    def tell_status(self) -> None:
        """The device log has changed."""
        if self.connected.is_set():
            self._reply(wan_frames.status(self._listener.device_entries()))

    async def run(self) -> None:
        wait = SHORTEST_WAIT
        while True:
            try:
                async with connect(self._url, proxy=None) as socket:
                    wait = SHORTEST_WAIT
                    log.info("connected to the DCC at %s", self._url)
                    await self._serve(socket)
            except (OSError, WebSocketException, TimeoutError) as error:
                # Said once, not at each attempt.
                level = logging.WARNING if wait == SHORTEST_WAIT else logging.DEBUG
                log.log(level, "no connection to the DCC at %s: %s", self._url, error)
            await asyncio.sleep(wait * random.uniform(0.5, 1.0))  # noqa: S311 - no secret
            wait = min(2 * wait, LONGEST_WAIT)

    async def _serve(self, socket: ClientConnection) -> None:
        self._replies = [wan_frames.hello(self._hub)]
        self._pump.restart(time.monotonic())
        self.connected.set()
        self.tell_status()
        tasks = [asyncio.create_task(work(socket)) for work in (self._send, self._receive)]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in tasks:
                if task.done():
                    task.result()
        finally:
            self.connected.clear()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _send(self, socket: ClientConnection) -> None:
        while True:
            self._news.clear()
            replies, self._replies = self._replies, []
            for text in replies:
                await socket.send(text)
            for message in self._pump.due(time.monotonic()):
                await socket.send(wan_frames.message(message.id, message.device, message.message))
            # Not wait_for: before Python 3.12 it can swallow a cancellation.
            with suppress(TimeoutError):
                async with asyncio.timeout(LOOK_AGAIN):
                    await self._news.wait()

    async def _receive(self, socket: ClientConnection) -> None:
        """Handles what has arrived side by side, so that it shares commits; order is kept."""
        async with asyncio.TaskGroup() as group:
            async for text in _texts(socket):
                try:
                    parsed = wan_frames.parse(text)
                except wan_frames.WanFrameError as error:
                    log.warning("a frame of the DCC was passed over: %s", error)
                    continue
                if isinstance(parsed, wan_frames.Message):
                    group.create_task(self._take(parsed))
                elif isinstance(parsed, wan_frames.Ack):
                    group.create_task(self._acknowledged(parsed.id))

    async def _take(self, message: wan_frames.Message) -> None:
        refused = await self._listener.on_wan_message(message)
        self._reply(wan_frames.ack(message.id, refused))

    async def _acknowledged(self, identifier: str) -> None:
        await self._listener.on_wan_ack(identifier)
        self._pump.acknowledged(identifier, time.monotonic())
        self.wake()

    def _reply(self, text: str) -> None:
        self._replies.append(text)
        self.wake()


async def _texts(socket: ClientConnection) -> AsyncIterator[str]:
    """The frames of a connection until it ends, however it ends."""
    with suppress(ConnectionClosed):
        async for text in socket:
            yield str(text)

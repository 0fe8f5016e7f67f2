"""The WAN link: one WebSocket a hub; nothing is acknowledged before it is stored."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from functools import partial

from starlette.websockets import WebSocket, WebSocketDisconnect

from dcc_stub.duis.identifiers import write_eui
from dcc_stub.engine import DccStub
from dcc_stub.service import wan_frames
from dcc_stub.service.commits import Commits

log = logging.getLogger("dcc_stub.service")

HELLO_WITHIN = 10.0  # seconds
REPEAT_AFTER = 30.0  # seconds without an acknowledgement, after which everything is sent again
LOOK_AGAIN = 1.0  # seconds; how late a future dated message may go out
WINDOW = 200  # messages under way at a time
POLICY_VIOLATION = 1008


class WanServer:
    """The hubs that are connected. A hub that connects again replaces its former connection."""

    def __init__(self, dcc: DccStub, commits: Commits, clock: Callable[[], int]) -> None:
        self._dcc = dcc
        self._commits = commits
        self._clock = clock
        self._hubs: dict[bytes, _Connection] = {}
        commits.listen(self._wake)

    @property
    def hubs(self) -> tuple[bytes, ...]:
        """The hubs that are connected now."""
        return tuple(self._hubs)

    def _wake(self) -> None:
        for connection in self._hubs.values():
            connection.news.set()

    async def connection(self, socket: WebSocket) -> None:
        """Serves one connection until it ends."""
        await socket.accept()
        try:
            hub = await self._greeted(socket)
            if hub is None:
                await socket.close(POLICY_VIOLATION)
                return
            await self._serve(hub, socket)
        except (WebSocketDisconnect, RuntimeError):  # RuntimeError: sent while it was closing
            pass

    async def _greeted(self, socket: WebSocket) -> bytes | None:
        try:
            async with asyncio.timeout(HELLO_WITHIN):
                frame = wan_frames.read(await socket.receive_text())
        except TimeoutError:
            log.warning("refused a WAN connection: no hello within %d seconds", HELLO_WITHIN)
            return None
        except (wan_frames.FrameError, KeyError) as error:  # KeyError: a binary frame
            log.warning("refused a WAN connection: %s", error)
            return None
        if not isinstance(frame, wan_frames.Hello):
            log.warning("refused a WAN connection: it does not begin with hello")
            return None
        hub = frame.hub
        return hub if await self._commits.run(lambda: self._dcc.hub_connected(hub)) else None

    async def _serve(self, hub: bytes, socket: WebSocket) -> None:
        connection = _Connection(hub, socket, self._dcc, self._commits, self._clock)
        former = self._hubs.get(hub)
        self._hubs[hub] = connection
        if former is not None:
            await former.close()
        log.info("hub %s is connected", write_eui(hub))
        try:
            await connection.run()
        finally:
            if self._hubs.get(hub) is connection:
                del self._hubs[hub]
                log.info("hub %s is gone", write_eui(hub))


async def _texts(socket: WebSocket) -> AsyncIterator[str]:
    """The text frames of a connection until it ends."""
    with suppress(WebSocketDisconnect):
        while True:
            message = await socket.receive()
            if message["type"] == "websocket.disconnect":
                return
            yield message.get("text") or ""


class _Connection:
    def __init__(
        self,
        hub: bytes,
        socket: WebSocket,
        dcc: DccStub,
        commits: Commits,
        clock: Callable[[], int],
    ) -> None:
        self.news = asyncio.Event()
        self._hub = hub
        self._socket = socket
        self._dcc = dcc
        self._commits = commits
        self._clock = clock
        self._under_way: set[int] = set()
        self._replies: list[str] = []
        self._progress = 0.0

    async def close(self) -> None:
        """Ends the connection because the hub has made a new one."""
        with suppress(RuntimeError):
            await self._socket.close()

    async def run(self) -> None:
        tasks = [asyncio.create_task(work) for work in (self._send(), self._receive())]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            results = await asyncio.gather(*tasks, return_exceptions=True)
        for result in results:
            if isinstance(result, Exception):
                raise result

    async def _send(self) -> None:
        self._progress = asyncio.get_running_loop().time()
        while True:
            self.news.clear()
            replies, self._replies = self._replies, []
            for text in replies:
                await self._socket.send_text(text)
            self._repeat_if_late()
            await self._send_waiting()
            with suppress(TimeoutError):
                async with asyncio.timeout(LOOK_AGAIN):
                    await self.news.wait()

    def _repeat_if_late(self) -> None:
        now = asyncio.get_running_loop().time()
        if self._under_way and now - self._progress > REPEAT_AFTER:
            self._under_way.clear()
            self._progress = now

    async def _send_waiting(self) -> None:
        outbox = self._dcc.store.wan
        waiting = outbox.waiting(self._hub, self._clock(), WINDOW)
        self._under_way &= {each.id for each in waiting}
        for each in waiting:
            if each.id in self._under_way:
                continue
            if not self._under_way:
                self._progress = asyncio.get_running_loop().time()
            self._under_way.add(each.id)
            text = wan_frames.message(outbox.identifier(each.id), each.device, each.message)
            await self._socket.send_text(text)

    async def _receive(self) -> None:
        """Handles frames side by side, so that they share commits."""
        async with asyncio.TaskGroup() as group:
            async for text in _texts(self._socket):
                try:
                    frame = wan_frames.read(text)
                except wan_frames.FrameError as error:
                    log.warning("hub %s sent a broken frame: %s", write_eui(self._hub), error)
                    continue
                group.create_task(self._handle(frame))

    async def _handle(self, frame: wan_frames.Frame | None) -> None:
        dcc, hub = self._dcc, self._hub
        if isinstance(frame, wan_frames.Message):
            identifier, device, message = frame
            now = self._clock()
            await self._commits.run(lambda: dcc.wan_message(hub, identifier, device, message, now))
            self._replies.append(wan_frames.ack(identifier))
            self.news.set()
        elif isinstance(frame, wan_frames.Ack):
            identifier, refused = frame
            await self._commits.run(
                lambda: dcc.wan_acknowledged(hub, identifier, refused, self._clock())
            )
            self._acknowledged(dcc.store.wan.outgoing(identifier))
        elif isinstance(frame, wan_frames.Status):
            for device in frame.joined:
                await self._commits.run(partial(dcc.device_joined, hub, device))

    def _acknowledged(self, outgoing: int | None) -> None:
        if outgoing in self._under_way:
            self._under_way.discard(outgoing)
            self._progress = asyncio.get_running_loop().time()
            self.news.set()

"""A TCP line between two ends that loses and damages octets, by seed."""

from __future__ import annotations

import asyncio
import contextlib
from random import Random
from urllib.parse import urlsplit


class SpoiledLine:
    """Listens at `url` and passes on to `target`; one octet in `odds` is lost or damaged."""

    def __init__(self, target: str, seed: int, odds: int) -> None:
        self.spoiled = 0
        self.url = ""
        self._target = urlsplit(target)
        self._chance = Random(seed)
        self._odds = odds
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._writers: list[asyncio.StreamWriter] = []

    async def __aenter__(self) -> SpoiledLine:
        self._server = await asyncio.start_server(self._connected, "127.0.0.1", 0)
        self.url = f"tcp://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        return self

    async def __aexit__(self, *_exception: object) -> None:
        assert self._server is not None
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for writer in self._writers:
            writer.close()
            with contextlib.suppress(ConnectionError):
                await writer.wait_closed()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection(self._target.hostname, self._target.port)
        self._writers += [writer, back]
        for ends in ((reader, back), (there, writer)):
            task = asyncio.create_task(self._pass_on(*ends))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError):
            while octets := await reader.read(1024):
                writer.write(self._spoil(octets))
        writer.close()

    def _spoil(self, octets: bytes) -> bytes:
        out = bytearray()
        for octet in octets:
            if self._chance.randrange(self._odds):
                out.append(octet)
                continue
            self.spoiled += 1
            if self._chance.random() < 0.5:
                out.append(octet ^ 1 << self._chance.randrange(8))
        return bytes(out)

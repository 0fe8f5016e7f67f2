"""The HAN over TCP: one connection a board, each carrying the frames of its serial line."""

import asyncio
import logging
from typing import Any

from host.hub.han import DeviceGoneError, HanListener
from host.hub.han_connection import Connection

log = logging.getLogger(__name__)


class TcpHan:
    """A HanLink that boards connect to. An async context manager; `port` is the bound one."""

    def __init__(self, listener: HanListener, host: str, port: int, repeat: float = 1.0) -> None:
        """`repeat`: seconds until what was not acknowledged is sent again."""
        self.port = port
        self._host = host
        self._listener = listener
        self._repeat = repeat
        self._connections: dict[Connection, asyncio.Task[None]] = {}
        self._devices: dict[str, Connection] = {}

    async def __aenter__(self) -> "TcpHan":
        self._server = await asyncio.start_server(self._serve, self._host, self.port)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        for connection in self._connections:
            connection.close()
        await asyncio.gather(*self._connections.values())
        await self._server.wait_closed()

    def present(self) -> list[str]:
        return []  # each connects anew

    async def deliver(self, eui: str, number: int, message: bytes, remaining: int) -> None:
        await self._find(eui).deliver(number, message, remaining)

    async def status(self, eui: str) -> dict[str, Any]:
        return await self._find(eui).status()

    def tell_time(self) -> None:
        for connection in self._devices.values():
            connection.tell_time()

    def admit(self) -> None:
        for connection in self._connections:
            if connection.eui is None:
                connection.ask_who()
            elif not self._listener.is_listed(connection.eui):
                log.info("device %s is no longer in the device log", connection.eui)
                connection.close()

    def _find(self, eui: str) -> Connection:
        connection = self._devices.get(eui)
        if connection is None:
            raise DeviceGoneError(f"device {eui} is not connected")
        return connection

    def _identified(self, connection: Connection) -> None:
        """The newest connection of a device is the one that counts."""
        assert connection.eui
        before = self._devices.get(connection.eui)
        self._devices[connection.eui] = connection
        if before:
            before.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = Connection(reader, writer, self._listener, self._identified, self._repeat)
        task = asyncio.current_task()
        assert task
        self._connections[connection] = task
        try:
            await connection.serve()
        finally:
            await self._leave(connection)

    async def _leave(self, connection: Connection) -> None:
        """Until it is marked as left, the connection counts: closing waits for it."""
        try:
            for eui, other in list(self._devices.items()):
                if other is connection:
                    del self._devices[eui]
                    await self._listener.on_left(eui)
        finally:
            del self._connections[connection]

"""Serial ports of simulated radios: a pseudo-terminal, or TCP as of a serial server."""

from __future__ import annotations

import asyncio
import contextlib
import os
import tty
from collections.abc import Callable
from typing import Protocol

LOOPBACK = "127.0.0.1"
PIECE = 4096
UNREAD_MOST = 1 << 16  # octets a host may leave unread before it is cut off

Receive = Callable[[bytes], None]


class Port(Protocol):
    """The line of one radio."""

    url: str  # as a host opens it

    async def open(self, receive: Receive) -> None:
        """Listens; what comes in goes to `receive`. OSError."""

    def write(self, octets: bytes) -> None:
        """Puts octets on the line; lost when nobody is there, as on a UART."""

    def cut(self) -> None:
        """Breaks the connection a host has, if it has one; it may connect again."""

    async def close(self) -> None: ...


class TcpPort:
    """One host at a time; another that connects takes the place of the one before."""

    def __init__(self, port: int = 0, address: str = LOOPBACK) -> None:
        self.url = f"tcp://{address}:{port}"
        self._address = address
        self._port = port
        self._server: asyncio.Server | None = None
        self._host: _Host | None = None
        self._receive: Receive = _nowhere

    async def open(self, receive: Receive) -> None:
        self._receive = receive
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(
            lambda: _Host(self), self._address, self._port, reuse_address=True
        )
        self._port = self._server.sockets[0].getsockname()[1]
        self.url = f"tcp://{self._address}:{self._port}"

    def connected(self, host: _Host) -> None:
        self.cut()
        self._host = host

    def lost(self, host: _Host) -> None:
        if self._host is host:
            self._host = None

    def received(self, host: _Host, octets: bytes) -> None:
        if self._host is host:
            self._receive(octets)

    def write(self, octets: bytes) -> None:
        if self._host is not None:
            self._host.write(octets)

    def cut(self) -> None:
        if self._host is not None:
            self._host.cut()
            self._host = None

    async def close(self) -> None:
        self.cut()
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()


class _Host(asyncio.Protocol):
    """A connection of a host."""

    def __init__(self, port: TcpPort) -> None:
        self._port = port
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._port.connected(self)

    def data_received(self, data: bytes) -> None:
        self._port.received(self, data)

    def connection_lost(self, _reason: Exception | None) -> None:
        self._port.lost(self)

    def write(self, octets: bytes) -> None:
        assert self._transport is not None
        if self._transport.get_write_buffer_size() > UNREAD_MOST:
            self._transport.abort()
        else:
            self._transport.write(octets)

    def cut(self) -> None:
        assert self._transport is not None
        self._transport.abort()


class PtyPort:
    """A pseudo-terminal: programs open `url` as they open the device of a stick."""

    def __init__(self) -> None:
        self.url = ""
        self._master = -1
        self._slave = -1
        self._receive: Receive = _nowhere

    async def open(self, receive: Receive) -> None:
        self._receive = receive
        # Kept open here as well: else the last host that closes it ends it for good.
        self._master, self._slave = os.openpty()
        tty.setraw(self._slave)
        os.set_blocking(self._master, False)
        self.url = os.ttyname(self._slave)
        asyncio.get_running_loop().add_reader(self._master, self._read)

    def _read(self) -> None:
        try:
            octets = os.read(self._master, PIECE)
        except BlockingIOError:
            return
        self._receive(octets)

    def write(self, octets: bytes) -> None:
        with contextlib.suppress(BlockingIOError):  # nobody reads
            os.write(self._master, octets)

    def cut(self) -> None:
        """Nothing: a cable cannot be pulled out of a pseudo-terminal."""

    async def close(self) -> None:
        if self._master >= 0:
            asyncio.get_running_loop().remove_reader(self._master)
            os.close(self._master)
            os.close(self._slave)
            self._master = self._slave = -1


def _nowhere(_octets: bytes) -> None:
    """Where octets go before a port is open."""

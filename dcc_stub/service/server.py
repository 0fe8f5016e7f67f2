"""The DCC as a program: its two ports, its webhooks and its clock."""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Self

import uvicorn
from starlette.applications import Starlette

from dcc_stub.engine import DccStub
from dcc_stub.service import gateway
from dcc_stub.service.commits import Commits
from dcc_stub.service.wan import WanServer
from dcc_stub.service.wan_frames import LONGEST_FRAME
from dcc_stub.service.webhooks import Webhooks
from dcc_stub.smki import service as smki
from dcc_stub.smki.repository import Certificates

log = logging.getLogger("dcc_stub.service")

GATEWAY_PORT = 8079
SMKI_PORT = 8083
LOOPBACK = "127.0.0.1"
LOOK_FOR_OVERDUE = 0.5  # seconds
LONGEST_FAREWELL = 2  # seconds for open connections when the service stops


class _Server(uvicorn.Server):
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Signals belong to the program that runs this service."""
        yield


class DccService:
    """Serves while it is entered as a context; port 0 takes any free one.

    `clock` gives UTC seconds since 2000-01-01; `webhook` is where documents go for users who have
    not said where.
    """

    def __init__(
        self,
        dcc: DccStub,
        certificates: Certificates,
        clock: Callable[[], int],
        *,
        host: str = LOOPBACK,
        port: int = GATEWAY_PORT,
        smki_port: int = SMKI_PORT,
        webhook: str | None = None,
    ) -> None:
        self._dcc = dcc
        self._certificates = certificates
        self._clock = clock
        self._host = host
        self._wanted = port, smki_port
        self._webhook = webhook
        self._servers: list[_Server] = []
        self._tasks: list[asyncio.Task[None]] = []
        self.port = self.smki_port = 0

    async def __aenter__(self) -> Self:
        """Takes the ports; OSError when one is in use."""
        commits = Commits(self._dcc.store)
        self.wan = WanServer(self._dcc, commits, self._clock)
        webhooks = Webhooks(self._dcc, commits, self._clock, self._webhook)
        application = gateway.application(self._dcc, commits, self._clock, self.wan)
        sockets = self._bind()
        self.port, self.smki_port = (each.getsockname()[1] for each in sockets)
        applications = (application, smki.application(self._certificates))
        for each, taken in zip(applications, sockets, strict=True):
            await self._start(each, taken)
        self._tasks.append(asyncio.create_task(webhooks.run()))
        self._tasks.append(asyncio.create_task(self._poll(commits)))
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Ends all connections and frees the ports."""
        for server in self._servers:
            server.should_exit = True
        serving, rest = self._tasks[: len(self._servers)], self._tasks[len(self._servers) :]
        for task in rest:
            task.cancel()
        await asyncio.gather(*serving, *rest, return_exceptions=True)

    async def wait(self) -> None:
        """Returns, with its error, when a part of the service ends by itself."""
        done, _ = await asyncio.wait(self._tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()

    def _bind(self) -> list[socket.socket]:
        taken: list[socket.socket] = []
        try:
            for port in self._wanted:
                taken.append(socket.create_server((self._host, port)))
        except OSError:
            for each in taken:
                each.close()
            raise
        return taken

    async def _start(self, application: Starlette, taken: socket.socket) -> None:
        server = _Server(
            uvicorn.Config(
                application,
                log_config=None,
                access_log=False,
                lifespan="off",
                ws="websockets-sansio",
                ws_max_size=LONGEST_FRAME,
                timeout_graceful_shutdown=LONGEST_FAREWELL,
            )
        )
        self._servers.append(server)
        task = asyncio.create_task(server.serve(sockets=[taken]))
        self._tasks.insert(len(self._servers) - 1, task)
        while not server.started:
            if task.done():
                await task
                raise OSError(f"the service at port {taken.getsockname()[1]} did not start")
            await asyncio.sleep(0.005)

    async def _poll(self, commits: Commits) -> None:
        while True:
            await commits.run(lambda: self._dcc.poll(self._clock()))
            await asyncio.sleep(LOOK_FOR_OVERDUE)

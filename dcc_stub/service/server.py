"""The DCC as a program: its two ports, its webhooks and its clock."""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import Callable
from contextlib import AsyncExitStack
from types import TracebackType
from typing import Self

from dcc_stub.engine import DccStub
from dcc_stub.service import gateway
from dcc_stub.service.commits import Commits
from dcc_stub.service.serving import listen, serve
from dcc_stub.service.wan import WanServer
from dcc_stub.service.webhooks import Webhooks
from dcc_stub.smki import service as smki
from dcc_stub.smki.repository import Certificates

log = logging.getLogger("dcc_stub.service")

GATEWAY_PORT = 8079
SMKI_PORT = 8083
LOOPBACK = "127.0.0.1"
LOOK_FOR_OVERDUE = 0.5  # seconds


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
        self._stack = AsyncExitStack()
        self._tasks: list[asyncio.Task[None]] = []
        self.port = self.smki_port = 0

    async def __aenter__(self) -> Self:
        """Takes the ports; OSError when one is in use."""
        commits = Commits(self._dcc.store)
        self.wan = WanServer(self._dcc, commits, self._clock)
        webhooks = Webhooks(self._dcc, commits, self._clock, self._webhook)
        applications = (
            gateway.application(self._dcc, commits, self._clock, self.wan),
            smki.application(self._certificates),
        )
        sockets = self._bind()
        self.port, self.smki_port = (each.getsockname()[1] for each in sockets)
        for application, taken in zip(applications, sockets, strict=True):
            serving = serve(application, taken)
            self._tasks.append(await self._stack.enter_async_context(serving))
        for work in (webhooks.run(), self._poll(commits)):
            task = asyncio.create_task(work)
            self._tasks.append(task)
            self._stack.push_async_callback(_cancelled, task)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Ends all connections and frees the ports."""
        await self._stack.__aexit__(kind, error, traceback)

    async def wait(self) -> None:
        """Returns, with its error, when a part of the service ends by itself."""
        done, _ = await asyncio.wait(self._tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()

    def _bind(self) -> list[socket.socket]:
        taken: list[socket.socket] = []
        try:
            for port in self._wanted:
                taken.append(listen(self._host, port))
        except OSError:
            for each in taken:
                each.close()
            raise
        return taken

    async def _poll(self, commits: Commits) -> None:
        while True:
            await commits.run(lambda: self._dcc.poll(self._clock()))
            await asyncio.sleep(LOOK_FOR_OVERDUE)


async def _cancelled(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)

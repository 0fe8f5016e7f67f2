"""An application on a socket, within the program's own event loop."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

import uvicorn
from starlette.applications import Starlette

from dcc_stub.service.wan_frames import LONGEST_FRAME

LONGEST_FAREWELL = 2  # seconds for open connections when serving ends


class _Server(uvicorn.Server):
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Signals belong to the program around this."""
        yield


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens; OSError when the port is in use.

    Connections inherit TCP_NODELAY. asyncio sets it only where the protocol is named, which a
    socket made like this one does not; without it each answer waits 40 ms for an acknowledgement.
    """
    taken = socket.create_server((host, port))
    taken.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return taken


@asynccontextmanager
async def serve(application: Starlette, taken: socket.socket) -> AsyncIterator[asyncio.Task[None]]:
    """Serves while it is entered; the task ends early only with an error."""
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
    task = asyncio.create_task(server.serve(sockets=[taken]))
    try:
        while not server.started:
            if task.done():
                task.result()
                raise OSError(f"nothing is served at port {taken.getsockname()[1]}")
            await asyncio.sleep(0.002)
        yield task
    finally:
        server.should_exit = True
        await asyncio.gather(task, return_exceptions=True)

"""The user's webhook: takes what the DCC delivers, once its signature is checked."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from types import TracebackType
from typing import Self

from starlette.applications import Starlette
from starlette.requests import Request as HttpRequest
from starlette.responses import PlainTextResponse
from starlette.responses import Response as HttpResponse
from starlette.routing import Route

from dcc_stub.duis import signature, xml
from dcc_stub.duis.identifiers import RequestId
from dcc_stub.duis.response import Response
from dcc_stub.duis.signature import FindCertificate
from dcc_stub.service.bodies import RejectedBodyError, read_xml
from dcc_stub.service.serving import listen, serve
from dcc_stub.service.webhooks import DEFAULT_PATH
from dcc_stub.user.client import dcc_certificate_check
from dcc_stub.user.errors import NoResponseError, UnreachableError
from keys import parties
from smets.codec.errors import AuthenticationError, DecodeError

log = logging.getLogger("dcc_stub.user")

WEBHOOK_PORT = 8070
LOOPBACK = "127.0.0.1"
REMEMBERED = 1000


class Listener:
    """Serves the webhook while it is entered as a context; port 0 takes any free one.

    `on_message` is called with every document that nobody waits for.
    """

    def __init__(
        self,
        find: FindCertificate,
        *,
        host: str = LOOPBACK,
        port: int = WEBHOOK_PORT,
        broker: bytes = parties.ACCESS_CONTROL_BROKER.eui,
        on_message: Callable[[Response], None] | None = None,
    ) -> None:
        self._find = find
        self._host = host
        self._wanted = port
        self._broker = broker
        self._on_message = on_message
        self._waiting: dict[RequestId, asyncio.Future[Response]] = {}
        self._early: dict[RequestId, Response] = {}
        self.port = 0

    @property
    def url(self) -> str:
        """Where the DCC is to deliver."""
        return f"http://{self._host}:{self.port}{DEFAULT_PATH}"

    async def __aenter__(self) -> Self:
        """Takes the port; UnreachableError when it is in use."""
        try:
            taken = listen(self._host, self._wanted)
        except OSError as error:
            raise UnreachableError(
                f"cannot listen for responses at {self._host}:{self._wanted}: {error.strerror}; "
                "choose another port with --listen"
            ) from error
        self.port = taken.getsockname()[1]
        # the path is the DCC's to choose: it is part of the webhook that the DCC was given
        application = Starlette(routes=[Route("/{path:path}", self._receive, methods=["POST"])])
        self._serving: AbstractAsyncContextManager[object] = serve(application, taken)
        await self._serving.__aenter__()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Frees the port."""
        await self._serving.__aexit__(kind, error, traceback)

    async def response(self, request_id: RequestId, timeout: float) -> Response:
        """The response to a request within `timeout` seconds; NoResponseError after them."""
        early = self._early.pop(request_id, None)
        if early is not None:
            return early
        future: asyncio.Future[Response] = asyncio.get_running_loop().create_future()
        self._waiting[request_id] = future
        try:
            async with asyncio.timeout(timeout):
                return await future
        except TimeoutError:
            raise NoResponseError(
                f"no response to {request_id} within {timeout:g} s; wait longer with --timeout, "
                f"or give the DCC this user's --webhook {self.url}"
            ) from None
        finally:
            self._waiting.pop(request_id, None)

    async def _receive(self, request: HttpRequest) -> HttpResponse:
        try:
            verified = signature.verify(xml.parse(await read_xml(request)), self._find)
            dcc_certificate_check(verified, self._broker)
            response = Response.read(verified.root)
        except RejectedBodyError as error:
            return error.response()
        except (DecodeError, AuthenticationError) as error:
            log.warning("refused a delivery: %s", error)
            return PlainTextResponse(f"{error}\n", 400)
        self._take(response)
        return HttpResponse(status_code=204)

    def _take(self, response: Response) -> None:
        future = self._waiting.get(response.request_id) if response.request_id else None
        if future is not None and not future.done():
            future.set_result(response)
            return
        if response.request_id is not None:
            self._early[response.request_id] = response
            while len(self._early) > REMEMBERED:
                self._early.pop(next(iter(self._early)))
        if self._on_message is not None:
            self._on_message(response)

"""The DUIS gateway over HTTP: the three services of DCC Boxed, and the WAN link beside them."""

from __future__ import annotations

from collections.abc import Callable

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route, WebSocketRoute

from dcc_stub.duis.services import WebService
from dcc_stub.engine import DccStub
from dcc_stub.service.bodies import RejectedBodyError, read_xml
from dcc_stub.service.commits import Commits
from dcc_stub.service.wan import WanServer

Clock = Callable[[], int]


def application(dcc: DccStub, commits: Commits, clock: Clock, wan: WanServer) -> Starlette:
    """`/api/v1/serviceS`, `serviceT`, `serviceD`, and `/wan`."""

    def route(web_service: WebService) -> Route:
        async def answer(request: Request) -> Response:
            try:
                octets = await read_xml(request)
            except RejectedBodyError as error:
                return error.response()
            result = await commits.run(lambda: dcc.handle(web_service, octets, clock()))
            return Response(result.body, result.status, media_type=result.content_type)

        return Route(f"/api/v1/service{web_service}", answer, methods=["POST"])

    return Starlette(
        routes=[*(route(each) for each in WebService), WebSocketRoute("/wan", wan.connection)]
    )

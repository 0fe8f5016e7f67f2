"""The SMKI repository over HTTP."""

from __future__ import annotations

from collections.abc import Callable

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from dcc_stub.service.bodies import RejectedBodyError, read_xml
from dcc_stub.smki import repository
from dcc_stub.smki.repository import Certificates, Result


def application(certificates: Certificates) -> Starlette:
    """`/services/certificatesearch` and `/services/retrievecertificate`.

    Certificates are public, so the `apikey` that clients send opens nothing and is not looked at.
    """

    def route(path: str, function: Callable[[Certificates, bytes], Result]) -> Route:
        async def answer(request: Request) -> Response:
            try:
                octets = await read_xml(request)
            except RejectedBodyError as error:
                return error.response()
            result = function(certificates, octets)
            return Response(result.body, result.status, media_type="application/xml")

        return Route(path, answer, methods=["POST"])

    return Starlette(
        routes=[
            route("/services/certificatesearch", repository.search),
            route("/services/retrievecertificate", repository.retrieve),
        ]
    )

"""Reading request bodies: XML only, and no more than a document may have."""

from __future__ import annotations

import logging
from http import HTTPStatus

from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse

from dcc_stub.duis.xml import LARGEST_DOCUMENT

log = logging.getLogger("dcc_stub.service")

_XML = ("application/xml", "text/xml")


class RejectedBodyError(Exception):
    """A body that is not read; the text goes to the sender."""

    def __init__(self, status: HTTPStatus, reason: str) -> None:
        super().__init__(reason)
        self.status = status

    def response(self) -> PlainTextResponse:
        """The answer to the sender. The connection ends: its rest was not read."""
        return PlainTextResponse(f"{self}\n", self.status, headers={"connection": "close"})


async def read_xml(request: Request) -> bytes:
    """The body of a request."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind not in _XML:
        raise _rejected(
            request, HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "Content-Type has to be application/xml"
        )
    body = bytearray()
    try:
        async for chunk in request.stream():
            body += chunk
            if len(body) > LARGEST_DOCUMENT:
                raise _rejected(
                    request,
                    HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
                    f"a document has at most {LARGEST_DOCUMENT} octets",
                )
    except ClientDisconnect:
        raise _rejected(request, HTTPStatus.BAD_REQUEST, "the sender went away") from None
    return bytes(body)


def _rejected(request: Request, status: HTTPStatus, reason: str) -> RejectedBodyError:
    log.warning("rejected a document for %s: %d %s", request.url.path, status, reason)
    return RejectedBodyError(status, reason)

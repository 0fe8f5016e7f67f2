"""Why a document is not served: with a response code where DUIS has one, else an HTTP status."""

from __future__ import annotations

from http import HTTPStatus

from dcc_stub.duis.response_codes import ResponseCode
from smets.codec.errors import SmetsError


class RefusedError(SmetsError):
    """An authentic request that may not be carried out; the user gets the code, signed."""

    def __init__(self, code: ResponseCode, reason: str) -> None:
        super().__init__(reason)
        self.code = code


class RejectedError(SmetsError):
    """A document that is no acceptable request; the sender gets an HTTP status and a sentence."""

    def __init__(self, status: HTTPStatus, reason: str) -> None:
        super().__init__(reason)
        self.status = status

"""A request and its response, start to end."""

from __future__ import annotations

from dataclasses import dataclass

from dcc_stub.duis.request import Request
from dcc_stub.duis.response import Response
from dcc_stub.duis.response_codes import ResponseCode
from dcc_stub.duis.services import Kind
from dcc_stub.user.client import DccUser
from dcc_stub.user.listener import Listener
from dcc_stub.user.opening import Opened, Opener


@dataclass(frozen=True)
class Exchange:
    """What was asked and what came back; `opened` is what the device said, in words."""

    request: Request
    answer: Response
    response: Response | None = None
    opened: Opened | None = None

    @property
    def last(self) -> Response:
        """The response that counts."""
        return self.response or self.answer


async def exchange(
    user: DccUser,
    request: Request,
    listener: Listener | None = None,
    opener: Opener | None = None,
    timeout: float = 60.0,
) -> Exchange:
    """Sends a request; with a listener waits for the device's response, with an opener opens it.

    Raises what `DccUser.send`, `Listener.response` and `Opener.open` raise; a response with a code
    of failure is returned.
    """
    answer = await user.send(request)
    device_answers = request.service.kind is not Kind.NON_DEVICE
    if listener is None or answer.code != ResponseCode.ACCEPTED or not device_answers:
        return Exchange(request, answer)
    response = await listener.response(request.request_id, timeout)
    message = response.gbcs_message
    opened = opener.open(message) if opener is not None and message is not None else None
    return Exchange(request, answer, response, opened)

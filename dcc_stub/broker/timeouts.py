"""Commands that nobody answered in time."""

from __future__ import annotations

import logging

from dcc_stub.broker import responses
from dcc_stub.broker.context import Context
from dcc_stub.duis import xml
from dcc_stub.duis.request import Request
from dcc_stub.duis.response_codes import ResponseCode
from dcc_stub.duis.services import FutureDating
from dcc_stub.store.requests import Held, State

log = logging.getLogger("dcc_stub.broker")


def give_up_overdue(context: Context, now: int) -> int:
    """Tells users of the requests whose time is over; how many those were."""
    overdue = context.store.requests.overdue(now)
    for held in overdue:
        _give_up(context, held, now)
    return len(overdue)


def undeliverable(context: Context, held: Held, reason: str, now: int) -> None:
    """The hub has stored a command but cannot bring it to its device."""
    if held.state is State.SENT:
        log.warning("%s goes nowhere: %s", held.request_id, reason)
        request = Request.read(xml.parse(held.document))
        _tell(context, held, request, ResponseCode.CANNOT_COMMUNICATE, now)


def _give_up(context: Context, held: Held, now: int) -> None:
    request = Request.read(xml.parse(held.document))
    stored_by_hub = context.store.wan.withdraw(held.id)
    code = ResponseCode.NO_RESPONSE if stored_by_hub else ResponseCode.CANNOT_COMMUNICATE
    waited = "ExecutionDateTime" in request.fields
    if waited and request.service.future_dating in {FutureDating.DSP, FutureDating.BOTH}:
        code = ResponseCode.FUTURE_DATED_TIMEOUT
    log.warning("%s is given up", held.request_id)
    _tell(context, held, request, code, now)


def _tell(context: Context, held: Held, request: Request, code: ResponseCode, now: int) -> None:
    context.store.requests.set_state(held.id, State.FAILED)
    context.deliver(request.request_id.originator, responses.response(request, code, now), now)

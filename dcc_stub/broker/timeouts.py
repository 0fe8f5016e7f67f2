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


def _give_up(context: Context, held: Held, now: int) -> None:
    request = Request.read(xml.parse(held.document))
    stored_by_hub = context.store.wan.withdraw(held.id)
    code = ResponseCode.NO_RESPONSE if stored_by_hub else ResponseCode.CANNOT_COMMUNICATE
    waited = "ExecutionDateTime" in request.fields
    if waited and request.service.future_dating in {FutureDating.DSP, FutureDating.BOTH}:
        code = ResponseCode.FUTURE_DATED_TIMEOUT
    log.warning("%s %s: given up", code, request.request_id)
    context.store.requests.set_state(held.id, State.FAILED)
    context.deliver(request.request_id.originator, responses.response(request, code, now), now)

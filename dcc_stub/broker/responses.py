"""The responses of the DCC: header and message filled in from the request they answer."""

from __future__ import annotations

from dcc_stub.duis.elements import Fields
from dcc_stub.duis.identifiers import RequestId
from dcc_stub.duis.request import Request
from dcc_stub.duis.response import Response
from dcc_stub.duis.response_codes import ResponseCode


def response(
    request: Request, code: ResponseCode, now: int, content: Fields | None = None
) -> Response:
    """An answer of the DCC itself, with what it returns, if anything."""
    return Response(
        code.value, now, "ResponseMessage", _message(request, content), request.request_id
    )


def service_response(request: Request, now: int, content: Fields) -> Response:
    """A device's answer, which also carries a ResponseID."""
    return Response(
        ResponseCode.SUCCESS.value,
        now,
        "ResponseMessage",
        _message(request, content),
        request.request_id,
        request.request_id.reversed(),
    )


def device_alert(
    user: bytes, device: bytes, counter: int, code: int, message: bytes, now: int
) -> Response:
    """An alert of a device for a user; `counter` is the device's own."""
    return Response(
        ResponseCode.SUCCESS.value,
        now,
        "DeviceAlertMessage",
        {"AlertCode": code.to_bytes(2), "GBCSPayload": message},
        response_id=RequestId(device, user, counter),
    )


def quarantined(request: Request, event: int, now: int) -> Response:
    """The DCC alert on a request that is held back."""
    breach = {"RequestID": request.request_id, "QuarantineEventRef": event}
    alert = {"QuarantinedRequest": {"ADUserThresholdBreach": breach}}
    return Response(
        ResponseCode.SUCCESS.value,
        now,
        "DCCAlertMessage",
        {"DCCAlertCode": "AD1", "DCCAlert": alert},
    )


def _message(request: Request, content: Fields | None) -> Fields:
    service = request.service
    return {
        "ServiceReference": service.reference,
        "ServiceReferenceVariant": service.variant,
        **(content or {}),
    }

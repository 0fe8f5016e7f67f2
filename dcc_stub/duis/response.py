"""Responses and alerts: the document of the DCC, read from and written to XML."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from lxml import etree

from dcc_stub.duis import response_codes
from dcc_stub.duis.document import envelope, part, parts
from dcc_stub.duis.elements import Choice, Element, Fields, optional, read_content, write_content
from dcc_stub.duis.identifiers import RequestId
from dcc_stub.duis.inventory_record import DSP_INVENTORY
from dcc_stub.duis.request import SERVICE_REFERENCE, SERVICE_VARIANT
from dcc_stub.duis.types import (
    Base64,
    DateTime,
    Hexadecimal,
    Identifier,
    Integer,
    Pattern,
    Text,
)

_GBCS_PAYLOAD = Element("GBCSPayload", Base64())
_UNSIGNED_INT = Integer(0, 2**32 - 1)
_UNSIGNED_SHORT = Integer(0, 2**16 - 1)
_THROTTLING = (
    optional("ThrottledAlertSequenceId", _UNSIGNED_INT),
    optional("ThrottledAlertCount", _UNSIGNED_INT),
)
_BREACH = (
    Element("RequestID", Identifier()),
    Element("QuarantineEventRef", Integer(0, 10**20 - 1)),
)

HEADER = (
    optional("RequestID", Identifier()),
    optional("ResponseID", Identifier()),
    Element("ResponseCode", Pattern(response_codes.PATTERN, "a response code of DUIS")),
    Element("ResponseDateTime", DateTime()),
)
RESPONSE_MESSAGE = Element(
    "ResponseMessage",
    (
        Element("ServiceReference", SERVICE_REFERENCE),
        Element("ServiceReferenceVariant", SERVICE_VARIANT),
        Choice(
            (
                DSP_INVENTORY,
                Element(
                    "FutureDatedDeviceAlertMessage",
                    (
                        Element(
                            "FutureDatedAlertCode",
                            Pattern("8F66|8F67|8f66|8f67", "8F66 or 8F67"),
                        ),
                        _GBCS_PAYLOAD,
                        Element("InstructionNumber", _UNSIGNED_SHORT),
                        Element("TotalCommandInstructions", _UNSIGNED_SHORT),
                    ),
                ),
                _GBCS_PAYLOAD,
                Element("LocalCommand", (_GBCS_PAYLOAD,)),
                Element("PreCommand", (Element("GBCSVersion", Text()), _GBCS_PAYLOAD)),
            ),
            minimum=0,
        ),
    ),
)
DEVICE_ALERT_MESSAGE = Element(
    "DeviceAlertMessage",
    (Element("AlertCode", Hexadecimal(0, 2)), *_THROTTLING, _GBCS_PAYLOAD),
)
DCC_ALERT_MESSAGE = Element(
    "DCCAlertMessage",
    (
        Element("DCCAlertCode", Pattern("AD1|N[1-9][0-9]?|N999", "an alert code of the DCC")),
        *_THROTTLING,
        Element(
            "DCCAlert",
            (
                Choice(
                    (
                        Element(
                            "QuarantinedRequest",
                            (Choice((Element("ADUserThresholdBreach", _BREACH),)),),
                        ),
                    )
                ),
            ),
        ),
    ),
)
BODY = (Choice((RESPONSE_MESSAGE, DEVICE_ALERT_MESSAGE, DCC_ALERT_MESSAGE)),)


@dataclass(frozen=True)
class Response:
    """A response or alert: `message` is the name of its body element, `fields` what it holds.

    `moment` is in UTC seconds since 2000.
    """

    code: str
    moment: int
    message: str
    fields: Fields
    request_id: RequestId | None = None
    response_id: RequestId | None = None

    @classmethod
    def read(cls, root: etree._Element) -> Response:
        """Reads the verified document; DecodeError when it is not as DUIS declares it."""
        header_node, body_node = parts(root, "Response")
        header = read_content(header_node, HEADER, "Header")
        ((message, fields),) = read_content(body_node, BODY, "Body").items()
        return cls(
            header["ResponseCode"],
            header["ResponseDateTime"],
            message,
            fields,
            header.get("RequestID"),
            header.get("ResponseID"),
        )

    def tree(self) -> etree._Element:
        """The unsigned document; DecodeError when a value is not as DUIS declares it."""
        root = envelope("Response")
        header: dict[str, Any] = {"ResponseCode": self.code, "ResponseDateTime": self.moment}
        if self.request_id is not None:
            header["RequestID"] = self.request_id
        if self.response_id is not None:
            header["ResponseID"] = self.response_id
        write_content(part(root, "Header"), HEADER, header, "Header")
        write_content(part(root, "Body"), BODY, {self.message: self.fields}, "Body")
        return root

    @property
    def gbcs_message(self) -> bytes | None:
        """The GBCS message from the device, in whichever element it came; None without one."""
        inside = self.fields.get("FutureDatedDeviceAlertMessage", self.fields)
        payload = inside.get("GBCSPayload")
        return payload if isinstance(payload, bytes) else None

"""Service requests: the document of a DCC user, read from and written to XML."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from lxml import etree

from dcc_stub.duis import bodies, services
from dcc_stub.duis.document import chosen, envelope, part, parts
from dcc_stub.duis.elements import (
    Choice,
    Element,
    Fields,
    optional,
    read_content,
    write,
    write_content,
)
from dcc_stub.duis.identifiers import RequestId
from dcc_stub.duis.services import Service
from dcc_stub.duis.types import Boolean, Enumeration, Identifier, Integer
from smets.codec.errors import DecodeError

SERVICE_VARIANT = Enumeration(*(service.variant for service in services.SERVICES))
SERVICE_REFERENCE = Enumeration(*dict.fromkeys(s.reference for s in services.SERVICES))
SIGNED_PRE_COMMAND = "SignedPreCommand"

HEADER = (
    Element("RequestID", Identifier()),
    optional("FirstInSequence", Boolean()),
    optional("PrecedingServiceRequestID", Identifier()),
    Element("CommandVariant", Integer(1, services.GREATEST_COMMAND_VARIANT)),
    Element("ServiceReference", SERVICE_REFERENCE),
    Element("ServiceReferenceVariant", SERVICE_VARIANT),
)
BODY = (Choice(bodies.BODIES),)


class UnknownBodyError(DecodeError):
    """A request of DUIS whose body this DCC does not offer."""


@dataclass(frozen=True)
class Request:
    """A service request: `fields` are the values inside the body element `element`."""

    request_id: RequestId
    command_variant: int
    service: Service
    element: str
    fields: Fields = field(default_factory=dict)
    first_in_sequence: bool | None = None
    preceding: RequestId | None = None

    @classmethod
    def read(cls, root: etree._Element) -> Request:
        """Reads the verified document; DecodeError when it is not as DUIS declares it."""
        header_node, body_node = parts(root, "Request")
        header = read_content(header_node, HEADER, "Header")
        service = services.find(header["ServiceReferenceVariant"])
        assert service is not None
        if header["ServiceReference"] != service.reference:
            raise DecodeError("ServiceReferenceVariant does not belong to ServiceReference")
        element = chosen(body_node)
        if bodies.find(element) is None and any(s.element == element for s in services.SERVICES):
            raise UnknownBodyError(f"{element} is not offered here")
        (name, fields), *_ = read_content(body_node, BODY, "Body").items()
        return cls(
            header["RequestID"],
            header["CommandVariant"],
            service,
            name,
            fields,
            header.get("FirstInSequence"),
            header.get("PrecedingServiceRequestID"),
        )

    def tree(self) -> etree._Element:
        """The unsigned document; DecodeError when a value is not as DUIS declares it."""
        root = envelope("Request")
        header: dict[str, Any] = {
            "RequestID": self.request_id,
            "CommandVariant": self.command_variant,
            "ServiceReference": self.service.reference,
            "ServiceReferenceVariant": self.service.variant,
        }
        if self.first_in_sequence is not None:
            header["FirstInSequence"] = self.first_in_sequence
        if self.preceding is not None:
            header["PrecedingServiceRequestID"] = self.preceding
        write_content(part(root, "Header"), HEADER, header, "Header")
        declaration = bodies.find(self.element)
        if declaration is None:
            raise UnknownBodyError(f"{self.element} is not offered here")
        write(part(root, "Body"), declaration, self.fields)
        return root

"""From a service request to the GBCS command that carries it out."""

from __future__ import annotations

from typing import NamedTuple

from dcc_stub.duis.request import Request
from dcc_stub.duis.services import FutureDating
from dcc_stub.inventory.device import Device
from dcc_stub.transform import asn1, dlms, gbz, gbz_parameters, parameters
from dcc_stub.transform.asked import Asked
from dcc_stub.transform.rows import Row
from smets.gbcs import grouping, use_cases, use_cases_text
from smets.gbcs.grouping import GroupingHeader
from smets.gbcs.message import Message
from smets.gbcs.use_cases import UseCase


class Address(NamedTuple):
    """Who the command comes from.

    For an unknown remote party the originator and its counter are the broker's, and the party's
    own stand in the supplementary fields; `certificate` is the party's, DER, for key agreement.
    """

    originator: bytes
    counter: int
    remote_party: bytes = b""
    remote_party_counter: int | None = None
    certificate: bytes = b""


def use_case(row: Row) -> UseCase:
    """The use case of a row."""
    found = use_cases_text.load().find(row.message_code)
    assert found is not None
    return found


def encrypts(case: UseCase) -> bool:
    """Whether the response holds content encrypted for the requester."""
    protected = {use_cases.PROTECTED, use_cases.PROTECTED_RANGE}
    return any(member.operation in protected for member in case.members) or any(
        command.encrypted for command in case.zcl_commands
    )


def build(
    request: Request, asked: Asked, device: Device, row: Row, address: Address, issued: int
) -> Message:
    """The command without its signature and MAC; DecodeError when values do not fit.

    `issued` is when it is made, in seconds since 2000.
    """
    case = use_case(row)
    header = GroupingHeader(
        grouping.COMMAND,
        address.counter,
        address.originator,
        device.eui,
        row.message_code,
        supplementary_remote_party=address.remote_party,
        supplementary_remote_party_counter=address.remote_party_counter,
        supplementary_certificate=_certificate(case, request, address),
    )
    if case.payload == use_cases.ASN1:
        payload = asn1.payload(asked, header, _execution(request))
    elif case.payload == use_cases.GBZ:
        fields = gbz_parameters.values(row.message_code, request.fields)
        payload = gbz.request(case, fields, issued)
    else:
        values = parameters.values(row.message_code, asked)
        payload = dlms.request(case, header, values, parameters.period(request.fields))
    return Message(header, payload)


def _execution(request: Request) -> int | None:
    """When the device is to act; a date that the DCC waits for is no part of the command."""
    if request.service.future_dating is not FutureDating.DEVICE:
        return None
    return request.fields.get("ExecutionDateTime")


def _certificate(case: UseCase, request: Request, address: Address) -> bytes:
    """The certificate by which the device encrypts for an unknown remote party (GBCS 7.2.6)."""
    if not (address.remote_party and encrypts(case)):
        return b""
    return request.fields.get("KAPublicSecurityCredentials") or address.certificate

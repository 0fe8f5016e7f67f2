"""Security credentials: the payloads of CS02a, CS02b and CS02f (GBCS 13.2, 13.3), strict DER."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import NamedTuple

from dcc_stub.duis.elements import Fields
from dcc_stub.duis.types import EPOCH
from keys import der
from keys.certificate import Certificate
from keys.errors import CertificateError
from smets.codec.errors import DecodeError
from smets.gbcs import roles
from smets.gbcs.grouping import GroupingHeader
from smets.gbcs.message import Message

_ENUMERATED = 0x0A
_MODE_FIELD_CPV = 0x81
_MODE_FIELD_CELL = 0xA2
_MODE_FIELD_SEQUENCE_NUMBER = 0x83
_MODE_FIELD_FLOOR = 0x84
_MODE_FIELD_SPECIALIST_FLOORS = 0xA5

_DISAPPLY = b"\x01"
_PREPAYMENT_TOP_UP_FLOOR = 0
STATUS_SUCCESS = 0

# In a request this date-time cancels a future dated change; in a command the last one there is.
_CANCEL = 31_588_444_800  # 3000-12-31T00:00:00Z
_NEVER = b"99991231235959Z"

ROLE_NUMBERS = {
    "Root": roles.ROOT,
    "Recovery": roles.RECOVERY,
    "Supplier": roles.SUPPLIER,
    "NetworkOperator": roles.NETWORK_OPERATOR,
    "ACB": roles.ACCESS_CONTROL_BROKER,
    "TransCoS": roles.TRANSITIONAL_COS,
    "LoadController": roles.LOAD_CONTROLLER,
}
# Message code, replacement mode, role whose certificates are replaced by their holder.
MODES = (
    (0x0102, 2, roles.SUPPLIER),
    (0x0103, 3, roles.NETWORK_OPERATOR),
)
# Element of the request, key usage and cell usage of the trust anchor cell it goes into.
_CELLS = (
    ("DigitalSigningCertificate", roles.DIGITAL_SIGNATURE, roles.MANAGEMENT),
    ("KeyAgreementCertificate", roles.KEY_AGREEMENT, roles.MANAGEMENT),
    ("KeyAgreementTopUpCertificate", roles.KEY_AGREEMENT, roles.PREPAYMENT_TOP_UP),
)


class Replacement(NamedTuple):
    """The outcome for one trust anchor cell; `subject` is the EUI-64 now in it on success."""

    role: int
    status: int
    subject: bytes


class Outcome(NamedTuple):
    """What a CS02b response or alert tells."""

    mode: int
    sequence_number: int
    replacements: tuple[Replacement, ...]


def provide(fields: Fields, header: GroupingHeader, execution: int | None) -> bytes:
    """CS02a and CS02f: which roles' cells are asked for; the broker asks by its key agreement."""
    asked = (_integer(ROLE_NUMBERS[name]) for name in fields["RemotePartyRole"])
    cell = _cell(roles.ACCESS_CONTROL_BROKER, roles.KEY_AGREEMENT)
    return der.write(der.SEQUENCE, cell, der.write(der.SEQUENCE, *asked))


def replace(fields: Fields, header: GroupingHeader, execution: int | None) -> bytes:
    """CS02b: new certificates for the cells of the party that signs the command."""
    mode, role = next(row[1:] for row in MODES if row[0] == header.message_code)
    given = fields["ReplacementCertificates"]
    given = given.get("SupplierOrNetworkOperatorCertificates", given)
    replacements = [
        der.write(der.SEQUENCE, _certificate(given[name]), _cell(role, key_usage, cell_usage))
        for name, key_usage, cell_usage in _CELLS
        if name in given
    ]
    if not replacements:
        raise DecodeError("no certificate is given to replace another")
    path = fields["CertificationPathCertificates"]["Certificate"]
    return der.write(
        der.SEQUENCE,
        _control(fields, mode, role, header.originator_counter),
        der.write(der.SEQUENCE, *replacements),
        der.write(der.SEQUENCE, *map(_certificate, path)),
        *(() if execution is None else (_time(execution),)),
    )


def _control(fields: Fields, mode: int, role: int, counter: int) -> bytes:
    parts = [_integer(mode)]
    if not fields["ApplyTimeBasedCPVChecks"]:
        parts.append(der.write(_MODE_FIELD_CPV, _DISAPPLY))
    cell = der.element(_cell(role, roles.DIGITAL_SIGNATURE), "cell").content
    parts.append(der.write(_MODE_FIELD_CELL, cell))
    parts.append(der.write(_MODE_FIELD_SEQUENCE_NUMBER, _signed(counter)))
    floor = fields.get("RemotePartyFloorSeqNumber")
    if floor is not None:
        parts.append(der.write(_MODE_FIELD_FLOOR, _signed(floor)))
    top_up_floor = fields.get("RemotePartyPrepaymentTopUpFloorSeqNumber")
    if top_up_floor is not None:
        specialist = der.write(
            der.SEQUENCE, _integer(_PREPAYMENT_TOP_UP_FLOOR), _integer(top_up_floor)
        )
        parts.append(der.write(_MODE_FIELD_SPECIALIST_FLOORS, specialist))
    return der.write(der.SEQUENCE, *parts)


PAYLOADS: tuple[tuple[int, Callable[[Fields, GroupingHeader, int | None], bytes]], ...] = (
    (0x0008, provide),
    (0x011B, provide),
    (0x0102, replace),
    (0x0103, replace),
)


def payload(fields: Fields, header: GroupingHeader, execution: int | None) -> bytes:
    """The payload of an ASN.1 command; `execution` is when the device is to carry it out."""
    function = next(function for code, function in PAYLOADS if code == header.message_code)
    return function(fields, header, execution)


def holders(message: Message) -> list[tuple[int, bytes]]:
    """Role and EUI-64 of each party that a CS02a or CS02f response names."""
    found = []
    for entry in der.element(message.payload, "credentials").children(der.SEQUENCE, "credentials"):
        role, _, _, *rest = _parts(entry, 3, "remote party")
        number = der.integer(role.expect(der.INTEGER, "role"))
        for cell in rest[0].children(der.SEQUENCE, "cells") if rest else []:
            subject, *_ = (*_identifiers(_parts(cell, 1, "cell")), b"")
            if subject:
                found.append((number, subject))
    return found


def outcome(content: der.Element) -> Outcome:
    """The execution outcome of CS02b, in a response or in a future dated alert."""
    parts = _parts(content, 4, "execution outcome")
    sequence_number = der.integer(parts[0].expect(der.INTEGER, "sequence number"))
    replacements = []
    for entry in parts[3].children(der.SEQUENCE, "replacement outcomes"):
        cell, status, *rest = _parts(entry, 2, "replacement outcome")
        role = _parts(cell, 1, "cell")[0].expect(der.INTEGER, "role")
        subjects = _identifiers(rest)
        number = der.integer(status.expect(_ENUMERATED, "status"))
        # existing subject and key, then replacing subject and key
        subject = subjects[2] if number == STATUS_SUCCESS and len(subjects) == 4 else b""
        replacements.append(Replacement(der.integer(role), number, subject))
    mode = der.integer(parts[1].expect(der.INTEGER, "mode"))
    return Outcome(mode, sequence_number, tuple(replacements))


def replaced(message: Message) -> Outcome | None:
    """The outcome in a CS02b response, None when the change is to come later."""
    parts = _parts(der.element(message.payload, "response"), 1, "response")
    return outcome(parts[1]) if len(parts) > 1 else None


def replaced_later(message: Message) -> tuple[int, Outcome]:
    """Alert code and outcome in the alert on a future dated CS02b."""
    parts = _parts(der.element(message.payload, "alert"), 3, "alert")
    return der.integer(parts[0].expect(der.INTEGER, "alert code")), outcome(parts[2])


def _parts(element: der.Element, least: int, what: str) -> list[der.Element]:
    parts = element.children(der.SEQUENCE, what)
    if len(parts) < least:
        raise DecodeError(f"{what} has {len(parts)} parts, {least} are expected")
    return parts


def _identifiers(parts: list[der.Element]) -> list[bytes]:
    return [part.content for part in parts if part.tag == der.OCTET_STRING]


def _certificate(octets: bytes) -> bytes:
    try:
        return Certificate.from_der(octets).encoded
    except CertificateError as error:
        raise DecodeError(f"a replacement or path certificate is {error}") from error


def _cell(role: int, key_usage: int, cell_usage: int = roles.MANAGEMENT) -> bytes:
    usage_octet = 0x80 >> key_usage
    usage = der.write(der.BIT_STRING, bytes((7 - key_usage, usage_octet)))
    extra = () if cell_usage == roles.MANAGEMENT else (_integer(cell_usage),)
    return der.write(der.SEQUENCE, _integer(role), usage, *extra)


def _integer(value: int) -> bytes:
    return der.write(der.INTEGER, _signed(value))


def _signed(value: int) -> bytes:
    return value.to_bytes(value.bit_length() // 8 + 1)


def _time(seconds: int) -> bytes:
    text = (EPOCH + timedelta(seconds=seconds)).strftime("%Y%m%d%H%M%SZ").encode()
    return der.write(der.GENERALIZED_TIME, _NEVER if seconds == _CANCEL else text)

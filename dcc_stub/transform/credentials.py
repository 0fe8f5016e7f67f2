"""Security credentials: CS02a, CS02b and CS02f from requests, and what their responses tell."""

from __future__ import annotations

from dcc_stub.transform import times
from dcc_stub.transform.asked import Asked
from keys.certificate import Certificate
from keys.errors import CertificateError
from smets.codec.errors import DecodeError
from smets.gbcs import credentials as details
from smets.gbcs import credentials_update as update
from smets.gbcs import der, roles
from smets.gbcs.credentials import CellIdentifier, CredentialsRequest
from smets.gbcs.credentials_update import Control, Outcome
from smets.gbcs.der import DerReader
from smets.gbcs.grouping import GroupingHeader
from smets.gbcs.message import Message

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
    (0x0102, update.SUPPLIER_BY_SUPPLIER, roles.SUPPLIER),
    (0x0103, update.NETWORK_OPERATOR_BY_NETWORK_OPERATOR, roles.NETWORK_OPERATOR),
)
# Element of the request, key usage and cell usage of the trust anchor cell it goes into.
_CELLS = (
    ("DigitalSigningCertificate", roles.DIGITAL_SIGNATURE, roles.MANAGEMENT),
    ("KeyAgreementCertificate", roles.KEY_AGREEMENT, roles.MANAGEMENT),
    ("KeyAgreementTopUpCertificate", roles.KEY_AGREEMENT, roles.PREPAYMENT_TOP_UP),
)


def provide(asked: Asked, header: GroupingHeader, execution: int | None) -> bytes:
    """CS02a and CS02f: which roles' cells are asked for; the broker asks by its key agreement."""
    asking = CellIdentifier(roles.ACCESS_CONTROL_BROKER, roles.KEY_AGREEMENT)
    roles_asked = tuple(ROLE_NUMBERS[name] for name in asked.fields["RemotePartyRole"])
    return CredentialsRequest(asking, roles_asked).encode()


def replace(asked: Asked, header: GroupingHeader, execution: int | None) -> bytes:
    """CS02b: new certificates for the cells of the party that signs the command."""
    fields = asked.fields
    mode, role = next(row[1:] for row in MODES if row[0] == header.message_code)
    given = fields["ReplacementCertificates"]
    given = given.get("SupplierOrNetworkOperatorCertificates", given)
    replacements = [
        _sequence(_certificate(given[name]), CellIdentifier(role, *usages).encode())
        for name, *usages in _CELLS
        if name in given
    ]
    if not replacements:
        raise DecodeError("no certificate is given to replace another")
    top_up_floor = fields.get("RemotePartyPrepaymentTopUpFloorSeqNumber")
    specialist = () if top_up_floor is None else ((update.PREPAYMENT_TOP_UP_FLOOR, top_up_floor),)
    control = Control(
        mode,
        header.originator_counter,
        CellIdentifier(role, roles.DIGITAL_SIGNATURE),
        fields.get("RemotePartyFloorSeqNumber"),
        specialist,
        check_times=fields["ApplyTimeBasedCPVChecks"],
    )
    path = map(_certificate, fields["CertificationPathCertificates"]["Certificate"])
    return _sequence(
        control.encode(),
        _sequence(*replacements),
        _sequence(*path),
        b"" if execution is None else times.element(execution),
    )


def holders(message: Message) -> list[tuple[int, bytes]]:
    """Role and EUI-64 of each cell's holder that a CS02a or CS02f response names."""
    found = details.decode_details(message.payload)
    return [(role.role, cell.eui) for role in found for cell in role.cells]


def replaced(message: Message) -> Outcome | None:
    """The outcome in a CS02b response, None when the change is to come later."""
    return update.decode_response(message.payload)


def replaced_later(message: Message) -> tuple[int, Outcome]:
    """Alert code and outcome in the alert on a future dated CS02b."""
    outer = DerReader.over(message.payload, True)
    fields = outer.nested()
    outer.finish()
    alert_code = fields.integer()
    fields.time()
    outcome = Outcome.read(fields)
    fields.finish()
    return alert_code, outcome


def _certificate(octets: bytes) -> bytes:
    try:
        return Certificate.from_der(octets).encoded
    except CertificateError as error:
        raise DecodeError(f"a replacement or path certificate is {error}") from error


def _sequence(*elements: bytes) -> bytes:
    return der.element(der.SEQUENCE, b"".join(elements))

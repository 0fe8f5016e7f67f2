"""Which certificates a new device of the lab has in its trust anchor cells (GBCS 4.3.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from keys import parties
from keys.certificate import Certificate
from keys.parties import Party
from keys.profile import Usage
from keys.store import Keystore
from smets.gbcs import roles

if TYPE_CHECKING:
    from smets.device.provisioning import Cell

# Usage of a certificate, and the key usage and cell usage of the cell it goes into.
CELL_OF = (
    ("ds", roles.DIGITAL_SIGNATURE, roles.MANAGEMENT),
    ("ka", roles.KEY_AGREEMENT, roles.MANAGEMENT),
    ("pp-ka", roles.KEY_AGREEMENT, roles.PREPAYMENT_TOP_UP),
)


class Row(NamedTuple):
    """A remote party whose certificates devices of these types hold, for these usages."""

    party: Party
    role: int
    usages: tuple[Usage, ...]
    device_types: tuple[int, ...]


METERS = (roles.ESME, roles.GSME)
HUB = (roles.CHF, roles.GPF)
ROWS = (
    Row(parties.RECOVERY, roles.RECOVERY, ("ds",), METERS + HUB),
    Row(parties.SUPPLIER, roles.SUPPLIER, ("ds", "ka"), (*METERS, roles.GPF)),
    Row(parties.SUPPLIER, roles.SUPPLIER, ("pp-ka",), METERS),
    Row(parties.NETWORK_OPERATOR, roles.NETWORK_OPERATOR, ("ds", "ka"), (*METERS, roles.GPF)),
    Row(parties.ACCESS_CONTROL_BROKER, roles.ACCESS_CONTROL_BROKER, ("ds", "ka"), METERS + HUB),
    Row(parties.TRANSITIONAL_COS, roles.TRANSITIONAL_COS, ("ds",), METERS + HUB),
    Row(parties.WAN_PROVIDER, roles.WAN_PROVIDER, ("ds",), HUB),
)


def cells(keystore: Keystore, device_type: int, dcc_controlled: bool = False) -> list[Cell]:
    """The cells of a device of that type; NotHeldError names a certificate that is missing.

    A DCC-controlled device has the broker's certificates in its supplier's cells, until the
    supplier takes them over by service request 6.21.
    """
    root = keystore.authority(parties.ORGANISATION_ROOT)
    found = [_cell(root, bytes(8), (roles.ROOT, roles.KEY_CERT_SIGN, roles.MANAGEMENT))]
    for row in ROWS:
        if device_type not in row.device_types:
            continue
        for usage, key_usage, cell_usage in CELL_OF:
            if usage not in row.usages:
                continue
            party, held = row.party, usage
            if dcc_controlled and row.role == roles.SUPPLIER:
                party = parties.ACCESS_CONTROL_BROKER
                held = "ka" if usage == "pp-ka" else usage  # the broker takes no top-ups
            certificate = keystore.require_certificate(party.eui, held)
            found.append(_cell(certificate, party.eui, (row.role, key_usage, cell_usage)))
    return found


def _cell(certificate: Certificate, eui: bytes, where: tuple[int, int, int]) -> Cell:
    identifier = certificate.key_identifier
    assert identifier is not None  # the keystore's profile asks for it
    return (*where, eui, identifier, certificate.public_key)

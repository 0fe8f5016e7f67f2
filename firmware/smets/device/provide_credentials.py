"""CS02a and CS02f: tells who holds the trust anchor cells (GBCS 13.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from smets.codec.errors import DecodeError
from smets.gbcs.credentials import (
    OTHER,
    SUCCESS,
    TRUST_ANCHOR_NOT_FOUND,
    CellDetails,
    CredentialsRequest,
    RoleDetails,
    encode_details,
)
from smets.gbcs.roles import (
    DIGITAL_SIGNATURE,
    KEY_AGREEMENT,
    KEY_CERT_SIGN,
    MANAGEMENT,
    PREPAYMENT_TOP_UP,
    TRANSITIONAL_COS,
)

if TYPE_CHECKING:
    from smets.device.admission import Command
    from smets.device.device import Device

CS02F = 0x011B
_CELLS = (
    (DIGITAL_SIGNATURE, MANAGEMENT),
    (KEY_AGREEMENT, MANAGEMENT),
    (KEY_AGREEMENT, PREPAYMENT_TOP_UP),
    (KEY_CERT_SIGN, MANAGEMENT),
)


def execute(device: Device, command: Command) -> bytes:
    """The response's payload; DecodeError when the request is wrong."""
    request = CredentialsRequest.decode(command.message.payload)
    asking = device.anchors.get(*request.asking.key())
    if (
        asking is None
        or asking.eui != command.message.header.originator
        or request.asking.role != command.role
    ):
        raise DecodeError("asking cell")
    is_cs02f = command.use_case.message_code == CS02F
    return encode_details([_details(device, role, is_cs02f) for role in request.roles])


def _details(device: Device, role: int, is_cs02f: bool) -> RoleDetails:
    cells = []
    # CS02f answers OTHER for what it does not tell, transitional CoS included.
    if not (is_cs02f and role == TRANSITIONAL_COS):
        for key_usage, cell_usage in _CELLS:
            anchor = device.anchors.get(role, key_usage, cell_usage)
            if anchor is not None:
                cells.append(CellDetails(key_usage, cell_usage, anchor.eui, anchor.identifier))
    if not cells:
        return RoleDetails(role, OTHER if is_cs02f else TRUST_ANCHOR_NOT_FOUND)
    return RoleDetails(role, SUCCESS, device.counters.accepted(role), tuple(cells))

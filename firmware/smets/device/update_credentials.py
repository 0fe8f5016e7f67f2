"""CS02b and CS02g: certificates of remote parties are replaced (GBCS 13.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from smets.codec.errors import DecodeError
from smets.device.certification_path import CertificationPath
from smets.device.objects import AccessFailure
from smets.device.trust_anchors import Anchor
from smets.gbcs import credentials_update as update
from smets.gbcs.credentials import BAD_CERTIFICATE, SUCCESS, TRUST_ANCHOR_NOT_FOUND, CellIdentifier
from smets.gbcs.credentials_update import (
    CellOutcome,
    CredentialsUpdate,
    FloorChange,
    Outcome,
    encode_response,
)
from smets.gbcs.roles import (
    ACCESS_CONTROL_BROKER,
    CHF,
    DIGITAL_SIGNATURE,
    KEY_AGREEMENT,
    KEY_CERT_SIGN,
    LOAD_CONTROLLER,
    NETWORK_OPERATOR,
    RECOVERY,
    ROOT,
    SUPPLIER,
    TRANSITIONAL_COS,
    WAN_PROVIDER,
)
from smets.gbcs.x509 import Certificate

if TYPE_CHECKING:
    from smets.device.admission import Command
    from smets.device.device import Device
    from smets.device.objects import Changes

_ANY = -1
# message code, mode, role that authorises, role whose cells are replaced
_MODES = (
    (0x0102, update.SUPPLIER_BY_SUPPLIER, SUPPLIER, SUPPLIER),
    (
        0x0103,
        update.NETWORK_OPERATOR_BY_NETWORK_OPERATOR,
        NETWORK_OPERATOR,
        NETWORK_OPERATOR,
    ),
    (0x0104, update.ACB_BY_ACB, ACCESS_CONTROL_BROKER, ACCESS_CONTROL_BROKER),
    (0x0105, update.WAN_PROVIDER_BY_WAN_PROVIDER, WAN_PROVIDER, WAN_PROVIDER),
    (
        0x0106,
        update.TRANSITIONAL_COS_BY_TRANSITIONAL_COS,
        TRANSITIONAL_COS,
        TRANSITIONAL_COS,
    ),
    (0x0107, update.SUPPLIER_BY_TRANSITIONAL_COS, TRANSITIONAL_COS, SUPPLIER),
    (0x0108, update.ANY_EXCEPT_ABNORMAL_ROOT_BY_RECOVERY, RECOVERY, _ANY),
    (0x0125, update.LOAD_CONTROLLER_BY_LOAD_CONTROLLER, LOAD_CONTROLLER, LOAD_CONTROLLER),
    (0x0126, update.LOAD_CONTROLLER_BY_SUPPLIER, SUPPLIER, LOAD_CONTROLLER),
)

_NOBODY = Anchor(bytes(8), bytes(8), b"")
_CLOCK = b"\x00\x00\x01\x00\x00\xff"


def is_known(message_code: int) -> bool:
    """Whether this replacement can be done here."""
    return any(row[0] == message_code for row in _MODES)


def execute(device: Device, command: Command, now: int, changes: Changes) -> bytes | None:
    """The response's payload; None when the device does not support it, DecodeError if wrong."""
    request = CredentialsUpdate.decode(command.message.payload)
    code = command.use_case.message_code
    mode, authorising, target = next(row[1:] for row in _MODES if row[0] == code)
    _check(device, command, request, mode, authorising, target)
    if request.activation is not None and request.activation > now:
        return None
    if any(cell.role == ROOT for _, cell in request.replacements):
        return None  # needs the root's own link certificates
    times = now if request.control.check_times and _knows_the_time(device, now) else None
    root = device.anchors.get(ROOT, KEY_CERT_SIGN)
    path = CertificationPath(device.suite, root, request.path, times)
    outcomes = []
    for octets, cell in request.replacements:
        outcomes.append(_replace(device, path, octets, cell, changes))
    floors = _floors(request, authorising)
    _set_counters(device, command, floors, outcomes, changes)
    sequence_number = request.control.sequence_number
    return encode_response(Outcome(sequence_number, mode, floors, tuple(outcomes)))


def _check(
    device: Device,
    command: Command,
    request: CredentialsUpdate,
    mode: int,
    authorising: int,
    target: int,
) -> None:
    """DecodeError unless the parts of the command agree with each other and with its header."""
    control = request.control
    by_mac = mode == update.ACB_BY_ACB and device.device_type != CHF
    cell = control.authorising
    expected = (authorising, DIGITAL_SIGNATURE, 0)
    if control.mode != mode or command.role != authorising or control.symmetric_key:
        raise DecodeError("mode")
    if (cell is not None) if by_mac else (cell is None or cell.key() != expected):
        raise DecodeError("authorising cell")
    if control.sequence_number != command.message.header.originator_counter:
        raise DecodeError("sequence number")
    cells = [cell.key() for _, cell in request.replacements]
    if not cells or len(set(cells)) != len(cells):
        raise DecodeError("cells")
    changed = [cell[0] for cell in cells] + [change.role for change in control.others]
    if target != _ANY and [role for role in changed if role != target]:
        raise DecodeError("cells or floors")
    floors = list(control.specialist)
    for change in control.others:
        floors.extend(change.specialist)
    if [usage for usage, _ in floors if usage != update.PREPAYMENT_TOP_UP_FLOOR]:
        raise DecodeError("floors")


def _knows_the_time(device: Device, now: int) -> bool:
    """Whether the clock is reliable, by its status; before that no certificate is too old."""
    try:
        status = device.objects.get(8, _CLOCK, 4, now)
    except AccessFailure:
        return False
    return status == b"\x11\x00"


def _replace(
    device: Device,
    path: CertificationPath,
    octets: bytes,
    cell: CellIdentifier,
    changes: Changes,
) -> CellOutcome:
    held = device.anchors.get(*cell.key())
    existing = held or _NOBODY
    replacing = existing
    if held is None:
        status = TRUST_ANCHOR_NOT_FOUND
    else:
        status, found = _judge(path, octets, cell)
        if found is not None:
            replacing = found
            device.anchors.put(changes, *cell.key(), found)
    return CellOutcome(
        cell,
        status,
        (existing.eui, existing.identifier),
        (replacing.eui, replacing.identifier),
    )


def _judge(
    path: CertificationPath, octets: bytes, cell: CellIdentifier
) -> tuple[int, Anchor | None]:
    """The status of a replacement, and what goes into the cell if it is SUCCESS."""
    try:
        certificate = Certificate(octets)
    except DecodeError:
        return BAD_CERTIFICATE, None
    status = path.status(certificate)
    if status == SUCCESS and not _fits(certificate, cell):
        status = BAD_CERTIFICATE
    if status != SUCCESS:
        return status, None
    return status, Anchor(certificate.eui, certificate.identifier, certificate.public_key)


def _fits(certificate: Certificate, cell: CellIdentifier) -> bool:
    """A supplier may hold the load controller's cells as well."""
    fits = certificate.role == cell.role
    if cell.role == LOAD_CONTROLLER and certificate.role == SUPPLIER:
        fits = True
    return fits and certificate.may(cell.key_usage)


def _floors(request: CredentialsUpdate, authorising: int) -> tuple[FloorChange, ...]:
    control = request.control
    if control.floor is None:
        return control.others
    own = FloorChange(authorising, control.floor, control.specialist)
    return (own,) + control.others


def _set_counters(
    device: Device,
    command: Command,
    floors: tuple[FloorChange, ...],
    outcomes: list[CellOutcome],
    changes: Changes,
) -> None:
    """Floors count from now on, but never let in again what a key that stays has authorised."""
    replaced = [each.cell.key() for each in outcomes if each.status == SUCCESS]
    counter = command.message.header.originator_counter
    device.counters.accept(changes, command.role, counter)
    for change in floors:
        floor = change.floor
        by = KEY_AGREEMENT if change.role == ACCESS_CONTROL_BROKER else DIGITAL_SIGNATURE
        if (change.role, by, 0) not in replaced:
            held = counter if change.role == command.role else 0
            floor = max(floor, held, device.counters.accepted(change.role))
        device.counters.accept(changes, change.role, floor)
        for _, top_up_floor in change.specialist:
            device.counters.set_top_up_floor(changes, change.role, top_up_floor)

"""CS02b and CS02g: certificates of remote parties are replaced (GBCS 13.3).

In three steps, so that what reads the command, what reads certificates and what writes the
response need not lie in a board's heap together.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from smets.codec.errors import DecodeError
from smets.device.modules import CREDENTIALS, forget
from smets.device.trust_anchors import Anchor
from smets.gbcs.credentials import SUCCESS, TRUST_ANCHOR_NOT_FOUND
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

if TYPE_CHECKING:
    from smets.device.admission import Command
    from smets.device.device import Device
    from smets.device.objects import Changes
    from smets.gbcs.credentials_update import Control, CredentialsUpdate

    Span = tuple[int, int]  # where octets of the payload start and end
    Key = tuple[int, int, int]  # role, key usage, cell usage
    Name = tuple[bytes, bytes]  # EUI-64 and key identifier
    # cell, status, who held it, who holds it now
    Outcome = tuple[Key, int, Name, Name]
    Floor = tuple[int, int, tuple[tuple[int, int], ...]]  # see `credentials_update.FloorChange`

_ANY = -1
# message code, mode, role that authorises, role whose cells are replaced
_MODES = (
    (0x0102, 2, SUPPLIER, SUPPLIER),
    (0x0103, 3, NETWORK_OPERATOR, NETWORK_OPERATOR),
    (0x0104, 4, ACCESS_CONTROL_BROKER, ACCESS_CONTROL_BROKER),
    (0x0105, 5, WAN_PROVIDER, WAN_PROVIDER),
    (0x0106, 6, TRANSITIONAL_COS, TRANSITIONAL_COS),
    (0x0107, 7, TRANSITIONAL_COS, SUPPLIER),
    (0x0108, 8, RECOVERY, _ANY),
    (0x0125, 10, LOAD_CONTROLLER, LOAD_CONTROLLER),
    (0x0126, 11, SUPPLIER, LOAD_CONTROLLER),
)
_ACB_BY_ACB = 4
_TOP_UP = 0


def execute(device: Device, command: Command, now: int, changes: Changes) -> bytes | None:
    """The response's payload; None when the device does not support it, DecodeError if wrong."""
    # Each step is a function: what a frame still in use has ever held stays in the heap.
    code = command.use_case.message_code
    mode, authorising, target = next(row[1:] for row in _MODES if row[0] == code)
    read = _read(device, command, mode, authorising, target, now)
    if read is None:
        return None
    forget(*CREDENTIALS)
    cells, path, floors, check_times = read
    # before the clock is reliable no certificate is too old
    times = now if check_times and device.objects.knows_the_time(now) else None
    outcomes = _replace(device, command.message.payload, cells, path, times, changes)
    forget(*CREDENTIALS)
    _set_counters(device, command, floors, outcomes, changes)
    return _response(command, mode, floors, outcomes)


def _read(
    device: Device, command: Command, mode: int, authorising: int, target: int, now: int
) -> tuple[list[tuple[Span, Key]], list[Span], list[Floor], bool] | None:
    """Certificates with their cells, path, floors, whether times count; None: not supported."""
    from smets.gbcs.credentials_update import CredentialsUpdate

    request = CredentialsUpdate.decode(command.message.payload)
    _check(device, command, request, mode, authorising, target)
    if request.activation is not None and request.activation > now:
        return None
    payload = command.message.payload
    cells = [(_span(payload, octets), cell.key()) for octets, cell in request.replacements]
    if ROOT in [key[0] for _, key in cells]:
        return None  # needs the root's own link certificates
    path = [_span(payload, octets) for octets in request.path]
    floors = _floors(request.control, authorising)
    return cells, path, floors, request.control.check_times


def _span(payload: bytes, octets: bytes) -> Span:
    """Where they are in the payload: a second copy of each certificate is too much to hold."""
    start = payload.find(octets)
    return start, start + len(octets)


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
    by_mac = mode == _ACB_BY_ACB and device.device_type != CHF
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
    changed = [key[0] for key in cells] + [change.role for change in control.others]
    if target != _ANY and [role for role in changed if role != target]:
        raise DecodeError("cells or floors")
    specialist = list(control.specialist)
    for change in control.others:
        specialist.extend(change.specialist)
    if [usage for usage, _ in specialist if usage != _TOP_UP]:
        raise DecodeError("floors")


def _floors(control: Control, authorising: int) -> list[Floor]:
    floors = [(change.role, change.floor, change.specialist) for change in control.others]
    if control.floor is not None:
        floors.insert(0, (authorising, control.floor, control.specialist))
    return floors


def _replace(
    device: Device,
    payload: bytes,
    cells: list[tuple[Span, Key]],
    path: list[Span],
    times: int | None,
    changes: Changes,
) -> list[Outcome]:
    """Judges each certificate; those that are good go into their cells."""
    from smets.device.certification_path import CertificationPath

    root = device.anchors.get(ROOT, KEY_CERT_SIGN)
    certification_path = CertificationPath(device.suite, root, times)
    for start, end in path:
        certification_path.add(payload[start:end])
    outcomes = []
    for (start, end), key in cells:
        status = TRUST_ANCHOR_NOT_FOUND
        existing = replacing = (bytes(8), bytes(8))
        held = device.anchors.get(*key)
        if held is not None:
            existing = replacing = (held.eui, held.identifier)
            status, found = certification_path.judge(payload[start:end], key[0], key[1])
            if status == SUCCESS:
                replacing = found[:2]
                device.anchors.put(changes, *key, Anchor(*found))
        outcomes.append((key, status, existing, replacing))
    return outcomes


def _set_counters(
    device: Device,
    command: Command,
    floors: list[Floor],
    outcomes: list[Outcome],
    changes: Changes,
) -> None:
    """Floors count from now on, but never let in again what a key that stays has authorised."""
    replaced = [key for key, status, _, _ in outcomes if status == SUCCESS]
    counter = command.message.header.originator_counter
    device.counters.accept(changes, command.role, counter)
    for role, floor, specialist in floors:
        by = KEY_AGREEMENT if role == ACCESS_CONTROL_BROKER else DIGITAL_SIGNATURE
        least = 0
        if (role, by, 0) not in replaced:
            least = counter if role == command.role else device.counters.accepted(role)
        device.counters.accept(changes, role, max(floor, least))
        for _, top_up_floor in specialist:
            device.counters.set_top_up_floor(changes, role, top_up_floor)


def _response(command: Command, mode: int, floors: list[Floor], outcomes: list[Outcome]) -> bytes:
    from smets.gbcs.credentials import CellIdentifier
    from smets.gbcs.credentials_update import (
        CellOutcome,
        FloorChange,
        Outcome,
        encode_response,
    )

    changes = tuple([FloorChange(*floor) for floor in floors])
    cells = tuple([CellOutcome(CellIdentifier(*each[0]), *each[1:]) for each in outcomes])
    counter = command.message.header.originator_counter
    return encode_response(Outcome(counter, mode, changes, cells))

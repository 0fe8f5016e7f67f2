"""CS02b and CS02g, Update Security Credentials: payloads (GBCS 13.3)."""

from __future__ import annotations

from smets.codec.errors import DecodeError
from smets.gbcs import der
from smets.gbcs.credentials import IDENTIFIER_LENGTH, CellIdentifier, sequence
from smets.gbcs.der import DerReader

# replacement mode
ROOT_BY_SUPPLIER = 0
ROOT_BY_WAN_PROVIDER = 1
SUPPLIER_BY_SUPPLIER = 2
NETWORK_OPERATOR_BY_NETWORK_OPERATOR = 3
ACB_BY_ACB = 4
WAN_PROVIDER_BY_WAN_PROVIDER = 5
TRANSITIONAL_COS_BY_TRANSITIONAL_COS = 6
SUPPLIER_BY_TRANSITIONAL_COS = 7
ANY_EXCEPT_ABNORMAL_ROOT_BY_RECOVERY = 8
ANY_BY_CONTINGENCY = 9
LOAD_CONTROLLER_BY_LOAD_CONTROLLER = 10
LOAD_CONTROLLER_BY_SUPPLIER = 11

PREPAYMENT_TOP_UP_FLOOR = 0

_SYMMETRIC_KEY = der.CONTEXT
_TIMES = der.CONTEXT | 1
_AUTHORISING_CELL = der.CONTEXT | der.CONSTRUCTED | 2
_SEQUENCE_NUMBER = der.CONTEXT | 3
_FLOOR = der.CONTEXT | 4
_SPECIALIST_FLOORS = der.CONTEXT | der.CONSTRUCTED | 5
_OTHER_FLOORS = der.CONTEXT | der.CONSTRUCTED | 6
_DISAPPLY = 1


class FloorChange:
    """From where a role's counters go on; `specialist`: (PREPAYMENT_TOP_UP_FLOOR, floor) pairs."""

    def __init__(
        self, role: int, floor: int, specialist: tuple[tuple[int, int], ...] = ()
    ) -> None:
        self.role = role
        self.floor = floor
        self.specialist = specialist

    @staticmethod
    def read(reader: DerReader) -> FloorChange:
        fields = reader.nested()
        role, floor = fields.integer(), fields.integer()
        specialist = _read_specialist(fields.nested()) if fields.next_tag() else ()
        fields.finish()
        return FloorChange(role, floor, specialist)

    def encode(self) -> bytes:
        out = der.integer(self.role) + der.integer(self.floor)
        if self.specialist:
            out += der.element(der.SEQUENCE, _write_specialist(self.specialist))
        return der.element(der.SEQUENCE, out)


def _read_specialist(reader: DerReader) -> tuple[tuple[int, int], ...]:
    floors = []
    while reader.next_tag():
        fields = reader.nested()
        floors.append((fields.integer(), fields.integer()))
        fields.finish()
    return tuple(floors)


def _write_specialist(floors: tuple[tuple[int, int], ...]) -> bytes:
    return b"".join(
        [
            der.element(der.SEQUENCE, der.integer(usage) + der.integer(floor))
            for usage, floor in floors
        ]
    )


class Control:
    """How to replace, who says so, and from where counters go on; None and () are left out."""

    def __init__(
        self,
        mode: int,
        sequence_number: int,
        authorising: CellIdentifier | None = None,
        floor: int | None = None,
        specialist: tuple[tuple[int, int], ...] = (),
        others: tuple[FloorChange, ...] = (),
        check_times: bool = True,
        symmetric_key: bytes = b"",
    ) -> None:
        self.mode = mode
        self.sequence_number = sequence_number
        self.authorising = authorising
        self.floor = floor
        self.specialist = specialist
        self.others = others
        self.check_times = check_times
        self.symmetric_key = symmetric_key

    @staticmethod
    def read(reader: DerReader) -> Control:
        fields = reader.nested()
        control = Control(fields.integer(), 0)
        if fields.next_tag() == _SYMMETRIC_KEY:
            control.symmetric_key = fields.contents(_SYMMETRIC_KEY)
        if fields.next_tag() == _TIMES:
            if fields.integer(_TIMES) != _DISAPPLY:
                raise DecodeError("time checks")
            control.check_times = False
        if fields.next_tag() == _AUTHORISING_CELL:
            control.authorising = CellIdentifier.read(fields, _AUTHORISING_CELL)
        control.sequence_number = fields.integer(_SEQUENCE_NUMBER)
        control.floor = fields.optional_integer(_FLOOR)
        if fields.next_tag() == _SPECIALIST_FLOORS:
            control.specialist = _read_specialist(fields.nested(_SPECIALIST_FLOORS))
        if fields.next_tag() == _OTHER_FLOORS:
            inner = fields.nested(_OTHER_FLOORS)
            others = []
            while inner.next_tag():
                others.append(FloorChange.read(inner))
            control.others = tuple(others)
        fields.finish()
        return control

    def encode(self) -> bytes:
        out = der.integer(self.mode)
        if self.symmetric_key:
            out += der.element(_SYMMETRIC_KEY, self.symmetric_key)
        if not self.check_times:
            out += der.integer(_DISAPPLY, _TIMES)
        if self.authorising:
            out += self.authorising.encode(_AUTHORISING_CELL)
        out += der.integer(self.sequence_number, _SEQUENCE_NUMBER)
        if self.floor is not None:
            out += der.integer(self.floor, _FLOOR)
        if self.specialist:
            out += der.element(_SPECIALIST_FLOORS, _write_specialist(self.specialist))
        if self.others:
            others = b"".join([each.encode() for each in self.others])
            out += der.element(_OTHER_FLOORS, others)
        return der.element(der.SEQUENCE, out)


class CredentialsUpdate:
    """The command: certificates with their cells, those of the path, and when (None: at once)."""

    def __init__(
        self,
        control: Control,
        replacements: tuple[tuple[bytes, CellIdentifier], ...],
        path: tuple[bytes, ...],
        activation: int | None = None,
    ) -> None:
        self.control = control
        self.replacements = replacements
        self.path = path
        self.activation = activation

    @staticmethod
    def decode(octets: bytes) -> CredentialsUpdate:
        outer = DerReader.over(octets)
        fields = outer.nested()
        outer.finish()
        control = Control.read(fields)
        inner = fields.nested()
        replacements = []
        while inner.next_tag():
            pair = inner.nested()
            replacements.append((pair.element(), CellIdentifier.read(pair)))
            pair.finish()
        inner = fields.nested()
        path = []
        while inner.next_tag():
            path.append(inner.element())
        update = CredentialsUpdate(control, tuple(replacements), tuple(path))
        if fields.next_tag() == der.GENERALIZED_TIME:
            update.activation = fields.time()
        fields.finish()
        return update


class CellOutcome:
    """What became of one cell: who held it before and who holds it now, EUI and key identifier."""

    def __init__(
        self,
        cell: CellIdentifier,
        status: int,
        existing: tuple[bytes, bytes],
        replacing: tuple[bytes, bytes],
    ) -> None:
        self.cell = cell
        self.status = status
        self.existing = existing
        self.replacing = replacing

    @staticmethod
    def read(reader: DerReader) -> CellOutcome:
        fields = reader.nested()
        cell = CellIdentifier.read(fields)
        status = fields.integer(der.ENUMERATED)
        names = [fields.octets(IDENTIFIER_LENGTH) for _ in range(4)]
        fields.finish()
        return CellOutcome(cell, status, (names[0], names[1]), (names[2], names[3]))

    def encode(self) -> bytes:
        names = b"".join([der.octet_string(name) for name in self.existing + self.replacing])
        status = der.integer(self.status, der.ENUMERATED)
        return sequence(self.cell.encode() + status + names)


class Outcome:
    """Execution outcome: in the response, or in the alert of a future dated command."""

    def __init__(
        self,
        sequence_number: int,
        mode: int,
        floors: tuple[FloorChange, ...],
        cells: tuple[CellOutcome, ...],
    ) -> None:
        self.sequence_number = sequence_number
        self.mode = mode
        self.floors = floors
        self.cells = cells

    @staticmethod
    def read(reader: DerReader) -> Outcome:
        fields = reader.nested()
        sequence_number, mode = fields.integer(), fields.integer()
        inner = fields.nested()
        floors = []
        while inner.next_tag():
            floors.append(FloorChange.read(inner))
        inner = fields.nested()
        cells = []
        while inner.next_tag():
            cells.append(CellOutcome.read(inner))
        fields.finish()
        return Outcome(sequence_number, mode, tuple(floors), tuple(cells))

    def encode(self) -> bytes:
        floors = b"".join([each.encode() for each in self.floors])
        cells = b"".join([each.encode() for each in self.cells])
        head = der.integer(self.sequence_number) + der.integer(self.mode)
        return sequence(head + sequence(floors) + sequence(cells))


def encode_response(outcome: Outcome | None) -> bytes:
    """The response; None: the command is future dated."""
    return sequence(b"\x05\x00" + (outcome.encode() if outcome else b""))


def decode_response(octets: bytes) -> Outcome | None:
    """The outcome in a response, None in that to a future dated command; DecodeError else."""
    outer = DerReader.over(octets, True)
    fields = outer.nested()
    outer.finish()
    if fields.contents(der.NULL):
        raise DecodeError("DER: null")
    outcome = Outcome.read(fields) if fields.next_tag() else None
    fields.finish()
    return outcome

"""CS02a and CS02f, Provide Security Credential Details: payloads (GBCS 13.2), names of cells."""

from __future__ import annotations

from smets.codec.errors import DecodeError
from smets.gbcs import der
from smets.gbcs.der import DerReader
from smets.gbcs.roles import MANAGEMENT, PREPAYMENT_TOP_UP

# status of GBCS 13: a selection of RFC 5934
SUCCESS = 0
BAD_CERTIFICATE = 5
NO_TRUST_ANCHOR = 10
INSUFFICIENT_MEMORY = 17
TRUST_ANCHOR_NOT_FOUND = 25
RESOURCES_BUSY = 30
OTHER = 127

IDENTIFIER_LENGTH = 8


class CellIdentifier:
    """Which trust anchor cell: `key_usage` is the number of a named bit (see `roles`)."""

    def __init__(self, role: int, key_usage: int, cell_usage: int = MANAGEMENT) -> None:
        self.role = role
        self.key_usage = key_usage
        self.cell_usage = cell_usage

    def key(self) -> tuple[int, int, int]:
        return self.role, self.key_usage, self.cell_usage

    @staticmethod
    def read(reader: DerReader, tag: int = der.SEQUENCE) -> CellIdentifier:
        inner = reader.nested(tag)
        role = inner.integer()
        key_usage, cell_usage = read_usage(inner)
        inner.finish()
        return CellIdentifier(role, key_usage, cell_usage)

    def encode(self, tag: int = der.SEQUENCE) -> bytes:
        usage = write_usage(self.key_usage, self.cell_usage)
        return der.element(tag, der.integer(self.role) + usage)


def read_usage(reader: DerReader) -> tuple[int, int]:
    """Key usage with exactly one bit, and cell usage, which is left out when it is the default."""
    bits = reader.named_bits()
    cell_usage = reader.optional_integer(der.INTEGER)
    if cell_usage is None:
        cell_usage = MANAGEMENT
    elif cell_usage != PREPAYMENT_TOP_UP:
        raise DecodeError("cell usage")
    for bit in range(8):
        if bits == 1 << bit:
            return bit, cell_usage
    raise DecodeError("key usage")


def write_usage(key_usage: int, cell_usage: int) -> bytes:
    """The form that `read_usage` reads."""
    default = cell_usage == MANAGEMENT
    return der.named_bit(key_usage) + (b"" if default else der.integer(cell_usage))


class CredentialsRequest:
    """The command: the cell of the party that asks, and the roles it asks about."""

    def __init__(self, asking: CellIdentifier, roles: tuple[int, ...]) -> None:
        self.asking = asking
        self.roles = roles

    @staticmethod
    def decode(octets: bytes) -> CredentialsRequest:
        outer = DerReader.over(octets)
        fields = outer.nested()
        outer.finish()
        asking = CellIdentifier.read(fields)
        inner = fields.nested()
        fields.finish()
        roles = []
        while inner.next_tag():
            roles.append(inner.integer())
        return CredentialsRequest(asking, tuple(roles))

    def encode(self) -> bytes:
        roles = b"".join([der.integer(role) for role in self.roles])
        return der.element(der.SEQUENCE, self.asking.encode() + der.element(der.SEQUENCE, roles))


class CellDetails:
    """Who holds a cell of a role: `eui` and `identifier` of the key, 8 octets each."""

    def __init__(self, key_usage: int, cell_usage: int, eui: bytes, identifier: bytes) -> None:
        self.key_usage = key_usage
        self.cell_usage = cell_usage
        self.eui = eui
        self.identifier = identifier

    @staticmethod
    def read(reader: DerReader) -> CellDetails:
        inner = reader.nested()
        key_usage, cell_usage = read_usage(inner)
        eui, identifier = inner.octets(IDENTIFIER_LENGTH), inner.octets(IDENTIFIER_LENGTH)
        inner.finish()
        return CellDetails(key_usage, cell_usage, eui, identifier)

    def encode(self) -> bytes:
        usage = write_usage(self.key_usage, self.cell_usage)
        names = der.octet_string(self.eui) + der.octet_string(self.identifier)
        return der.element(der.SEQUENCE, usage + names)


class RoleDetails:
    """What is held of a role. Other than SUCCESS a status stands alone."""

    def __init__(
        self,
        role: int,
        status: int,
        sequence_number: int = 0,
        cells: tuple[CellDetails, ...] = (),
    ) -> None:
        self.role = role
        self.status = status
        self.sequence_number = sequence_number
        self.cells = cells

    @staticmethod
    def read(reader: DerReader) -> RoleDetails:
        fields = reader.nested()
        role, status = fields.integer(), fields.integer(der.ENUMERATED)
        details = RoleDetails(role, status)
        if status == SUCCESS:
            details.sequence_number = fields.integer()
            inner = fields.nested()
            cells = []
            while inner.next_tag():
                cells.append(CellDetails.read(inner))
            details.cells = tuple(cells)
        fields.finish()
        return details

    def encode(self) -> bytes:
        out = der.integer(self.role) + der.integer(self.status, der.ENUMERATED)
        if self.status == SUCCESS:
            cells = b"".join([cell.encode() for cell in self.cells])
            out += der.integer(self.sequence_number) + sequence(cells)
        return sequence(out)


def sequence(contents: bytes) -> bytes:
    """A sequence in the form of responses: lengths from 128 on in two octets."""
    return der.element(der.SEQUENCE, contents, True)


def encode_details(details: list[RoleDetails]) -> bytes:
    """The response."""
    return sequence(b"".join([each.encode() for each in details]))


def decode_details(octets: bytes) -> list[RoleDetails]:
    """The response; DecodeError else."""
    outer = DerReader.over(octets, True)
    inner = outer.nested()
    outer.finish()
    details = []
    while inner.next_tag():
        details.append(RoleDetails.read(inner))
    return details

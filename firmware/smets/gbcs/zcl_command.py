"""What the use-case table says about the ZCL commands of a GBZ payload (GBCS 7.2.10)."""

from __future__ import annotations

from smets.codec.errors import DecodeError
from smets.codec.reader import Reader

# frame control of a command as GBZ carries it
READ_ATTRIBUTES = 0x00
TO_SERVER = 0x01
TO_CLIENT = 0x09

# flags
ENCRYPTED = 1
DATED = 2

# kinds of fields: below TEXT the number of octets of an unsigned number, least significant first
TEXT = 0x10
INDEX = 0x20
ISSUED = 0x30
CONSTANT = 0x80

LATER_OCTETS = {INDEX: 1, ISSUED: 4}


class Field:
    """A field of a command's payload; `constant` is the only number allowed, None any.

    TEXT is octets behind an octet with their number, INDEX the number of the command among its
    repetitions, ISSUED when the command was made, in seconds since 2000.
    """

    def __init__(self, kind: int, constant: int | None) -> None:
        self.kind = kind
        self.constant = constant

    @property
    def size(self) -> int:
        """Octets of the number; 0 for TEXT."""
        return 0 if self.kind == TEXT else LATER_OCTETS.get(self.kind, self.kind)

    @staticmethod
    def read(reader: Reader) -> Field:
        kind = reader.octet()
        field = Field(kind & ~CONSTANT, None)
        if kind & CONSTANT:
            field.constant = reader.unsigned(field.size)
        return field


class ZclCommand:
    """One line of the table; it stands for `times` commands that follow each other.

    `encrypted`: a response to it that holds data is encrypted. `dated`: the command has a From
    Date Time before its ZCL header. READ_ATTRIBUTES has `attributes`, the others have `fields`.
    """

    def __init__(self, reader: Reader) -> None:
        self.frame_control = reader.octet()
        self.cluster = reader.unsigned(2)
        self.command = reader.octet()
        flags = reader.octet()
        self.encrypted = bool(flags & ENCRYPTED)
        self.dated = bool(flags & DATED)
        self.times = reader.octet()
        count = reader.octet()
        self.attributes: tuple[int, ...] = ()
        self.fields: tuple[Field, ...] = ()
        if self.frame_control == READ_ATTRIBUTES:
            self.attributes = tuple([reader.unsigned(2) for _ in range(count)])
        else:
            self.fields = tuple([Field.read(reader) for _ in range(count)])

    def decode(self, payload: bytes) -> list[int | bytes]:
        """The fields of a payload, in order; DecodeError when it does not fit the line."""
        reader = Reader(payload)
        values: list[int | bytes] = []
        for field in self.fields:
            if field.kind == TEXT:
                values.append(reader.take(reader.octet()))
                continue
            number = reader.little(field.size)
            if field.constant is not None and number != field.constant:
                raise DecodeError("a field of a ZCL command does not have its one value")
            values.append(number)
        reader.finish()
        return values

"""EZSP frames between a host and a network co-processor; `ezsp.txt` is the table, this its reader.

One declaration serves both ends and every version. Values go by the names of the table; statuses
are sl_status whatever the version, EUI-64s big-endian.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from smets.codec.errors import DecodeError
from smets.codec.reader import Reader
from smets.zigbee.ezsp_status import OK, narrow, widen

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from smets.codec.table import Table

    Field = tuple[int, int, str]
    Values = dict[str, Any]

OLDEST = 13
NEWEST = 19
WIDE_STATUS = 14  # the version from which every status is an sl_status

VERSION = 0x0000  # the one command known before the version is: its header is the old one
INVALID_COMMAND = 0x0058

# control octet
COMMAND = 0x00
RESPONSE = 0x80
CALLBACK = 0x90  # of its own accord
_IS_RESPONSE = 0x80
_CALLBACK_KIND = 0x18
_FORMAT = 0x01  # of the header since version 8
_FORMAT_MASK = 0x03
_SECURED = 0x80

# kinds of fields
U8 = 1
U16 = 2
U32 = 3
I8 = 4
BOOL = 5
EUI = 6
OCTETS = 7
OCTETS32 = 8
PRESENT32 = 9
FIXED = 10
U16S = 11  # behind their count
U16S_FIXED = 12
U16S_COUNTED = 13  # parameter: the index of the field that holds the count
EMBER = 14
EZSP = 15
SL = 16
OPTIONAL = 0x80

_SIZES = (0, 1, 2, 4, 1, 1)  # of the numbers, up to BOOL
_ABSENT = 0xFF  # for the number of fields of a request: the frame is a callback


class Frame:
    """A row: `request` is None for a callback. Fields are (kind, parameter, name)."""

    def __init__(self, frame_id: int, reader: Reader) -> None:
        self.id = frame_id
        self.name = str(reader.take(reader.octet()), "ascii")
        self.request = _fields(reader)
        self.response = _fields(reader) or ()


def _fields(reader: Reader) -> tuple[Field, ...] | None:
    count = reader.octet()
    if count == _ABSENT:
        return None
    return tuple(
        [
            (reader.octet(), reader.octet(), str(reader.take(reader.octet()), "ascii"))
            for _ in range(count)
        ]
    )


class Frames:
    """The table as one version has it."""

    def __init__(self, table: Table, version: int) -> None:
        self.version = version
        self._table = table

    def find(self, frame_id: int) -> Frame | None:
        """The frame of that id, None when this version has none."""
        row = self._table.find(frame_id.to_bytes(2, "big"))
        if row is None:
            return None
        reader = Reader(row)
        found = b""
        for _ in range(reader.octet()):
            since = reader.octet()
            layout = reader.take(reader.unsigned(2))
            if since <= self.version:
                found = layout
        return Frame(frame_id, Reader(found)) if found else None

    def encode(
        self, fields: tuple[Field, ...], values: Mapping[str, Any], fill: bool = False
    ) -> bytes:
        """The fields as octets; `fill`: what is not among the values is zero, not a KeyError."""
        out = bytearray()
        for kind, parameter, name in fields:
            if kind == PRESENT32 and values["status"] != OK:
                continue
            if fill and name not in values:
                out += bytes(self._zero_size(kind, parameter))
                continue
            self._write(out, kind & ~OPTIONAL, parameter, values[name], fields)
        return bytes(out)

    def _zero_size(self, kind: int, parameter: int) -> int:
        kind &= ~OPTIONAL
        if kind in {FIXED, U16S_FIXED}:
            return parameter if kind == FIXED else 2 * parameter
        if kind in {EMBER, EZSP}:
            return self._status_size
        return {U16: 2, U32: 4, EUI: 8, OCTETS32: 4, U16S_COUNTED: 0, SL: 4}.get(kind, 1)

    @property
    def _status_size(self) -> int:
        return 4 if self.version >= WIDE_STATUS else 1

    def _write(
        self, out: bytearray, kind: int, parameter: int, value: Any, fields: tuple[Field, ...]
    ) -> None:
        if kind <= U32:
            out += value.to_bytes(_SIZES[kind], "little")
        elif kind == I8:
            out.append(value & 0xFF)
        elif kind == BOOL:
            out.append(1 if value else 0)
        elif kind in {EMBER, EZSP, SL}:
            if kind != SL and self.version < WIDE_STATUS:
                value = narrow(value, kind == EZSP)
                out.append(value)
            else:
                out += value.to_bytes(4, "little")
        elif kind in {U16S, U16S_FIXED, U16S_COUNTED}:
            if kind == U16S:
                out.append(len(value))
            elif kind == U16S_FIXED and len(value) != parameter:
                raise ValueError(f"{parameter} numbers, not {len(value)}")
            for number in value:
                out += number.to_bytes(2, "little")
        else:
            _write_octets(out, kind, parameter, value)

    def decode(self, fields: tuple[Field, ...], octets: bytes) -> Values:
        """The values in `octets`; DecodeError when they are too short.

        What follows them is let pass: versions append fields.
        """
        reader = Reader(octets)
        values: Values = {}
        for code, parameter, name in fields:
            kind = OCTETS32 if code == PRESENT32 else code & ~OPTIONAL
            if code & OPTIONAL and not reader.remaining():
                values[name] = 0
            elif kind == U16S_COUNTED:
                count = values[fields[parameter][2]]
                values[name] = [reader.little(2) for _ in range(count)]
            elif code == PRESENT32 and values["status"] != OK:
                values[name] = b""
            else:
                values[name] = self._read(reader, kind, parameter)
        return values

    def _read(self, reader: Reader, kind: int, parameter: int) -> Any:
        if kind in {EMBER, EZSP} and self.version < WIDE_STATUS:
            return widen(reader.octet(), kind == EZSP)
        if kind in {EUI, OCTETS, OCTETS32, FIXED}:
            return _read_octets(reader, kind, parameter)
        if kind in {U16S, U16S_FIXED}:
            count = reader.octet() if kind == U16S else parameter
            return [reader.little(2) for _ in range(count)]
        value = reader.little(_SIZES[kind] if kind <= BOOL else 4)
        if kind == BOOL:
            return value != 0
        return value - 256 if kind == I8 and value & 0x80 else value


def _read_octets(reader: Reader, kind: int, parameter: int) -> bytes:
    if kind == EUI:
        return bytes(reversed(reader.take(8)))
    if kind == OCTETS:
        parameter = reader.octet()
    elif kind == OCTETS32:
        parameter = reader.little(4)
    return reader.take(parameter)


def _write_octets(out: bytearray, kind: int, parameter: int, value: bytes) -> None:
    if kind == EUI:
        if len(value) != 8:
            raise ValueError("an EUI-64 has 8 octets")
        value = bytes(reversed(value))
    elif kind == FIXED:
        if len(value) != parameter:
            raise ValueError(f"{parameter} octets, not {len(value)}")
    else:
        out += len(value).to_bytes(1 if kind == OCTETS else 4, "little")
    out += value


def header(sequence: int, control: int, frame_id: int) -> bytes:
    """What stands before the fields of a frame."""
    return bytes((sequence & 0xFF, control, _FORMAT)) + frame_id.to_bytes(2, "little")


def old_header(sequence: int, control: int) -> bytes:
    """The same for VERSION, before the two ends know each other's version."""
    return bytes((sequence & 0xFF, control, VERSION))


def parse(octets: bytes, response: bool) -> tuple[int, int, int, bytes, bool]:
    """A frame as sequence, control octet, id, fields, and whether it has the old header.

    `response`: the direction expected. DecodeError for anything else, and for secured frames.
    """
    reader = Reader(octets)
    sequence, control = reader.octet(), reader.octet()
    if bool(control & _IS_RESPONSE) != response:
        raise DecodeError("a frame in the wrong direction")
    third = reader.octet()
    rest = reader.remaining()
    if third == VERSION and rest in {1, 4}:
        return sequence, control, VERSION, reader.take(rest), True
    if third & _SECURED or third & _FORMAT_MASK != _FORMAT:
        raise DecodeError(f"a header of format {third:02x}")
    frame_id = reader.little(2)
    return sequence, control, frame_id, reader.take(reader.remaining()), False


def is_callback(control: int) -> bool:
    """Whether a frame from the NCP answers no command."""
    return control & _CALLBACK_KIND != 0

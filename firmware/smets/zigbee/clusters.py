"""The clusters of Smart Energy: their attributes and commands; `clusters.txt` is the table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from smets.codec.errors import DecodeError
from smets.codec.reader import Reader
from smets.zigbee import zcl_data

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from smets.codec.table import Table

BASIC = 0x0000
TIME = 0x000A
OTA = 0x0019
KEEP_ALIVE = 0x0025
PRICE = 0x0700
METERING = 0x0702
MESSAGING = 0x0703
TUNNELING = 0x0704
PREPAYMENT = 0x0705
CALENDAR = 0x0707
DEVICE_MANAGEMENT = 0x0708
EVENTS = 0x0709
KEY_ESTABLISHMENT = 0x0800
EVERY_CLUSTER = 0xFFFF
_FIRST_GLOBAL = 0xFFF0  # attributes from here are those of every cluster

# what a row is about
SERVER_ATTRIBUTE = 0
CLIENT_ATTRIBUTE = 1
COMMAND_TO_SERVER = 2
COMMAND_TO_CLIENT = 3

# access
READ = 1
WRITE = 2

# types of fields that ZCL has not
REST = 0xFD
CODE = 0xFC
_CODE_LENGTH = 16

# when a field is there
ALWAYS = 0
OPTIONAL = 1  # it and those after it may be left out
MASKED = 2  # the first field has a bit of the condition
EQUAL = 3  # the first field is the condition
REPEATED = 4  # it and those after it, as often as there are octets


def key(cluster: int, kind: int, number: int) -> bytes:
    """The key of a row."""
    return cluster.to_bytes(2, "big") + bytes((kind,)) + number.to_bytes(2, "big")


class Attribute:
    """`access` bits, `data_type` of `zcl_data`."""

    def __init__(self, row: bytes) -> None:
        self.data_type = row[0]
        self.access = row[1]
        self._name = row[2:]

    @property
    def name(self) -> str:
        return str(self._name, "ascii")


class Command:
    """Turns a command's payload into values and back.

    The values are in the order of the fields; None stands for a field that is left out, and the
    last value is a list of tuples when fields repeat.
    """

    def __init__(self, row: bytes) -> None:
        reader = Reader(row)
        self._name = reader.take(reader.octet())
        self._fields: list[tuple[int, int, int, bytes]] = []
        self._repeated: list[tuple[int, bytes]] = []
        while reader.remaining():
            data_type, presence, condition = reader.octet(), reader.octet(), reader.octet()
            name = reader.take(reader.octet())
            if presence == REPEATED:
                self._repeated.append((data_type, name))
            else:
                self._fields.append((data_type, presence, condition, name))

    @property
    def name(self) -> str:
        return str(self._name, "ascii")

    def decode(self, payload: bytes) -> list[Any]:
        reader = Reader(payload)
        values: list[Any] = []
        for data_type, presence, condition, _ in self._fields:
            absent = presence == OPTIONAL and not reader.remaining()
            if absent or not _is_there(presence, condition, values):
                values.append(None)
            else:
                values.append(_read(reader, data_type))
        if self._repeated:
            groups = []
            while reader.remaining():
                groups.append(tuple([_read(reader, each) for each, _ in self._repeated]))
            values.append(groups)
        reader.finish()
        return values

    def encode(self, values: list[Any]) -> bytes:
        """OverflowError or ValueError when a field cannot have its value."""
        out = bytearray()
        for at, (data_type, presence, condition, _) in enumerate(self._fields):
            value = values[at]
            wanted = _is_there(presence, condition, values)
            if wanted and (value is not None or presence != OPTIONAL):
                _write(out, data_type, value)
        if self._repeated:
            for group in values[len(self._fields)]:
                for at, (data_type, _) in enumerate(self._repeated):
                    _write(out, data_type, group[at])
        return bytes(out)

    def named(self, values: list[Any]) -> dict[str, Any]:
        """The values that are there by the names of their fields, in wire order on CPython."""
        found = {
            str(name, "ascii"): values[at]
            for at, (_, _, _, name) in enumerate(self._fields)
            if values[at] is not None
        }
        for at, (_, name) in enumerate(self._repeated):
            found[str(name, "ascii")] = [group[at] for group in values[len(self._fields)]]
        return found

    def types(self) -> dict[str, int]:
        """The types of the fields by their names."""
        fields = [(name, data_type) for data_type, _, _, name in self._fields]
        fields += [(name, data_type) for data_type, name in self._repeated]
        return {str(name, "ascii"): data_type for name, data_type in fields}


def _is_there(presence: int, condition: int, values: list[Any]) -> bool:
    if presence == MASKED:
        return bool(values[0] & condition)
    return presence != EQUAL or values[0] == condition


def _read(reader: Reader, data_type: int) -> Any:
    if data_type == REST:
        return reader.take(reader.remaining())
    if data_type == CODE:
        return reader.take(_CODE_LENGTH)
    return zcl_data.read(reader, data_type)


def _write(out: bytearray, data_type: int, value: Any) -> None:
    if data_type == CODE and len(value) != _CODE_LENGTH:
        raise ValueError("not a code of 16 octets")
    if data_type in {REST, CODE}:
        out.extend(value)
    else:
        zcl_data.write(out, data_type, value)


class Clusters:
    """The table, wherever it is kept."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def attribute(self, cluster: int, of_client: bool, number: int) -> Attribute | None:
        """An attribute of the cluster's server, or of its client."""
        if number >= _FIRST_GLOBAL:
            cluster, of_client = EVERY_CLUSTER, False
        kind = CLIENT_ATTRIBUTE if of_client else SERVER_ATTRIBUTE
        row = self._table.find(key(cluster, kind, number))
        return Attribute(row) if row else None

    def command(self, cluster: int, to_client: bool, number: int) -> Command | None:
        kind = COMMAND_TO_CLIENT if to_client else COMMAND_TO_SERVER
        row = self._table.find(key(cluster, kind, number))
        return Command(row) if row else None

    def attributes(self, cluster: int, of_client: bool) -> Iterator[tuple[int, Attribute]]:
        """Those of the cluster, by number."""
        kind = CLIENT_ATTRIBUTE if of_client else SERVER_ATTRIBUTE
        prefix = key(cluster, kind, 0)[:3]
        for found, row in self._table.rows():
            if found[:3] == prefix:
                yield int.from_bytes(found[3:], "big"), Attribute(row)

    def decode(self, cluster: int, to_client: bool, number: int, payload: bytes) -> list[Any]:
        """The values of a command; DecodeError also when there is no such command."""
        command = self.command(cluster, to_client, number)
        if command is None:
            raise DecodeError(f"cluster {cluster:04x} has no command {number:02x}")
        return command.decode(payload)

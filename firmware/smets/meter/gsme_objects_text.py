"""Host side of the gas meter's table: reads `gsme_objects.txt`. Not part of the board's files."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from smets.codec import table_text
from smets.dlms import data as axdr
from smets.gbcs import use_cases_text
from smets.meter import clusters, gsme_registers, objects
from smets.meter.rows import LONGEST_STRING
from smets.zigbee import clusters_text, zcl_data

if TYPE_CHECKING:
    from smets.codec.table import Table

TEXT = Path(__file__).with_name("gsme_objects.txt")

WHAT = {
    "attribute": clusters.OF_ATTRIBUTE,
    "to_server": clusters.OF_COMMAND_TO_SERVER,
    "to_client": clusters.OF_COMMAND_TO_CLIENT,
    "log": clusters.OF_LOG,
}
REGISTERS = {
    "consumption": gsme_registers.CONSUMPTION,
    "tou": gsme_registers.TOU,
    "block": gsme_registers.BLOCK,
}
COLUMNS = {
    "u16": (bytes((axdr.LONG_UNSIGNED,)), 2),
    "u32": (bytes((axdr.DOUBLE_LONG_UNSIGNED,)), 4),
    "text": (bytes((axdr.OCTET_STRING,)), 1 + LONGEST_STRING),
}


def _data_type(cluster: int, number: int) -> int:
    found = clusters_text.load().attribute(cluster, False, number)
    if found is None:
        raise ValueError(f"cluster {cluster:04x} has no attribute {number:04x}")
    return found.data_type


def _value(data_type: int, text: str) -> bytes:
    value: int | bytes
    if text.startswith("'"):
        value = text.strip("'").encode("ascii")
    elif text.startswith("hex:"):
        value = bytes.fromhex(text.removeprefix("hex:"))
    else:
        value = int(text, 0)
    out = bytearray()
    zcl_data.write(out, data_type, value)
    return bytes(out)


def _counted(octets: bytes) -> bytes:
    return bytes((len(octets),)) + octets


def _attribute(cluster: int, number: int, kind: str, text: str) -> bytes:
    data_type = _data_type(cluster, number)
    if kind == "register":
        name, _, further = text.partition(" ")
        body = bytes((REGISTERS[name] + int(further or 0),))
    else:
        body = _value(data_type, text)
    return _row(kind, bytes((data_type,)), body)


def _command(cluster: int, what: int, number: int, kind: str, text: str) -> bytes:
    to_client = what == clusters.OF_COMMAND_TO_CLIENT
    if clusters_text.load().command(cluster, to_client, number) is None:
        raise ValueError(f"cluster {cluster:04x} has no such command {number:02x}")
    if kind == "set":
        return _row(kind, b"", b"".join(map(_assignment, text.split())))
    name, _, failed = text.partition(" else ")
    return _row(kind, b"", _counted(name.encode()) + bytes.fromhex(failed))


def _assignment(text: str) -> bytes:
    field, _, attribute = text.partition("=")
    cluster, _, number = attribute.partition(".")
    _data_type(int(cluster, 16), int(number, 16))
    return bytes((int(field),)) + clusters.attribute(int(cluster, 16), int(number, 16))


def _log(text: str) -> bytes:
    name, capacity, *columns = text.split()
    size, description = 4, bytes((axdr.DOUBLE_LONG_UNSIGNED,))
    for column in columns:
        word, _, count = column.partition("*")
        tag, octets = COLUMNS[word]
        size += int(count or 1) * octets
        description += int(count or 1) * tag
    sizes = int(capacity).to_bytes(2, "big") + size.to_bytes(2, "big")
    return _row("log", b"", _counted(name.encode()) + sizes + description)


def _row(kind: str, data_type: bytes, body: bytes) -> bytes:
    return bytes((0, dict(clusters.KINDS)[kind])) + _counted(data_type) + body


def _member(cluster: int, line: str) -> tuple[bytes, bytes]:
    word, number_text, rest = line.split(" ", 2)
    what, number = WHAT[word], int(number_text, 16)
    if what == clusters.OF_LOG:
        row = _log(rest)
    else:
        kind, _, text = rest.partition(" ")
        if what == clusters.OF_ATTRIBUTE:
            row = _attribute(cluster, number, kind, text)
        else:
            row = _command(cluster, what, number, kind, text)
    return clusters.key(cluster, what, number), row


@cache
def packed() -> bytes:
    """The table as the board keeps it."""
    rows = []
    for head, members in table_text.entries(TEXT.read_text()):
        rows += [_member(int(head, 16), member) for member in members]
    return table_text.pack(rows)


def data_type(cluster: int, number: int) -> int:
    """The ZCL data type of an attribute of the meter."""
    row = table_text.in_memory(packed()).find(clusters.attribute(cluster, number))
    if row is None:
        raise ValueError(f"the meter has no attribute {cluster:04x}.{number:04x}")
    return objects.Entry(row).type[0]


def tables(name: str) -> Table:
    """The tables that `gsme.create` asks for, for programs on the host."""
    packed_table = {"gbcs/use_cases": use_cases_text.packed, "meter/gsme_objects": packed}[name]
    return table_text.in_memory(packed_table())

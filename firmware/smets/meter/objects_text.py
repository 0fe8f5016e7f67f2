"""Host side of the object table: reads `objects.txt`. Not part of the board's files."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from smets.codec import table_text
from smets.codec.reader import Reader
from smets.dlms import data as axdr
from smets.gbcs import use_cases_text
from smets.meter import objects, registers
from smets.meter.rows import LONGEST_STRING

if TYPE_CHECKING:
    from smets.codec.table import Table

TEXT = Path(__file__).with_name("objects.txt")

TYPES = {
    "u32": axdr.DOUBLE_LONG_UNSIGNED,
    "u16": axdr.LONG_UNSIGNED,
    "i8": axdr.INTEGER,
    "enum": axdr.ENUM,
    "boolean": axdr.BOOLEAN,
    "octets": axdr.OCTET_STRING,
    "array": axdr.ARRAY,
    "structure": axdr.STRUCTURE,
}
REGISTERS = {
    "import": registers.IMPORT,
    "reactive_import": registers.REACTIVE_IMPORT,
    "export": registers.EXPORT,
    "reactive_export": registers.REACTIVE_EXPORT,
    "second_import": registers.SECOND_IMPORT,
    "under_voltage": registers.UNDER_VOLTAGE,
    "over_voltage": registers.OVER_VOLTAGE,
    "load_limit": registers.LOAD_LIMIT,
    "tou": registers.TOU,
    "second_tou": registers.SECOND_TOU,
    "block": registers.BLOCK,
}


def _type(text: str) -> bytes:
    """`array(2,2,u32)` and the like, packed as `data_type` reads it."""
    match = re.fullmatch(r"(\w+)(?:\((.*)\))?", text)
    if match is None or match[1] not in TYPES:
        raise ValueError(f"not a type: {text}")
    arguments = _arguments(match[2] or "")
    tag = bytes((TYPES[match[1]],))
    if match[1] == "octets":
        return tag + bytes((len(arguments),)) + bytes(map(int, arguments))
    if match[1] == "array":
        return tag + bytes(map(int, arguments[:2])) + _counted(_type(arguments[2]))
    if match[1] == "structure":
        return tag + bytes((len(arguments),)) + b"".join(map(_type, arguments))
    return tag


def _arguments(text: str) -> list[str]:
    """Splits at the commas that are in no brackets."""
    arguments = [""]
    depth = 0
    for character in text:
        depth += (character == "(") - (character == ")")
        if character == "," and not depth:
            arguments.append("")
        else:
            arguments[-1] += character
    return arguments if text else []


def _counted(octets: bytes) -> bytes:
    return bytes((len(octets),)) + octets


def _template(text: str) -> bytes:
    """Hexadecimal octets with `{register}` or `{register*count}` between them."""
    parts = re.split(r"\{(\w+)(?:\*(\d+))?\}", text)
    fields = zip(parts[::3], parts[1::3], parts[2::3], strict=False)
    pieces = [
        _counted(bytes.fromhex(octets)) + bytes((REGISTERS[name], int(count or 1)))
        for octets, name, count in fields
    ]
    if parts[-1].strip():
        pieces.append(_counted(bytes.fromhex(parts[-1])) + bytes(2))
    return bytes((len(pieces),)) + b"".join(pieces)


def _row_size(description: Reader) -> int:
    """Octets of a stored row of this type."""
    tag = description.octet()
    if tag == axdr.STRUCTURE:
        return sum(_row_size(description) for _ in range(description.length()))
    if tag == axdr.ARRAY:
        return description.unsigned(2) * _row_size(description)
    return {
        axdr.DOUBLE_LONG_UNSIGNED: 4,
        axdr.LONG_UNSIGNED: 2,
        axdr.OCTET_STRING: 1 + LONGEST_STRING,
    }[tag]


def _log(text: str) -> bytes:
    name, capacity, description = text.split()
    octets = bytes.fromhex(description)
    size = _row_size(Reader(octets))
    sizes = int(capacity).to_bytes(2, "big") + size.to_bytes(2, "big")
    return _counted(name.encode()) + sizes + octets


BODIES = {
    "value": bytes.fromhex,
    "registers": lambda text: b"".join(_counted(_template(part)) for part in text.split("|")),
    "live": str.encode,
    "log": _log,
    "method": str.encode,
}


def _member(line: str) -> tuple[int, bytes]:
    number, accesses, kind, rest = line.split(" ", 3)
    body, _, type_text = rest.partition(" : ")
    access = sum(1 << objects.ACCESSES.index(access) for access in accesses.split(","))
    packed_type = _type(type_text.strip()) if type_text else b""
    row = bytes((access, objects.KINDS.index(kind))) + _counted(packed_type)
    member = int(number) | (objects.METHOD_BIT if access & objects.ACTION else 0)
    return member, row + BODIES[kind](body.strip())


@cache
def packed() -> bytes:
    """The table as the board keeps it."""
    rows = []
    for head, members in table_text.entries(TEXT.read_text()):
        class_id, _, name = head.split()[0].partition("/")
        for member, row in map(_member, members):
            key = objects.key(int(class_id), table_text.logical_name(name), member)
            rows.append((key, row))
    return table_text.pack(rows)


def tables(name: str) -> Table:
    """The tables that `esme.create` asks for, for programs on the host."""
    packed_table = {"gbcs/use_cases": use_cases_text.packed, "meter/objects": packed}[name]
    return table_text.in_memory(packed_table())

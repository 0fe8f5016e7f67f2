"""Host side of the table of clusters: reads `clusters.txt`. Not part of the board's files."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from smets.codec import table_text
from smets.zigbee import clusters, zcl_data

if TYPE_CHECKING:
    from collections.abc import Iterator

TEXT = Path(__file__).with_name("clusters.txt")
KINDS = ("server", "client", "to_server", "to_client")
ACCESS = {"r": clusters.READ, "rw": clusters.READ | clusters.WRITE}

_SIZED = {"bitmap": 0x18, "uint": 0x20, "int": 0x28}  # types of one to eight octets
TYPES = {
    name + str(8 * size): first + size - 1
    for name, first in _SIZED.items()
    for size in range(1, 9)
}
TYPES |= {
    "boolean": zcl_data.BOOLEAN,
    "enum8": zcl_data.ENUM8,
    "enum16": zcl_data.ENUM16,
    "octets": zcl_data.OCTET_STRING,
    "string": zcl_data.CHARACTER_STRING,
    "date": 0xE1,
    "utc": zcl_data.UTC_TIME,
    "cluster": 0xE8,
    "eui64": zcl_data.EUI64,
    "rest": clusters.REST,
    "code": clusters.CODE,
}


def _counted(text: str) -> bytes:
    return bytes((len(text),)) + text.encode("ascii")


def _attributes(kind: int, line: str) -> Iterator[tuple[int, int, bytes]]:
    numbers, name, type_name, access = line.split(" ")
    match = re.fullmatch(r"(\w+)(?:-(\w+)(?:/(\w+))?)?", numbers)
    if match is None:
        raise ValueError(f"not a number of an attribute: {numbers}")
    first, last = int(match[1], 16), int(match[2] or match[1], 16)
    counted = re.search(r"\{:?(\d*)\}", name)
    for count, number in enumerate(range(first, last + 1, int(match[3] or "1", 16))):
        full = name.replace(counted[0], str(count + int(counted[1] or 1))) if counted else name
        yield kind, number, bytes((TYPES[type_name], ACCESS[access])) + full.encode("ascii")


def _field(text: str, repeated: bool, optional: bool) -> bytes:
    match = re.fullmatch(r"(\w+):(\w+)(?:([&=])(\w\w))?", text)
    if match is None:
        raise ValueError(f"not a field: {text}")
    presence = clusters.OPTIONAL if optional else clusters.ALWAYS
    if repeated:
        presence = clusters.REPEATED
    elif match[3]:
        presence = clusters.MASKED if match[3] == "&" else clusters.EQUAL
    head = bytes((TYPES[match[2]], presence, int(match[4] or "0", 16)))
    return head + _counted(match[1])


def _command(kind: int, line: str) -> tuple[int, int, bytes]:
    number, name, *fields = line.split(" ")
    row = _counted(name)
    repeated = optional = False
    for field in fields:
        if field == "*":
            repeated = True
            continue
        optional |= field.endswith("?")
        row += _field(field.removesuffix("?"), repeated, optional)
    return kind, int(number, 16), row


def _rows(head: str, below: list[str]) -> Iterator[tuple[bytes, bytes]]:
    cluster = int(head.split(" ", maxsplit=1)[0], 16)
    for line in below:
        word, _, rest = line.partition(" ")
        kind = KINDS.index(word)
        commands = kind in {clusters.COMMAND_TO_SERVER, clusters.COMMAND_TO_CLIENT}
        entries = [_command(kind, rest)] if commands else _attributes(kind, rest)
        for of_kind, number, row in entries:
            yield clusters.key(cluster, of_kind, number), row


@cache
def packed() -> bytes:
    """The table as the board keeps it."""
    entries = table_text.entries(TEXT.read_text("ascii"))
    return table_text.pack(row for entry in entries for row in _rows(*entry))


@cache
def load() -> clusters.Clusters:
    """The table for programs on the host."""
    return clusters.Clusters(table_text.in_memory(packed()))


@cache
def names() -> dict[int, str]:
    """The clusters' names by their numbers."""
    heads = (head for head, _ in table_text.entries(TEXT.read_text("ascii")))
    return {int(number, 16): name for number, name in (head.split(" ") for head in heads)}

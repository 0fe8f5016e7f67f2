"""Host side of the use-case table: reads `use_cases.txt`. Not part of the board's files."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from smets.codec import table_text
from smets.gbcs import use_cases, zcl_command
from smets.gbcs.roles import DEVICE_TYPES, ROLES

CATEGORIES = ("C.C", "C.NC", "A.C", "A.NC", "HAN")
PAYLOADS = ("DLMS", "GBZ", "ASN1", "ANY")
FLAGS = "RFTCQU"
OPERATIONS = ("get", "set", "action", "range", "protected", "protected_range")
ZCL_VERBS = {
    "read": zcl_command.READ_ATTRIBUTES,
    "call": zcl_command.TO_SERVER,
    "publish": zcl_command.TO_CLIENT,
}
ZCL_FIELDS = {
    "u8": 1,
    "u16": 2,
    "u24": 3,
    "u32": 4,
    "u48": 6,
    "text": zcl_command.TEXT,
    "index": zcl_command.INDEX,
    "issued": zcl_command.ISSUED,
}
TEXT = Path(__file__).with_name("use_cases.txt")


def _bits(names: str, numbers: tuple[tuple[str, int], ...], everything: int) -> int:
    if names == "*":
        return everything
    known = dict(numbers)
    return sum(1 << known[name] for name in names.split(",") if name != "-")


def _object(class_and_name: str) -> bytes:
    class_id, _, name = class_and_name.partition("/")
    return int(class_id).to_bytes(2, "big") + table_text.logical_name(name)


def _member(line: str) -> bytes:
    operation, target, member, *rest = line.split(" ", 3)
    head = _object(target) + bytes((int(member),))
    if operation != "protected":
        constant = bytes.fromhex(rest[0].removeprefix("= ")) if rest else b""
        code = OPERATIONS.index(operation) + 1
        return bytes((code,)) + head + bytes((len(constant),)) + constant
    selection, _, names = rest[0].partition(" ")
    code = {"over": use_cases.PROTECTED, "range": use_cases.PROTECTED_RANGE}[selection]
    over = [name.split(" ") for name in names.split(", ")]
    body = b"".join(_object(name) + bytes((int(attribute),)) for name, attribute in over)
    return bytes((code,)) + head + bytes((len(over),)) + body


def _zcl_command(line: str) -> bytes:
    verb, cluster, *words = line.split()
    flags = 0
    if words[-1] == "encrypted":
        words.pop()
        flags |= zcl_command.ENCRYPTED
    times = 1
    if verb == "read":
        head, items = b"\x00", [bytes.fromhex(word) for word in words]
    else:
        head = bytes.fromhex(words.pop(0))
        if words[:1] and words[0].startswith("x"):
            times = int(words.pop(0).removeprefix("x"))
        if words[:1] == ["dated"]:
            words.pop(0)
            flags |= zcl_command.DATED
        items = [_field(word) for word in words]
    out = bytes((ZCL_VERBS[verb],)) + bytes.fromhex(cluster) + head
    return out + bytes((flags, times, len(items))) + b"".join(items)


def _field(word: str) -> bytes:
    name, _, constant = word.partition("=")
    kind = ZCL_FIELDS[name]
    if not constant:
        return bytes((kind,))
    return bytes((kind | zcl_command.CONSTANT,)) + int(constant, 16).to_bytes(kind, "big")


def row(line: str, members: list[str]) -> tuple[bytes, bytes]:
    """One entry of the text as key and packed row; KeyError or ValueError for unknown words."""
    code, name, category, payload, flags, targets, roles, title = line.split(" ", 7)
    out = bytearray()
    out.append(CATEGORIES.index(category))
    out.append(PAYLOADS.index(payload))
    out.append(sum(1 << FLAGS.index(flag) for flag in flags if flag != "-"))
    out.append(_bits(targets, DEVICE_TYPES, use_cases.ANY_TARGET))
    out += _bits(roles, ROLES, use_cases.ANY_ROLE).to_bytes(2, "big")
    for text in (name, title):
        out.append(len(text))
        out += text.encode()
    out.append(len(members))
    pack = _zcl_command if payload == "GBZ" else _member
    return bytes.fromhex(code), bytes(out) + b"".join(pack(member) for member in members)


@cache
def packed() -> bytes:
    """The table as the board keeps it."""
    return table_text.pack(row(*entry) for entry in table_text.entries(TEXT.read_text()))


@cache
def load() -> use_cases.UseCases:
    """The table for programs on the host."""
    return use_cases.UseCases(table_text.in_memory(packed()))

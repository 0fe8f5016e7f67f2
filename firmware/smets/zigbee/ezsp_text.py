"""Host side of the EZSP table: reads `ezsp.txt`. Not part of the board's files."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from smets.codec import table_text
from smets.zigbee import ezsp

TEXT = Path(__file__).with_name("ezsp.txt")
VERSIONS = tuple(range(ezsp.OLDEST, ezsp.NEWEST + 1))

KINDS = {
    "u8": ezsp.U8,
    "u16": ezsp.U16,
    "u32": ezsp.U32,
    "i8": ezsp.I8,
    "bool": ezsp.BOOL,
    "eui": ezsp.EUI,
    "octets": ezsp.OCTETS,
    "octets32": ezsp.OCTETS32,
    "present32": ezsp.PRESENT32,
    "u16s": ezsp.U16S,
    "ember": ezsp.EMBER,
    "ezsp": ezsp.EZSP,
    "sl": ezsp.SL,
}

# A frame in one version: name, request and response as they stand in the text.
Layout = tuple[str, str | None, str]


def _versions(words: list[str]) -> range:
    if not words:
        return range(ezsp.OLDEST, ezsp.NEWEST + 1)
    first, _, last = words[0].partition("-")
    return range(int(first or ezsp.OLDEST), int(last or ezsp.NEWEST) + 1)


def _part(lines: list[str], mark: str, version: int) -> str | None:
    """The fields behind `mark`, as the newest line not after `version` gives them."""
    found, newest = None, -1
    for line in lines:
        head, _, fields = line.partition(" ")
        since = head.removesuffix(mark)
        if head.endswith(mark) and newest < int(since or 0) <= version:
            found, newest = fields, int(since or 0)
    return found


def _expanded(fields: str, groups: dict[str, str]) -> list[str]:
    words = []
    for word in fields.split():
        words += groups[word].split() if word.startswith("@") else [word]
    return words


def _pack_fields(fields: str | None, groups: dict[str, str]) -> bytes:
    if fields is None:
        return b"\xff"
    words = _expanded(fields, groups)
    names = [word.partition(":")[0] for word in words]
    if len(set(names)) != len(names):
        raise ValueError(f"a field twice: {fields}")
    out = bytearray((len(words),))
    for word in words:
        name, _, kind = word.partition(":")
        code, parameter = _kind(kind.removesuffix("?"), names)
        out += bytes((code | (ezsp.OPTIONAL if kind.endswith("?") else 0), parameter, len(name)))
        out += name.encode()
    return bytes(out)


def _kind(kind: str, names: list[str]) -> tuple[int, int]:
    kind, _, count = kind.partition("*")
    if not count:
        return KINDS[kind], 0
    if kind == "octets":
        return ezsp.FIXED, int(count)
    if kind != "u16":
        raise ValueError(f"not repeated: {kind}")
    if count.isdigit():
        return ezsp.U16S_FIXED, int(count)
    return ezsp.U16S_COUNTED, names.index(count)


@cache
def _read() -> tuple[dict[str, str], dict[int, dict[int, Layout]]]:
    """The groups of fields, and by id and version the layouts."""
    groups = {}
    frames: dict[int, dict[int, Layout]] = {}
    for line, below in table_text.entries(TEXT.read_text()):
        if line.startswith("@"):
            name, _, fields = line.partition(" ")
            groups[name] = fields
            continue
        code, name, *words = line.split()
        for version in _versions(words):
            response = _part(below, "<", version)
            if response is None:
                raise ValueError(f"{name} has no response")
            layouts = frames.setdefault(int(code, 16), {})
            if version in layouts:
                raise ValueError(f"{code} twice in version {version}")
            layouts[version] = (name, _part(below, ">", version), response)
    return groups, frames


def _row(layouts: dict[int, Layout], groups: dict[str, str]) -> bytes:
    variants = []
    before = b""
    for version in VERSIONS:
        packed = b""
        if version in layouts:
            name, request, response = layouts[version]
            packed = bytes((len(name),)) + name.encode()
            packed += _pack_fields(request, groups) + _pack_fields(response, groups)
        if packed != before:
            variants.append(bytes((version,)) + len(packed).to_bytes(2, "big") + packed)
            before = packed
    return bytes((len(variants),)) + b"".join(variants)


def ids(version: int) -> dict[str, int]:
    """The frames of a version by name."""
    _, frames = _read()
    return {layouts[version][0]: code for code, layouts in frames.items() if version in layouts}


@cache
def packed() -> bytes:
    """The table as the board keeps it."""
    groups, frames = _read()
    return table_text.pack(
        (code.to_bytes(2, "big"), _row(layouts, groups)) for code, layouts in frames.items()
    )


def load(version: int) -> ezsp.Frames:
    """The table for programs on the host."""
    return ezsp.Frames(table_text.in_memory(packed()), version)

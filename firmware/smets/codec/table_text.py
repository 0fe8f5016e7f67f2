"""Host side of the tables: from readable text to the packed form. Not among the board's files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from smets.codec.table import HEADER, OFFSET, Table

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


def pack(rows: Iterable[tuple[bytes, bytes]]) -> bytes:
    """Packs (key, row) pairs as `Table` reads them; keys are of one size, each given once."""
    ordered = sorted(rows)
    keys = [key for key, _ in ordered]
    if len(set(keys)) != len(keys):
        raise ValueError(f"keys given twice: {[k.hex() for k in set(keys) if keys.count(k) > 1]}")
    size = len(keys[0])
    offset = HEADER + (size + OFFSET) * len(ordered)
    index = bytearray(len(ordered).to_bytes(2, "big") + bytes((size,)))
    body = bytearray()
    for key, row in ordered:
        if len(key) != size:
            raise ValueError(f"key {key.hex()} is not of {size} octets")
        index += key + (offset + len(body)).to_bytes(OFFSET, "big")
        body += len(row).to_bytes(2, "big") + row
    return bytes(index + body)


def in_memory(packed: bytes) -> Table:
    """A table that is read from `packed`."""
    return Table(lambda offset, size: packed[offset : offset + size])


def entries(text: str) -> Iterator[tuple[str, list[str]]]:
    """(line, indented lines below it) of a table text; comments and empty lines left out."""
    head, below = "", list[str]()
    for raw in text.splitlines():
        if not raw.strip() or raw.startswith("#"):
            continue
        if raw[0].isspace():
            below.append(raw.strip())
            continue
        if head:
            yield head, below
        head, below = raw, []
    if head:
        yield head, below


def logical_name(text: str) -> bytes:
    """`A-B:C.D.E.F` as 6 octets."""
    numbers = text.replace("-", ".").replace(":", ".").split(".")
    if len(numbers) != 6:
        raise ValueError(f"not a logical name: {text}")
    return bytes(int(number) for number in numbers)

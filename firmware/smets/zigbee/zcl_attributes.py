"""Payloads of the commands that every cluster has: attributes read, written, reported, listed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from smets.codec.errors import DecodeError
from smets.codec.reader import Reader
from smets.zigbee import zcl_data

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

SUCCESS = 0


def identifiers(*numbers: int) -> bytes:
    """A Read Attributes payload."""
    return b"".join([number.to_bytes(2, "little") for number in numbers])


def read_identifiers(payload: bytes) -> list[int]:
    """As `identifiers` takes them."""
    if len(payload) % 2:
        raise DecodeError("half an attribute identifier")
    return [int.from_bytes(payload[at : at + 2], "little") for at in range(0, len(payload), 2)]


def statuses(records: Iterable[tuple[int, int, int, Any]]) -> bytes:
    """A Read Attributes Response of (identifier, status, type, value)."""
    out = bytearray()
    for number, status, data_type, value in records:
        out.extend(number.to_bytes(2, "little"))
        out.append(status)
        if status == SUCCESS:
            out.append(data_type)
            zcl_data.write(out, data_type, value)
    return bytes(out)


def read_statuses(payload: bytes) -> list[tuple[int, int, int, Any]]:
    """As `statuses` takes them; type and value of what is refused are 0 and None."""
    reader = Reader(payload)
    records = []
    while reader.remaining():
        number, status = reader.little(2), reader.octet()
        if status == SUCCESS:
            data_type = reader.octet()
            records.append((number, status, data_type, zcl_data.read(reader, data_type)))
        else:
            records.append((number, status, 0, None))
    return records


def values(records: Iterable[tuple[int, int, Any]]) -> bytes:
    """A Report Attributes or Write Attributes payload of (identifier, type, value)."""
    out = bytearray()
    for number, data_type, value in records:
        out.extend(number.to_bytes(2, "little"))
        out.append(data_type)
        zcl_data.write(out, data_type, value)
    return bytes(out)


def read_values(payload: bytes) -> list[tuple[int, int, Any]]:
    """As `values` takes them."""
    reader = Reader(payload)
    records = []
    while reader.remaining():
        number, data_type = reader.little(2), reader.octet()
        records.append((number, data_type, zcl_data.read(reader, data_type)))
    return records


def write_statuses(records: Iterable[tuple[int, int]]) -> bytes:
    """A Write Attributes Response of (status, identifier); only what failed is listed."""
    failed = b"".join(
        [bytes((status,)) + number.to_bytes(2, "little") for status, number in records if status]
    )
    return failed or bytes((SUCCESS,))


def read_write_statuses(payload: bytes) -> list[tuple[int, int]]:
    """What failed, as `write_statuses` takes it."""
    if payload == bytes((SUCCESS,)):
        return []
    if not payload or len(payload) % 3:
        raise DecodeError("not the statuses of written attributes")
    return [
        (payload[at], int.from_bytes(payload[at + 1 : at + 3], "little"))
        for at in range(0, len(payload), 3)
    ]


def discovered(complete: bool, attributes: Iterable[tuple[int, int]]) -> bytes:
    """A Discover Attributes Response of (identifier, type)."""
    return bytes((int(complete),)) + b"".join(
        [number.to_bytes(2, "little") + bytes((data_type,)) for number, data_type in attributes]
    )


def read_discovered(payload: bytes) -> tuple[bool, list[tuple[int, int]]]:
    """As `discovered` takes them."""
    if len(payload) % 3 != 1 or payload[0] > 1:
        raise DecodeError("not a list of attributes")
    return bool(payload[0]), [
        (int.from_bytes(payload[at : at + 2], "little"), payload[at + 2])
        for at in range(1, len(payload), 3)
    ]

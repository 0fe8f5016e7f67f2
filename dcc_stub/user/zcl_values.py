"""ZCL answers as named values, by the table of clusters and `zcl_values.txt`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from importlib import resources
from typing import Any, NamedTuple

from dcc_stub.duis.types import DateTime
from dcc_stub.user.values import Value
from smets.codec.errors import DecodeError
from smets.codec.reader import Reader
from smets.zigbee import clusters_text, zcl, zcl_attributes, zcl_data

DAY = 86_400
LONGER_THAN_ITS_FIELD = 0xFFFF  # a sample interval of a day
NO_SAMPLE = 0xFFFFFF
BLOCK_SNAPSHOT = 6
DEBT_SNAPSHOT = 0

RESULTS = {
    zcl.SUCCESS: "success",
    zcl.FAILURE: "not carried out",
    zcl.NOT_AUTHORIZED: "not authorised",
    zcl.MALFORMED_COMMAND: "malformed",
    zcl.UNSUPPORTED_CLUSTER_COMMAND: "command unknown",
    zcl.UNSUPPORTED_ATTRIBUTE: "attribute unknown",
    zcl.INVALID_VALUE: "invalid value",
    zcl.READ_ONLY: "read only",
    zcl.INSUFFICIENT_SPACE: "insufficient space",
    zcl.NOT_FOUND: "not found",
    0xC0: "hardware fault",
    zcl.UNSUPPORTED_CLUSTER: "cluster unknown",
}


class Row(NamedTuple):
    """One line of the table."""

    name: str
    shape: str
    arguments: str


@cache
def _rows() -> dict[tuple[int, str], Row]:
    text = resources.files(__package__).joinpath("zcl_values.txt").read_text("utf-8")
    rows = {}
    for line in text.splitlines():
        if line.startswith("#"):
            continue
        head, _, shape = line.partition(": ")
        cluster, number, name = head.split(" ")
        kind, _, arguments = shape.partition(" ")
        rows[int(cluster, 16), number] = Row(name, kind, arguments)
    return rows


def result(status: int) -> str:
    """A status in words."""
    return RESULTS.get(status, f"status {status:02X}")


def attributes(cluster: int, payload: bytes) -> list[Value]:
    """The values of a Read Attributes Response."""
    records = zcl_attributes.read_statuses(payload)
    read = {number: value for number, status, _, value in records if status == zcl.SUCCESS}
    return [_attribute(cluster, record, read) for record in records]


def _attribute(cluster: int, record: tuple[int, int, int, Any], read: dict[int, Any]) -> Value:
    number, status, data_type, value = record
    row = _rows().get((cluster, f"{number:04x}"))
    name = row.name if row else attribute_name(cluster, number)
    if status != zcl.SUCCESS:
        return Value(name, result=result(status))
    if row and row.shape == "scaled":
        return _scaled(row, value, read)
    if row and row.shape == "enum":
        return Value(name, _word(row, value))
    if row and row.shape == "hex" and isinstance(value, int):
        return Value(name, f"{value:04X}")
    if row and row.shape == "hex" and isinstance(value, bytes):
        return Value(name, value.hex())
    return Value(name, plain(data_type, value), row.arguments if row else "")


def attribute_name(cluster: int, number: int) -> str:
    """What an attribute is called here or in the clusters' table; its place when it is in none."""
    row = _rows().get((cluster, f"{number:04x}"))
    found = clusters_text.load().attribute(cluster, False, number)
    return row.name if row else found.name if found else f"{cluster:04x}.{number:04x}"


def _scaled(row: Row, value: int, read: dict[int, Any]) -> Value:
    multiplier, divisor, unit = row.arguments.split(" ")
    times, by = (read.get(int(number, 16)) for number in (multiplier, divisor))
    if not times or not by:
        return Value(row.name, value)
    if not all(isinstance(each, int) for each in (value, times, by)):
        raise DecodeError(f"{row.name} is no number")
    return Value(row.name, value * times / by, unit)


def _word(row: Row, value: Any) -> Any:
    words = dict(pair.split("=") for pair in row.arguments.split(","))
    return words.get(str(value), value)


def plain(data_type: int, value: Any) -> Any:
    """A value of a ZCL type for a JSON document: times as DUIS writes them, text as text."""
    if data_type == zcl_data.UTC_TIME:
        return DateTime().format(value) if value else None
    if isinstance(value, bytes):
        printable = value and all(0x20 <= octet < 0x7F for octet in value)
        return value.decode("ascii") if printable else value.hex()
    if isinstance(value, list | tuple):
        return [plain(zcl_data.NO_DATA, each) for each in value]
    return value


def command_name(cluster: int, to_client: bool, number: int) -> str:
    """What a command is called in the clusters' table; its place when it is not there."""
    found = clusters_text.load().command(cluster, to_client, number)
    return found.name if found else f"{cluster:04x} command {number:02x}"


def answers(cluster: int, to_client: bool, number: int, payloads: Sequence[bytes]) -> list[Value]:
    """The answers to one command, or to its repetitions; DecodeError when they are none."""
    found = clusters_text.load().command(cluster, to_client, number)
    if found is None:
        name = command_name(cluster, to_client, number)
        return [Value(name, payload.hex()) for payload in payloads]
    row = _rows().get((cluster, f"c{number:02x}")) if to_client else None
    decoded = [found.named(found.decode(payload)) for payload in payloads]
    if row is not None:
        return _SHAPES[row.shape](row, decoded)
    types = found.types()
    shown = [
        {name: _shown(types[name], value) for name, value in each.items()} for each in decoded
    ]
    return [Value(found.name, shown if len(shown) > 1 else shown[0])]


def _shown(data_type: int, value: Any) -> Any:
    if isinstance(value, list):
        return [plain(data_type, each) for each in value]
    return plain(data_type, value)


def _status(row: Row, decoded: list[dict[str, Any]]) -> list[Value]:
    return [Value(row.name, _word(row, each["supply_status"])) for each in decoded]


def _cleared(row: Row, decoded: list[dict[str, Any]]) -> list[Value]:
    logs = [each["cleared_event_logs"] for each in decoded]
    return [Value(row.name, result="success" if each else "no log is cleared") for each in logs]


def _samples(row: Row, decoded: list[dict[str, Any]]) -> list[Value]:
    unit, _, names = row.arguments.partition(" ")
    known = dict(pair.split("=") for pair in names.split(","))
    found = []
    for each in decoded:
        interval = each["sample_request_interval"]
        step = DAY if interval == LONGER_THAN_ITS_FIELD else interval
        start = each["sample_start_time"]
        rows = [
            {"Time": DateTime().format(start + at * step), f"Consumption {unit}": sample}
            for at, sample in enumerate(each["samples"])
            if sample != NO_SAMPLE
        ]
        found.append(Value(known.get(str(each["sample_id"]), row.name), rows))
    return found


def _snapshots(row: Row, decoded: list[dict[str, Any]]) -> list[Value]:
    unit, _, names = row.arguments.partition(" ")
    known = dict(pair.split("=") for pair in names.split(","))
    logs: dict[str, list[dict[str, Any]]] = {}
    for each in decoded:
        reader = Reader(each["snapshot_payload"])
        read = _SNAPSHOTS.get(each["snapshot_payload_type"], _unknown_snapshot)
        entry = {"Time": DateTime().format(each["snapshot_time"]), **read(reader, unit)}
        reader.finish()
        logs.setdefault(known.get(str(each["snapshot_cause"]), row.name), []).append(entry)
    return [Value(name, rows) for name, rows in logs.items()]


def _block_snapshot(reader: Reader, unit: str) -> dict[str, Any]:
    """Consumption, tiers, and blocks: as many as the product of two half octets."""
    named = {f"Consumption {unit}": reader.little(6)}
    named |= {f"TOU{tier + 1} {unit}": reader.little(6) for tier in range(reader.octet())}
    counts = reader.octet()
    blocks = (counts >> 4) * (counts & 0x0F)
    return named | {f"Block{block + 1} {unit}": reader.little(6) for block in range(blocks)}


def _debt_snapshot(reader: Reader, unit: str) -> dict[str, Any]:
    names = ("AccumulatedDebt", "TimeDebt1", "TimeDebt2", "PaymentDebt")
    named = {name: reader.little(4) for name in names}
    for name in ("EmergencyCreditBalance", "MeterBalance"):
        named[name] = int.from_bytes(reader.take(4), "little", signed=True)
    return named


def _unknown_snapshot(reader: Reader, unit: str) -> dict[str, Any]:
    return {"Payload": reader.take(reader.remaining()).hex()}


_SNAPSHOTS: dict[int, Callable[[Reader, str], dict[str, Any]]] = {
    BLOCK_SNAPSHOT: _block_snapshot,
    DEBT_SNAPSHOT: _debt_snapshot,
}


def _events(row: Row, decoded: list[dict[str, Any]]) -> list[Value]:
    rows = []
    for each in decoded:
        columns = zip(each["event_time"], each["event_id"], each["event_data"], strict=True)
        for time, code, data in columns:
            entry = {"Time": DateTime().format(time), "LogCode": f"{code:04X}"}
            rows.append({**entry, "OtherInformation": data.hex()} if data else entry)
    return [Value(row.name, rows)]


_SHAPES: dict[str, Callable[[Row, list[dict[str, Any]]], list[Value]]] = {
    "enum": _status,
    "cleared": _cleared,
    "samples": _samples,
    "snapshots": _snapshots,
    "events": _events,
}

"""DLMS values as named numbers with units, by the table `values.txt`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any, NamedTuple

from dcc_stub.duis.types import DateTime
from dcc_stub.transform import device_logs
from smets.codec.errors import DecodeError
from smets.codec.table_text import logical_name
from smets.dlms import data as axdr
from smets.dlms import date_time

if TYPE_CHECKING:
    from smets.dlms.data import Data

# DLMS enumeration of units, as far as meters use it; 254 is what GBCS has for money.
UNITS = {7: "s", 27: "W", 28: "VA", 29: "var", 30: "Wh", 31: "VAh", 32: "varh", 33: "A", 35: "V"}
UNITS |= {254: "currency", 255: ""}


class Value(NamedTuple):
    """A named value: a number, text, truth value, list or dictionary; or what became of it."""

    name: str
    value: Any = None
    unit: str = ""
    result: str = ""

    def as_json(self) -> dict[str, Any]:
        """The same for a JSON document, without what is absent."""
        return {
            key: each
            for key, each in self._asdict().items()
            if key == "name" or each not in (None, "")
        }


class Row(NamedTuple):
    """One line of the table."""

    name: str
    shape: str
    arguments: str


Key = tuple[int, bytes, str]


@cache
def _rows() -> dict[Key, Row]:
    text = resources.files(__package__).joinpath("values.txt").read_text("utf-8")
    rows = {}
    for line in text.splitlines():
        if line.startswith("#"):
            continue
        head, _, shape = line.partition(": ")
        named, member, name = head.split(" ")
        class_id, _, obis = named.partition("/")
        kind, _, arguments = shape.partition(" ")
        rows[int(class_id), logical_name(obis), member] = Row(name, kind, arguments)
    return rows


def name(class_id: int, object_name: bytes, member: str) -> str:
    """The name of an attribute or method; its place when the table lacks it."""
    row = _rows().get((class_id, object_name, member))
    if row is not None:
        return row.name
    first, second, *rest = object_name
    return f"{class_id}/{first}-{second}:{'.'.join(map(str, rest))}.{member}"


def read(class_id: int, object_name: bytes, member: str, data: Data) -> Value:
    """One attribute or method as a named value; DecodeError when it does not have its shape."""
    row = _rows().get((class_id, object_name, member))
    if row is None:
        return Value(name(class_id, object_name, member), plain(data))
    return _SHAPES[row.shape](row, data)


def plain(data: Data) -> Any:
    """Data without its tags: compact arrays as lists, octets in hexadecimal."""
    tag, value = data
    if tag in {axdr.ARRAY, axdr.STRUCTURE}:
        return [plain(each) for each in value]
    if tag == axdr.COMPACT_ARRAY:
        return [plain(each) for each in axdr.expand(value)]
    if tag == axdr.BIT_STRING:
        count, octets = value
        return "".join(f"{octet:08b}" for octet in octets)[:count]
    if tag == axdr.BOOLEAN:
        return bool(value)
    return value.hex() if isinstance(value, bytes) else value


def moment(octets: bytes) -> str:
    """A DLMS date-time in the form of DUIS; in hexadecimal when parts of it are left open."""
    try:
        return DateTime().format(date_time.decode(octets))
    except DecodeError:
        return octets.hex()


def _number(row: Row, data: Data) -> Value:
    return Value(row.name, plain(data), row.arguments)


def _unit(row: Row, data: Data) -> Value:
    scaler, unit = plain(data)
    return Value(row.name, {"scaler": scaler}, UNITS.get(unit, str(unit)))


def _text(row: Row, data: Data) -> Value:
    octets = _octets(data)
    printable = all(0x20 <= octet < 0x7F for octet in octets)
    return Value(row.name, octets.decode("ascii") if printable else octets.hex())


def _date_time(row: Row, data: Data) -> Value:
    return Value(row.name, moment(_octets(data)))


def _enum(row: Row, data: Data) -> Value:
    words = dict(pair.split("=") for pair in row.arguments.split(","))
    return Value(row.name, words.get(str(data[1]), data[1]))


def _grid(row: Row, data: Data) -> Value:
    columns = _columns(row)
    lists = zip(columns, plain(data), strict=False)
    return Value(row.name, {column: values for (column, _), values in lists}, columns[0][1])


def _fields(row: Row, data: Data) -> Value:
    pairs = zip(_columns(row), plain(data), strict=False)
    return Value(row.name, {column: value for (column, _), value in pairs})


def _quantities(row: Row, data: Data) -> Value:
    """Values each with its scaler and unit behind it; a last one may share the first's."""
    elements = list(plain(data))
    found = {}
    unit = ""
    for column, _ in _columns(row):
        if not elements:
            break
        value = elements.pop(0)
        scaler = 0
        if elements and isinstance(elements[0], list):
            scaler, number = elements.pop(0)
            unit = UNITS.get(number, str(number))
        found[column] = {"value": _scaled(value, scaler), "unit": unit}
    return Value(row.name, found)


def _scaled(value: int, scaler: int) -> int | float:
    factor: int = 10 ** abs(scaler)
    return value * factor if scaler >= 0 else value / factor


def _device_log(row: Row, data: Data) -> Value:
    """The device log with the hashes of link keys; a device without a key yet has none."""
    return Value(row.name, device_log(data))


def device_log(data: Data) -> dict[str, Any]:
    """The log of CS14 and CCS07 by names."""
    backup = device_logs.read(data)
    devices = [
        {"DeviceID": entry.eui.hex("-").upper(), "LinkKeyHash": entry.key_hash.hex()}
        for entry in backup.entries
    ]
    return {"ExtendedPanID": backup.extended_pan_id.hex("-").upper(), "Devices": devices}


def _log(row: Row, data: Data) -> Value:
    """Rows of a log; a log that is empty may come as an array."""
    columns = _columns(row)
    entries = []
    for entry in plain(data):
        seconds, *values = entry
        named: dict[str, Any] = {columns[0][0]: DateTime().format(seconds)}
        for (column, unit), value in zip(columns[1:], values, strict=False):
            if unit == "hex":
                named[column] = f"{value:04X}"
            else:
                named[f"{column} {unit}".strip()] = value
        entries.append(named)
    return Value(row.name, entries)


def _table(row: Row, data: Data) -> Value:
    """Structures by column: each an EUI-64, a date-time or a number with its unit."""
    if data[0] != axdr.ARRAY:
        raise DecodeError("an array is expected")
    entries = []
    for _, elements in data[1]:
        named: dict[str, Any] = {}
        for (column, unit), element in zip(_columns(row), elements, strict=False):
            if unit == "eui":
                named[column] = _octets(element).hex("-").upper()
            elif unit == "time":
                named[column] = moment(_octets(element))
            else:
                named[f"{column} {unit}".strip()] = plain(element)
        entries.append(named)
    return Value(row.name, entries)


def _columns(row: Row) -> list[tuple[str, str]]:
    columns = (column.strip().partition(" ") for column in row.arguments.split(","))
    return [(column, unit) for column, _, unit in columns]


def _octets(data: Data) -> bytes:
    if not isinstance(data[1], bytes):
        raise DecodeError("octets are expected")
    return data[1]


_SHAPES: dict[str, Callable[[Row, Data], Value]] = {
    "number": _number,
    "list": _number,
    "boolean": _number,
    "octets": _number,
    "data": _number,
    "unit": _unit,
    "text": _text,
    "date-time": _date_time,
    "enum": _enum,
    "grid": _grid,
    "fields": _fields,
    "quantities": _quantities,
    "log": _log,
    "table": _table,
    "device-log": _device_log,
}


def scaled(values: list[Value]) -> Iterator[Value]:
    """Joins each value with the scaler and unit that follow it under the same name."""
    waiting: Value | None = None
    for value in values:
        follows = waiting is not None and waiting.name == value.name
        if follows and isinstance(value.value, dict) and "scaler" in value.value:
            assert waiting is not None
            yield Value(value.name, _scaled(waiting.value, value.value["scaler"]), value.unit)
            waiting = None
            continue
        if waiting is not None:
            yield waiting
        waiting = value
    if waiting is not None:
        yield waiting

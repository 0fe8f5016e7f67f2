"""Values, registers and rows put into the meter from outside: provisioning, replays, tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

from smets.codec.errors import DecodeError
from smets.codec.reader import Reader
from smets.device.objects import OBJECT_UNDEFINED, TYPE_UNMATCHED, AccessFailure
from smets.dlms import data as axdr
from smets.dlms.data import COMPACT_ARRAY, DOUBLE_LONG_UNSIGNED
from smets.meter import objects, template
from smets.meter import registers as r
from smets.meter.state import ROWS, value_name

if TYPE_CHECKING:
    from array import array
    from collections.abc import Iterator

    from smets.meter.esme import Esme
    from smets.meter.rows import Layout


def load(meter: Esme, key: bytes, data: bytes) -> None:
    """As `Esme.load`."""
    entry = meter.state.find(key)
    if entry is None:
        raise AccessFailure(OBJECT_UNDEFINED)
    if entry.kind == objects.REGISTERS:
        _load_registers(meter, key, entry, data)
    elif entry.kind == objects.LOG:
        _load_rows(meter, key, data)
    else:
        null = data == axdr.encode(axdr.NULL_DATA)
        meter.state.store.commit([(value_name(key), None if null else data)])


def _load_registers(meter: Esme, key: bytes, entry: objects.Entry, data: bytes) -> None:
    imported = meter.registers[r.IMPORT]
    for number, shape in enumerate(entry.templates()):
        if _extract(shape, data, meter.registers):
            # what is loaded was not used today
            r.add(meter.registers, r.DAY_START, meter.registers[r.IMPORT] - imported)
            meter.commit([(value_name(key), bytes((number,)))])
            return
    raise AccessFailure(TYPE_UNMATCHED)


def _load_rows(meter: Esme, key: bytes, data: bytes) -> None:
    layout, log = meter.state.log(key)
    time = b""
    try:
        for row in _rows(layout, data):
            if row[:4] < time:
                raise DecodeError("rows not in the order of their times")
            time = row[:4]
    except DecodeError:
        raise AccessFailure(TYPE_UNMATCHED) from None
    meter.state.store.commit([(ROWS, None)])  # their numbers begin again
    log.clear()
    for row in _rows(layout, data):
        log.append(row)
    meter.rows_loaded(key, int.from_bytes(time, "big"))


def _extract(shape: bytes, data: bytes, registers: array[int]) -> bool:
    """Sets the registers from an encoded value; False, and nothing set, for another shape."""
    try:
        for apply in (False, True):
            reader = Reader(data)
            for octets, first, count in template.pieces(Reader(shape)):
                reader.expect(octets, "value")
                for number in range(first, first + count):
                    reader.expect(bytes((DOUBLE_LONG_UNSIGNED,)), "register")
                    value = reader.unsigned(4)
                    if apply:
                        registers[number] = value
            reader.finish()
    except DecodeError:
        return False
    return True


def _rows(layout: Layout, data: bytes) -> Iterator[bytes]:
    """The stored rows of a compact array; DecodeError when its rows are of another type."""
    reader = Reader(data)
    reader.expect(bytes((COMPACT_ARRAY,)) + layout.description, "type of rows")
    if reader.length() != reader.remaining():
        raise DecodeError("length of a compact array is not that of its rows")
    fixed = layout.fixed()
    while reader.remaining():
        if fixed:
            head, string = reader.take(fixed), reader.take(reader.octet())
            yield head + layout.string(string)
        else:
            yield reader.take(layout.row_size)

"""Values, registers and rows put into the meter from outside: provisioning, replays, tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

from smets.dlms import data as axdr
from smets.meter import objects, template
from smets.meter import registers as r
from smets.meter.state import value_name

if TYPE_CHECKING:
    from smets.meter.esme import Esme


def load(meter: Esme, key: bytes, data: bytes) -> None:
    """As `Esme.load`."""
    entry = meter.state.find(key)
    if entry is None:
        raise ValueError(f"no attribute {key.hex()}")
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
        if template.extract(shape, data, meter.registers):
            # what is loaded was not used today
            r.add(meter.registers, r.DAY_START, meter.registers[r.IMPORT] - imported)
            meter.commit([(value_name(key), bytes((number,)))])
            return
    raise ValueError(f"{key.hex()} has another shape")


def _load_rows(meter: Esme, key: bytes, data: bytes) -> None:
    layout, log = meter.state.log(key)
    log.clear()
    time = 0
    for row in layout.decode(data):
        log.append(row)
        time = int.from_bytes(row[:4], "big")
    meter.rows_loaded(key, time)

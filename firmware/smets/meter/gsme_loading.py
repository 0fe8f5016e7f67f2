"""Values, registers and rows put into the gas meter from outside: provisioning, replays, tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

from smets.device.zigbee_objects import INVALID_VALUE, UNSUPPORTED_ATTRIBUTE, ZclFailure
from smets.meter import objects
from smets.meter.state import ROWS, value_name

if TYPE_CHECKING:
    from smets.meter.gsme import Gsme


def load_attribute(meter: Gsme, key: bytes, octets: bytes) -> None:
    """As `Gsme.load_attribute`."""
    entry = meter.state.find(key)
    if entry is None:
        raise ZclFailure(UNSUPPORTED_ATTRIBUTE)
    value = octets[1:]
    if octets[:1] != entry.type:
        raise ZclFailure(INVALID_VALUE)
    if entry.kind == objects.REGISTERS:
        number = int.from_bytes(value, "little")
        if number > 0xFFFFFFFF:
            raise ZclFailure(INVALID_VALUE)
        meter.registers[entry.body[0]] = number
        meter.commit()
    else:
        meter.state.store.commit([(value_name(key), value)])


def load_rows(meter: Gsme, key: bytes, rows: bytes, now: int) -> None:
    """As `Gsme.load_rows`."""
    layout, log = meter.state.log(key)
    if len(rows) % layout.row_size:
        raise ZclFailure(INVALID_VALUE)
    meter.state.store.commit([(ROWS, None)])  # their numbers begin again
    log.clear()
    for at in range(0, len(rows), layout.row_size):
        log.append(rows[at : at + layout.row_size])
    newest = log.newest() or b""
    meter.rows_loaded(key, max(now, int.from_bytes(newest[:4], "big")))

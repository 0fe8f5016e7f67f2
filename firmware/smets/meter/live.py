"""Attributes that are worked out when they are read: functions of the meter and the time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from smets.dlms import data as axdr
from smets.dlms import date_time

if TYPE_CHECKING:
    from collections.abc import Callable

    from smets.meter.esme import Esme

SUPPLY_STATE = b"\x00\x46\x00\x00\x60\x03\x0a\xff\x03"
CONNECTED = b"\x16\x01"

CLOCK = b"\x00\x08\x00\x00\x01\x00\x00\xff"
TIME_STATUS = CLOCK + b"\x04"
RELIABLE = b"\x11\x00"

_WATTS = b"\x02\x02\x0f\x00\x16\x1b"  # scaler 0, unit 27


def power(meter: Esme, now: int) -> bytes:
    """Active power import: of the meter, and of its primary element, which is all there is."""
    watts = (meter.load_model.power(now) if meter.supplied() else 0).to_bytes(4, "big")
    return b"\x02\x03\x06" + watts + _WATTS + b"\x06" + watts


def time(meter: Esme, now: int) -> bytes:
    """The clock, in UTC."""
    return axdr.encode((axdr.OCTET_STRING, date_time.encode(now)))


def identifier(meter: Esme, now: int) -> bytes:
    """The meter's EUI-64."""
    return axdr.encode((axdr.OCTET_STRING, meter.identifier))


FUNCTIONS: tuple[tuple[bytes, Callable[[Esme, int], bytes]], ...] = (
    (b"power", power),
    (b"time", time),
    (b"identifier", identifier),
)

"""GCS28: the clock of a device without COSEM objects is adjusted (GBCS 9.1.4)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from smets.codec.errors import DecodeError
from smets.gbcs import der

if TYPE_CHECKING:
    from smets.device.admission import Command
    from smets.device.device import Device
    from smets.device.objects import Changes

RELIABLE = 0
UNRELIABLE = 2


def execute(device: Device, command: Command, now: int, changes: Changes) -> bytes:
    """The response's payload; DecodeError when the request is wrong."""
    reader = der.DerReader.over(command.message.payload)
    times = reader.nested()
    reader.finish()
    start, end = times.time(), times.time()
    times.finish()
    if start > end:
        raise DecodeError("times")
    reliable = device.objects.set_clock(start, end, now, changes)
    status = der.integer(RELIABLE if reliable else UNRELIABLE)
    return der.element(der.SEQUENCE, der.generalized_time(now) + status)

"""Methods with an effect. Each is given the meter, its data, checked for its type, and the time;
what it changes it stages, and a DLMS result other than success is an AccessFailure.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from smets.codec.errors import DecodeError
from smets.device.objects import OTHER_REASON, AccessFailure
from smets.dlms import data as axdr
from smets.dlms import date_time
from smets.meter.live import CLOCK, CONNECTED, RELIABLE, SUPPLY_STATE, TIME_STATUS, time

if TYPE_CHECKING:
    from collections.abc import Callable

    from smets.meter.esme import Esme

DISCONNECTED = b"\x16\x00"
READY_FOR_RECONNECTION = b"\x16\x02"

TIME = CLOCK + b"\x02"
PRESET_TIME = CLOCK + b"\x85"
UNRELIABLE = b"\x11\x02"

COMMAND_ACTIONED = 0x8154  # event: immediate command received and successfully actioned

# script, state it leads to, message code that the event names (ECS42, ECS43, ECS44)
_SCRIPTS = (
    (0x33, CONNECTED, b"\x00\x4f"),
    (0x34, DISCONNECTED, b"\x00\x50"),
    (0x36, READY_FOR_RECONNECTION, b"\x00\x51"),
)


def supply(meter: Esme, data: bytes, now: int) -> None:
    """Close, open or arm the load switch. To arm one that is closed changes nothing."""
    script = axdr.decode(data)[1]
    for number, state, message_code in _SCRIPTS:
        if number == script:
            if state != READY_FOR_RECONNECTION or meter.state.value(SUPPLY_STATE) != CONNECTED:
                meter.state.stage(SUPPLY_STATE, state)
            meter.stage_event(now, COMMAND_ACTIONED, message_code)
            return
    raise AccessFailure(OTHER_REASON)


def preset_adjusting_time(meter: Esme, data: bytes, now: int) -> None:
    """Takes down the times between which `adjust_to_preset_time` finds the clock to be right."""
    meter.state.stage(PRESET_TIME, data)


def adjust_to_preset_time(meter: Esme, data: bytes, now: int) -> None:
    """The clock follows the hub's; it is reliable if it lies between the times set before."""
    try:
        _, start, end = axdr.decode(meter.state.value(PRESET_TIME))[1]
        device_time = date_time.decode(axdr.decode(meter.state.value(TIME) or time(meter, now))[1])
        reliable = date_time.decode(start[1]) <= device_time <= date_time.decode(end[1])
    except DecodeError:
        raise AccessFailure(OTHER_REASON) from None
    meter.state.stage(TIME_STATUS, RELIABLE if reliable else UNRELIABLE)


FUNCTIONS: tuple[tuple[bytes, Callable[[Esme, bytes, int], None]], ...] = (
    (b"supply", supply),
    (b"preset_adjusting_time", preset_adjusting_time),
    (b"adjust_to_preset_time", adjust_to_preset_time),
)

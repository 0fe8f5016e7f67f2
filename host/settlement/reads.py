"""Half-hourly reads as handed over, and the checks that each must pass."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from host.settlement import mpan as mpan_cores
from host.settlement.errors import InputError
from host.settlement.half_hours import HALF_HOUR, TIME_LIMIT

if TYPE_CHECKING:
    from host.settlement.components import Direction
    from host.settlement.registration import Registration

_INT64 = 2**63


class Reason(StrEnum):
    """Why a read was rejected; the value is what a person reads."""

    MPAN_MALFORMED = "MPAN is not 13 digits with the right check digit"
    DEVICE_MALFORMED = "device id is not 8 octets"
    TIME_OUT_OF_RANGE = "time is outside 2000 to 2136"
    OFF_THE_HALF_HOUR = "time is not on the half hour"
    NOT_YET_ENDED = "half hour had not ended when the read was received"
    MPAN_UNKNOWN = "MPAN is not registered for that settlement date"
    WRONG_DIRECTION = "energy direction is not that of the MPAN"
    NEGATIVE = "energy is negative"
    ABOVE_MAXIMUM = "energy is more than the fuse lets through"
    CONTRADICTORY = "the same hand-over holds another value for that half hour"


@dataclass(frozen=True, slots=True)
class HalfHourRead:
    """Energy of one half hour: `start` in seconds since 2000 (UTC), `wh` in watt-hours.

    `device` is the EUI-64 of the meter, 8 octets.
    """

    mpan: str
    device: bytes
    direction: Direction
    start: int
    wh: int

    def __post_init__(self) -> None:
        """Refuse numbers that no column could keep, even as rejected."""
        if not (-_INT64 <= self.start < _INT64 and -_INT64 <= self.wh < _INT64):
            raise InputError("time and energy of a read must fit 64 bits")

    @classmethod
    def from_log_row(
        cls, mpan: str, device: bytes, direction: Direction, end: int, wh: int
    ) -> HalfHourRead:
        """Make a read of a half-hour log row, which carries the END of the half hour.

        A log read from midnight to midnight has 49 rows: the first ends the day before.
        """
        return cls(mpan, device, direction, end - HALF_HOUR, wh)


@dataclass(frozen=True, slots=True)
class RejectedRead:
    """A read that was not stored, with the reason."""

    read: HalfHourRead
    reason: Reason


def malformed(read: HalfHourRead, received_at: int) -> Reason | None:
    """Return what is wrong with a read by itself, or None."""
    if not mpan_cores.is_valid(read.mpan):
        return Reason.MPAN_MALFORMED
    if len(read.device) != 8:
        return Reason.DEVICE_MALFORMED
    if not 0 <= read.start < TIME_LIMIT:
        return Reason.TIME_OUT_OF_RANGE
    if read.start % HALF_HOUR:
        return Reason.OFF_THE_HALF_HOUR
    if read.start + HALF_HOUR > received_at:
        return Reason.NOT_YET_ENDED
    return None


def refused(read: HalfHourRead, registration: Registration | None) -> Reason | None:
    """Return what the registration in effect on its settlement date has against a read."""
    if registration is None:
        return Reason.MPAN_UNKNOWN
    if read.direction != registration.direction:
        return Reason.WRONG_DIRECTION
    if read.wh < 0:
        return Reason.NEGATIVE
    if read.wh > registration.maximum_wh:
        return Reason.ABOVE_MAXIMUM
    return None

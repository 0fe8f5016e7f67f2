"""Half-hourly gas reads as the data service keeps them. Gas is not settled here.

A read is a volume in cubic decimetres, the last place of a gas meter's register; what energy that
is, the calorific value of its day says. Every value that was handed over is kept: the greatest
version of a half hour is the one that stands.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from host.settlement import database
from host.settlement.half_hours import HALF_HOUR, HALF_HOURS_A_DAY, TIME_LIMIT, start_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import date

    from host.settlement.database import Connection

LONGEST_MPRN = 10
GREATEST_SAMPLE = 2**24 - 2  # the last number of a ZCL sample stands for none


class GasReason(StrEnum):
    """Why a gas read was rejected; the value is what a person reads."""

    MPRN_MALFORMED = "MPRN is not 1 to 10 digits"
    DEVICE_MALFORMED = "device id is not 8 octets"
    TIME_OUT_OF_RANGE = "time is outside 2000 to 2136"
    OFF_THE_HALF_HOUR = "time is not on the half hour"
    NOT_YET_ENDED = "half hour had not ended when the read was received"
    NO_SAMPLE = "volume is not one that a meter can report"
    CONTRADICTORY = "the same hand-over holds another value for that half hour"


@dataclass(frozen=True, slots=True)
class GasRead:
    """Volume of one half hour: `start` in seconds since 2000 (UTC), `volume` in dm3.

    `device` is the EUI-64 of the meter, 8 octets, also when its gas proxy answered.
    """

    mprn: str
    device: bytes
    start: int
    volume: int

    @classmethod
    def from_sample(cls, mprn: str, device: bytes, end: int, volume: int) -> GasRead:
        """Make a read of a sample of the profile data log, which carries the END of its half hour.

        A log read from midnight to midnight has 49 samples: the first ends the day before.
        """
        return cls(mprn, device, end - HALF_HOUR, volume)


@dataclass(frozen=True, slots=True)
class RejectedGasRead:
    """A read that was not stored, with the reason."""

    read: GasRead
    reason: GasReason


@dataclass(frozen=True)
class GasHandOver:
    """What became of the reads of one hand-over, counted by half hour."""

    new: int
    unchanged: int
    revised: int
    rejected: tuple[RejectedGasRead, ...]


class GasReads:
    """The gas reads of the store."""

    def __init__(self, connection: Connection) -> None:
        """Work on an open store."""
        self._connection = connection

    def hand_over(self, reads: Iterable[GasRead], received_at: int) -> GasHandOver:
        """Validate and store reads that the data service received at `received_at`.

        Handing the same value over again changes nothing; another value becomes a new version.
        """
        accepted, rejected = _validate(reads, received_at)
        standing = self._standing(accepted)
        new, revised = [], []
        for (mprn, start), read in accepted.items():
            version, volume = standing.get((mprn, start), (0, None))
            row = (mprn, start, version + 1, read.device.hex(), read.volume, received_at)
            if volume is None:
                new.append(row)
            elif volume != read.volume:
                revised.append(row)
        with database.transaction(self._connection):
            database.insert_rows(self._connection, "gas_read", [*new, *revised])
        unchanged = len(accepted) - len(new) - len(revised)
        return GasHandOver(len(new), unchanged, len(revised), tuple(rejected))

    def day(self, mprn: str, utc_date: date) -> tuple[int | None, ...]:
        """Return the volumes of the 48 half hours of a UTC date, None where none was read."""
        first = start_of(utc_date, 1)
        starts = range(first, first + HALF_HOURS_A_DAY * HALF_HOUR, HALF_HOUR)
        rows = self._connection.execute(
            "SELECT start, arg_max(volume, version) FROM gas_read"
            " WHERE mprn = ? AND start >= ? AND start < ? GROUP BY start",
            (mprn, starts.start, starts.stop),
        ).fetchall()
        volumes = {start: int(volume) for start, volume in rows}
        return tuple(volumes.get(start) for start in starts)

    def versions(self, mprn: str, start: int) -> list[int]:
        """Return every volume that was handed over for a half hour, oldest first."""
        rows = self._connection.execute(
            "SELECT volume FROM gas_read WHERE mprn = ? AND start = ? ORDER BY version",
            (mprn, start),
        ).fetchall()
        return [int(volume) for (volume,) in rows]

    def _standing(
        self, keys: Iterable[tuple[str, int]]
    ) -> dict[tuple[str, int], tuple[int, int | None]]:
        wanted = list(keys)
        rows = self._connection.execute(
            "SELECT mprn, start, max(version), arg_max(volume, version) FROM gas_read SEMI JOIN"
            " (SELECT unnest(CAST(? AS VARCHAR[])) AS mprn, unnest(CAST(? AS BIGINT[])) AS start)"
            " AS wanted USING (mprn, start) GROUP BY mprn, start",
            ([mprn for mprn, _ in wanted], [start for _, start in wanted]),
        ).fetchall()
        return {(mprn, start): (version, volume) for mprn, start, version, volume in rows}


def _validate(
    reads: Iterable[GasRead], received_at: int
) -> tuple[dict[tuple[str, int], GasRead], list[RejectedGasRead]]:
    rejected = []
    by_half_hour: dict[tuple[str, int], list[GasRead]] = defaultdict(list)
    for read in reads:
        reason = malformed(read, received_at)
        if reason is None:
            by_half_hour[read.mprn, read.start].append(read)
        else:
            rejected.append(RejectedGasRead(read, reason))
    accepted = {}
    for key, same in by_half_hour.items():
        if len({read.volume for read in same}) > 1:
            rejected += [RejectedGasRead(read, GasReason.CONTRADICTORY) for read in same]
        else:
            accepted[key] = same[0]
    return accepted, rejected


def _is_mprn(mprn: str) -> bool:
    return 0 < len(mprn) <= LONGEST_MPRN and mprn.isascii() and mprn.isdigit()


# What has to hold for a read and the time at which it was received, in the order of the checks.
_CHECKS: tuple[tuple[GasReason, Callable[[GasRead, int], bool]], ...] = (
    (GasReason.MPRN_MALFORMED, lambda read, at: _is_mprn(read.mprn)),
    (GasReason.DEVICE_MALFORMED, lambda read, at: len(read.device) == 8),
    (GasReason.TIME_OUT_OF_RANGE, lambda read, at: 0 <= read.start < TIME_LIMIT),
    (GasReason.OFF_THE_HALF_HOUR, lambda read, at: read.start % HALF_HOUR == 0),
    (GasReason.NOT_YET_ENDED, lambda read, at: read.start + HALF_HOUR <= at),
    (GasReason.NO_SAMPLE, lambda read, at: 0 <= read.volume <= GREATEST_SAMPLE),
)


def malformed(read: GasRead, received_at: int) -> GasReason | None:
    """Return what is wrong with a read by itself, or None."""
    return next((reason for reason, holds in _CHECKS if not holds(read, received_at)), None)

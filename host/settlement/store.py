"""The settlement store: reads, registrations, inputs and finished runs in one DuckDB file.

One process at a time has the file open. Every change is one transaction.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import astuple, dataclass
from typing import TYPE_CHECKING

from host.settlement import database, meter_days, reads, schema
from host.settlement.components import Direction
from host.settlement.gas_reads import GasReads
from host.settlement.half_hours import utc_half_hour
from host.settlement.inputs import Inputs
from host.settlement.meter_days import MeterDay
from host.settlement.periods import day_bounds, period_of
from host.settlement.reads import HalfHourRead, Reason, RejectedRead
from host.settlement.registrations import Registrations
from host.settlement.stored_runs import StoredRuns

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date
    from pathlib import Path
    from types import TracebackType

_Key = tuple[str, "date"]  # MPAN and UTC date
_Values = dict[int, HalfHourRead]  # by half hour of the UTC date


@dataclass(frozen=True)
class HandOver:
    """What became of the reads of one hand-over, counted by half hour."""

    hand_over_id: int
    new: int
    unchanged: int
    revised: int
    rejected: tuple[RejectedRead, ...]


class SettlementStore:
    """Everything that the settlement of one lab knows; a context manager."""

    def __init__(self, path: Path | None = None) -> None:
        """Open or create the store at `path`, in memory without one: SettlementError."""
        self.connection = database.connect(path)
        self.registrations = Registrations(self.connection)
        self.inputs = Inputs(self.connection)
        self.runs = StoredRuns(self.connection)
        self.gas = GasReads(self.connection)

    def __enter__(self) -> SettlementStore:
        """Return the store itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the store."""
        self.close()

    def close(self) -> None:
        """Close the file; what was handed over is in it."""
        self.connection.close()

    def hand_over(self, half_hour_reads: Iterable[HalfHourRead], received_at: int) -> HandOver:
        """Validate and store reads that the data service received at `received_at`.

        Handing the same value over again changes nothing; another value is a revision, and the
        value it replaces is kept with its version. Rejected reads are kept with their reason.
        Within one hand-over the order does not matter; between two, the last one's value stands.
        """
        accepted, rejected = self._validate(list(half_hour_reads), received_at)
        before = self._meter_days(list(accepted))
        changes = [
            meter_days.hand_over(
                before.get(key) or MeterDay(*key),
                max(read.device for read in values.values()).hex(),
                {half_hour: read.wh for half_hour, read in values.items()},
            )
            for key, values in sorted(accepted.items())
        ]
        with database.transaction(self.connection):
            hand_over = HandOver(
                self._next_hand_over_id(),
                sum(change.new for change in changes),
                sum(change.unchanged for change in changes),
                sum(len(change.superseded) for change in changes),
                tuple(rejected),
            )
            self._write(hand_over, received_at, [change for change in changes if change.stored])
        return hand_over

    def rejected_reads(self, settlement_date: date | None = None) -> list[RejectedRead]:
        """Return the rejected reads, all or those of one settlement date, in order of time."""
        bounds = (-(2**63), 2**63 - 1) if settlement_date is None else day_bounds(settlement_date)
        rows = self.connection.execute(
            "SELECT mpan, device, direction, start, wh, reason FROM rejected_read"
            " WHERE start >= ? AND start < ? ORDER BY start, mpan, device, direction, wh, reason",
            bounds,
        ).fetchall()
        return [
            RejectedRead(
                HalfHourRead(mpan, bytes.fromhex(device), Direction(direction), start, wh),
                Reason[reason],
            )
            for mpan, device, direction, start, wh, reason in rows
        ]

    def meter_day(self, mpan: str, utc_date: date) -> MeterDay | None:
        """Return the row of an MPAN and UTC date, or None."""
        return self._meter_days([(mpan, utc_date)]).get((mpan, utc_date))

    def superseded_reads(self, mpan: str) -> list[meter_days.Superseded]:
        """Return every value of an MPAN that a later hand-over replaced, oldest first."""
        rows = self.connection.execute(
            "SELECT mpan, utc_date, half_hour, version, wh FROM superseded_read WHERE mpan = ?"
            " ORDER BY utc_date, half_hour, version",
            (mpan,),
        ).fetchall()
        return [meter_days.Superseded(*row) for row in rows]

    def _validate(
        self, handed_over: list[HalfHourRead], received_at: int
    ) -> tuple[dict[_Key, _Values], list[RejectedRead]]:
        registered = self.registrations.of({read.mpan for read in handed_over})
        by_half_hour: dict[tuple[str, int], list[HalfHourRead]] = defaultdict(list)
        rejected: list[RejectedRead] = []
        for read in handed_over:
            reason = reads.malformed(read, received_at)
            if reason is None:
                settlement_date, _ = period_of(read.start)
                covering = (r for r in registered[read.mpan] if r.covers(settlement_date))
                reason = reads.refused(read, next(covering, None))
            if reason is None:
                by_half_hour[read.mpan, read.start].append(read)
            else:
                rejected.append(RejectedRead(read, reason))
        accepted: dict[_Key, _Values] = defaultdict(dict)
        for (mpan, start), same_half_hour in by_half_hour.items():
            if len({read.wh for read in same_half_hour}) > 1:
                rejected += [RejectedRead(read, Reason.CONTRADICTORY) for read in same_half_hour]
            else:
                utc_date, half_hour = utc_half_hour(start)
                accepted[mpan, utc_date][half_hour] = same_half_hour[0]
        return accepted, rejected

    def _meter_days(self, keys: Sequence[_Key]) -> Mapping[_Key, MeterDay]:
        columns = ", ".join(("mpan", "utc_date", "device", "version", "revised", *schema.COLUMNS))
        rows = self.connection.execute(
            f"SELECT {columns} FROM meter_day SEMI JOIN"  # noqa: S608 - names of columns
            " (SELECT unnest(CAST(? AS VARCHAR[])) AS mpan, unnest(CAST(? AS DATE[])) AS utc_date)"
            " AS wanted USING (mpan, utc_date)",
            ([mpan for mpan, _ in keys], [utc_date for _, utc_date in keys]),
        ).fetchall()
        return {
            (mpan, utc_date): MeterDay(mpan, utc_date, device, version, revised, tuple(wh))
            for mpan, utc_date, device, version, revised, *wh in rows
        }

    def _next_hand_over_id(self) -> int:
        row = self.connection.execute(
            "SELECT coalesce(max(hand_over_id), 0) + 1 FROM hand_over"
        ).fetchone()
        assert row is not None
        return int(row[0])

    def _write(
        self, hand_over: HandOver, received_at: int, changes: list[meter_days.Change]
    ) -> None:
        identity = hand_over.hand_over_id
        counts = (hand_over.new, hand_over.unchanged, hand_over.revised, len(hand_over.rejected))
        changed = [
            (day.mpan, day.utc_date, day.device, day.version, day.actual, day.revised, *day.wh)
            for day in (change.after for change in changes)
        ]
        superseded = [(*astuple(s), identity) for change in changes for s in change.superseded]
        rejected = [
            (r.mpan, r.device.hex(), r.direction.value, r.start, r.wh, reason.name, identity)
            for r, reason in dict.fromkeys((r.read, r.reason) for r in hand_over.rejected)
        ]
        for table, rows, on_conflict in (
            ("hand_over", [(identity, received_at, *counts)], ""),
            ("meter_day", changed, "REPLACE"),
            ("superseded_read", superseded, ""),
            ("rejected_read", rejected, "IGNORE"),
        ):
            database.insert_rows(self.connection, table, rows, on_conflict)

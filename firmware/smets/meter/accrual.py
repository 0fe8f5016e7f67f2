"""From the load to registers and logs: every half hour once, whatever happens to power and clock.

What a half hour holds follows from the load, the tariff, the supply and the record of registers,
all of which are stored. Rows are written before the record that includes them; after a power cut
the rows found beyond the record say how far to go over the same ground again, writing none twice.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from smets.meter.registers import ACCRUED_TO

if TYPE_CHECKING:
    from array import array
    from collections.abc import Callable

    from smets.device.log import Log

    Rows = list[tuple[int, bytes]]  # number of the log, row

PERIOD = 1800  # seconds
DAY = 86400
BATCH = 48  # half hours between two commits of the record
LAST_MOMENT = 0xFFFFFFFF


class Accrual:
    """Keeps `registers` and the logs up to date; what counts and what rows hold a subclass knows.

    `supplied()` says whether anything can flow, `commit` stores the record; what both and the
    load depend on may only change after `accrue` went up to that moment.
    """

    def __init__(
        self,
        registers: array[int],
        logs: list[Log],
        supplied: Callable[[], bool],
        commit: Callable[[], None],
    ) -> None:
        self.registers = registers
        self._logs = logs
        self._supplied = supplied
        self._commit = commit
        self._written = [0] * len(logs)

    # What a subclass knows

    def forget(self) -> None:
        """To be called when something that a command sets may have changed."""

    def _count(self, end: int) -> None:
        """Adds what flows from ACCRUED_TO to `end` in the same half hour."""
        raise NotImplementedError

    def _measure(self, start: int, end: int) -> None:
        """Writes the rows of other intervals that end after `start` and up to `end`."""

    def _period_rows(self, end: int) -> Rows:
        """The rows of the half hour that ends, after which the next one begins at nought."""
        raise NotImplementedError

    def _day_rows(self, midnight: int) -> Rows:
        """The rows of the day that ends."""
        raise NotImplementedError

    # What it does

    def recover(self) -> None:
        """After a start: makes the record agree with the rows that are there."""
        target = self.registers[ACCRUED_TO]
        for number, log in enumerate(self._logs):
            for row in log.select(self.registers[ACCRUED_TO] + 1, LAST_MOMENT):
                self._written[number] = int.from_bytes(row[:4], "big")
            target = max(target, self._written[number])
        while not self.accrue(target, True):
            pass

    def accrue(self, now: int, part: bool = False) -> bool:
        """Goes on towards `now` by up to BATCH half hours; whether it got there.

        Stops at the last half hour's end, with `part` at `now` itself: what is seen is stored.
        """
        record = self.registers
        target = now if part else now - now % PERIOD
        start = record[ACCRUED_TO]
        if start >= target:
            return True
        last = start - start % PERIOD + BATCH * PERIOD
        supplied = self._supplied()
        while record[ACCRUED_TO] < min(target, last):
            end = min(target, _period_end(record[ACCRUED_TO]))
            if supplied:
                self._count(end)
            self._measure(record[ACCRUED_TO], end)
            record[ACCRUED_TO] = end
            self._close(end)
        self._commit()
        return record[ACCRUED_TO] == target

    def skip(self, now: int) -> Rows:
        """Goes to `now` with nothing used; neither the record nor the rows returned are stored.

        The rows, each with the number of its log, close the half hour and the day begun before.
        """
        record = self.registers
        start = record[ACCRUED_TO]
        record[ACCRUED_TO] = now
        rows = []
        if start % PERIOD and _period_end(start) <= now:
            rows += self._period_rows(_period_end(start))
        midnight = start - start % DAY + DAY
        if start % DAY and midnight <= now:
            rows += self._day_rows(midnight)
        return rows

    # Rows

    def _close(self, end: int) -> None:
        if end % PERIOD == 0:
            rows = self._period_rows(end)
            if end % DAY == 0:
                rows += self._day_rows(end)
            for number, row in rows:
                self._append(number, end, row)

    def _append(self, number: int, time: int, row: bytes) -> None:
        if time > self._written[number]:
            self._logs[number].append(row)
            self._written[number] = time


def _period_end(moment: int) -> int:
    return moment - moment % PERIOD + PERIOD

"""From the load to registers and logs: every half hour once, whatever happens to power and clock.

What a half hour holds follows from the load, the tariff, the supply and the record of registers,
all of which are stored. Rows are written before the record that includes them; after a power cut
the rows found beyond the record say how far to go over the same ground again, writing none twice.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from smets.meter import registers as r
from smets.meter.load import DAY, PERIOD
from smets.meter.tariff import WITH_BLOCKS

if TYPE_CHECKING:
    from array import array
    from collections.abc import Callable

    from smets.device.log import Log
    from smets.meter.load import Load
    from smets.meter.tariff import Tariff

# the logs, in the order in which `Accrual` is given them
IMPORT_LOG = 0
EXPORT_LOG = 1
REACTIVE_LOG = 2
VOLTAGE_LOG = 3
CONSUMPTION_LOG = 4
DAILY_LOG = 5
DAILY_EXPORT_LOG = 6

BATCH = 48  # half hours between two commits of the record
LAST_MOMENT = 0xFFFFFFFF

_DAILY_BLOCK_REGISTERS = 8  # of each block


class Accrual:
    """Keeps `registers` and the logs up to date.

    `supplied()` says whether the load switch is closed, `voltage()` gives the capture period in
    seconds and the average voltages in V below and above which the counters count. `commit` stores
    the record; all of them may only change after `accrue` went up to that moment.
    """

    def __init__(
        self,
        registers: array[int],
        logs: list[Log],
        load: Load,
        tariff: Tariff,
        supplied: Callable[[], bool],
        voltage: Callable[[], tuple[int, int, int]],
        commit: Callable[[], None],
    ) -> None:
        self.registers = registers
        self._logs = logs
        self._load = load
        self.tariff = tariff
        self._supplied = supplied
        self._voltage = voltage
        self._commit = commit
        self._written = [0] * len(logs)

    def recover(self) -> None:
        """After a start: makes the record agree with the rows that are there."""
        target = self.registers[r.ACCRUED_TO]
        for number, log in enumerate(self._logs):
            for row in log.select(self.registers[r.ACCRUED_TO] + 1, LAST_MOMENT):
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
        start = record[r.ACCRUED_TO]
        if start >= target:
            return True
        last = start - start % PERIOD + BATCH * PERIOD
        supplied, voltage = self._supplied(), self._voltage()
        while record[r.ACCRUED_TO] < min(target, last):
            end = min(target, _period_end(record[r.ACCRUED_TO]))
            if supplied:
                self._count(end)
            self._measure_voltage(voltage, record[r.ACCRUED_TO], end)
            record[r.ACCRUED_TO] = end
            self._close(end)
        self._commit()
        return record[r.ACCRUED_TO] == target

    def skip(self, now: int) -> list[tuple[int, bytes]]:
        """Goes to `now` with nothing used; neither the record nor the rows returned are stored.

        The rows, each with the number of its log, close the half hour and the day begun before.
        """
        record = self.registers
        start = record[r.ACCRUED_TO]
        record[r.ACCRUED_TO] = now
        rows = []
        if start % PERIOD and _period_end(start) <= now:
            rows += self._period_rows(_period_end(start))
        midnight = start - start % DAY + DAY
        if start % DAY and midnight <= now:
            rows += self._day_rows(midnight)
        return rows

    def _count(self, end: int) -> None:
        """Adds what flows from ACCRUED_TO to `end` in the same half hour."""
        registers = self.registers
        start = registers[r.ACCRUED_TO]
        number, second = divmod(start, PERIOD)
        until = second + end - start
        quantities = self._load.half_hour(number)
        for i in range(r.QUANTITIES):
            share = quantities[i] * until // PERIOD - quantities[i] * second // PERIOD
            r.add(registers, r.IMPORT + i, share)
            registers[r.PERIOD + i] += share
        taken = quantities[0]
        while second < until:
            selector, switch = self.tariff.active(number * PERIOD + second)
            following = min(until, switch - number * PERIOD)
            share = taken * following // PERIOD - taken * second // PERIOD
            self._count_tariff(selector, share)
            second = following

    def _count_tariff(self, selector: int, share: int) -> None:
        tou = selector % WITH_BLOCKS
        if not 1 <= tou <= r.TOU_COUNT:
            tou = 1
        r.add(self.registers, r.TOU + tou - 1, share)
        if selector > WITH_BLOCKS and tou <= _DAILY_BLOCK_REGISTERS:
            self._count_blocks(tou, share)

    def _count_blocks(self, tou: int, share: int) -> None:
        """Fills the blocks of a register one after the other up to their thresholds."""
        first = r.BLOCK + tou - 1
        counted = 0
        for block, threshold in enumerate(self.tariff.block_thresholds(tou)):
            number = first + block * r.BLOCK_TOU_COUNT
            counted += self.registers[number]
            room = min(share, max(0, threshold - counted))
            r.add(self.registers, number, room)
            counted += room
            share -= room
        last = r.BLOCK_COUNT // r.BLOCK_TOU_COUNT - 1
        r.add(self.registers, first + last * r.BLOCK_TOU_COUNT, share)

    # Rows

    def _close(self, end: int) -> None:
        if end % PERIOD == 0:
            rows = self._period_rows(end)
            if end % DAY == 0:
                rows += self._day_rows(end)
            for number, row in rows:
                self._append(number, end, row)

    def _period_rows(self, end: int) -> list[tuple[int, bytes]]:
        """The rows of the half hour that ends, after which the next one begins at nought."""
        record, first, time = self.registers, r.PERIOD, end.to_bytes(4, "big")
        rows = [
            (IMPORT_LOG, time + r.octets(record, first, 1)),
            (REACTIVE_LOG, time + r.octets(record, first + 1, 1)),
            (EXPORT_LOG, time + r.octets(record, first + 2, 2)),
        ]
        for number in range(first, first + r.QUANTITIES):
            record[number] = 0
        return rows

    def _day_rows(self, midnight: int) -> list[tuple[int, bytes]]:
        record, time = self.registers, midnight.to_bytes(4, "big")
        used = record[r.IMPORT] - record[r.DAY_START] & 0xFFFFFFFF
        record[r.DAY_START] = record[r.IMPORT]
        daily = r.octets(record, r.IMPORT, 1) + r.octets(record, r.TOU, r.TOU_COUNT)
        for block in range(r.BLOCK, r.BLOCK + r.BLOCK_COUNT, r.BLOCK_TOU_COUNT):
            daily += r.octets(record, block, _DAILY_BLOCK_REGISTERS)
        return [
            (CONSUMPTION_LOG, time + used.to_bytes(4, "big")),
            (DAILY_EXPORT_LOG, time + r.octets(record, r.EXPORT, 1)),
            (DAILY_LOG, time + daily),
        ]

    def _measure_voltage(self, settings: tuple[int, int, int], start: int, end: int) -> None:
        period, low, high = settings
        for moment in range(start - start % period + period, end + 1, period):
            volts = self._load.voltage(moment)
            if volts < low:
                r.add(self.registers, r.UNDER_VOLTAGE, 1)
            if volts > high:
                r.add(self.registers, r.OVER_VOLTAGE, 1)
            row = moment.to_bytes(4, "big") + volts.to_bytes(4, "big")
            self._append(VOLTAGE_LOG, moment, row)

    def _append(self, number: int, time: int, row: bytes) -> None:
        if time > self._written[number]:
            self._logs[number].append(row)
            self._written[number] = time


def _period_end(moment: int) -> int:
    return moment - moment % PERIOD + PERIOD

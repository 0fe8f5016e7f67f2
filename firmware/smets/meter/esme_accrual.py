"""The electricity meter's accrual: energies, tariff registers, voltage."""

from __future__ import annotations

from typing import TYPE_CHECKING

from smets.meter import registers as r
from smets.meter.accrual import PERIOD, Accrual
from smets.meter.tariff import WITH_BLOCKS

if TYPE_CHECKING:
    from array import array
    from collections.abc import Callable

    from smets.device.log import Log
    from smets.meter.accrual import Rows
    from smets.meter.load import Load
    from smets.meter.tariff import Tariff

# the logs, in the order in which the accrual is given them
IMPORT_LOG = 0
EXPORT_LOG = 1
REACTIVE_LOG = 2
VOLTAGE_LOG = 3
CONSUMPTION_LOG = 4
DAILY_LOG = 5
DAILY_EXPORT_LOG = 6

_DAILY_BLOCK_REGISTERS = 8  # of each block


class EsmeAccrual(Accrual):
    """`voltage()` gives the capture period in seconds and the average voltages in V below and
    above which the counters count; it may change as the other parameters of `Accrual` may.
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
        super().__init__(registers, logs, supplied, commit)
        self._load = load
        self._tariff = tariff
        self._voltage = voltage
        self._settings: tuple[int, int, int] | None = None

    def forget(self) -> None:
        self._tariff.forget()
        self._settings = None

    def _count(self, end: int) -> None:
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
            selector, switch = self._tariff.active(number * PERIOD + second)
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
        for block, threshold in enumerate(self._tariff.block_thresholds(tou)):
            number = first + block * r.BLOCK_TOU_COUNT
            counted += self.registers[number]
            room = min(share, max(0, threshold - counted))
            r.add(self.registers, number, room)
            counted += room
            share -= room
        last = r.BLOCK_COUNT // r.BLOCK_TOU_COUNT - 1
        r.add(self.registers, first + last * r.BLOCK_TOU_COUNT, share)

    def _period_rows(self, end: int) -> Rows:
        record, first, time = self.registers, r.PERIOD, end.to_bytes(4, "big")
        rows = [
            (IMPORT_LOG, time + r.octets(record, first, 1)),
            (REACTIVE_LOG, time + r.octets(record, first + 1, 1)),
            (EXPORT_LOG, time + r.octets(record, first + 2, 2)),
        ]
        for number in range(first, first + r.QUANTITIES):
            record[number] = 0
        return rows

    def _day_rows(self, midnight: int) -> Rows:
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

    def _measure(self, start: int, end: int) -> None:
        if self._settings is None:
            self._settings = self._voltage()
        period, low, high = self._settings
        for moment in range(start - start % period + period, end + 1, period):
            volts = self._load.voltage(moment)
            if volts < low:
                r.add(self.registers, r.UNDER_VOLTAGE, 1)
            if volts > high:
                r.add(self.registers, r.OVER_VOLTAGE, 1)
            row = moment.to_bytes(4, "big") + volts.to_bytes(4, "big")
            self._append(VOLTAGE_LOG, moment, row)

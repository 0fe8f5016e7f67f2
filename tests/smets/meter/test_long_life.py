"""Thirteen months in one go, on files, in the heap that a board has."""

import unittest

from smets.dlms import data as axdr
from smets.meter import esme_accrual as accrual
from smets.meter import registers as r
from smets.meter.esme import MEASUREMENT_LOGS
from tests.smets.meter import long_life, support
from tests.smets.meter.conservation import word
from tests.smets.meter.long_life import DAYS

SLOW = True

PROFILE = (7, bytes((0, 0, 99, 1, 0, 255)), 2)


class LongLifeTest(long_life.LongLife):
    def make(self, flash):
        return support.meter(flash)

    def check(self, now):
        self.meter.poll(now)
        imports = self.meter.state.log(MEASUREMENT_LOGS[accrual.IMPORT_LOG])[1]
        self.assertEqual(len(imports), DAYS * 48)
        used = 0
        for row in imports.select(0, now):
            used += word(row, 1)
        self.assertEqual(used, self.meter.registers[r.IMPORT])
        consumption = self.meter.state.log(MEASUREMENT_LOGS[accrual.CONSUMPTION_LOG])[1]
        self.assertEqual(len(consumption), DAYS)
        last = word(consumption.newest(), 0)
        day = self.meter.get_range(*PROFILE, last - 86399, last, now)
        values = [row[1][1][1] for row in axdr.expand(axdr.decode(day)[1])]
        self.assertEqual(len(values), 48)
        self.assertEqual(sum(values), word(consumption.newest(), 1))
        week = self.meter.get_range(*PROFILE, last - 7 * 86400, last, now)
        self.assertEqual(len(week), 8 + 8 * (7 * 48 + 1))


if __name__ == "__main__":
    unittest.main()

"""Thirteen months in one go, on files, in the heap that a board has."""

import gc
import os
import sys
import time
import unittest

from board.flash import Flash
from smets.dlms import data as axdr
from smets.meter import esme_accrual as accrual
from smets.meter import registers as r
from smets.meter.esme import MEASUREMENT_LOGS
from tests.smets.meter import support
from tests.smets.meter.conservation import word

SLOW = True

DAYS = 397
START = 5478 * 86400
PROFILE = (7, bytes((0, 0, 99, 1, 0, 255)), 2)


class QuickFlash(Flash):
    """Leaves it to the operating system when files reach the disk."""

    def sync(self):
        pass


class LongLifeTest(unittest.TestCase):
    def setUp(self):
        self.folder = "{}/hanlab-meter-{}".format(os.getenv("TMPDIR") or "/tmp", time.time_ns())
        self.flash = QuickFlash(self.folder)
        self.meter = support.meter(self.flash)

    def tearDown(self):
        self.flash.close()
        for name in os.listdir(self.folder):
            os.remove(self.folder + "/" + name)
        os.rmdir(self.folder)

    def test_a_jump_of_thirteen_months_fills_the_logs_and_not_the_heap(self):
        now = START + 600
        self.meter.poll(now)
        self.meter.poll(now + 86400)
        before = self.allocated()
        now += DAYS * 86400
        while self.meter.registers[r.ACCRUED_TO] < now - now % 1800:
            self.meter.poll(now)
        self.assertLess(self.allocated() - before, 4096)
        self.check(now)
        self.meter = support.meter(self.flash)
        self.check(now)

    def allocated(self):
        """Octets of the heap in use; wasm collects no garbage while it runs."""
        gc.collect()
        measured = hasattr(gc, "mem_alloc") and sys.platform != "webassembly"
        return gc.mem_alloc() if measured else 0

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

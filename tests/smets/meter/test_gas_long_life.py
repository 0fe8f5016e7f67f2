"""Thirteen months of gas in one go, on files, in the heap that a board has."""

import gc
import unittest

from smets.meter import gsme
from smets.meter import gsme_registers as g
from smets.meter import registers as r
from tests.smets.meter import gas_support, test_long_life
from tests.smets.meter.conservation import word
from tests.smets.meter.test_long_life import DAYS, START

SLOW = True


class GasLongLifeTest(unittest.TestCase):
    make_flash = test_long_life.LongLifeTest.setUp
    tearDown = test_long_life.LongLifeTest.tearDown
    allocated = test_long_life.LongLifeTest.allocated

    def setUp(self):
        self.make_flash()
        self.meter = gas_support.meter(self.flash)

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
        self.meter = gas_support.meter(self.flash)
        gc.collect()
        self.check(now)

    def check(self, now):
        self.meter.poll(now)
        profile = self.meter.state.log(gsme.PROFILE_LOG)[1]
        self.assertEqual(len(profile), DAYS * 48)
        used = 0
        for row in profile.select(0, now):
            used += word(row, 1)
        self.assertEqual(used, self.meter.registers[g.CONSUMPTION])
        daily = self.meter.state.log(gsme.DAILY_LOG)[1]
        self.assertEqual(len(daily), 31)
        rows = list(daily.select(0, now))
        for at in range(1, len(rows)):
            before, after = rows[at - 1], rows[at]
            half_hours = profile.select(word(before, 0) + 1, word(after, 0))
            day = sum([word(row, 1) for row in half_hours])
            self.assertEqual(word(after, 1) - word(before, 1), day)
        self.assertEqual(len(self.meter.state.log(gsme.BILLING_LOG)[1]), 12)
        start, total = word(rows[-8], 0) + 1, word(rows[-1], 1) - word(rows[-8], 1)
        del rows, before, after
        self.check_week(start, total, now)

    def check_week(self, start, total, now):
        gc.collect()  # as a board does after each message
        week = gas_support.call(self.meter, 0x0702, 8, [0, start, 0, 336], now)
        payload = week[0][1]
        amounts = [
            int.from_bytes(payload[at : at + 3], "little") for at in range(11, len(payload), 3)
        ]
        self.assertEqual(sum(amounts), total)


if __name__ == "__main__":
    unittest.main()

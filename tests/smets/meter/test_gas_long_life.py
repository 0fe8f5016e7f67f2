"""Thirteen months of gas in one go, on files, in the heap that a board has."""

import gc
import unittest

from smets.meter import gsme
from smets.meter import gsme_registers as g
from tests.smets.meter import gas_support, long_life
from tests.smets.meter.conservation import word
from tests.smets.meter.long_life import DAYS

SLOW = True


class GasLongLifeTest(long_life.LongLife):
    def make(self, flash):
        return gas_support.meter(flash)

    def check(self, now):
        gc.collect()  # what a meter left that was made before
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

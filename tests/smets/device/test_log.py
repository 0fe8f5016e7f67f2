import sys
import unittest

from smets.device.log import Log
from smets.device.ram_flash import RamFlash
from tests.smets.device.cut_flash import Chance, CutFlash, PowerCut

CPYTHON = sys.implementation.name == "cpython"
SEEDS = 80 if CPYTHON else 4


def row(time, rest=b"\x00\x01"):
    return time.to_bytes(4, "big") + rest


class LogTest(unittest.TestCase):
    def test_rows_between_two_times_come_oldest_first(self):
        log = Log(RamFlash(), "log", 6, 100)
        for time in range(0, 1000, 10):
            log.append(row(time))
        self.assertEqual(list(log.select(15, 50)), [row(20), row(30), row(40), row(50)])
        self.assertEqual(list(log.select(991, 2000)), [])
        self.assertEqual(len(list(log.select(0, 0xFFFFFFFF))), 100)

    def test_the_newest_replaces_the_oldest(self):
        flash = RamFlash()
        log = Log(flash, "log", 6, 10)
        self.assertIsNone(log.newest())
        for time in range(1, 28):
            log.append(row(time))
            for opened in (log, Log(flash, "log", 6, 10)):
                expected = [row(each) for each in range(max(1, time - 9), time + 1)]
                self.assertEqual(list(opened.select(0, 1000)), expected)
                self.assertEqual(opened.newest(), row(time))
                self.assertEqual(len(opened), len(expected))
        self.assertEqual(len(flash.files["log"]), 10 * (4 + 6 + 4))

    def test_a_short_log_holds_rows_in_any_order_of_time(self):
        log = Log(RamFlash(), "log", 6, 10)
        for time in (50, 60, 40, 55):
            log.append(row(time))
        self.assertEqual(list(log.select(45, 55)), [row(50), row(55)])

    def test_a_long_log_is_searched_by_halving(self):
        reads = []

        class Watched(RamFlash):
            def read(self, name, offset, size):
                reads.append(offset)
                return super().read(name, offset, size)

        log = Log(Watched(), "log", 6, 600)
        for time in range(1500):
            log.append(row(time * 2))
        del reads[:]
        self.assertEqual(list(log.select(2001, 2007)), [row(2002), row(2004), row(2006)])
        self.assertLess(len(reads), 15)
        self.assertEqual(list(log.select(0, 1801)), [row(1800)])
        self.assertEqual(list(log.select(2998, 9999)), [row(2998)])

    def test_rows_are_cleared_for_good(self):
        flash = RamFlash()
        log = Log(flash, "log", 6, 10)
        for time in range(25):
            log.append(row(time))
        log.clear()
        for opened in (log, Log(flash, "log", 6, 10)):
            self.assertEqual(list(opened.select(0, 1000)), [])
            self.assertEqual(len(opened), 0)
        log.append(row(3))
        self.assertEqual(list(Log(flash, "log", 6, 10).select(0, 1000)), [row(3)])

    def test_a_row_of_another_size_is_refused(self):
        with self.assertRaises(ValueError):
            Log(RamFlash(), "log", 6, 10).append(b"12345")

    def test_a_power_cut_loses_no_row_that_was_appended(self):
        cuts = 0
        for seed in range(SEEDS):
            cuts += self.cut_everywhere(seed)
        self.assertEqual(cuts, SEEDS * 60)

    def cut_everywhere(self, seed):
        for cut_at in range(60):
            flash = CutFlash({}, cut_at)
            log = Log(flash, "log", 6, 7)
            appended = 0
            try:
                for time in range(100):
                    log.append(row(time))
                    appended = time + 1
            except PowerCut:
                pass
            left = CutFlash(flash.left(Chance(seed * 100 + cut_at)))
            opened = Log(left, "log", 6, 7)
            found = list(opened.select(0, 1000))
            where = f"seed {seed}, cut at {cut_at}"
            # The row being written, and the one it replaces, may be there or not.
            self.assertTrue(not appended or row(appended - 1) in found, where)
            certain = [row(each) for each in range(max(0, appended - 6), appended)]
            begun = [row(appended)]
            oldest = [row(appended - 7)] if appended >= 7 else []
            self.assertIn(found, (certain, certain + begun, oldest + certain), where)
            opened.append(row(500))
            again = list(Log(left, "log", 6, 7).select(0, 1000))
            self.assertEqual(again[-1], row(500), where)
            for each in certain[-5:]:
                self.assertIn(each, again, where)
        return 60


if __name__ == "__main__":
    unittest.main()

"""Thirteen months of any meter in one go, on files, in the heap that a board has."""

import gc
import os
import sys
import time
import unittest

from board.flash import Flash
from smets.meter.registers import ACCRUED_TO

DAYS = 397
START = 5478 * 86400


class QuickFlash(Flash):
    """Leaves it to the operating system when files reach the disk."""

    def sync(self):
        pass


class LongLife(unittest.TestCase):
    """A subclass has `make(flash)`, a meter, and `check(now)`, what must be true of its logs."""

    def setUp(self):
        self.folder = "{}/hanlab-meter-{}".format(os.getenv("TMPDIR") or "/tmp", time.time_ns())
        self.flash = QuickFlash(self.folder)
        self.meter = self.make(self.flash)

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
        while self.meter.registers[ACCRUED_TO] < now - now % 1800:
            self.meter.poll(now)
        self.assertLess(self.allocated() - before, 4096)
        self.check(now)
        self.meter = self.make(self.flash)
        self.check(now)

    def allocated(self):
        """Octets of the heap in use; wasm collects no garbage while it runs."""
        gc.collect()
        measured = hasattr(gc, "mem_alloc") and sys.platform != "webassembly"
        return gc.mem_alloc() if measured else 0

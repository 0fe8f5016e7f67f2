"""What the gas meter leaves with the hub adds up to what it has measured."""

import unittest

from smets.device.ram_flash import RamFlash
from smets.meter.gsme import PROFILE_LOG
from smets.meter.gsme_mirror import DAY, GsmeMirror
from tests.smets.meter import gas_support

VM_HEAP_KIB = 256  # the flash lies in the heap here
START = 845_000_000 // DAY * DAY
HALF_HOUR = 1800
METERING = 0x0702


class Lab:
    """A gas meter that runs, and what the hub makes of its mirror's reports."""

    def __init__(self):
        self.flash = RamFlash()
        self.now = START
        self.totals = {}
        self.snapshots = []
        self.start()

    def start(self):
        self.meter = gas_support.meter(self.flash)
        self.mirror = GsmeMirror(self.meter, self.meter.state.store, lambda: self.now)

    def run(self, until):
        while self.now < until:
            self.now = min(self.now + HALF_HOUR, until)
            self.meter.poll(self.now)

    def wake(self, heard=True):
        """How many reports there were."""
        reports = self.mirror.reports()
        assert reports[-1][0] == METERING
        if heard:
            for cluster, records in reports:
                if cluster == METERING:
                    self._count({record[:2]: record[3:] for record in records})
            self.mirror.reported()
            self.snapshots += self.mirror.snapshots()
            self.mirror.published()
        return len(reports)

    def _count(self, values):
        values = {key: int.from_bytes(value, "little") for key, value in values.items()}
        total = values.get(b"\x00\x00")
        if b"\x07\x00" in values:
            self.totals[values[b"\x07\x00"]] = total
        if b"\x05\x04" in values:
            self.totals[values[b"\x05\x04"]] = total - values[b"\x07\x04"]

    def profile(self):
        """The meter's own half hours: time and amount."""
        rows = self.meter.state.select(PROFILE_LOG, 0, self.now)
        return [(int.from_bytes(row[:4], "big"), int.from_bytes(row[4:8], "big")) for row in rows]


class Mirrors(unittest.TestCase):
    def assert_complete(self, lab, since):
        for time, amount in lab.profile():
            if time > since:
                self.assertEqual(lab.totals[time] - lab.totals[time - HALF_HOUR], amount)

    def test_every_half_hour_reaches_the_hub(self):
        lab = Lab()
        lab.run(START + HALF_HOUR)
        for wake in range(1, 12):
            lab.run(START + wake * HALF_HOUR + 100)
            lab.wake()
        self.assert_complete(lab, START + HALF_HOUR)
        self.assertEqual(len(lab.totals), 11)

    def test_half_hours_of_missed_wakes_are_told_later(self):
        lab = Lab()
        lab.run(START + HALF_HOUR + 100)
        lab.wake()
        lab.run(START + 10 * HALF_HOUR + 700)
        lab.wake(heard=False)
        lab.start()
        lab.run(START + 14 * HALF_HOUR + 5)
        lab.wake()
        self.assert_complete(lab, START + HALF_HOUR)
        self.assertEqual(max(lab.totals), START + 14 * HALF_HOUR)

    def test_settings_are_told_when_they_have_changed(self):
        lab = Lab()
        lab.run(START + HALF_HOUR)
        self.assertEqual(lab.wake(), 4)
        lab.run(START + 2 * HALF_HOUR)
        self.assertEqual(lab.wake(), 1)
        lab.meter.load_attribute(METERING, 0x0307, b"\x41\x0a0123456789")
        lab.run(START + 3 * HALF_HOUR)
        self.assertEqual(lab.wake(), 2)

    def test_a_daily_read_is_published_once(self):
        lab = Lab()
        lab.run(START + DAY + 100)
        lab.wake()
        self.assertEqual(len(lab.snapshots), 1)
        self.assertEqual(int.from_bytes(lab.snapshots[0][4:8], "little"), START + DAY)
        lab.run(START + DAY + HALF_HOUR)
        lab.wake()
        self.assertEqual(len(lab.snapshots), 1)


if __name__ == "__main__":
    unittest.main()

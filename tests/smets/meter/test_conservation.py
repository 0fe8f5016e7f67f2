"""Half hours, registers, daily rows and time-of-use registers agree, come what may."""

import unittest

from smets.meter import registers as r
from tests.smets.meter.conservation import START, Life, Random, rows, violations, word
from tests.smets.meter.power import PowerCut

VM_HEAP_KIB = 1024  # the flash itself, twice, lies in memory here

LIVES = 12
STEPS = 40


class ConservationTest(unittest.TestCase):
    def test_nothing_is_lost_or_counted_twice_in_random_lives(self):
        cuts = used = 0
        for seed in range(LIVES):
            life = Life(Random(seed).choose, 3000 if seed % 2 else 0)
            life.live(STEPS)
            with self.subTest(seed=seed):
                self.assertEqual(violations(life.meter), [])
            cuts += life.cuts
            used += life.meter.registers[r.IMPORT]
        self.assertGreater(cuts, LIVES)
        self.assertGreater(used, 10000)

    def test_a_cut_at_every_write_around_midnight_is_made_good(self):
        undisturbed = Life(Random(1).choose)
        undisturbed.now = START - START % 86400 + 86400
        undisturbed.meter.poll(undisturbed.now)
        writes = undisturbed.flash.writes
        expected = undisturbed.meter.registers[r.IMPORT]
        self.assertGreater(writes, 20)
        for cut_at in range(2, writes):
            life = Life(Random(cut_at).choose)
            life.flash.cut_at = cut_at
            life.now = undisturbed.now
            with self.subTest(cut_at=cut_at):
                self.assertRaises(PowerCut, life.meter.poll, life.now)
                life.restart(life.flash.after_cut())
                life.settle()
                self.assertEqual(violations(life.meter), [])
                # what was not stored when power went was not used, the rest was
                accrued = sum([word(row, 1) for row in rows(life.meter, 0)])
                self.assertLessEqual(accrued, expected)


if __name__ == "__main__":
    unittest.main()

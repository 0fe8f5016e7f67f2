"""Half hours, register, daily and monthly reads and samples agree, come what may."""

import unittest

from smets.meter import gsme
from smets.meter import gsme_registers as g
from tests.smets.meter import gas_support
from tests.smets.meter.conservation import START, Random, word
from tests.smets.meter.gas_conservation import GasLife, rows, violations
from tests.smets.meter.power import PowerCut

VM_HEAP_KIB = 1024  # the flash itself, twice, lies in memory here

LIVES = 12
STEPS = 40
NEW_YEAR = START - START % 86400 + 86400  # a midnight that also ends a month


class GasConservationTest(unittest.TestCase):
    def test_nothing_is_lost_or_counted_twice_in_random_lives(self):
        cuts = used = samples = 0
        for seed in range(LIVES):
            life = GasLife(Random(seed).choose)
            life.live(STEPS)
            with self.subTest(seed=seed):
                self.assertEqual(violations(life.meter), [])
            cuts += life.cuts
            used += life.meter.registers[g.CONSUMPTION]
            samples += len(rows(life.meter, gsme.NETWORK_LOG))
        self.assertGreater(cuts, LIVES)
        self.assertGreater(used, 10000)
        self.assertGreater(samples, LIVES)

    def test_a_cut_at_every_write_around_a_month_s_end_is_made_good(self):
        undisturbed = GasLife(Random(1).choose)
        undisturbed.change()
        started = undisturbed.flash.writes
        undisturbed.now = NEW_YEAR
        undisturbed.meter.poll(undisturbed.now)
        writes = undisturbed.flash.writes
        expected = undisturbed.meter.registers[g.CONSUMPTION]
        self.assertEqual(len(rows(undisturbed.meter, gsme.BILLING_LOG)), 1)
        self.assertEqual(len(rows(undisturbed.meter, gsme.NETWORK_LOG)), 41)
        self.assertGreater(writes, 60)
        for cut_at in range(started, writes):
            life = GasLife(Random(cut_at).choose)
            life.change()
            life.flash.cut_at = cut_at
            life.now = NEW_YEAR
            with self.subTest(cut_at=cut_at):
                self.assertRaises(PowerCut, life.meter.poll, life.now)
                life.restart(life.flash.after_cut())
                life.settle()
                self.assertEqual(violations(life.meter), [])
                accrued = sum([word(row, 1) for row in rows(life.meter, gsme.PROFILE_LOG)])
                self.assertLessEqual(accrued, expected)

    def test_a_closed_valve_lets_nothing_through(self):
        meter = gas_support.meter()
        meter.poll(START)
        gas_support.call(meter, 0x0702, 0x0B, [0, 1, 0, 0, 0, 1], START)
        meter.poll(START + 86400)
        self.assertEqual(meter.registers[g.CONSUMPTION], 0)
        self.assertEqual(len(rows(meter, gsme.PROFILE_LOG)), 48)
        self.assertFalse(meter.enable_supply(START + 86400))
        gas_support.call(meter, 0x0702, 0x0B, [0, 2, 0, 0, 1, 1], START + 86400)
        self.assertTrue(meter.enable_supply(START + 86400))
        meter.poll(START + 2 * 86400)
        self.assertGreater(meter.registers[g.CONSUMPTION], 0)
        self.assertEqual(violations(meter), [])


if __name__ == "__main__":
    unittest.main()

"""The load: the same everywhere for a seed, of a plausible size and shape."""

import unittest

from smets.dlms import date_time
from smets.meter.load import DAY, PERIOD, PERIODS, Load

WINTER = date_time.days_since_2000(2015, 1, 12) * PERIODS
SUMMER = date_time.days_since_2000(2015, 7, 13) * PERIODS


def total(load, first, days, step=1):
    return sum([load.half_hour(first + i)[0] for i in range(0, days * PERIODS, step)])


class LoadTest(unittest.TestCase):
    def test_known_half_hours(self):
        """The figures themselves: host and board must compute the same."""
        load = Load(b"hanlab")
        self.assertEqual([load.half_hour(WINTER + i) for i in (0, 15, 36)], KNOWN)
        self.assertEqual(load.power(WINTER * PERIOD + 77), KNOWN_POWER)
        self.assertEqual(load.voltage(WINTER * PERIOD), KNOWN_VOLTAGE)

    def test_a_half_hour_does_not_depend_on_what_was_asked_before(self):
        forwards, backwards = Load(b"a", 2000), Load(b"a", 2000)
        numbers = list(range(WINTER - 20, WINTER + 60))
        ahead = [forwards.half_hour(number) for number in numbers]
        back = [backwards.half_hour(number) for number in reversed(numbers)]
        self.assertEqual(ahead, list(reversed(back)))
        self.assertEqual(Load(b"a", 2000).half_hour(numbers[7]), ahead[7])

    def test_homes_differ_and_use_about_2700_kwh_a_year(self):
        years = []
        for seed in range(24):
            load = Load(bytes((seed,)))
            # a sample: every fifth day of a year
            years.append(sum([total(load, WINTER + day * PERIODS, 1) for day in range(0, 365, 5)]))
        years = [year * 5 // 1000 for year in years]
        self.assertLess(abs(sum(years) // len(years) - 2700), 400)
        self.assertGreater(min(years), 1000)
        self.assertLess(max(years), 4800)
        self.assertGreater(max(years), min(years) * 3 // 2)

    def test_winter_evenings_are_the_peak_and_nights_the_trough(self):
        load = Load(b"b")
        self.assertGreater(total(load, WINTER, 14), total(load, SUMMER, 14) * 5 // 4)
        evening, night = 0, 0
        for day in range(14):
            evening += sum([load.half_hour(WINTER + day * PERIODS + 35 + i)[0] for i in range(6)])
            night += sum([load.half_hour(WINTER + day * PERIODS + 4 + i)[0] for i in range(6)])
        self.assertGreater(evening, 2 * night)

    def test_people_follow_summer_time(self):
        used = [0, 0]
        for seed in range(12):
            load = Load(bytes((seed,)))
            for shift in (0, 1):
                # 05:30 to 07:00 UTC of the weeks before and after 2015-03-29
                first = date_time.days_since_2000(2015, 3, 23 if shift == 0 else 30) * PERIODS
                for number in range(first, first + 5 * PERIODS, PERIODS):
                    used[shift] += sum([load.half_hour(number + i)[0] for i in (11, 12, 13)])
        self.assertGreater(used[1], used[0] * 6 // 5)

    def test_reactive_power_is_a_share_of_active_power(self):
        load = Load(b"d")
        for number in range(WINTER, WINTER + 48):
            active, reactive, _, _ = load.half_hour(number)
            self.assertLessEqual(reactive, active * 43 // 100)
            self.assertGreaterEqual(reactive, active * 20 // 100)

    def test_export_needs_solar_panels_and_daylight(self):
        self.assertEqual(Load(b"e").half_hour(SUMMER + 24)[2:], (0, 0))
        load = Load(b"e", 4000)
        day = [load.half_hour(SUMMER + i) for i in range(PERIODS)]
        self.assertGreater(sum([half_hour[2] for half_hour in day]), 5000)
        self.assertEqual([half_hour[2] for half_hour in day[:7] + day[42:]], [0] * 13)
        for half_hour in day:
            self.assertTrue(half_hour[0] == 0 or half_hour[2] == 0)
        year = sum([load.half_hour(WINTER + i)[2] for i in range(0, 365 * PERIODS, 7)]) * 7 // 1000
        self.assertGreater(year, 1500)
        self.assertLess(year, 4000)

    def test_voltage_is_within_the_limits_of_the_supply(self):
        load = Load(b"f")
        volts = [load.voltage(SUMMER * PERIOD + i * PERIOD) for i in range(300)]
        self.assertGreaterEqual(min(volts), 216)
        self.assertLessEqual(max(volts), 253)
        self.assertGreater(max(volts) - min(volts), 5)

    def test_power_is_about_the_mean_of_the_half_hour(self):
        load = Load(b"g")
        start = WINTER * PERIOD + DAY
        mean = load.half_hour(start // PERIOD)[0] * 2
        powers = [load.power(start + second) for second in range(0, PERIOD, 60)]
        self.assertLess(abs(sum(powers) // len(powers) - mean), mean // 8)
        self.assertGreater(len(set(powers)), 5)


KNOWN = [(88, 22, 0, 0), (514, 123, 0, 0), (246, 68, 0, 0)]
KNOWN_POWER = 145
KNOWN_VOLTAGE = 247

if __name__ == "__main__":
    unittest.main()

"""The gas load: the same everywhere for a seed, driven by the weather, of a plausible size."""

import unittest

from smets.dlms import date_time
from smets.meter.gas_load import GasLoad
from smets.meter.seasons import PERIODS

WINTER = date_time.days_since_2000(2015, 1, 12)
SUMMER = date_time.days_since_2000(2015, 7, 13)

KNOWN = [395, 59, 437]


def day(load, number):
    return sum([load.half_hour(number * PERIODS + period) for period in range(PERIODS)])


class GasLoadTest(unittest.TestCase):
    def test_known_half_hours(self):
        """The figures themselves: host and board must compute the same."""
        load = GasLoad(b"hanlab")
        first = WINTER * PERIODS
        self.assertEqual([load.half_hour(first + i) for i in (12, 15, 36)], KNOWN)

    def test_a_half_hour_does_not_depend_on_what_was_asked_before(self):
        forwards, backwards = GasLoad(b"a"), GasLoad(b"a")
        numbers = list(range(WINTER * PERIODS - 20, WINTER * PERIODS + 60))
        ahead = [forwards.half_hour(number) for number in numbers]
        back = [backwards.half_hour(number) for number in reversed(numbers)]
        self.assertEqual(ahead, list(reversed(back)))

    def test_homes_differ_and_burn_about_1000_m3_a_year(self):
        years = []
        for seed in range(12):
            load = GasLoad(bytes((seed,)))
            # a sample: every fifth day of a year
            years.append(sum([day(load, WINTER + at) for at in range(0, 365, 5)]) * 5 // 1000)
        self.assertLess(abs(sum(years) // len(years) - 1000), 150)
        self.assertGreater(min(years), 600)
        self.assertLess(max(years), 1500)
        self.assertGreater(max(years), min(years) * 5 // 4)

    def test_it_heats_when_it_is_cold_outside(self):
        load = GasLoad(b"b")
        winter = sum([day(load, WINTER + at) for at in range(14)])
        summer = sum([day(load, SUMMER + at) for at in range(14)])
        self.assertGreater(winter, 4 * summer)
        self.assertGreater(summer, 0)  # hot water and cooking
        days = range(WINTER, WINTER + 28)
        coldest = min(days, key=load.mean_temperature)
        warmest = max(days, key=load.mean_temperature)
        self.assertLess(load.mean_temperature(coldest) + 30, load.mean_temperature(warmest))
        self.assertGreater(day(load, coldest), day(load, warmest))

    def test_homes_of_one_lab_have_the_same_weather(self):
        one, other = GasLoad(b"a"), GasLoad(b"b")
        days = range(WINTER, WINTER + 5)
        temperatures = [one.mean_temperature(each) for each in days]
        self.assertEqual(temperatures, [other.mean_temperature(each) for each in days])
        elsewhere = GasLoad(b"a", b"elsewhere")
        self.assertNotEqual(temperatures, [elsewhere.mean_temperature(each) for each in days])

    def test_nights_without_programme_burn_nothing_but_what_is_asked_for(self):
        load = GasLoad(b"c")
        night = [load.half_hour((WINTER + at) * PERIODS + 3) for at in range(60)]
        self.assertLess(sum([1 for burnt in night if burnt]), 10)


if __name__ == "__main__":
    unittest.main()

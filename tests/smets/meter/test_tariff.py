"""Which register counts when: seasons, weeks, special days, switching times."""

import unittest

from smets.dlms import date_time
from smets.meter.tariff import Tariff

DAY = 86400
NOON = 43200
SEASONS, WEEKS, DAYS = 3, 4, 5


def at(year, month, day, seconds=0):
    return date_time.days_since_2000(year, month, day) * DAY + seconds


def profile(number, *switchings):
    """A day profile; switchings are (hour, minute, selector)."""
    out = bytes((2, 2, 17, number, 1, len(switchings)))
    for hour, minute, selector in switchings:
        out += bytes((2, 3, 9, 4, hour, minute, 0, 0)) + b"\x09\x06\x00\x00\x0a\x00\x64\xff"
        out += b"\x12" + selector.to_bytes(2, "big")
    return out


def week(name, *days):
    return b"\x02\x08\x09\x01" + name + b"".join([bytes((17, day)) for day in days])


def season(name, date, week_name):
    start = date + b"\xff\0\0\0\0\x80\0\xff"
    return b"\x02\x03\x09\x01" + name + b"\x09\x0c" + start + b"\x09\x01" + week_name


def array(*elements):
    return bytes((1, len(elements))) + b"".join(elements)


ANY_YEAR = b"\xff\xff"
ORDINARY = {
    SEASONS: array(
        season(b"w", ANY_YEAR + b"\x0a\x01", b"A"), season(b"s", ANY_YEAR + b"\x04\x01", b"B")
    ),
    WEEKS: array(week(b"A", 1, 1, 1, 1, 1, 2, 2), week(b"B", 3, 3, 3, 3, 3, 3, 3)),
    DAYS: array(
        profile(1, (0, 0, 1), (7, 30, 2), (16, 0, 3)),
        profile(2, (9, 0, 4), (21, 0, 5)),
        profile(3, (0, 0, 101)),
    ),
}


class TariffTest(unittest.TestCase):
    def tariff(self, special_days=b"\x01\x00", table=ORDINARY):
        self.table = table

        def value(key):
            if key[1] == 20:
                return self.table[key[8]]
            return special_days if key[1] == 11 else array(b"\x06\0\0\0\x0a", b"\x06\0\0\0\x14")

        return Tariff(value)

    def test_the_time_of_day_picks_the_register(self):
        tariff = self.tariff()
        monday = at(2015, 1, 5)
        self.assertEqual(tariff.active(monday), (1, monday + 27000))
        self.assertEqual(tariff.active(monday + 26999), (1, monday + 27000))
        self.assertEqual(tariff.active(monday + 27000), (2, monday + 57600))
        self.assertEqual(tariff.active(monday + 86399), (3, monday + DAY))

    def test_the_day_of_the_week_picks_the_profile(self):
        tariff = self.tariff()
        for day in range(5, 10):
            self.assertEqual(tariff.active(at(2015, 1, day, NOON))[0], 2)
        for day in (10, 11):
            self.assertEqual(tariff.active(at(2015, 1, day, NOON))[0], 4)

    def test_before_the_first_switching_the_day_before_goes_on(self):
        tariff = self.tariff()
        self.assertEqual(tariff.active(at(2015, 1, 10, 60)), (3, at(2015, 1, 10, 32400)))
        self.assertEqual(tariff.active(at(2015, 1, 11, 60)), (5, at(2015, 1, 11, 32400)))

    def test_the_season_that_began_last_is_in_force_year_after_year(self):
        tariff = self.tariff()
        for year in (2014, 2015, 2024):
            self.assertEqual(tariff.active(at(year, 3, 31))[0] < 101, True)
            self.assertEqual(tariff.active(at(year, 4, 1))[0], 101)
            self.assertEqual(tariff.active(at(year, 9, 30))[0], 101)
            self.assertEqual(tariff.active(at(year, 10, 1, NOON))[0] < 101, True)

    def test_seasons_of_a_year_start_once_and_the_first_also_covers_the_time_before(self):
        seasons = array(
            season(b"w", b"\x07\xdf\x01\x01", b"A"), season(b"s", b"\x07\xdf\x06\x01", b"B")
        )
        table = {SEASONS: seasons, WEEKS: ORDINARY[WEEKS], DAYS: ORDINARY[DAYS]}
        tariff = self.tariff(table=table)
        self.assertEqual(tariff.active(at(2014, 12, 31, NOON))[0], 2)
        self.assertEqual(tariff.active(at(2015, 5, 29, NOON))[0], 2)
        self.assertEqual(tariff.active(at(2015, 6, 1, NOON))[0], 101)
        self.assertEqual(tariff.active(at(2019, 1, 1, NOON))[0], 101)

    def test_special_days_come_before_the_week_with_and_without_a_year(self):
        entries = array(
            b"\x02\x03\x12\0\1\x09\x05\xff\xff\x0c\x19\xff\x11\x02",
            b"\x02\x03\x12\0\2\x09\x05\x07\xdf\x01\x06\xff\x11\x03",
        )
        tariff = self.tariff(entries)
        for year in (2014, 2020):
            self.assertEqual(tariff.active(at(year, 12, 25, NOON))[0], 4)
        self.assertEqual(tariff.active(at(2015, 1, 6, NOON))[0], 101)
        self.assertEqual(tariff.active(at(2016, 1, 6, NOON))[0], 2)

    def test_a_change_counts_once_it_is_told(self):
        tariff = self.tariff()
        noon = at(2015, 1, 5, NOON)
        self.assertEqual(tariff.active(noon)[0], 2)
        self.table = {
            SEASONS: ORDINARY[SEASONS],
            WEEKS: ORDINARY[WEEKS],
            DAYS: array(profile(1, (0, 0, 7))),
        }
        tariff.forget()
        self.assertEqual(tariff.active(noon), (7, at(2015, 1, 6)))

    def test_a_table_that_cannot_be_followed_makes_register_1_count(self):
        empty = b"\x01\x00"
        for broken in (empty, b"\x06\0\0\0\1", b"\x01\x01\x0f\x00", b"\xff", b"\x01\x01\x02\x00"):
            for part in (SEASONS, WEEKS, DAYS):
                table = dict(ORDINARY)
                table[part] = broken
                tariff = self.tariff(table=table)
                with self.subTest(part=part, broken=broken):
                    self.assertEqual(tariff.active(at(2015, 1, 5))[0], 1)

    def test_block_thresholds_are_those_of_the_register(self):
        tariff = self.tariff()
        self.assertEqual(tariff.block_thresholds(1), [10, 20])


if __name__ == "__main__":
    unittest.main()

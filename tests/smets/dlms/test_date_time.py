import unittest

from smets.codec.errors import DecodeError
from smets.dlms import date_time


class DateTimeTest(unittest.TestCase):
    # seconds since 2000-01-01 UTC, from `date -u -d ... +%s` less 946684800
    KNOWN = (
        (0, "07d00101ff000000008000ff"),
        (5097600, "07d0021dff000000008000ff"),
        (473385600, "07df0101ff000000008000ff"),
        (846028799, "07ea0a16ff173b3b008000ff"),
        (4107542400, "08520301ff000000008000ff"),
    )

    def test_known_instants(self):
        for seconds, octets in self.KNOWN:
            self.assertEqual(date_time.encode(seconds).hex(), octets)
            self.assertEqual(date_time.decode(bytes.fromhex(octets)), seconds)

    def test_the_status_octet_is_written_as_given(self):
        self.assertEqual(date_time.encode(0, 2)[-1], 2)

    def test_what_is_no_instant_is_refused(self):
        for octets in (
            "07df0101ff0000000080",
            "ffff0101ff000000008000ff",
            "07df0d01ff000000008000ff",
            "07df0001ff000000008000ff",
            "07df021dff000000008000ff",
            "083402 1dff000000008000ff",
            "07df0101ff180000008000ff",
            "07df0101ff003c00008000ff",
            "07df0101ff00003c008000ff",
            "07df0101ff00000000003cff",
            "07cf0c1fff000000008000ff",
        ):
            with self.assertRaises(DecodeError):
                date_time.decode(bytes.fromhex(octets.replace(" ", "")))
        for mark in (date_time.NOW, date_time.NEVER):
            with self.assertRaises(DecodeError):
                date_time.decode(mark)

    def test_the_leap_year_rule_of_2100(self):
        self.assertEqual(
            date_time.days_since_2000(2100, 3, 1), date_time.days_since_2000(2100, 2, 28) + 1
        )
        self.assertEqual(
            date_time.civil(date_time.days_since_2000(2100, 3, 1) * 86400)[:3], (2100, 3, 1)
        )


if __name__ == "__main__":
    unittest.main()

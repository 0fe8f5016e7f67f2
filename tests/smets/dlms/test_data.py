import unittest

from smets.codec.errors import DecodeError
from smets.codec.reader import Reader
from smets.dlms import data as axdr

# octets and the value they stand for, one of each type (IEC 62056-6-2)
VALUES = (
    ("00", (axdr.NULL, None)),
    ("03ff", (axdr.BOOLEAN, 255)),
    ("040ba5e0", (axdr.BIT_STRING, (11, b"\xa5\xe0"))),
    ("05fffffffe", (axdr.DOUBLE_LONG, -2)),
    ("06fffffffe", (axdr.DOUBLE_LONG_UNSIGNED, 4294967294)),
    ("0903010203", (axdr.OCTET_STRING, b"\x01\x02\x03")),
    ("0a024142", (axdr.VISIBLE_STRING, b"AB")),
    ("0c03e282ac", (axdr.UTF8_STRING, b"\xe2\x82\xac")),
    ("0d42", (axdr.BCD, 0x42)),
    ("0f80", (axdr.INTEGER, -128)),
    ("108000", (axdr.LONG, -32768)),
    ("11ff", (axdr.UNSIGNED, 255)),
    ("12ffff", (axdr.LONG_UNSIGNED, 65535)),
    ("148000000000000000", (axdr.LONG64, -(1 << 63))),
    ("15ffffffffffffffff", (axdr.LONG64_UNSIGNED, (1 << 64) - 1)),
    ("161e", (axdr.ENUM, 30)),
    ("1742280000", (axdr.FLOAT32, b"\x42\x28\x00\x00")),
    ("184045000000000000", (axdr.FLOAT64, b"\x40\x45\0\0\0\0\0\0")),
    ("1907df0101ff000000008000ff", (axdr.DATE_TIME, bytes.fromhex("07df0101ff000000008000ff"))),
    ("1a07df0101ff", (axdr.DATE, bytes.fromhex("07df0101ff"))),
    ("1b00000000", (axdr.TIME, bytes(4))),
    ("02020f00161e", (axdr.STRUCTURE, ((axdr.INTEGER, 0), (axdr.ENUM, 30)))),
    ("0102110111ff", (axdr.ARRAY, ((axdr.UNSIGNED, 1), (axdr.UNSIGNED, 255)))),
    (
        "130202061206000000010002",
        (axdr.COMPACT_ARRAY, (b"\x02\x02\x06\x12", bytes.fromhex("000000010002"))),
    ),
)

MALFORMED = (
    "",
    "06000000",
    "0905010203",
    "098103010203",
    "0100ff",
    "0206",
    "02ff",
    "07",
    "13ff00",
    "1302020600",
    "ff",
    "0403",
    "1301000a",
)


class DataTest(unittest.TestCase):
    def test_every_type_is_read_and_written(self):
        for octets, value in VALUES:
            self.assertEqual(axdr.decode(bytes.fromhex(octets)), value)
            self.assertEqual(axdr.encode(value), bytes.fromhex(octets))

    def test_malformed_data_are_refused(self):
        for octets in MALFORMED:
            with self.assertRaises(DecodeError):
                axdr.decode(bytes.fromhex(octets))

    def test_nesting_is_bounded(self):
        for octets in (b"\x02\x01" * 40 + b"\x00", b"\x13" + b"\x02\x01" * 40 + b"\x00\x00"):
            with self.assertRaises(DecodeError):
                axdr.decode(octets)

    def test_values_that_do_not_fit_their_tag_are_refused(self):
        for value in ((axdr.INTEGER, 128), (axdr.LONG, -32769), (axdr.UNSIGNED, 256)):
            with self.assertRaises(OverflowError):
                axdr.encode(value)
        for value in ((axdr.DATE_TIME, b"short"), (99, 0)):
            with self.assertRaises(ValueError):
                axdr.encode(value)

    def test_skip_returns_the_octets_of_one_value(self):
        reader = Reader(bytes.fromhex("02020f00161e00"))
        self.assertEqual(axdr.skip(reader).hex(), "02020f00161e")
        self.assertEqual(reader.remaining(), 1)


class CompactArrayTest(unittest.TestCase):
    def test_rows_are_expanded_by_their_description(self):
        description = bytes.fromhex("0203061201000211")
        rows = axdr.expand(
            (description, bytes.fromhex("000000010002 0304 000000050006 0708".replace(" ", "")))
        )
        self.assertEqual(len(rows), 2)
        self.assertEqual(
            rows[1],
            (
                axdr.STRUCTURE,
                (
                    (axdr.DOUBLE_LONG_UNSIGNED, 5),
                    (axdr.LONG_UNSIGNED, 6),
                    (axdr.ARRAY, ((axdr.UNSIGNED, 7), (axdr.UNSIGNED, 8))),
                ),
            ),
        )

    def test_an_empty_array_inside_a_row(self):
        rows = axdr.expand((bytes.fromhex("02021101000006"), b"\x09"))
        self.assertEqual(rows, ((axdr.STRUCTURE, ((axdr.UNSIGNED, 9), (axdr.ARRAY, ()))),))

    def test_rows_that_do_not_fit_are_refused(self):
        for description, contents in (
            ("06", "0000"),
            ("00", "01"),
            ("0100ff11", "00"),
            ("02" * 40, "00"),
            ("0201" * 40, "00"),
        ):
            with self.assertRaises(DecodeError):
                axdr.expand((bytes.fromhex(description), bytes.fromhex(contents)))


if __name__ == "__main__":
    unittest.main()

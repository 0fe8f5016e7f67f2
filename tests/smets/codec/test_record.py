import unittest

from smets.codec.errors import DecodeError
from smets.codec.fields import Constant, Counted, Octets, Unsigned
from smets.codec.record import Record


class Sample(Record):
    FIELDS = (
        ("tag", Constant(b"\xaa")),
        ("number", Unsigned(2)),
        ("name", Counted(1, 3)),
        ("tail", Octets(2)),
        ("rest", Counted()),
    )


class RecordTest(unittest.TestCase):
    OCTETS = bytes.fromhex("aa0102036162630d0e0199")

    def test_one_table_decodes_encodes_compares_and_prints(self):
        sample = Sample.decode(self.OCTETS)
        self.assertEqual(sample.number, 0x0102)
        self.assertEqual(sample.name, b"abc")
        self.assertEqual(sample.encode(), self.OCTETS)
        self.assertEqual(sample, Sample(b"\xaa", 0x0102, b"abc", b"\x0d\x0e", rest=b"\x99"))
        self.assertNotEqual(sample, Sample(b"\xaa", 0x0103, b"abc", b"\x0d\x0e", b"\x99"))
        self.assertNotEqual(sample, self.OCTETS)
        self.assertEqual(hash(sample), hash(Sample.decode(self.OCTETS)))
        self.assertTrue(repr(sample).startswith("Sample(tag="))

    def test_malformed_octets_are_refused(self):
        for octets in (
            "ab0102036162630d0e0199",
            "aa010202616263",
            "aa0102",
            "aa0102036162630d0e019900",
        ):
            with self.assertRaises(DecodeError):
                Sample.decode(bytes.fromhex(octets))

    def test_values_that_do_not_fit_are_refused(self):
        with self.assertRaises(OverflowError):
            Sample(b"\xaa", 0x10000, b"a", b"\0\0", b"").encode()
        for name, tail in ((b"ab", b"\0\0"), (b"a", b"\0")):
            with self.assertRaises(ValueError):
                Sample(b"\xaa", 1, name, tail, b"").encode()

    def test_fields_are_all_given_once(self):
        with self.assertRaises(TypeError):
            Sample(b"\xaa", 1)
        with self.assertRaises(TypeError):
            Sample(b"\xaa", 1, b"a", b"\0\0", b"", colour=3)


if __name__ == "__main__":
    unittest.main()

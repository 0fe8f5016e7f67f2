import unittest

from smets.codec.errors import DecodeError
from smets.codec.reader import Reader, write_length


class LengthTest(unittest.TestCase):
    def test_lengths_are_written_in_their_shortest_form(self):
        for value, octets in (
            (0, "00"),
            (127, "7f"),
            (128, "8180"),
            (255, "81ff"),
            (256, "820100"),
            (65535, "82ffff"),
            (65536, "83010000"),
        ):
            out = bytearray()
            write_length(out, value)
            self.assertEqual(out.hex() if hasattr(out, "hex") else bytes(out).hex(), octets)
            self.assertEqual(Reader(bytes(out)).length(), value)

    def test_longer_forms_are_refused(self):
        for octets in ("817f", "8100", "820080", "8200ff", "8300ffff", "80", "8401000000", "ff"):
            with self.assertRaises(DecodeError):
                Reader(bytes.fromhex(octets)).length()


class ScopeTest(unittest.TestCase):
    def test_a_reader_never_runs_past_its_end(self):
        outer = Reader(b"\x01\x02\x03\x04")
        inner = outer.sub(2)
        self.assertEqual(inner.take(2), b"\x01\x02")
        for call in (inner.octet, inner.peek, lambda: inner.take(1), lambda: inner.skip(1)):
            with self.assertRaises(DecodeError):
                call()
        self.assertEqual(outer.remaining(), 2)
        with self.assertRaises(DecodeError):
            outer.finish()
        self.assertEqual(outer.unsigned(2), 0x0304)
        outer.finish()
        with self.assertRaises(DecodeError):
            outer.sub(1)

    def test_expected_octets_are_demanded(self):
        with self.assertRaises(DecodeError):
            Reader(b"\x01").expect(b"\x02", "a two")


if __name__ == "__main__":
    unittest.main()

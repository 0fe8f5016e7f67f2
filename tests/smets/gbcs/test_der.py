import unittest

from smets.codec.errors import DecodeError
from smets.gbcs import der
from smets.gbcs.der import FOREVER, DerReader


def over(text):
    return DerReader.over(bytes.fromhex(text))


class ReaderTest(unittest.TestCase):
    def refused(self, method, *texts):
        for text in texts:
            with self.subTest(text), self.assertRaises(DecodeError):
                reader = over(text)
                getattr(reader, method)()
                reader.finish()

    def test_integers(self):
        for text, value in (
            ("020100", 0),
            ("02017f", 127),
            ("02020080", 128),
            ("02020100", 256),
            ("020900ffffffffffffffff", (1 << 64) - 1),
        ):
            self.assertEqual(over(text).integer(), value)
            self.assertEqual(der.integer(value).hex(), text)

    def test_integers_in_other_forms_are_refused(self):
        self.refused(
            "integer", "0200", "0202007f", "0202ff80", "0201ff", "02020080ff", "0203000080"
        )
        self.refused("integer", "0a0100", "0215" + "01" + "00" * 20)

    def test_lengths_have_one_form(self):
        self.assertEqual(over("0403010203").contents(der.OCTET_STRING), b"\x01\x02\x03")
        self.refused("skip", "048103010203", "0480", "0480000000", "04820003010203", "0403", "04")
        self.refused("skip", "040301020304", "", "1f8101" + "00")
        long = over("0481" + "80" + "00" * 128)
        self.assertEqual(long.contents(der.OCTET_STRING), bytes(128))

    def test_lengths_in_responses_may_be_in_two_octets(self):
        octets = bytes.fromhex("04820080") + bytes(128)
        self.assertEqual(DerReader.over(octets, True).contents(der.OCTET_STRING), bytes(128))
        self.assertEqual(der.element(4, bytes(128), True), octets)
        self.assertEqual(der.element(4, bytes(127), True)[:2], b"\x04\x7f")
        self.assertEqual(der.element(4, bytes(256), True)[:4], b"\x04\x82\x01\x00")
        self.assertEqual(der.element(4, bytes(128))[:3], b"\x04\x81\x80")
        for text in ("0482007f" + "00" * 127, "0482000100"):
            with self.assertRaises(DecodeError):
                DerReader.over(bytes.fromhex(text), True).contents(der.OCTET_STRING)

    def test_named_bits(self):
        for text, bits in (("03020780", 1), ("03020308", 0x10), ("03020106", 0x60), ("030100", 0)):
            self.assertEqual(over(text).named_bits(), bits)
        for bit in range(8):
            self.assertEqual(DerReader.over(der.named_bit(bit)).named_bits(), 1 << bit)
        # unused bits that are set, too many unused, zero bits at the end, none at all
        self.refused(
            "named_bits", "03020781", "03020880", "03020680", "0300", "030101", "0303070080"
        )

    def test_bit_strings_of_octets(self):
        self.assertEqual(over("0303000102").bit_octets(), b"\x01\x02")
        self.refused("bit_octets", "0303010102", "0300")

    def test_booleans(self):
        self.assertTrue(over("0101ff").boolean())
        self.assertFalse(over("010100").boolean())
        self.refused("boolean", "010101", "0100", "0102ffff")

    def test_times(self):
        for text, seconds in (
            (b"000101000000Z", 0),
            (b"260101000001Z", 820540801),
            (b"490101000000Z", 1546387200),
        ):
            self.assertEqual(DerReader.over(der.element(der.UTC_TIME, text)).time(), seconds)
        general = der.element(der.GENERALIZED_TIME, b"20300115000000Z")
        self.assertEqual(DerReader.over(general).time(), 947980800)
        never = der.element(der.GENERALIZED_TIME, b"99991231235959Z")
        self.assertEqual(DerReader.over(never).time(), FOREVER)

    def test_times_in_other_forms_are_refused(self):
        for text in (
            b"2601010000Z",
            b"260101000000",
            b"260101000000+0000",
            b"261301000000Z",
            b"260229000000Z",
            b"260101240000Z",
            b"260101006000Z",
            b"2601010000.0Z",
            b"500101000000Z",
            b"26010100000 Z",
        ):
            with self.assertRaises(DecodeError):
                DerReader.over(der.element(der.UTC_TIME, text)).time()
        for text in (b"20300115000000.0Z", b"203001150000Z", b"99991231235958Z"):
            with self.assertRaises(DecodeError):
                DerReader.over(der.element(der.GENERALIZED_TIME, text)).time()
        self.refused("time", "020100")

    def test_what_is_inside_has_to_be_read_to_its_end(self):
        outer = over("3006020101020102")
        inner = outer.nested()
        outer.finish()
        self.assertEqual(inner.integer(), 1)
        with self.assertRaises(DecodeError):
            inner.finish()
        self.assertEqual(inner.next_tag(), der.INTEGER)
        self.assertEqual(inner.optional_integer(der.CONTEXT), None)
        self.assertEqual(inner.optional_integer(der.INTEGER), 2)
        self.assertEqual(inner.next_tag(), 0)
        inner.finish()

    def test_an_element_is_given_whole(self):
        reader = over("3003020101020102")
        self.assertEqual(reader.element().hex(), "3003020101")
        self.assertEqual(reader.integer(), 2)
        reader.finish()

    def test_octet_strings_have_the_size_they_must(self):
        self.assertEqual(over("04020102").octets(2), b"\x01\x02")
        with self.assertRaises(DecodeError):
            over("04020102").octets(3)


if __name__ == "__main__":
    unittest.main()

import unittest

from smets.codec.errors import AuthenticationError, DecodeError
from smets.crypto.suite import Suite
from smets.gbcs import utrn

SUPPLIER = bytes.fromhex("90b3d51f30010000")
METER = bytes.fromhex("00db1234567890a0")
SECRET = bytes(range(32))


class CheckDigitTest(unittest.TestCase):
    def test_published_numbers(self):
        for digits in (
            "73943333457189043313",
            "73947252416745201637",
            "73946144332040217315",
            "73950067887105178605",
        ):
            self.assertEqual(utrn.check_digit(digits[:-1]), digits[-1])
            self.assertEqual(utrn.Utrn.parse(digits).digits(), digits)

    def test_fields_of_published_numbers(self):
        for digits, counter, value_class, value in (
            ("73943333457189043313", 0x100000000, utrn.POUNDS, 100),
            ("73947252416745201637", 0x400000000, utrn.PENCE, 1234),
        ):
            parsed = utrn.Utrn.parse(digits)
            self.assertEqual(
                (parsed.truncated_counter, parsed.value_class, parsed.value),
                (counter >> 32, value_class, value),
            )

    def test_mistyped_numbers_are_refused(self):
        good = "73943333457189043313"
        for place in range(20):
            wrong = str((int(good[place]) + 1) % 10)
            with self.assertRaises(DecodeError):
                utrn.Utrn.parse(good[:place] + wrong + good[place + 1 :])
        for digits in ("", good[:-1], good + "0", "7394333345718904331x"):
            with self.assertRaises(DecodeError):
                utrn.Utrn.parse(digits)
        for number in (0, 10**19 - 1, 7394156990786306048 + (2 << 45)):
            text = ("0" * 19 + str(number))[-19:]
            with self.assertRaises(DecodeError):
                utrn.Utrn.parse(text + utrn.check_digit(text))


class AuthenticityTest(unittest.TestCase):
    def setUp(self):
        self.suite = Suite()
        self.made = utrn.make(self.suite, SECRET, SUPPLIER, METER, 5 << 32, 20, utrn.POUNDS)

    def test_the_right_device_accepts_it(self):
        utrn.check(
            self.suite, SECRET, SUPPLIER, METER, 5 << 32, utrn.Utrn.parse(self.made.digits())
        )

    def test_everything_else_refuses_it(self):
        for secret, supplier, device, counter in (
            (bytes(32), SUPPLIER, METER, 5 << 32),
            (SECRET, METER, METER, 5 << 32),
            (SECRET, SUPPLIER, SUPPLIER, 5 << 32),
            (SECRET, SUPPLIER, METER, 6 << 32),
            (SECRET, SUPPLIER, METER, 1029 << 32),
        ):
            with self.assertRaises(AuthenticationError):
                utrn.check(self.suite, secret, supplier, device, counter, self.made)

    def test_values_beyond_the_digits_are_refused(self):
        for value in (-1, 8192):
            with self.assertRaises(ValueError):
                utrn.make(self.suite, SECRET, SUPPLIER, METER, 0, value, utrn.PENCE)


if __name__ == "__main__":
    unittest.main()

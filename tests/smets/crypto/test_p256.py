import unittest

from smets.codec.errors import DecodeError
from smets.crypto import comb
from smets.crypto.p256 import (
    GENERATOR,
    INFINITY,
    N,
    P,
    add,
    decode_point,
    decode_scalar,
    double,
    encode_point,
    inverse,
    to_affine,
)

# Multiples of the generator, as published with the curve (x-coordinates).
DOUBLE_X = 0x7CF27B188D034F7E8A52380304B51AC3C08969E277F21B35A60B48FC47669978
TRIPLE_X = 0x5ECBE4D1A6330A44C8F7EF951D4BF165E6C6B721EFADA985FB41661BC6E7FD6C


def times(scalar):
    """The multiple of the generator by plain double-and-add."""
    point = INFINITY
    for bit in f"{scalar:b}":
        point = double(*point, 1)
        if bit == "1":
            point = add(*point, *GENERATOR)
    return point


class ArithmeticTest(unittest.TestCase):
    def test_published_multiples_of_the_generator(self):
        self.assertEqual(to_affine(times(2))[0], DOUBLE_X)
        self.assertEqual(to_affine(times(3))[0], TRIPLE_X)
        self.assertEqual(to_affine(times(N - 1)), (GENERATOR[0], P - GENERATOR[1]))

    def test_the_group_order_leads_to_infinity(self):
        self.assertEqual(times(N)[2], 0)
        self.assertEqual(to_affine(times(N + 1)), GENERATOR)

    def test_adding_equal_opposite_and_infinite_points(self):
        x, y = GENERATOR
        self.assertEqual(to_affine(add(x, y, 1, x, y))[0], DOUBLE_X)
        self.assertEqual(add(x, y, 1, x, P - y)[2], 0)
        self.assertEqual(add(*INFINITY, x, y), (x, y, 1))
        self.assertEqual(double(*INFINITY, 3)[2], 0)

    def test_inverses(self):
        for modulus in (P, N):
            for value in (1, 2, modulus - 1, GENERATOR[0], modulus + 5):
                self.assertEqual(value * inverse(value, modulus) % modulus, 1)


class OctetsTest(unittest.TestCase):
    def test_a_point_survives_its_octets(self):
        octets = encode_point(*GENERATOR)
        self.assertEqual(len(octets), 65)
        self.assertEqual(decode_point(octets), GENERATOR)

    def test_what_is_no_point_is_refused(self):
        good = encode_point(*GENERATOR)
        x, y = good[1:33], good[33:]
        for name, octets in (
            ("empty", b""),
            ("infinity", b"\x00"),
            ("infinity, filled up", bytes(65)),
            ("coordinates zero", b"\x04" + bytes(64)),
            ("compressed", b"\x03" + x),
            ("hybrid", b"\x07" + x + y),
            ("short", good[:-1]),
            ("long", good + b"\x00"),
            ("off the curve", b"\x04" + x + y[:-1] + bytes([y[-1] ^ 1])),
            ("x as large as P", b"\x04" + P.to_bytes(32, "big") + y),
            ("y above P", b"\x04" + x + b"\xff" * 32),
        ):
            with self.assertRaises(DecodeError, msg=name):
                decode_point(octets)

    def test_coordinates_are_not_reduced(self):
        # 5 is the x of a point, and so would be 5 + P, which has 32 octets as well.
        x = 5
        y = 0x459243B9AA581806FE913BCE99817ADE11CA503C64D9A3C533415C083248FBCC
        self.assertEqual(decode_point(encode_point(x, y)), (x, y))
        with self.assertRaises(DecodeError):
            decode_point(encode_point(x + P, y))

    def test_scalars_out_of_range_are_refused_without_showing_them(self):
        self.assertEqual(decode_scalar((N - 1).to_bytes(32, "big")), N - 1)
        for octets in (bytes(32), N.to_bytes(32, "big"), b"\xff" * 32, bytes(30) + b"\x07"):
            with self.assertRaises(DecodeError) as caught:
                decode_scalar(octets)
            self.assertFalse("\\x" in str(caught.exception) or "255" in str(caught.exception))


class CombTest(unittest.TestCase):
    SCALARS = (1, 2, 3, N - 1, N - 2, (1 << 215) - 1, 1 << 255, DOUBLE_X % N, TRIPLE_X % N)

    def test_multiples_agree_with_double_and_add(self):
        for scalar in self.SCALARS:
            product = comb.multiply([(scalar, comb.generator())])
            self.assertEqual(to_affine(product), to_affine(times(scalar)))

    def test_zero_times_a_point_is_infinity(self):
        self.assertEqual(comb.multiply([(0, comb.generator())])[2], 0)

    def test_sums_of_products(self):
        factor = 0xC0FFEE
        table = comb.comb_table(*to_affine(times(factor)))
        for one, other in ((5, 7), (0, 9), (N - factor, 1), (N - 1, N - 1), (DOUBLE_X % N, 2)):
            total = (one + factor * other) % N
            product = comb.multiply([(one, comb.generator()), (other, table)])
            if total:
                self.assertEqual(to_affine(product), to_affine(times(total)))
            else:
                self.assertEqual(product[2], 0)

    def test_entries_are_the_multiples_that_the_table_promises(self):
        table = comb.comb_table(*GENERATOR)
        self.assertEqual(len(table), comb.TABLE_SIZE)
        for number in (0, 1, 2, 16, 21, 31):
            multiple = 1 << 5 * comb.COLUMNS
            for tooth in range(5):
                power = 1 << tooth * comb.COLUMNS
                multiple += power if number >> tooth & 1 else -power
            entry = table[number * comb.ENTRY_SIZE : (number + 1) * comb.ENTRY_SIZE]
            self.assertEqual(b"\x04" + bytes(entry), encode_point(*to_affine(times(multiple))))


if __name__ == "__main__":
    unittest.main()

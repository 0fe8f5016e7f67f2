import sys
import unittest

from smets.codec.errors import DecodeError
from smets.crypto import binary_field

# Degree, taps, and the powers of x that have trace 1.
FIELDS = ((163, (7, 6, 3, 0), (0, 157)), (283, (12, 7, 5, 0), (0, 271)))
KINDS = [binary_field.BinaryField]
try:
    from smets.crypto import binary_field_viper

    KINDS.append(binary_field_viper.BinaryField)
except (ImportError, SyntaxError):
    pass


def fields():
    for degree, taps, traces in FIELDS:
        for kind in KINDS:
            yield kind(degree, taps), traces


def slow_product(field, one, other):
    """Shift and add, with a long division: nothing in common with the classes."""
    product = 0
    for bit in range(field.degree):
        if other >> bit & 1:
            product ^= one << bit
    modulus = 1 << field.degree
    for tap in field.taps:
        modulus ^= 1 << tap
    for bit in range(2 * field.degree, field.degree - 1, -1):
        if product >> bit & 1:
            product ^= modulus << bit - field.degree
    return product


def samples(field):
    """Edges, and numbers without a pattern (multiples of the golden ratio)."""
    top = 1 << field.degree - 1
    yield from (0, 1, 2, top, top - 1, 2 * top - 1, 0xFFFFFFFF, 1 << 32, 1 << 31)
    ratio = int("9e3779b97f4a7c15f39cc0605cedc8341082276bf3a27251f86c6a11d0c18e952767f0b1", 16)
    value = 1
    for _ in range(12):
        value = value * ratio % (2 * top)
        yield value


class BinaryFieldTest(unittest.TestCase):
    def test_a_native_vm_brings_the_fast_one(self):
        native = sys.implementation.name == "micropython" and sys.platform != "webassembly"
        self.assertEqual(len(KINDS), 2 if native else 1)

    def test_products(self):
        for field, _ in fields():
            numbers = list(samples(field))
            for at, one in enumerate(numbers):
                other = numbers[at * 5 % len(numbers)]
                self.assertEqual(field.multiply(one, other), slow_product(field, one, other))

    def test_squares(self):
        for field, _ in fields():
            for value in samples(field):
                square = slow_product(field, value, value)
                self.assertEqual(field.square(value, 0), value)
                self.assertEqual(field.square(value), square)
                self.assertEqual(field.square(value, 3), field.square(square, 2))

    def test_squaring_by_the_degree_changes_nothing(self):
        for field, _ in fields():
            for value in list(samples(field))[-2:]:
                self.assertEqual(field.square(value, field.degree), value)

    def test_inverses(self):
        for field, _ in fields():
            for value in list(samples(field))[1:12]:
                self.assertEqual(slow_product(field, value, field.inverse(value)), 1)

    def test_traces(self):
        for field, ones in fields():
            for power in range(field.degree):
                self.assertEqual(field.trace(1 << power), 1 if power in ones else 0)
            value = list(samples(field))[-1]
            total = 0
            for _ in range(field.degree):
                total ^= value
                value = field.square(value)
            self.assertEqual(field.trace(value), total)

    def test_quadratic_equations(self):
        for field, _ in fields():
            for value in list(samples(field))[-6:]:
                if field.trace(value):
                    with self.assertRaises(DecodeError):
                        field.solve_quadratic(value)
                else:
                    root = field.solve_quadratic(value)
                    self.assertEqual(slow_product(field, root, root) ^ root, value)


if __name__ == "__main__":
    unittest.main()

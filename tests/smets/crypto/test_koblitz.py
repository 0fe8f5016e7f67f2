import sys
import unittest

from smets.codec.errors import DecodeError
from smets.crypto import ecqv
from smets.crypto.koblitz import INFINITY, curve
from smets.crypto.zigbee_suite import ZigbeeSuite

# SEC 2: the uncompressed generators.
GENERATORS = (
    (
        0x02FE13C0537BBC11ACAA07D793DE4E6D5E5C94EEE8,
        0x0289070FB05D38FF58321F2E800536D538CCDAA3D9,
    ),
    (
        0x0503213F78CA44883F1A3B8162F188E553CD265F23C1567A16876913B0C2AC2458492836,
        0x01CCDA380F1C9E318D90F95D07E5426FE87E45C0E8184698E45962364E34116177DD2259,
    ),
)

SLOW_GARBAGE = unittest.skipIf(
    sys.platform == "webassembly", "its garbage is collected only between programs"
)


def affine(curve, projective):
    return curve.to_affine([projective])[0] if projective[2] else None


def added(curve, one, other):
    """The sum of two affine points by the chord and tangent of SEC 1, 2.2.2; None is infinity."""
    if one is None or other is None:
        return one or other
    field = curve.field
    (x1, y1), (x2, y2) = one, other
    if x1 != x2:
        slope = field.multiply(y1 ^ y2, field.inverse(x1 ^ x2))
        x = field.square(slope) ^ slope ^ x1 ^ x2 ^ curve.a
        return x, field.multiply(slope, x1 ^ x) ^ x ^ y1
    if y1 != y2 or not x1:
        return None
    slope = x1 ^ field.multiply(y1, field.inverse(x1))
    x = field.square(slope) ^ slope ^ curve.a
    return x, field.square(x1) ^ field.multiply(slope ^ 1, x)


def multiplied(curve, scalar, point):
    """Double and add."""
    total = None
    for digit in f"{scalar:b}":
        total = added(curve, total, total)
        if digit == "1":
            total = added(curve, total, point)
    return total


def some_scalars(n):
    yield from (1, 2, 3, 4, 5, 7, 8, 15, 16, 17, n - 1, n - 2, n // 2, n // 3)


class KoblitzTest(unittest.TestCase):
    def test_generators(self):
        for suite, generator in enumerate(GENERATORS, 1):
            self.assertEqual(curve(suite).generator, generator)

    @SLOW_GARBAGE
    def test_multiples_are_those_of_double_and_add(self):
        for suite in (1, 2):
            chosen = curve(suite)
            for scalar in some_scalars(chosen.n):
                self.assertEqual(
                    affine(chosen, chosen.multiply(scalar, chosen.generator)),
                    multiplied(chosen, scalar, chosen.generator),
                )

    @SLOW_GARBAGE
    def test_the_order(self):
        for suite in (1, 2):
            chosen = curve(suite)
            generator = chosen.generator
            for scalar in (0, chosen.n, -chosen.n):
                self.assertEqual(chosen.multiply(scalar, generator)[2], 0)
            opposite = affine(chosen, chosen.multiply(chosen.n - 1, generator))
            self.assertEqual(opposite, (generator[0], generator[0] ^ generator[1]))
            self.assertEqual(affine(chosen, chosen.multiply(-1, generator)), opposite)
            self.assertEqual(multiplied(chosen, chosen.n, generator), None)

    def test_sums_of_equal_opposite_and_infinite_points(self):
        for suite in (1, 2):
            chosen = curve(suite)
            point = affine(chosen, chosen.multiply(5, chosen.generator))
            x, y = point
            z = 0x1234567
            field = chosen.field
            scaled = (field.multiply(x, z), field.multiply(y, field.square(z)), z)
            self.assertEqual(affine(chosen, chosen.add(INFINITY, point)), point)
            doubled = affine(chosen, chosen.multiply(10, chosen.generator))
            self.assertEqual(affine(chosen, chosen.add(scaled, point)), doubled)
            self.assertEqual(chosen.add(scaled, (x, x ^ y))[2], 0)

    def test_points_as_octets(self):
        for suite in (1, 2):
            chosen = curve(suite)
            for scalar in (1, 2, 3, 1000003):
                point = affine(chosen, chosen.multiply(scalar, chosen.generator))
                encoded = chosen.encode_point(point)
                self.assertEqual(len(encoded), chosen.public_size)
                self.assertEqual(chosen.decode_point(encoded), point)
                other = bytes((encoded[0] ^ 1,)) + encoded[1:]
                self.assertEqual(chosen.decode_point(other), (point[0], point[0] ^ point[1]))

    def test_octets_that_are_no_point(self):
        for suite in (1, 2):
            chosen = curve(suite)
            good = chosen.encode_point(chosen.generator)
            above = 1 << chosen.field.degree | chosen.generator[0]
            for wrong in (
                b"",
                good[:-1],
                good + b"\x00",
                b"\x00" + good[1:],
                b"\x04" + good[1:],
                b"\x02" + bytes(len(good) - 1),
                b"\x02" + above.to_bytes(chosen.field.octets, "big"),
                b"\x03" + b"\xff" * (len(good) - 1),
            ):
                with self.assertRaises(DecodeError):
                    chosen.decode_point(wrong)

    @SLOW_GARBAGE
    def test_only_points_of_the_right_order_are_taken(self):
        # Judged by multiplication with the order.
        for suite in (1, 2):
            chosen = curve(suite)
            field = chosen.field
            seen = {True: 0, False: 0}
            top = 1 << field.degree - 1
            for x in (1, 2, 3, 6, top // 3, top // 5, top // 7, top // 21):
                encoded = b"\x02" + x.to_bytes(field.octets, "big")
                try:
                    slope = field.solve_quadratic(x ^ chosen.a ^ field.square(field.inverse(x)))
                except DecodeError:
                    with self.assertRaises(DecodeError):
                        chosen.decode_point(encoded)
                    continue
                right = multiplied(chosen, chosen.n, (x, field.multiply(x, slope))) is None
                seen[right] += 1
                if right:
                    self.assertEqual(chosen.decode_point(encoded)[0], x)
                else:
                    with self.assertRaises(DecodeError):
                        chosen.decode_point(encoded)
            self.assertTrue(seen[True] and seen[False])

    def test_points_of_a_small_subgroup(self):
        # x = 1 on sect283k1 has order 4; x = 0 has order 2 on both.
        chosen = curve(2)
        self.assertEqual(multiplied(chosen, 4, (1, 0)), None)
        for octet in (0, 1):
            for sign in (2, 3):
                with self.assertRaises(DecodeError):
                    chosen.decode_point(bytes((sign,)) + bytes(35) + bytes((octet,)))

    def test_private_keys(self):
        for suite in (1, 2):
            chosen = curve(suite)
            size = chosen.private_size
            self.assertEqual(chosen.decode_scalar(bytes(size - 1) + b"\x05"), 5)
            for wrong in (
                b"",
                bytes(size),
                chosen.n.to_bytes(size, "big"),
                b"\x01",
                b"\xff" * size,
            ):
                with self.assertRaises(DecodeError):
                    chosen.decode_scalar(wrong)
        for suite in (0, 3):
            with self.assertRaises(DecodeError):
                curve(suite)


class EcqvTest(unittest.TestCase):
    def test_who_asked_gets_the_key_that_the_certificate_stands_for(self):
        suite = ZigbeeSuite()
        for number in (1, 2):
            chosen = curve(number)
            size = chosen.private_size
            ca_key, request_key = bytes(size - 2) + b"\x4e\x21", bytes(size - 2) + b"\x77\x07"
            ca_public_key = suite.curve_public_key(number, ca_key)
            request = suite.curve_public_key(number, request_key)
            point = ecqv.reconstruction_point(chosen, 987654321, request)
            digest = suite.mmo(point)
            handed_over = ecqv.issue(chosen, ca_key, 987654321, digest)
            private_key = ecqv.receive(chosen, request_key, handed_over, digest)
            expected = suite.curve_public_key(number, private_key)
            self.assertEqual(ecqv.public_key(chosen, ca_public_key, digest, point), expected)
            other = suite.mmo(point + b"\x00")
            self.assertNotEqual(ecqv.public_key(chosen, ca_public_key, other, point), expected)

    def test_certificates_that_stand_for_no_key(self):
        for number in (1, 2):
            chosen = curve(number)
            generator = chosen.encode_point(chosen.generator)
            opposite = bytes((generator[0] ^ 1,)) + generator[1:]
            one = bytes(15) + b"\x01"
            with self.assertRaises(DecodeError):
                ecqv.public_key(chosen, generator, one, opposite)
            with self.assertRaises(DecodeError):
                ecqv.reconstruction_point(chosen, 1, opposite)
            key = bytes(chosen.private_size - 1) + b"\x01"
            with self.assertRaises(DecodeError):
                ecqv.receive(chosen, key, chosen.n - 1, one)


class Answers:
    """A random source that gives what it was told to."""

    def __init__(self, answers):
        self.answers = answers

    def __call__(self, count):
        answer = self.answers.pop(0)
        assert len(answer) == count
        return answer


class RandomTest(unittest.TestCase):
    def test_candidates_out_of_range_are_thrown_away(self):
        for number in (1, 2):
            size = curve(number).private_size
            answers = [bytes(size), b"\xff" * size, bytes(size - 4) + b"\x40\x00\x00\x00"]
            private_key, public_key = ZigbeeSuite().curve_key(number, Answers(answers))
            self.assertEqual(answers, [])
            self.assertTrue(0 < int.from_bytes(private_key, "big") < curve(number).n)
            self.assertEqual(ZigbeeSuite().curve_public_key(number, private_key), public_key)


class MqvTest(unittest.TestCase):
    def test_keys_that_undo_each_other_share_no_secret(self):
        suite = ZigbeeSuite()
        for number in (1, 2):
            chosen = curve(number)
            # Qe' = -avf(Qe') Q' for the static key Q' = -(1 / avf) Qe'.
            ephemeral = chosen.encode_point(chosen.generator)
            half = 1 << (len(f"{chosen.n:b}") + 1) // 2
            value = chosen.generator[0] % half + half
            inverse = pow(value, chosen.n - 2, chosen.n)
            static = chosen.encode_point(
                affine(chosen, chosen.multiply(chosen.n - inverse, chosen.generator))
            )
            key = bytes(chosen.private_size - 1) + b"\x09"
            own = (key, key, suite.curve_public_key(number, key))
            with self.assertRaises(DecodeError):
                suite.mqv(number, own, (static, ephemeral))


if __name__ == "__main__":
    unittest.main()

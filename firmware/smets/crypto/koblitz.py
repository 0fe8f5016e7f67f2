"""The Koblitz curves sect163k1 and sect283k1 (SEC 2, 3.2.1 and 3.4.1): y^2 + xy = x^3 + a x^2 + 1.

Squaring both coordinates of a point, the map tau, costs almost nothing, and tau^2 + 2 = mu tau
with mu = 1 where a = 1 and -1 where a = 0. So a scalar is written in powers of tau (Solinas,
Efficient Arithmetic on Koblitz Curves) and multiplication needs additions alone.

Points are (x, y), or in projective form (X, Y, Z) for (X/Z, Y/Z^2) (Lopez and Dahab); Z is 0 at
infinity.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from smets.codec.errors import DecodeError

if TYPE_CHECKING:
    Point = tuple[int, int]
    Projective = tuple[int, int, int]

try:
    from smets.crypto.binary_field_viper import BinaryField
except (ImportError, SyntaxError, ValueError):  # no viper; .mpy of another architecture
    from smets.crypto.binary_field import BinaryField  # type: ignore[assignment]

INFINITY = (1, 0, 0)
WIDTH = 4  # of the digits in powers of tau: one in five is not 0, and is odd and below 2^3
_HALF = 1 << WIDTH - 1
# degree, taps, a, order n of the generator, cofactor h, compressed generator
_CURVES = (
    (
        163, (7, 6, 3, 0), 1, 0x04000000000000000000020108A2E0CC0D99F8A5EF, 2,
        "0302fe13c0537bbc11acaa07d793de4e6d5e5c94eee8",
    ),
    (
        283, (12, 7, 5, 0), 0,
        0x01FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFE9AE2ED07577265DFF7F94451E061E163C61, 4,
        "020503213f78ca44883f1a3b8162f188e553cd265f23c1567a16876913b0c2ac2458492836",
    ),
)  # fmt: skip


class Koblitz:
    """One curve; all its points here are of the subgroup of order `n`."""

    def __init__(
        self, degree: int, taps: tuple[int, ...], a: int, n: int, h: int, generator: str
    ) -> None:
        self.field = BinaryField(degree, taps)
        self.a = a
        self.n = n
        self.h = h
        self.private_size = (len(f"{n:b}") + 7) // 8
        self.public_size = self.field.octets + 1
        self._mu = 1 if a else -1
        self.generator = self.decode_point(bytes.fromhex(generator))
        # (tau^m - 1) / (tau - 1) takes every point of the subgroup to infinity.
        self._annihilator = self._power_sum(degree)
        # Modulo tau^WIDTH, tau is the even root of its equation modulo 2^WIDTH.
        self._root = next(
            t for t in range(0, 1 << WIDTH, 2) if not (t * t - self._mu * t + 2) % (1 << WIDTH)
        )
        power = (1, 0)
        for _ in range(WIDTH):
            power = self._times_tau(power)
        self._digits = [self._remainder((u, 0), power) for u in range(1, 1 << WIDTH - 1, 2)]

    def decode_scalar(self, private_key: bytes) -> int:
        """A private key as a number in 1..n-1; DecodeError, which never shows it, otherwise."""
        scalar = int.from_bytes(private_key, "big")
        if len(private_key) != self.private_size or not 0 < scalar < self.n:
            raise DecodeError("a private key is not a scalar of its curve")
        return scalar

    def decode_point(self, public_key: bytes) -> Point:
        """A compressed point (SEC 1, 2.3.4), proved to be on the curve and of order n."""
        if len(public_key) != self.public_size or public_key[0] not in (2, 3):
            raise DecodeError("a public key is a compressed point of its curve")
        field = self.field
        x = int.from_bytes(public_key[1:], "big")
        if not x or x >> field.degree:  # x = 0 is the point of order 2
            raise DecodeError("a public key is no point")
        ratio = field.solve_quadratic(x ^ self.a ^ field.square(field.inverse(x)))
        if (ratio ^ public_key[0]) & 1:
            ratio ^= 1
        y = field.multiply(x, ratio)
        # A point is twice another where x and a have one trace; with h = 4 that other has to be
        # twice a third, and u^2 has the trace of u, its x (SEC 1 leaves the method open).
        small = field.trace(x ^ self.a)
        if not small and self.h == 4:
            slope = field.solve_quadratic(x ^ self.a)
            small = field.trace(y ^ field.multiply(x, slope ^ 1) ^ self.a)
        if small:
            raise DecodeError("a public key is not of the order of its curve")
        return x, y

    def encode_point(self, point: Point) -> bytes:
        """The compressed form 02 | 03 || x (SEC 1, 2.3.3)."""
        x, y = point
        ratio = self.field.multiply(y, self.field.inverse(x))
        return bytes((2 | ratio & 1,)) + x.to_bytes(self.field.octets, "big")

    def multiply(self, scalar: int, point: Point) -> Projective:
        """The scalar, of any sign and size, times a point of order n."""
        table = self._multiples(point)
        x, y, z = INFINITY
        waiting = 0  # powers of tau not yet applied
        square = self.field.square
        digits = self._expansion(self._remainder((scalar, 0), self._annihilator))
        for at in range(len(digits) - 1, -1, -1):
            digit = digits[at]
            waiting += 1
            if digit:
                x, y, z = square(x, waiting), square(y, waiting), square(z, waiting)
                waiting = 0
                negative = digit > _HALF
                entry_x, entry_y = table[(2 * _HALF - digit if negative else digit) >> 1]
                if negative:
                    entry_y ^= entry_x
                x, y, z = self.add((x, y, z), (entry_x, entry_y))
        return square(x, waiting), square(y, waiting), square(z, waiting)

    def add(self, one: Projective, other: Point) -> Projective:
        """The sum; equal, opposite and infinite points are right too."""
        x1, y1, z1 = one
        x2, y2 = other
        if not z1:
            return x2, y2, 1
        multiply, square = self.field.multiply, self.field.square
        # Hankerson, Menezes, Vanstone: Guide to Elliptic Curve Cryptography, 3.3.
        a = y1 ^ multiply(y2, square(z1))
        b = x1 ^ multiply(x2, z1)
        if not b:
            return INFINITY if a else self._double(other)
        c = multiply(b, z1)
        z3 = square(c)
        d = multiply(x2, z3)
        x3 = square(a) ^ multiply(c, a ^ square(b) ^ (c if self.a else 0))
        y3 = multiply(d ^ x3, multiply(a, c) ^ z3) ^ multiply(x2 ^ y2, square(z3))
        return x3, y3, z3

    def to_affine(self, points: list[Projective]) -> list[Point]:
        """The points, none of them infinite, with one inversion for all (Montgomery)."""
        multiply, square = self.field.multiply, self.field.square
        products = [1]
        for _, _, z in points:
            products.append(multiply(products[-1], z))
        rest = self.field.inverse(products.pop())
        found = []
        for x, y, z in reversed(points):
            inverse = multiply(rest, products.pop())
            rest = multiply(rest, z)
            found.append((multiply(x, inverse), multiply(y, square(inverse))))
        found.reverse()
        return found

    def _double(self, point: Point) -> Projective:
        x, y = point
        square = self.field.square
        z3 = square(x)
        x3 = square(z3) ^ 1
        y3 = z3 ^ self.field.multiply(x3, (z3 if self.a else 0) ^ square(y) ^ 1)
        return x3, y3, z3

    def _multiples(self, point: Point) -> list[Point]:
        """The point times what stands for each digit 1, 3, 5, 7."""
        found = []
        for element in self._digits:
            total: Projective = INFINITY
            x, y = point
            for digit in self._expansion(element, 2):
                if digit:
                    total = self.add(total, (x, y ^ x if digit > 2 else y))
                x, y = self.field.square(x), self.field.square(y)
            found.append(total)
        return self.to_affine(found)

    def _expansion(self, element: Point, width: int = WIDTH) -> bytearray:
        """Digits of r0 + r1 tau in powers of tau, the lowest first.

        A digit is 0 or odd and of a size below 2^(width - 1); it stands for the element of
        `_digits` that leaves the same remainder by tau^width. Each is an octet, modulo 2^width.
        """
        r0, r1 = element
        mu = self._mu
        root = self._root
        whole = 1 << width
        digits = bytearray()
        while r0 or r1:
            digit = 0
            if r0 & 1:
                digit = (r0 + r1 * root) % whole
                d0, d1 = self._digits[min(digit, whole - digit) >> 1]
                if digit > whole // 2:
                    r0 += d0
                    r1 += d1
                else:
                    r0 -= d0
                    r1 -= d1
            digits.append(digit)
            half = r0 >> 1
            r0, r1 = r1 + mu * half, -half
        return digits

    def _times_tau(self, element: Point) -> Point:
        r0, r1 = element
        return -2 * r1, r0 + self._mu * r1

    def _power_sum(self, count: int) -> Point:
        """The sum of the first `count` powers of tau."""
        power = (1, 0)
        s0, s1 = 0, 0
        for _ in range(count):
            s0 += power[0]
            s1 += power[1]
            power = self._times_tau(power)
        return s0, s1

    def _remainder(self, element: Point, divisor: Point) -> Point:
        """A small element with the same remainder by the divisor."""
        r0, r1 = element
        d0, d1 = divisor
        mu = self._mu
        norm = d0 * d0 + mu * d0 * d1 + 2 * d1 * d1
        # The quotient is the element times the divisor's conjugate by its norm, rounded.
        c0, c1 = d0 + mu * d1, -d1
        q0 = (2 * (r0 * c0 - 2 * r1 * c1) + norm) // (2 * norm)
        q1 = (2 * (r0 * c1 + r1 * c0 + mu * r1 * c1) + norm) // (2 * norm)
        return r0 - q0 * d0 + 2 * q1 * d1, r1 - q0 * d1 - q1 * d0 - mu * q1 * d1


_made: list[Koblitz | None] = [None, None]


def curve(suite: int) -> Koblitz:
    """The curve of key establishment suite 1 or 2, made at first use and kept."""
    if suite not in (1, 2):
        raise DecodeError("there are key establishment suites 1 and 2")
    found = _made[suite - 1]
    if found is None:
        found = _made[suite - 1] = Koblitz(*_CURVES[suite - 1])
    return found

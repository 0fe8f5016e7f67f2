"""GF(2^m) with a sparse polynomial; an element is an int, bit i the coefficient of x^i."""

from __future__ import annotations

from smets.codec.errors import DecodeError


class BinaryField:
    """GF(2^m) modulo x^m plus the sum of x^i over `taps`, the last of them 0, all below m/2."""

    def __init__(self, degree: int, taps: tuple[int, ...]) -> None:
        self.degree = degree
        self.taps = taps
        self.octets = (degree + 7) // 8
        self._mask = (1 << degree) - 1
        # Each mask has runs of ones with a gap of the same width: for `square`.
        self._spread: list[tuple[int, int]] = []
        width = 256
        while width:
            if width < degree:
                run, gaps = (1 << width) - 1, range(0, 2 * degree, 2 * width)
                self._spread.append((width, sum(run << gap for gap in gaps)))
            width >>= 1

    def reduce(self, value: int) -> int:
        """The element of a polynomial of degree below 2m."""
        # Below m/2, the taps put nothing above x^m a third time.
        for _ in range(2):
            high = value >> self.degree
            value &= self._mask
            for tap in self.taps:
                value ^= high << tap
        return value

    def multiply(self, one: int, other: int) -> int:
        """The product, four coefficients of `other` a step."""
        twice, fourfold, eightfold = one << 1, one << 2, one << 3
        three, twelve = one ^ twice, fourfold ^ eightfold
        multiples = (
            (0, one, twice, three)
            + (fourfold, fourfold ^ one, fourfold ^ twice, fourfold ^ three)
            + (eightfold, eightfold ^ one, eightfold ^ twice, eightfold ^ three)
            + (twelve, twelve ^ one, twelve ^ twice, twelve ^ three)
        )
        product = 0
        for octet in other.to_bytes(self.octets, "big"):
            product = product << 8 ^ multiples[octet >> 4] << 4 ^ multiples[octet & 15]
        return self.reduce(product)

    def square(self, value: int, times: int = 1) -> int:
        """The element squared so many times: its power of 2^times."""
        for _ in range(times):
            # A zero comes between any two coefficients: halves part, then halves of halves.
            for width, mask in self._spread:
                value = (value | value << width) & mask
            value = self.reduce(value)
        return value

    def inverse(self, value: int) -> int:
        """The inverse of an element that is not 0 (Itoh and Tsujii).

        It is the square of value^(2^(m-1) - 1), whose exponent is doubled and counted up in bits.
        """
        power, bits = value, 1
        for digit in f"{self.degree - 1:b}"[1:]:
            power = self.multiply(self.square(power, bits), power)
            bits *= 2
            if digit == "1":
                power = self.multiply(self.square(power), value)
                bits += 1
        return self.square(power)

    def trace(self, value: int) -> int:
        """The sum of all m conjugates, 0 or 1; for odd m."""
        # Newton's identities: of all x^i, i < m, those with m - i a tap and i odd have trace 1,
        # and x^0.
        for tap in self.taps:
            if tap and (self.degree - tap) & 1:
                value ^= value >> self.degree - tap
        return value & 1

    def solve_quadratic(self, value: int) -> int:
        """One z with z^2 + z = value, the other is z + 1, for odd m (SEC 1, 2.3.4).

        DecodeError when there is none.
        """
        if self.trace(value):
            raise DecodeError("a point is not on its curve")
        total = term = value  # the half-trace
        for _ in range(self.degree // 2):
            term = self.square(term, 2)
            total ^= term
        return total

"""Scalar multiplication with signed combs (Lim-Lee comb, digits +1 and -1 only).

An odd scalar below 2^256 has exactly one form sum(d[i] * 2^i), i < 260, d[i] = +1 or -1. Its 260
digits are cut into 5 teeth of 52 columns; the 5 digits of one column select one entry, up to its
sign, from 16. A second table, 26 columns up, halves the doublings. A table of 2 KB thus answers
with 26 doublings and 52 additions; making it costs about as much as one multiplication without
it, so every multiplication here goes through a table, kept or not.
"""

from smets.crypto.p256 import GENERATOR, N, P, add, double, to_affine

TEETH = 5
TABLES = 2
STEPS = 26
COLUMNS = TABLES * STEPS
ENTRIES = 1 << (TEETH - 1)
NEGATIVE = ENTRIES  # the bit of a digit that asks for the opposite of its entry
ENTRY_SIZE = 64  # x || y
TABLE_SIZE = TABLES * ENTRIES * ENTRY_SIZE

_generator: list[bytearray] = []


def generator() -> bytearray:
    """The comb table of the curve's generator, made at first use and kept."""
    if not _generator:
        _generator.append(comb_table(GENERATOR[0], GENERATOR[1]))
    return _generator[0]


def comb_table(x: int, y: int) -> bytearray:
    """The TABLE_SIZE octets of multiples of the point (x, y) that `multiply` reads.

    Entry m of table t is 2^(26 t) (2^208 + sum over teeth i < 4 of +-2^(52 i)) times the point,
    plus where bit i of m is set. All of these multiples are odd times a power of two and below N,
    so that no sum on the way is infinite or a doubling.
    """
    octets = bytearray(TABLE_SIZE)  # first, while a heap of a board still has a hole of this size
    at = 0
    # powers[2 k] is 2^(26 k) times the point, powers[2 k + 1] the double of that.
    powers = [(x, y, 1)]
    for _ in range(TEETH * TABLES - 1):
        powers.append(double(*powers[-1], 1))
        powers.append(double(*powers[-1], STEPS - 1))
    points = to_affine(powers)
    for table in range(TABLES):
        rows = points[2 * table :: 2 * TABLES]
        doubles = points[2 * table + 1 :: 2 * TABLES]
        lowest = rows[-1] + (1,)
        for row in rows[:-1]:
            lowest = add(*lowest, row[0], P - row[1])
        entries = [lowest]
        for tooth in range(TEETH - 1):
            entries += [add(*entry, *doubles[tooth]) for entry in entries]
        for entry_x, entry_y in to_affine(entries):
            octets[at : at + 32] = entry_x.to_bytes(32, "big")
            octets[at + 32 : at + 64] = entry_y.to_bytes(32, "big")
            at += ENTRY_SIZE
    return octets


def _digits(scalar: int) -> bytes:
    """One octet a column, top column first: the entry's number, with NEGATIVE for its opposite."""
    odd = scalar & 1
    if not odd:
        scalar = N - scalar
    # Digit i is +1 where bit i of (scalar + 2^260 - 1) / 2 is set, -1 where it is not.
    bits = f"{(scalar >> 1) + (1 << (TEETH * COLUMNS - 1)):b}".encode()
    digits = bytearray(COLUMNS)
    for column in range(COLUMNS):
        digit = 0
        for position in range(column, TEETH * COLUMNS, COLUMNS):
            digit = digit << 1 | bits[position] & 1
        # The top tooth gives the sign: a -1 there inverts the other digits.
        digit = digit ^ NEGATIVE if digit & NEGATIVE else digit ^ (2 * NEGATIVE - 1)
        digits[column] = digit if odd else digit ^ NEGATIVE
    return bytes(digits)


def multiply(terms: list[tuple[int, bytearray]]) -> tuple[int, int, int]:
    """The sum of scalar times point over (scalar in 0..N-1, comb table) pairs, in Jacobian form."""
    from_bytes = int.from_bytes
    columns = [(_digits(scalar), table) for scalar, table in terms]
    x, y, z = 0, 1, 0
    for step in range(STEPS):
        x, y, z = double(x, y, z, 1)
        for digits, table in columns:
            for part in range(TABLES):
                # Digits run from the top column: the last table's stand first.
                digit = digits[(TABLES - 1 - part) * STEPS + step]
                start = (part * ENTRIES + (digit & (ENTRIES - 1))) * ENTRY_SIZE
                entry_x = from_bytes(table[start : start + 32], "big")
                entry_y = from_bytes(table[start + 32 : start + 64], "big")
                x, y, z = add(x, y, z, entry_x, P - entry_y if digit & NEGATIVE else entry_y)
    return x, y, z

"""Scalar multiplication with a signed comb (Lim and Lee's comb, digits +1 and -1 only).

An odd scalar below 2^256 has exactly one form sum(d[i] * 2^i), i < 258, d[i] = +1 or -1. Its 258
digits are cut into 6 teeth of 43 columns; the 6 digits of one column select one entry, up to its
sign, from 32. A table of 2 KB thus answers with 43 doublings and 43 additions; making it costs
about as much as one multiplication without it, so every multiplication here goes through a
table, kept or not.
"""

from smets.crypto.p256 import GENERATOR, INFINITY, N, P, add, double, pop_affine

TEETH = 6
COLUMNS = 43
ENTRIES = 1 << (TEETH - 1)
NEGATIVE = ENTRIES  # the bit of a digit that asks for the opposite of its entry
ENTRY_SIZE = 64  # x || y
TABLE_SIZE = ENTRIES * ENTRY_SIZE

_generator: list[bytearray] = []


def generator() -> bytearray:
    """The comb table of the curve's generator, made at first use and kept."""
    if not _generator:
        _generator.append(comb_table(*GENERATOR))
    return _generator[0]


def comb_table(x: int, y: int) -> bytearray:
    """The TABLE_SIZE octets of multiples of the point (x, y) that `multiply` reads.

    Entry m is 2^215 + sum over teeth i < 5 of +-2^(43 i) times the point, plus where bit i of m is
    set. All these multiples are odd and below N, so no sum on the way is infinite or a doubling.
    """
    table = bytearray(TABLE_SIZE)  # first, while the heap still has a hole of this size
    # powers[2 i] is 2^(43 i) times the point, powers[2 i + 1] the double of that.
    powers = [(x, y, 1)]
    for _ in range(TEETH - 1):
        powers.append(double(*powers[-1], 1))
        powers.append(double(*powers[-1], COLUMNS - 1))
    rows = list(pop_affine(powers))  # from the last power down
    lowest = rows[0] + (1,)
    for row in rows[2::2]:
        lowest = add(*lowest, row[0], P - row[1])
    doubles = list(reversed(rows[1::2]))
    del rows
    # Half of the entries at a time: more Jacobian points need more heap than all else here.
    entries = [lowest]
    for twice in doubles[:-1]:
        entries += [add(*entry, *twice) for entry in entries]
    _store(table, ENTRIES // 2, entries)
    for number in range(ENTRIES // 2):
        entry_x, entry_y = _entry(table, number)
        entries.append(add(entry_x, entry_y, 1, *doubles[-1]))
    _store(table, ENTRIES, entries)
    return table


def _store(table: bytearray, end: int, points: list[tuple[int, int, int]]) -> None:
    """Move Jacobian points into the entries below number `end`."""
    at = end * ENTRY_SIZE
    for x, y in pop_affine(points):
        at -= ENTRY_SIZE
        table[at : at + 32] = x.to_bytes(32, "big")
        table[at + 32 : at + 64] = y.to_bytes(32, "big")


def _entry(table: bytearray, number: int) -> tuple[int, int]:
    at = number * ENTRY_SIZE
    return (
        int.from_bytes(table[at : at + 32], "big"),
        int.from_bytes(table[at + 32 : at + ENTRY_SIZE], "big"),
    )


def _digits(scalar: int) -> bytearray:
    """One octet a column, top column first: the entry's number, with NEGATIVE for its opposite."""
    odd = scalar & 1
    if not odd:
        scalar = N - scalar
    # Digit i is +1 where bit i of (scalar + 2^258 - 1) / 2 is set, -1 where it is not.
    bits = f"{(scalar >> 1) + (1 << (TEETH * COLUMNS - 1)):b}".encode()
    digits = bytearray(COLUMNS)
    for column in range(COLUMNS):
        digit = 0
        for position in range(column, TEETH * COLUMNS, COLUMNS):
            digit = digit << 1 | bits[position] & 1
        # The top tooth gives the sign: a -1 there inverts the other digits.
        digit = digit ^ NEGATIVE if digit & NEGATIVE else digit ^ (2 * NEGATIVE - 1)
        digits[column] = digit if odd else digit ^ NEGATIVE
    return digits


def multiply(terms: list[tuple[int, bytearray]]) -> tuple[int, int, int]:
    """The sum of scalar times point over (scalar in 0..N-1, comb table) pairs; Jacobian."""
    rows = [(_digits(scalar), table) for scalar, table in terms]
    x, y, z = INFINITY
    for column in range(COLUMNS):
        x, y, z = double(x, y, z, 1)
        for digits, table in rows:
            digit = digits[column]
            entry_x, entry_y = _entry(table, digit & (ENTRIES - 1))
            x, y, z = add(x, y, z, entry_x, P - entry_y if digit & NEGATIVE else entry_y)
    return x, y, z

"""What the meter counts: the numbers of its registers, and the record that keeps them all.

The record is an array of 32-bit words, stored as it lies in memory (every machine this runs on is
little-endian). Energies are Wh and varh; registers never go back and wrap at 2**32.
"""

from __future__ import annotations

from array import array

# book-keeping
ACCRUED_TO = 0  # everything before this moment is in the registers
DAY_START = 1  # the import register when the last day was closed
PERIOD = 2  # the open half hour so far: import, reactive import, export, reactive export

# registers, in the order of PERIOD
IMPORT = 6
REACTIVE_IMPORT = 7
EXPORT = 8
REACTIVE_EXPORT = 9

SECOND_IMPORT = 10  # second element
UNDER_VOLTAGE = 11
OVER_VOLTAGE = 12
LOAD_LIMIT = 13

TOU = 14
SECOND_TOU = 62
BLOCK = 66

TOU_COUNT = 48
SECOND_TOU_COUNT = 4
BLOCK_COUNT = 64  # block by block
BLOCK_TOU_COUNT = 16  # registers in a block
WORDS = BLOCK + BLOCK_COUNT

QUANTITIES = 4  # import, reactive import, export, reactive export


def add(registers: array[int], number: int, amount: int) -> None:
    """Counts on; also back, by a negative amount."""
    registers[number] = (registers[number] + amount) & 0xFFFFFFFF


def octets(registers: array[int], first: int, count: int) -> bytes:
    """`count` registers from `first` on, each of 4 octets, big-endian."""
    return b"".join([registers[first + i].to_bytes(4, "big") for i in range(count)])


def stored(octets: bytes | None, words: int) -> array[int]:
    """The record as it was stored, all zero if it never was; ValueError for another size."""
    if octets is None:
        return array("I", bytes(4 * words))
    if len(octets) != 4 * words:
        raise ValueError(f"a record of {len(octets)} octets; this firmware's has {4 * words}")
    return array("I", octets)

"""GHASH in viper machine code; importing this fails where there is no viper, as on CPython.

Shoup's method with 4 bits a step (McGrew and Viega, The Galois/Counter Mode, 4.1). Field elements
lie in 16 octets as four little-endian words, the word with x^127 first.
"""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING

import micropython

if TYPE_CHECKING:
    # The types of viper, known to its compiler alone.
    from typing import Any as ptr8  # noqa: N813
    from typing import Any as ptr16  # noqa: N813
    from typing import Any as ptr32  # noqa: N813

    uint = int

# What the four coefficients shifted out on the right become on the left, highest 16 bits.
_REDUCTION = array(
    "H",
    (
        0x0000, 0x1C20, 0x3840, 0x2460, 0x7080, 0x6CA0, 0x48C0, 0x54E0,
        0xE100, 0xFD20, 0xD940, 0xC560, 0x9180, 0x8DA0, 0xA9C0, 0xB5E0,
    ),
)  # fmt: skip


@micropython.viper
def _absorb(table: ptr32, reduction: ptr16, state: ptr32, data: ptr8, blocks: int):  # type: ignore[no-untyped-def]
    at = 0
    while blocks > 0:
        word = 3
        while word >= 0:
            octets = data[at] << 24 | data[at + 1] << 16 | data[at + 2] << 8 | data[at + 3]
            state[word] = state[word] ^ octets
            at += 4
            word -= 1
        z0 = uint(0)
        z1 = uint(0)
        z2 = uint(0)
        z3 = uint(0)
        word = 0
        while word < 4:
            rest = uint(state[word])
            nibbles = 8
            while nibbles > 0:
                # Masked before the shift: a machine word may have 64 bits.
                carry = int(z0 & uint(15))
                z0 = (z1 & uint(15)) << 28 | z0 >> 4
                z1 = (z2 & uint(15)) << 28 | z1 >> 4
                z2 = (z3 & uint(15)) << 28 | z2 >> 4
                z3 = z3 >> 4 ^ uint(reduction[carry] << 16)
                entry = int(rest & uint(15)) << 2
                rest = rest >> 4
                z0 = z0 ^ uint(table[entry])
                z1 = z1 ^ uint(table[entry + 1])
                z2 = z2 ^ uint(table[entry + 2])
                z3 = z3 ^ uint(table[entry + 3])
                nibbles -= 1
            word += 1
        state[0] = int(z0)
        state[1] = int(z1)
        state[2] = int(z2)
        state[3] = int(z3)
        blocks -= 1


def _multiples(subkey: bytes) -> bytes:
    """The 16 products of the subkey with a polynomial of four coefficients, x^0 in bit 3."""
    power = int.from_bytes(subkey, "big")
    powers = []
    for _ in range(4):
        powers.append(power)
        power = power >> 1 ^ (0xE1 << 120 if power & 1 else 0)
    multiples = [0]
    for power in reversed(powers):
        multiples += [power ^ multiple for multiple in multiples]
    return b"".join([multiple.to_bytes(16, "little") for multiple in multiples])


class Ghash:
    """A running GHASH under one hash subkey of 16 octets."""

    def __init__(self, subkey: bytes) -> None:
        self._table = _multiples(subkey)
        self._state = bytearray(16)

    def update(self, data: bytes) -> None:
        """Absorb `data`, filled up with zeros to whole blocks."""
        whole = len(data) >> 4
        _absorb(self._table, _REDUCTION, self._state, data, whole)
        tail = bytes(data[whole << 4 :])
        if tail:
            tail += bytes(16 - len(tail))
            _absorb(self._table, _REDUCTION, self._state, tail, 1)

    def digest(self) -> bytes:
        """The 16 octets for everything absorbed so far."""
        return int.from_bytes(self._state, "little").to_bytes(16, "big")

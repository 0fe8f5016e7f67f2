"""GF(2^m) in viper machine code; importing this fails where there is no viper, as on CPython."""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING

import micropython

from smets.crypto import binary_field

if TYPE_CHECKING:
    # The types of viper, known to its compiler alone.
    from typing import Any as ptr8  # noqa: N813
    from typing import Any as ptr16  # noqa: N813
    from typing import Any as ptr32  # noqa: N813

    uint = int

# An octet with a zero after every bit.
_SPREAD = array("H", [int(f"{octet:b}", 4) for octet in range(256)])


@micropython.viper
def _run(work: ptr32, shape: ptr8, spread: ptr16, times: int):  # type: ignore[no-untyped-def]  # noqa: PLR0912, PLR0915
    """Replace the first element of `work` by its product with the second; or square it `times`.

    `work`, in words of 32 bits, the lowest first: two elements, a product twice as long, and 16
    multiples of the first, each with a word of overflow. `shape`: the words of an element, the
    bits in its last word, the count of taps, the taps. Stores cut off what a machine word of 64
    bits has above 32.
    """
    words = int(shape[0])
    product = 2 * words
    end = 4 * words
    last_bits = int(shape[1])
    taps_end = 3 + int(shape[2])
    squaring = times
    while True:
        if squaring > 0:
            i = 0
            while i < words:
                value = uint(work[i])
                k = product + 2 * i
                work[k] = (
                    int(spread[value & uint(255)]) | int(spread[value >> 8 & uint(255)]) << 16
                )
                value = value >> 16
                work[k + 1] = (
                    int(spread[value & uint(255)]) | int(spread[value >> 8 & uint(255)]) << 16
                )
                i += 1
        else:
            size = words + 1
            # The multiples by 0, 1, then by 2n and 2n + 1 for n from 1 to 7.
            i = 0
            while i < words:
                work[end + i] = 0
                work[end + size + i] = work[i]
                i += 1
            work[end + words] = 0
            work[end + size + words] = 0
            n = 1
            while n < 8:
                source = end + n * size
                even = end + 2 * n * size
                carry = uint(0)
                i = 0
                while i < size:
                    value = uint(work[source + i])
                    shifted = value << 1 | carry
                    carry = value >> 31 & uint(1)
                    work[even + i] = int(shifted)
                    work[even + size + i] = int(shifted) ^ work[end + size + i]
                    i += 1
                n += 1
            i = product
            while i < end:
                work[i] = 0
                i += 1
            bit = 28
            while True:
                k = 0
                while k < words:
                    source = end + int(uint(work[words + k]) >> uint(bit) & uint(15)) * size
                    target = product + k
                    i = 0
                    while i < size:
                        work[target + i] = work[target + i] ^ work[source + i]
                        i += 1
                    k += 1
                if bit == 0:
                    break
                bit -= 4
                i = end - 1
                while i > product:
                    work[i] = int(uint(work[i]) << 4 | uint(work[i - 1]) >> 28)
                    i -= 1
                work[product] = work[product] << 4
        # Each tap takes the words above the element down to where x^m is 1.
        i = end - 1
        while i >= product + words:
            value = uint(work[i])
            tap = 3
            while tap < taps_end:
                shift = 32 - last_bits + int(shape[tap])
                k = i - words + (shift >> 5)
                shift = shift & 31
                work[k] = work[k] ^ int(value << uint(shift))
                if shift > 0:
                    work[k + 1] = work[k + 1] ^ int(value >> uint(32 - shift))
                tap += 1
            i -= 1
        i = product + words - 1
        value = uint(work[i]) >> uint(last_bits)
        work[i] = work[i] & (1 << last_bits) - 1
        tap = 3
        while tap < taps_end:
            shift = int(shape[tap])
            work[product] = work[product] ^ int(value << uint(shift))
            if shift > 0:
                work[product + 1] = work[product + 1] ^ int(value >> uint(32 - shift))
            tap += 1
        i = 0
        while i < words:
            work[i] = work[product + i]
            i += 1
        squaring -= 1
        if squaring <= 0:
            break


class BinaryField(binary_field.BinaryField):
    """GF(2^m) as in the base class; a degree has at least one bit in its last word."""

    def __init__(self, degree: int, taps: tuple[int, ...]) -> None:
        super().__init__(degree, taps)
        words = degree // 32 + 1
        self._size = 4 * words
        self._shape = bytes((words, degree % 32, len(taps)) + taps)
        self._work = bytearray(4 * (4 * words + 16 * (words + 1)))

    def multiply(self, one: int, other: int) -> int:
        """The product."""
        size, work = self._size, self._work
        work[:size] = one.to_bytes(size, "little")
        work[size : 2 * size] = other.to_bytes(size, "little")
        _run(work, self._shape, _SPREAD, 0)
        return int.from_bytes(work[:size], "little")

    def square(self, value: int, times: int = 1) -> int:
        """The element squared so many times."""
        if not times:
            return value
        size, work = self._size, self._work
        work[:size] = value.to_bytes(size, "little")
        _run(work, self._shape, _SPREAD, times)
        return int.from_bytes(work[:size], "little")

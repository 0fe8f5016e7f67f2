"""GHASH (SP 800-38D, 6.4) with one big multiplication a block, for VMs without viper.

A field element is spread to one octet a coefficient, x^0 lowest. The product of two such numbers
is then the product of the polynomials: at most 128 ones meet in an octet, so nothing carries into
the next one, and the lowest bit of each octet is the sum in GF(2).
"""

_ONES = int.from_bytes(b"\x01" * 256, "little")
_LOW = (1 << 1024) - 1


def _spread(block: bytes) -> int:
    # The binary digits of a block are GCM's coefficients in order; "0" and "1" differ in bit 0.
    digits = f"{int.from_bytes(block, 'big'):0128b}".encode()
    return int.from_bytes(digits, "little") & _ONES


class Ghash:
    """A running GHASH under one hash subkey of 16 octets."""

    def __init__(self, subkey: bytes) -> None:
        self._subkey = _spread(subkey)
        self._sum = 0

    def update(self, data: bytes) -> None:
        """Absorb `data`, filled up with zeros to whole blocks."""
        for start in range(0, len(data), 16):
            block = data[start : start + 16]
            block += bytes(16 - len(block))
            product = (self._sum ^ _spread(block)) * self._subkey & _ONES
            # x^128 = x^7 + x^2 + x + 1; the second round folds what the first left above.
            for _ in range(2):
                high = product >> 1024
                product = product & _LOW ^ high ^ high << 8 ^ high << 16 ^ high << 56
            self._sum = product

    def digest(self) -> bytes:
        """The 16 octets for everything absorbed so far."""
        digits = (self._sum | 0x30 * _ONES & _LOW).to_bytes(128, "little")
        return int(digits.decode(), 2).to_bytes(16, "big")

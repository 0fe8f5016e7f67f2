"""AES-MMO and its HMAC: the hash function of Zigbee (Zigbee specification, B.6 and B.1.4)."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    Aes = Callable[[bytes], Callable[[bytes], bytes]]

SIZE = 16
_SHORT = 1 << 16  # bits; from here on the padding is another


def mmo(aes: Aes, data: bytes) -> bytes:
    """The hash, 16 octets; `aes(key)` gives a function that encrypts whole blocks."""
    bits = 8 * len(data)
    # B.6: one bit, zeros, the length in 16 bits; or in 32 bits with 16 zeros after it.
    if bits < _SHORT:
        tail = b"\x80" + bytes((13 - len(data)) % SIZE) + bits.to_bytes(2, "big")
    else:
        tail = b"\x80" + bytes((9 - len(data)) % SIZE) + bits.to_bytes(4, "big") + bytes(2)
    whole = len(data) & -SIZE
    state = bytes(SIZE)
    for part in (data[:whole], data[whole:] + tail):
        for start in range(0, len(part), SIZE):
            block = part[start : start + SIZE]
            state = _xor(aes(state)(block), block)
    return state


def keyed_hash(aes: Aes, key: bytes, data: bytes) -> bytes:
    """The HMAC of a key of 16 octets, which is the hash's block."""
    inner = mmo(aes, _xor(key, b"\x36" * SIZE) + data)
    return mmo(aes, _xor(key, b"\x5c" * SIZE) + inner)


def _xor(one: bytes, other: bytes) -> bytes:
    return (int.from_bytes(one, "big") ^ int.from_bytes(other, "big")).to_bytes(SIZE, "big")

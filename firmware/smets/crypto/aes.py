"""AES-128 encryption of whole blocks (FIPS 197), for platforms without `cryptolib`.

Octet tables, not words: a 32-bit VM allocates a big integer for every word above 2^30.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

SBOX = bytes.fromhex(
    "637c777bf26b6fc53001672bfed7ab76ca82c97dfa5947f0add4a2af9ca472c0"
    "b7fd9326363ff7cc34a5e5f171d8311504c723c31896059a071280e2eb27b275"
    "09832c1a1b6e5aa0523bd6b329e32f8453d100ed20fcb15b6acbbe394a4c58cf"
    "d0efaafb434d338545f9027f503c9fa851a3408f929d38f5bcb6da2110fff3d2"
    "cd0c13ec5f974417c4a77e3d645d197360814fdc222a908846eeb814de5e0bdb"
    "e0323a0a4906245cc2d3ac629195e479e7c8376d8dd54ea96c56f4ea657aae08"
    "ba78252e1ca6b4c6e8dd741f4bbd8b8a703eb5664803f60e613557b986c11d9e"
    "e1f8981169d98e949b1e87e9ce5528df8ca1890dbfe6426841992d0fb054bb16"
)
# MixColumns multiplies by 2 and 3 in GF(2^8).
DOUBLE = bytes([(octet << 1 ^ (0x1B if octet & 0x80 else 0)) & 0xFF for octet in SBOX])
TRIPLE = bytes([octet ^ double for octet, double in zip(SBOX, DOUBLE)])


def _key_schedule(key: bytes) -> bytearray:
    words = bytearray(key) + bytes(160)
    round_constant = 1
    for i in range(16, 176, 4):
        a, b, c, d = words[i - 4 : i]
        if i % 16 == 0:
            a, b, c, d = SBOX[b] ^ round_constant, SBOX[c], SBOX[d], SBOX[a]
            round_constant = (round_constant << 1 ^ (0x1B if round_constant & 0x80 else 0)) & 0xFF
        words[i] = words[i - 16] ^ a
        words[i + 1] = words[i - 15] ^ b
        words[i + 2] = words[i - 14] ^ c
        words[i + 3] = words[i - 13] ^ d
    return words


def aes(key: bytes) -> Callable[[bytes], bytes]:
    """A function that encrypts whole blocks, each on its own, under a key of 16 octets."""
    words = _key_schedule(key)

    def encrypt(blocks: bytes) -> bytes:
        sbox, double, triple = SBOX, DOUBLE, TRIPLE
        out = bytearray(len(blocks))
        state, mixed = bytearray(16), bytearray(16)
        for start in range(0, len(blocks), 16):
            for i in range(16):
                state[i] = blocks[start + i] ^ words[i]
            for base in range(16, 160, 16):
                for i in (0, 4, 8, 12):
                    # ShiftRows picks the column's octets, SubBytes and MixColumns replace them.
                    a, b = state[i], state[(i + 5) & 15]
                    c, d = state[(i + 10) & 15], state[(i + 15) & 15]
                    k = base + i
                    mixed[i] = double[a] ^ triple[b] ^ sbox[c] ^ sbox[d] ^ words[k]
                    mixed[i + 1] = sbox[a] ^ double[b] ^ triple[c] ^ sbox[d] ^ words[k + 1]
                    mixed[i + 2] = sbox[a] ^ sbox[b] ^ double[c] ^ triple[d] ^ words[k + 2]
                    mixed[i + 3] = triple[a] ^ sbox[b] ^ sbox[c] ^ double[d] ^ words[k + 3]
                state, mixed = mixed, state
            for i in range(16):
                out[start + i] = sbox[state[i * 5 & 15]] ^ words[160 + i]
        return bytes(out)

    return encrypt

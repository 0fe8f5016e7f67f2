"""ECDSA on P-256 over a SHA-256 digest (FIPS 186-5, 6.4); signatures are r || s, 64 octets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from smets.crypto.comb import generator, multiply
from smets.crypto.p256 import N, P, inverse, to_affine

if TYPE_CHECKING:
    from collections.abc import Iterable


def sign(scalar: int, digest: bytes, nonces: Iterable[int]) -> bytes:
    """The signature with the first nonce that leaves neither r nor s zero."""
    number = int.from_bytes(digest, "big")
    for nonce in nonces:
        r = to_affine(multiply([(nonce, generator())]))[0] % N
        s = inverse(nonce, N) * (number + r * scalar) % N
        if r and s:
            return r.to_bytes(32, "big") + s.to_bytes(32, "big")
    raise ValueError("no usable nonce")


def verify(table: bytearray, digest: bytes, signature: bytes) -> bool:
    """Whether the signature is of this digest by the key whose comb table is given."""
    r = int.from_bytes(signature[:32], "big")
    s = int.from_bytes(signature[32:], "big")
    if len(signature) != 64 or not 0 < r < N or not 0 < s < N:
        return False
    s_inverse = inverse(s, N)
    u1 = int.from_bytes(digest, "big") * s_inverse % N
    u2 = r * s_inverse % N
    x, _, z = multiply([(u1, generator()), (u2, table)])
    # x / z^2 mod P is r or, as P > N, r + N: compared without an inversion.
    zz = z * z % P
    return z != 0 and ((x - r * zz) % P == 0 or (r + N < P and (x - (r + N) * zz) % P == 0))

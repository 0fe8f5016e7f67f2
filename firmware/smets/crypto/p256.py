"""The curve P-256 (FIPS 186-5, SP 800-186): parameters, Jacobian arithmetic, octets to points.

Jacobian (X, Y, Z) stands for the affine point (X/Z^2, Y/Z^3); Z is 0 at infinity. `% P` is left
out wherever the next product can carry the excess: in MicroPython it costs twice a multiplication.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from smets.codec.errors import DecodeError

if TYPE_CHECKING:
    from collections.abc import Iterator

P = 0xFFFFFFFF00000001000000000000000000000000FFFFFFFFFFFFFFFFFFFFFFFF
N = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
B = 0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B
GENERATOR = (
    0x6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296,
    0x4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5,
)
INFINITY = (0, 1, 0)


def decode_scalar(private_key: bytes) -> int:
    """A private key as a number in 1..N-1; DecodeError, which never shows it, otherwise."""
    scalar = int.from_bytes(private_key, "big")
    if len(private_key) != 32 or not 0 < scalar < N:
        raise DecodeError("a private key is a P-256 scalar of 32 octets")
    return scalar


def decode_point(public_key: bytes) -> tuple[int, int]:
    """Full public-key validation (SP 800-56A 5.6.2.3.3); the order is prime, so no cofactor."""
    if len(public_key) != 65 or public_key[0] != 4:
        raise DecodeError("a public key is 04 || x || y, 65 octets")
    x = int.from_bytes(public_key[1:33], "big")
    y = int.from_bytes(public_key[33:], "big")
    if x >= P or y >= P or (y * y - x * x * x + 3 * x - B) % P:
        raise DecodeError("a public key is not a point of P-256")
    return x, y


def encode_point(x: int, y: int) -> bytes:
    """The uncompressed form 04 || x || y (SEC 1, 2.3.3)."""
    return b"\x04" + x.to_bytes(32, "big") + y.to_bytes(32, "big")


def inverse(value: int, modulus: int) -> int:
    """The inverse of `value` modulo a prime, by Euclid: `pow(v, -1, m)` is 0 in MicroPython."""
    low, high = value % modulus, modulus
    x, y = 1, 0
    while low:
        quotient, remainder = divmod(high, low)
        high, low, y, x = low, remainder, x, y - quotient * x
    return y % modulus


def double(x: int, y: int, z: int, times: int) -> tuple[int, int, int]:
    """2^times times a Jacobian point; infinity stays infinity."""
    p = P
    for _ in range(times):
        delta = z * z % p
        gamma = y * y % p
        beta = x * gamma % p
        alpha = 3 * (x - delta) * (x + delta) % p
        z = 2 * y * z % p
        x = (alpha * alpha - 8 * beta) % p
        y = (alpha * (4 * beta - x) - 8 * gamma * gamma) % p
    return x, y, z


def add(x1: int, y1: int, z1: int, x2: int, y2: int) -> tuple[int, int, int]:
    """A Jacobian point plus an affine one; equal, opposite and infinite points are right too."""
    p = P
    if not z1:
        return x2, y2, 1
    zz = z1 * z1 % p
    h = (x2 * zz - x1) % p
    r = (y2 * (z1 * zz % p) - y1) % p
    if not h:
        return INFINITY if r else double(x1, y1, z1, 1)
    hh = h * h % p
    hhh = h * hh % p
    v = x1 * hh % p
    x3 = (r * r - hhh - 2 * v) % p
    return x3, (r * (v - x3) - y1 * hhh) % p, z1 * h % p


def pop_affine(points: list[tuple[int, int, int]]) -> Iterator[tuple[int, int]]:
    """Take finite Jacobian points off the end of a list, each as an affine point.

    One inversion serves all (Montgomery's trick); what is taken is freed, for a small heap's sake.
    """
    products = []
    product = 1
    for _, _, z in points:
        products.append(product)
        product = product * z % P
    rest = inverse(product, P)
    while points:
        x, y, z = points.pop()
        z_inverse = rest * products.pop() % P
        rest = rest * z % P
        square = z_inverse * z_inverse % P
        yield x * square % P, y * (square * z_inverse % P) % P


def to_affine(point: tuple[int, int, int]) -> tuple[int, int]:
    """A finite Jacobian point as an affine one."""
    return next(pop_affine([point]))

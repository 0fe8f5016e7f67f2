"""The public key behind a signature: reference data lack the certificate of the root."""

from __future__ import annotations

from hashlib import sha256

from keys import profile
from keys.certificate import Certificate
from smets.crypto.p256 import GENERATOR, B, N, P, encode_point

Point = tuple[int, int] | None  # None is the point at infinity


def root_public_key(certificate: Certificate) -> bytes | None:
    """The key that signed `certificate`, when its identifier is the one the certificate names.

    An ECDSA signature leaves two candidates (SEC 1, 4.1.6); the authority key identifier, made of
    the key's own octets, tells which one it is.
    """
    r, s = _integers(certificate.signature)
    digest = int.from_bytes(sha256(certificate.signed).digest(), "big")
    y_squared = (pow(r, 3, P) - 3 * r + B) % P
    y = pow(y_squared, (P + 1) // 4, P)
    if y * y % P != y_squared:
        return None
    inverse = pow(r, -1, N)
    for candidate in (y, P - y):
        left = _multiply(s * inverse % N, (r, candidate))
        right = _multiply(-digest * inverse % N, GENERATOR)
        point = _add(left, right)
        if point is None:
            continue
        public_key = encode_point(*point)
        if profile.key_identifier(public_key) == certificate.authority_key_identifier:
            return public_key
    return None


def _integers(signature: bytes) -> tuple[int, int]:
    """(r, s) of a DER signature whose form `Certificate` has checked."""
    size = signature[3]
    r = int.from_bytes(signature[4 : 4 + size], "big")
    return r, int.from_bytes(signature[4 + size + 2 :], "big")


def _add(a: Point, b: Point) -> Point:
    if a is None or b is None:
        return a or b
    if a[0] == b[0]:
        if (a[1] + b[1]) % P == 0:
            return None
        slope = 3 * (a[0] * a[0] - 1) * pow(2 * a[1], -1, P) % P
    else:
        slope = (b[1] - a[1]) * pow(b[0] - a[0], -1, P) % P
    x = (slope * slope - a[0] - b[0]) % P
    return x, (slope * (a[0] - x) - a[1]) % P


def _multiply(scalar: int, point: Point) -> Point:
    result: Point = None
    while scalar:
        if scalar & 1:
            result = _add(result, point)
        point = _add(point, point)
        scalar >>= 1
    return result

"""ECQV implicit certificates (SEC 4): a public key is recovered, not carried.

All of them are made over e, the AES-MMO hash of the whole certificate as a number modulo n; it is
handed in as `digest`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from smets.codec.errors import DecodeError

if TYPE_CHECKING:
    from smets.crypto.koblitz import Koblitz


def public_key(curve: Koblitz, ca_public_key: bytes, digest: bytes, point: bytes) -> bytes:
    """The key that a certificate with this reconstruction point stands for (SEC 4, 2.5)."""
    ca_point = curve.decode_point(ca_public_key)
    total = curve.add(curve.multiply(_number(curve, digest), curve.decode_point(point)), ca_point)
    if not total[2]:
        raise DecodeError("a certificate stands for no key")
    return curve.encode_point(curve.to_affine([total])[0])


def reconstruction_point(curve: Koblitz, ca_secret: int, request: bytes) -> bytes:
    """The point that the CA puts into the certificate: k G + the requester's (SEC 4, 2.4).

    `ca_secret` is k, fresh for each certificate; `request` the public key of the requester's own
    fresh private key.
    """
    total = curve.add(curve.multiply(ca_secret, curve.generator), curve.decode_point(request))
    if not total[2]:
        raise DecodeError("a request undoes the CA's secret")
    return curve.encode_point(curve.to_affine([total])[0])


def issue(curve: Koblitz, ca_private_key: bytes, ca_secret: int, digest: bytes) -> int:
    """What the CA hands over with the certificate: r = e k + d_CA (SEC 4, 2.4)."""
    ca_scalar = curve.decode_scalar(ca_private_key)
    return (_number(curve, digest) * ca_secret + ca_scalar) % curve.n


def receive(curve: Koblitz, request_private_key: bytes, handed_over: int, digest: bytes) -> bytes:
    """The requester's private key: d = r + e k_U (SEC 4, 2.6)."""
    requester = curve.decode_scalar(request_private_key)
    scalar = (handed_over + _number(curve, digest) * requester) % curve.n
    if not scalar:
        raise DecodeError("a certificate stands for no key")
    return scalar.to_bytes(curve.private_size, "big")


def _number(curve: Koblitz, digest: bytes) -> int:
    return int.from_bytes(digest, "big") % curve.n

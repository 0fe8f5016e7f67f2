"""ECMQV with the cofactor (SEC 1, 3.4): a secret of two static and two ephemeral keys."""

from __future__ import annotations

from typing import TYPE_CHECKING

from smets.codec.errors import DecodeError

if TYPE_CHECKING:
    from smets.crypto.koblitz import Koblitz


def shared_secret(
    curve: Koblitz, own: tuple[bytes, bytes, bytes], remote: tuple[bytes, bytes]
) -> bytes:
    """Z, the x-coordinate of h s (Qe' + avf(Qe') Q') in whole octets.

    `own` is (static private key, ephemeral private key, ephemeral public key), `remote` the
    (static, ephemeral) public keys.
    """
    static, ephemeral = (curve.decode_scalar(key) for key in own[:2])
    s = (ephemeral + _associate_value(curve, own[2]) * static) % curve.n
    static_point, ephemeral_point = (curve.decode_point(key) for key in remote)
    implicit = curve.multiply(_associate_value(curve, remote[1]), static_point)
    total = curve.add(implicit, ephemeral_point)
    if total[2]:
        total = curve.multiply(curve.h * s, curve.to_affine([total])[0])
    if not total[2]:
        raise DecodeError("the keys share no secret")
    return curve.to_affine([total])[0][0].to_bytes(curve.field.octets, "big")


def _associate_value(curve: Koblitz, public_key: bytes) -> int:
    """SEC 1, 3.4: the lower half of x, with a one above it."""
    half = 1 << (len(f"{curve.n:b}") + 1) // 2
    return int.from_bytes(public_key[1:], "big") % half + half

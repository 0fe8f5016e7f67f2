"""P-256 keys between the octets that GBCS uses and the objects of `cryptography`."""

from __future__ import annotations

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from keys.errors import CertificateError, KeysError

SCALAR_OCTETS = 32
_CURVE = ec.SECP256R1()


def load_private_key(private_key: bytes) -> ec.EllipticCurvePrivateKey:
    """A 32-octet scalar as a key; KeysError when it is out of range."""
    key = None
    if len(private_key) == SCALAR_OCTETS:
        try:
            key = ec.derive_private_key(int.from_bytes(private_key, "big"), _CURVE)
        except ValueError:
            key = None
    if key is None:
        raise KeysError("a private key is 32 octets between 1 and the order of P-256 less one")
    return key


def load_public_key(public_key: bytes) -> ec.EllipticCurvePublicKey:
    """65 octets as a key; CertificateError when they are not a point of the curve."""
    try:
        return ec.EllipticCurvePublicKey.from_encoded_point(_CURVE, public_key)
    except ValueError:
        raise CertificateError(
            "the public key is not a point of P-256: it has 65 octets, the first is 04"
        ) from None


def public_key(private_key: bytes) -> bytes:
    """The 65 octets that belong to a 32-octet scalar."""
    return (
        load_private_key(private_key)
        .public_key()
        .public_bytes(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)
    )


def to_pkcs8(private_key: bytes) -> bytes:
    """A 32-octet scalar as a PKCS#8 PEM file."""
    return load_private_key(private_key).private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def from_pkcs8(text: bytes, source: str) -> bytes:
    """The 32-octet scalar in a PEM file; KeysError names `source`, never its contents."""
    key = None
    try:
        key = serialization.load_pem_private_key(text, None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, ec.EllipticCurvePrivateKey) or key.curve.name != _CURVE.name:
        raise KeysError(f"{source} is not an unencrypted P-256 private key in PKCS#8 PEM")
    return key.private_numbers().private_value.to_bytes(SCALAR_OCTETS, "big")

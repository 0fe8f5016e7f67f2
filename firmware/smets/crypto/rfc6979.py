"""Deterministic nonces for ECDSA (RFC 6979, 3.2) with SHA-256 on P-256."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

from smets.crypto.p256 import N

if TYPE_CHECKING:
    from collections.abc import Iterator

_INNER = int.from_bytes(b"\x36" * 64, "big")
_OUTER = int.from_bytes(b"\x5c" * 64, "big")


def hmac(key: bytes, message: bytes) -> bytes:
    """HMAC-SHA-256 (RFC 2104) for a key of 32 octets."""
    padded = int.from_bytes(key, "big") << 256
    inner = sha256((padded ^ _INNER).to_bytes(64, "big") + message).digest()
    return sha256((padded ^ _OUTER).to_bytes(64, "big") + inner).digest()


def nonces(private_key: bytes, digest: bytes) -> Iterator[int]:
    """The candidates for k in RFC 6979's order; all but the first are needed practically never."""
    number = int.from_bytes(digest, "big") % N
    seed = private_key + number.to_bytes(32, "big")
    value = b"\x01" * 32
    key = hmac(bytes(32), value + b"\x00" + seed)
    value = hmac(key, value)
    key = hmac(key, value + b"\x01" + seed)
    value = hmac(key, value)
    while True:
        value = hmac(key, value)
        candidate = int.from_bytes(value, "big")
        if 0 < candidate < N:
            yield candidate
        key = hmac(key, value + b"\x00")
        value = hmac(key, value)

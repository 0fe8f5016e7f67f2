"""The Suite of everything that runs on a PC, on `cryptography`.

Loaded keys and shared secrets are remembered, for key agreement in GBCS is static; no error
shows a key.
"""

from __future__ import annotations

import hashlib
import os
from functools import lru_cache

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import (
    decode_dss_signature,
    encode_dss_signature,
)
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.ciphers.algorithms import AES128
from cryptography.hazmat.primitives.ciphers.modes import GCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from smets.codec.errors import AuthenticationError, DecodeError

ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
REMEMBERED = 4096  # keys or secrets of each kind; a few hundred octets each

_SIGNING = ec.ECDSA(SHA256(), deterministic_signing=True)
_VERIFYING = ec.ECDSA(SHA256())


@lru_cache(REMEMBERED)
def _private(private_key: bytes) -> ec.EllipticCurvePrivateKey:
    scalar = int.from_bytes(private_key)
    if len(private_key) != 32 or not 0 < scalar < ORDER:
        raise DecodeError("a private key is a P-256 scalar of 32 octets")
    return ec.derive_private_key(scalar, ec.SECP256R1())


@lru_cache(REMEMBERED)
def _public(public_key: bytes) -> ec.EllipticCurvePublicKey:
    # from_encoded_point would take compressed points too.
    if len(public_key) != 65 or public_key[0] != 4:
        raise DecodeError("a public key is 04 || x || y, 65 octets")
    try:
        return ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), public_key)
    except ValueError:
        raise DecodeError("a public key is not a point of P-256") from None


@lru_cache(REMEMBERED)
def _secret(private_key: bytes, public_key: bytes) -> bytes:
    return _private(private_key).exchange(ec.ECDH(), _public(public_key))


class Suite:
    """P-256, SHA-256 and AES-128-GCM; all instances share what is remembered."""

    def sha256(self, data: bytes) -> bytes:
        """The digest, 32 octets."""
        return hashlib.sha256(data).digest()

    def generate(self) -> bytes:
        """A new private key from the platform's random source."""
        while True:
            private_key = os.urandom(32)
            if 0 < int.from_bytes(private_key) < ORDER:
                return private_key

    def public_key(self, private_key: bytes) -> bytes:
        """The uncompressed point of a private key."""
        public_key = _private(private_key).public_key()
        return public_key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)

    def shared_secret(self, private_key: bytes, public_key: bytes) -> bytes:
        """The x-coordinate of the ECDH point; DecodeError for a key that is not valid."""
        return _secret(private_key, public_key)

    def sign(self, private_key: bytes, message: bytes) -> bytes:
        """The deterministic signature r || s (RFC 6979)."""
        r, s = decode_dss_signature(_private(private_key).sign(message, _SIGNING))
        return r.to_bytes(32) + s.to_bytes(32)

    def verify(self, public_key: bytes, message: bytes, signature: bytes) -> bool:
        """Whether the signature is good; DecodeError for a public key that is not valid."""
        key = _public(public_key)
        if len(signature) != 64:
            return False
        r, s = int.from_bytes(signature[:32]), int.from_bytes(signature[32:])
        try:
            key.verify(encode_dss_signature(r, s), message, _VERIFYING)
        except InvalidSignature:
            return False
        return True

    def gcm_seal(self, key: bytes, iv: bytes, plaintext: bytes, aad: bytes) -> bytes:
        """The ciphertext and after it the tag of 16 octets."""
        _require_sizes(key, iv)
        return AESGCM(key).encrypt(iv, plaintext, aad)

    def gcm_open(self, key: bytes, iv: bytes, ciphertext: bytes, tag: bytes, aad: bytes) -> bytes:
        """The plaintext; AuthenticationError unless the tag, of 12 to 16 octets, verifies."""
        _require_sizes(key, iv)
        if not 12 <= len(tag) <= 16:
            raise AuthenticationError("a tag has 12 to 16 octets")
        decryptor = Cipher(AES128(key), GCM(iv, tag, min_tag_length=12)).decryptor()
        decryptor.authenticate_additional_data(aad)
        plaintext = decryptor.update(ciphertext)
        try:
            return plaintext + decryptor.finalize()
        except InvalidTag:
            raise AuthenticationError("the tag does not verify") from None


def _require_sizes(key: bytes, iv: bytes) -> None:
    if len(key) != 16:
        raise DecodeError("an AES-128 key has 16 octets")
    if len(iv) != 12:
        raise DecodeError("an initialisation vector has 12 octets")

"""The Suite of a device: everything that smets.gbcs.suite asks for, in MicroPython's Python."""

import os
from hashlib import sha256

from smets.codec.errors import DecodeError
from smets.crypto.cache import Cache
from smets.crypto.gcm import Gcm

try:
    from smets.crypto.aes_cryptolib import aes
except ImportError:
    from smets.crypto.aes import aes
try:
    from smets.crypto.ghash_viper import Ghash
except (ImportError, SyntaxError, ValueError):  # no viper; .mpy of another architecture
    from smets.crypto.ghash import Ghash  # type: ignore[assignment]


class Suite:
    """P-256, SHA-256 and AES-128-GCM.

    It remembers the last `secrets` shared secrets (about 130 octets each) and the comb tables of
    the last `tables` keys that verified something (2 KB each): key agreement in GBCS is static,
    and few keys sign to a device. The curve is imported at its first use.
    """

    def __init__(self, secrets: int = 8, tables: int = 2) -> None:
        self._secrets = Cache(secrets)
        self._tables = Cache(tables)
        self._gcm = Gcm(aes, Ghash)

    def sha256(self, data: bytes) -> bytes:
        """The digest, 32 octets."""
        return sha256(data).digest()

    def generate(self) -> bytes:
        """A new private key from the platform's random source."""
        from smets.crypto.p256 import N

        while True:
            private_key = os.urandom(32)
            if 0 < int.from_bytes(private_key, "big") < N:
                return private_key

    def public_key(self, private_key: bytes) -> bytes:
        """The uncompressed point of a private key."""
        from smets.crypto.comb import generator, multiply
        from smets.crypto.p256 import decode_scalar, encode_point, to_affine

        point = multiply([(decode_scalar(private_key), generator())])
        return encode_point(*to_affine(point))

    def shared_secret(self, private_key: bytes, public_key: bytes) -> bytes:
        """The x-coordinate of the ECDH point; DecodeError for a key that is not valid."""
        from smets.crypto.comb import comb_table, multiply
        from smets.crypto.p256 import decode_point, decode_scalar, to_affine

        name = sha256(private_key + public_key).digest()  # keeps the private key out of the cache
        secret: bytes | None = self._secrets.get(name)
        if secret is None:
            table = comb_table(*decode_point(public_key))
            point = multiply([(decode_scalar(private_key), table)])
            secret = to_affine(point)[0].to_bytes(32, "big")
            self._secrets.put(name, secret)
        return secret

    def sign(self, private_key: bytes, message: bytes) -> bytes:
        """The deterministic signature r || s."""
        from smets.crypto.ecdsa import sign
        from smets.crypto.p256 import decode_scalar
        from smets.crypto.rfc6979 import nonces

        digest = sha256(message).digest()
        return sign(decode_scalar(private_key), digest, nonces(private_key, digest))

    def verify(self, public_key: bytes, message: bytes, signature: bytes) -> bool:
        """Whether the signature is good; DecodeError for a public key that is not valid."""
        from smets.crypto.comb import comb_table
        from smets.crypto.ecdsa import verify
        from smets.crypto.p256 import decode_point

        table = self._tables.get(public_key)
        if table is None:
            table = comb_table(*decode_point(public_key))
            self._tables.put(public_key, table)
        return verify(table, sha256(message).digest(), signature)

    def gcm_seal(self, key: bytes, iv: bytes, plaintext: bytes, aad: bytes) -> bytes:
        """The ciphertext and after it the tag of 16 octets."""
        _require_iv(iv)
        return self._gcm.seal(key, iv, plaintext, aad)

    def gcm_open(self, key: bytes, iv: bytes, ciphertext: bytes, tag: bytes, aad: bytes) -> bytes:
        """The plaintext; AuthenticationError unless the tag, of 12 to 16 octets, verifies."""
        _require_iv(iv)
        return self._gcm.open(key, iv, ciphertext, tag, aad)


def _require_iv(iv: bytes) -> None:
    # GBCS 4.3.3.2 and DLMS know no other length.
    if len(iv) != 12:
        raise DecodeError("an initialisation vector has 12 octets")

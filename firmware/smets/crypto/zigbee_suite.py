"""The ZigbeeSuite of a device: all that smets.zigbee.suite asks for, in MicroPython's Python."""

from __future__ import annotations

from typing import TYPE_CHECKING

from smets.crypto import ccm, mmo

try:
    from smets.crypto.aes_cryptolib import aes
except ImportError:
    from smets.crypto.aes import aes

if TYPE_CHECKING:
    from collections.abc import Callable


class ZigbeeSuite:
    """AES-MMO, AES-128-CCM* and key establishment; curves are imported at their first use."""

    def mmo(self, data: bytes) -> bytes:
        """The hash, 16 octets."""
        return mmo.mmo(aes, data)

    def keyed_hash(self, key: bytes, data: bytes) -> bytes:
        """The HMAC over that hash."""
        return mmo.keyed_hash(aes, key, data)

    def ccm_seal(
        self, key: bytes, nonce: bytes, aad: bytes, plaintext: bytes, mic_length: int
    ) -> bytes:
        """The ciphertext and after it the MIC."""
        return ccm.seal(aes, key, nonce, aad, plaintext, mic_length)

    def ccm_open(
        self, key: bytes, nonce: bytes, aad: bytes, sealed: bytes, mic_length: int
    ) -> bytes:
        """The plaintext; AuthenticationError for a wrong MIC."""
        return ccm.open_(aes, key, nonce, aad, sealed, mic_length)

    def curve_key(self, suite: int, random: Callable[[int], bytes]) -> tuple[bytes, bytes]:
        """A new (private key, public key)."""
        from smets.crypto.koblitz import curve

        chosen = curve(suite)
        excess = 8 * chosen.private_size - len(f"{chosen.n:b}")
        while True:
            # FIPS 186-5, A.2.2: candidates out of range are thrown away.
            candidate = int.from_bytes(random(chosen.private_size), "big") >> excess
            if 0 < candidate < chosen.n:
                private_key = candidate.to_bytes(chosen.private_size, "big")
                return private_key, self.curve_public_key(suite, private_key)

    def curve_public_key(self, suite: int, private_key: bytes) -> bytes:
        """The compressed point of a private key."""
        from smets.crypto.koblitz import curve

        chosen = curve(suite)
        point = chosen.multiply(chosen.decode_scalar(private_key), chosen.generator)
        return chosen.encode_point(chosen.to_affine([point])[0])

    def certificate_public_key(
        self, suite: int, ca_public_key: bytes, certificate: bytes, reconstruction: bytes
    ) -> bytes:
        """The public key that an implicit certificate stands for."""
        from smets.crypto.ecqv import public_key
        from smets.crypto.koblitz import curve

        return public_key(curve(suite), ca_public_key, self.mmo(certificate), reconstruction)

    def mqv(
        self, suite: int, own: tuple[bytes, bytes, bytes], remote: tuple[bytes, bytes]
    ) -> bytes:
        """The shared secret Z."""
        from smets.crypto.ecmqv import shared_secret
        from smets.crypto.koblitz import curve

        return shared_secret(curve(suite), own, remote)

"""The seam to the primitives: what Zigbee and Smart Energy need of a cryptography implementation.

A key establishment suite is its number in the KeyEstablishmentSuite attribute (Smart Energy,
annex C): 1 is sect163k1, 2 is sect283k1; both hash with AES-MMO.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Protocol

    Random = Callable[[int], bytes]

    class ZigbeeSuite(Protocol):
        """AES-MMO, AES-128-CCM*, and the binary curves of key establishment.

        Keys, hashes and keyed hashes have 16 octets, nonces 13. Private keys of a curve are
        big-endian scalars of 21 | 36 octets, public keys compressed points of 22 | 37. What is
        not a key of the suite raises DecodeError, which never shows it.
        """

        def mmo(self, data: bytes) -> bytes:
            """The hash of Zigbee B.6."""
            ...

        def keyed_hash(self, key: bytes, data: bytes) -> bytes:
            """HMAC over that hash (Zigbee B.1.4)."""
            ...

        def ccm_seal(
            self, key: bytes, nonce: bytes, aad: bytes, plaintext: bytes, mic_length: int
        ) -> bytes:
            """The ciphertext and after it the MIC of 0, 4, 8 or 16 octets."""
            ...

        def ccm_open(
            self, key: bytes, nonce: bytes, aad: bytes, sealed: bytes, mic_length: int
        ) -> bytes:
            """The plaintext of ciphertext || MIC; AuthenticationError for a wrong MIC."""
            ...

        def curve_key(self, suite: int, random: Random) -> tuple[bytes, bytes]:
            """A new (private key, public key), of the octets that random(count) gives."""
            ...

        def curve_public_key(self, suite: int, private_key: bytes) -> bytes:
            """The public key of a private key."""
            ...

        def certificate_public_key(
            self, suite: int, ca_public_key: bytes, certificate: bytes, reconstruction: bytes
        ) -> bytes:
            """The public key that an implicit certificate stands for (SEC 4, 2.5).

            `certificate` is all its octets, `reconstruction` the point that it carries.
            """
            ...

        def mqv(
            self,
            suite: int,
            own: tuple[bytes, bytes, bytes],
            remote: tuple[bytes, bytes],
        ) -> bytes:
            """The shared secret Z of 21 | 36 octets (SEC 1, 3.4, with the cofactor).

            `own` is (static private key, ephemeral private key, ephemeral public key), `remote`
            (static public key, ephemeral public key).
            """
            ...

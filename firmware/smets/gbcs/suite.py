"""The seam to the primitives: what GBCS needs of a cryptography implementation."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import Protocol

    class Suite(Protocol):
        """P-256, SHA-256 and AES-128-GCM.

        Private keys are scalars of 32 octets, public keys uncompressed points of 65, signatures
        `r || s` of 64, initialisation vectors 12. `shared_secret` raises DecodeError for a point
        that is not on the curve, `gcm_open` AuthenticationError for a wrong tag.
        """

        def sha256(self, data: bytes) -> bytes: ...
        def generate(self) -> bytes: ...
        def public_key(self, private_key: bytes) -> bytes: ...
        def shared_secret(self, private_key: bytes, public_key: bytes) -> bytes: ...
        def sign(self, private_key: bytes, message: bytes) -> bytes: ...
        def verify(self, public_key: bytes, message: bytes, signature: bytes) -> bool: ...
        def gcm_seal(self, key: bytes, iv: bytes, plaintext: bytes, aad: bytes) -> bytes: ...
        def gcm_open(
            self, key: bytes, iv: bytes, ciphertext: bytes, tag: bytes, aad: bytes
        ) -> bytes: ...

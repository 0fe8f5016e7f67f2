"""The ZigbeeSuite of everything that runs on a PC: AES and CCM of `cryptography`.

It has no binary curves any more, so those are of `smets.crypto`. No error shows a key.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.aead import AESCCM
from cryptography.hazmat.primitives.ciphers.algorithms import AES128
from cryptography.hazmat.primitives.ciphers.modes import CTR, ECB

from smets.codec.errors import AuthenticationError
from smets.crypto import ccm, mmo, zigbee_suite

REMEMBERED = 1024  # ciphers by key


class ZigbeeSuite(zigbee_suite.ZigbeeSuite):
    """AES-MMO, AES-128-CCM* and key establishment."""

    def mmo(self, data: bytes) -> bytes:
        """The hash, 16 octets."""
        return mmo.mmo(_aes, data)

    def keyed_hash(self, key: bytes, data: bytes) -> bytes:
        """The HMAC over that hash."""
        return mmo.keyed_hash(_aes, key, data)

    def ccm_seal(
        self, key: bytes, nonce: bytes, aad: bytes, plaintext: bytes, mic_length: int
    ) -> bytes:
        """The ciphertext and after it the MIC."""
        ccm.require_sizes(key, nonce, aad, len(plaintext), mic_length)
        if not mic_length:
            return _encrypted(key, nonce, plaintext)
        return _ccm(key, mic_length).encrypt(nonce, plaintext, aad)

    def ccm_open(
        self, key: bytes, nonce: bytes, aad: bytes, sealed: bytes, mic_length: int
    ) -> bytes:
        """The plaintext; AuthenticationError for a wrong MIC."""
        if len(sealed) < mic_length:
            raise AuthenticationError("sealed octets end with a MIC")
        ccm.require_sizes(key, nonce, aad, len(sealed) - mic_length, mic_length)
        if not mic_length:
            return _encrypted(key, nonce, sealed)
        try:
            return _ccm(key, mic_length).decrypt(nonce, sealed, aad)
        except InvalidTag:
            raise AuthenticationError("the MIC does not verify") from None


@lru_cache(REMEMBERED)
def _ccm(key: bytes, mic_length: int) -> AESCCM:
    return AESCCM(key, tag_length=mic_length)


def _aes(key: bytes) -> Callable[[bytes], bytes]:
    # AES-MMO encrypts single blocks, each under another key.
    return Cipher(AES128(key), ECB()).encryptor().update  # noqa: S305


def _encrypted(key: bytes, nonce: bytes, text: bytes) -> bytes:
    """CCM* without a MIC is its counter mode, whose first block is number 1."""
    return Cipher(AES128(key), CTR(b"\x01" + nonce + b"\x00\x01")).encryptor().update(text)

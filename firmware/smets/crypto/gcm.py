"""AES-128-GCM (SP 800-38D) over a block cipher and a GHASH that are handed in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from smets.codec.errors import AuthenticationError, DecodeError

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Protocol

    Cipher = Callable[[bytes], bytes]

    class Hash(Protocol):
        """GHASH under one subkey."""

        def __init__(self, subkey: bytes) -> None: ...
        def update(self, data: bytes) -> None: ...
        def digest(self) -> bytes: ...


KEY_SIZE = 16
TAG_SIZES = (12, 13, 14, 15, 16)
CHUNK = 512  # octets of key stream made at a time: bounds the garbage of a long message


class Gcm:
    """Seals and opens under a key given with each call; GMAC is sealing no plaintext.

    `aes(key)` gives a function that encrypts whole blocks, `ghash(subkey)` a running GHASH.
    Initialisation vectors may have any length but 0, tags 12 to 16 octets.
    """

    def __init__(self, aes: Callable[[bytes], Cipher], ghash: type[Hash]) -> None:
        self._aes = aes
        self._ghash = ghash

    def seal(self, key: bytes, iv: bytes, plaintext: bytes, aad: bytes) -> bytes:
        """The ciphertext and after it the whole tag of 16 octets."""
        encrypt, subkey, counter_block = self._start(key, iv)
        ciphertext = _counter_mode(encrypt, counter_block, plaintext)
        return ciphertext + self._tag(encrypt, subkey, counter_block, ciphertext, aad)

    def open(self, key: bytes, iv: bytes, ciphertext: bytes, tag: bytes, aad: bytes) -> bytes:
        """The plaintext; AuthenticationError unless the tag is that of ciphertext and aad."""
        if len(tag) not in TAG_SIZES:
            raise AuthenticationError("a tag has 12 to 16 octets")
        encrypt, subkey, counter_block = self._start(key, iv)
        expected = self._tag(encrypt, subkey, counter_block, ciphertext, aad)
        difference = 0
        for ours, theirs in zip(expected, tag):
            difference |= ours ^ theirs
        if difference:
            raise AuthenticationError("the tag does not verify")
        return _counter_mode(encrypt, counter_block, ciphertext)

    def _start(self, key: bytes, iv: bytes) -> tuple[Cipher, bytes, bytes]:
        """The cipher, the hash subkey and the pre-counter block J0."""
        if len(key) != KEY_SIZE:
            raise DecodeError("an AES-128 key has 16 octets")
        if not iv:
            raise DecodeError("an initialisation vector is not empty")
        encrypt = self._aes(key)
        subkey = encrypt(bytes(16))
        if len(iv) == 12:
            return encrypt, subkey, iv + b"\x00\x00\x00\x01"
        ghash = self._ghash(subkey)
        ghash.update(iv)
        ghash.update((8 * len(iv)).to_bytes(16, "big"))
        return encrypt, subkey, ghash.digest()

    def _tag(
        self, encrypt: Cipher, subkey: bytes, counter_block: bytes, ciphertext: bytes, aad: bytes
    ) -> bytes:
        ghash = self._ghash(subkey)
        ghash.update(aad)
        ghash.update(ciphertext)
        ghash.update((8 * len(aad)).to_bytes(8, "big") + (8 * len(ciphertext)).to_bytes(8, "big"))
        return _xor(ghash.digest(), encrypt(counter_block))


def _xor(data: bytes, stream: bytes) -> bytes:
    size = len(data)
    number = int.from_bytes(data, "big") ^ int.from_bytes(stream[:size], "big")
    return number.to_bytes(size, "big")


def _counter_mode(encrypt: Cipher, counter_block: bytes, data: bytes) -> bytes:
    """GCTR from the counter block after the given one; only its last 32 bits count."""
    fixed = counter_block[:12]
    counter = int.from_bytes(counter_block[12:], "big")
    out = []
    for start in range(0, len(data), CHUNK):
        chunk = data[start : start + CHUNK]
        blocks = []
        for _ in range(0, len(chunk), 16):
            counter = (counter + 1) & 0xFFFFFFFF
            blocks.append(fixed + counter.to_bytes(4, "big"))
        out.append(_xor(chunk, encrypt(b"".join(blocks))))
    return b"".join(out)

"""AES-128-CCM* (Zigbee specification, annex A) with nonces of 13 octets, over a cipher handed in.

CCM* is CCM (SP 800-38C) that also knows a MIC of no octets: encryption alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from smets.codec.errors import AuthenticationError, DecodeError

if TYPE_CHECKING:
    from collections.abc import Callable

    Aes = Callable[[bytes], Callable[[bytes], bytes]]
    Cipher = Callable[[bytes], bytes]

KEY_SIZE = 16
NONCE_SIZE = 13  # leaves 2 octets of a block to the length of the message
MIC_LENGTHS = (0, 4, 8, 16)  # Zigbee 4.5.1.1.1
MOST_AAD = 0xFEFF  # a longer one has another form of length, which no frame needs
MOST_TEXT = 0xFFFF


def seal(
    aes: Aes, key: bytes, nonce: bytes, aad: bytes, plaintext: bytes, mic_length: int
) -> bytes:
    """The ciphertext and after it the MIC; DecodeError for sizes that CCM* does not know."""
    require_sizes(key, nonce, aad, len(plaintext), mic_length)
    encrypt = aes(key)
    stream = _stream(encrypt, nonce, len(plaintext))
    mic = _mic(encrypt, nonce, aad, plaintext, mic_length)
    return _xor(plaintext, stream[16:]) + _xor(mic, stream)


def open_(  # `open` is Python's own
    aes: Aes, key: bytes, nonce: bytes, aad: bytes, sealed: bytes, mic_length: int
) -> bytes:
    """The plaintext; AuthenticationError unless the MIC at the end of `sealed` verifies."""
    length = len(sealed) - mic_length
    if length < 0:
        raise AuthenticationError("sealed octets end with a MIC")
    require_sizes(key, nonce, aad, length, mic_length)
    encrypt = aes(key)
    stream = _stream(encrypt, nonce, length)
    plaintext = _xor(sealed[:length], stream[16:])
    expected = _xor(_mic(encrypt, nonce, aad, plaintext, mic_length), stream)
    difference = 0
    for ours, theirs in zip(expected, sealed[length:]):
        difference |= ours ^ theirs
    if difference:
        raise AuthenticationError("the MIC does not verify")
    return plaintext


def require_sizes(key: bytes, nonce: bytes, aad: bytes, text_length: int, mic_length: int) -> None:
    """DecodeError for sizes that CCM* does not know."""
    if len(key) != KEY_SIZE or len(nonce) != NONCE_SIZE:
        raise DecodeError("a key has 16 octets, a nonce 13")
    if mic_length not in MIC_LENGTHS:
        raise DecodeError("a MIC has 0, 4, 8 or 16 octets")
    if len(aad) > MOST_AAD or text_length > MOST_TEXT:
        raise DecodeError("too long for CCM*")


def _stream(encrypt: Cipher, nonce: bytes, length: int) -> bytes:
    """The key stream: a block for the MIC, then those for `length` octets."""
    blocks = [b"\x01" + nonce + i.to_bytes(2, "big") for i in range(1 + (length + 15) // 16)]
    return encrypt(b"".join(blocks))


def _mic(encrypt: Cipher, nonce: bytes, aad: bytes, text: bytes, mic_length: int) -> bytes:
    """The CBC-MAC over length-prefixed associated data and the text, each filled up with zeros."""
    if not mic_length:
        return b""
    flags = (0x40 if aad else 0) | (mic_length - 2) // 2 << 3 | 1
    first = bytes((flags,)) + nonce + len(text).to_bytes(2, "big")
    if aad:
        aad = len(aad).to_bytes(2, "big") + aad
    blocks = first + aad + bytes(-len(aad) % 16) + text + bytes(-len(text) % 16)
    state = bytes(16)
    for start in range(0, len(blocks), 16):
        state = encrypt(_xor(blocks[start : start + 16], state))
    return state[:mic_length]


def _xor(data: bytes, stream: bytes) -> bytes:
    size = len(data)
    mixed = int.from_bytes(data, "big") ^ int.from_bytes(stream[:size], "big")
    return mixed.to_bytes(size, "big")

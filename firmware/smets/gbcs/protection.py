"""Keys, initialisation vectors and associated data: made here alone (GBCS 4, 5)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from smets.codec.errors import AuthenticationError, DecodeError
from smets.gbcs.message import MAC_LENGTH, SIGNATURE_LENGTH

if TYPE_CHECKING:
    from smets.gbcs.grouping import GroupingHeader
    from smets.gbcs.message import Message
    from smets.gbcs.suite import Suite

# algorithm identifier of AES-GCM-128; GBCS keeps ..06.. where today's Green Book writes ..05..
ALGORITHM_ID = bytes.fromhex("60857406080300")
ENCRYPTION_FLAG = 4
MAC_AAD_PREFIX = bytes.fromhex("110000000000")
ENCRYPTION_AAD = b"\x31"
CIPHERED_PREFIX = bytes.fromhex("3100000000")
IV_SUFFIX = bytes(4)


def kdf(suite: Suite, secret: bytes, other_info: bytes) -> bytes:
    """NIST SP 800-56A single-step KDF with SHA-256 over an ECDH secret; an AES-128 key."""
    return suite.sha256(b"\x00\x00\x00\x01" + secret + other_info)[:16]


def derive_key(
    suite: Suite, secret: bytes, originator: bytes, transaction_id: bytes, recipient: bytes
) -> bytes:
    """The key of one direction of one transaction between two parties."""
    other_info = ALGORITHM_ID + originator + bytes((len(transaction_id),)) + transaction_id
    return kdf(suite, secret, other_info + recipient)


def message_mac(suite: Suite, secret: bytes, message: Message) -> bytes:
    """The MAC of 12 octets that protects `message`; its own `mac` is not looked at."""
    header = message.header
    key = derive_key(suite, secret, header.originator, header.transaction_id, header.recipient)
    aad = message.authenticated(MAC_AAD_PREFIX)
    return suite.gcm_seal(key, header.originator + IV_SUFFIX, b"", aad)[:MAC_LENGTH]


def check_mac(suite: Suite, secret: bytes, message: Message) -> None:
    """AuthenticationError unless the message carries the right MAC."""
    if message.mac is None:
        raise AuthenticationError("the message carries no MAC")
    header = message.header
    key = derive_key(suite, secret, header.originator, header.transaction_id, header.recipient)
    aad = message.authenticated(MAC_AAD_PREFIX)
    suite.gcm_open(key, header.originator + IV_SUFFIX, b"", message.mac, aad)


def sign(suite: Suite, private_key: bytes, message: Message) -> None:
    """Puts the originator's signature into `message`."""
    message.signature = suite.sign(private_key, message.to_be_signed())


def check_signature(suite: Suite, public_key: bytes, message: Message) -> None:
    """AuthenticationError unless the message carries the originator's signature."""
    signature = message.signature
    if signature is None or len(signature) != SIGNATURE_LENGTH:
        raise AuthenticationError("the message carries no signature")
    if not suite.verify(public_key, message.to_be_signed(), signature):
        raise AuthenticationError("the signature does not verify")


def _encryption_key(suite: Suite, secret: bytes, header: GroupingHeader) -> bytes:
    """For an unknown remote party its own identifier and the device's own counter go in."""
    counter = header.supplementary_originator_counter
    if counter is None:
        counter = header.originator_counter
    recipient = header.supplementary_remote_party or header.recipient
    transaction_id = bytes((ENCRYPTION_FLAG,)) + counter.to_bytes(8, "big")
    return derive_key(suite, secret, header.originator, transaction_id, recipient)


def encrypt(suite: Suite, secret: bytes, header: GroupingHeader, plaintext: bytes) -> bytes:
    """Ciphered information: prefix, ciphertext, tag of 12 octets.

    Every part of one message has the same key and IV: that is what the standard's messages show.
    """
    key = _encryption_key(suite, secret, header)
    sealed = suite.gcm_seal(key, header.originator + IV_SUFFIX, plaintext, ENCRYPTION_AAD)
    return CIPHERED_PREFIX + sealed[: len(plaintext) + MAC_LENGTH]


def decrypt(suite: Suite, secret: bytes, header: GroupingHeader, ciphered: bytes) -> bytes:
    """The plaintext of ciphered information; AuthenticationError when its tag is wrong."""
    start = len(CIPHERED_PREFIX)
    if ciphered[:start] != CIPHERED_PREFIX or len(ciphered) < start + MAC_LENGTH:
        raise DecodeError("not ciphered information")
    key = _encryption_key(suite, secret, header)
    body, tag = ciphered[start:-MAC_LENGTH], ciphered[-MAC_LENGTH:]
    return suite.gcm_open(key, header.originator + IV_SUFFIX, body, tag, ENCRYPTION_AAD)

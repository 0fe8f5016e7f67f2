"""Install codes, the link keys that they give, and the keys derived from a link key.

A code has 6, 8, 12 or 16 octets, on a label followed by its CRC in 2 (Zigbee base device
behaviour, 10.1). GBCS and DUIS carry the 16 octets without the CRC; the hub adds it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from smets.codec.errors import DecodeError

if TYPE_CHECKING:
    from smets.zigbee.suite import ZigbeeSuite

SIZES = (6, 8, 12, 16)
CRC_SIZE = 2
# The inputs of the keyed hash (Zigbee specification, 4.5.3).
_KEY_TRANSPORT, _KEY_LOAD, _VERIFY = b"\x00", b"\x02", b"\x03"


def crc(code: bytes) -> bytes:
    """The CRC of a code as it follows it, low octet first (CRC-16/X-25)."""
    register = 0xFFFF
    for octet in code:
        register ^= octet
        for _ in range(8):
            register = register >> 1 ^ (0x8408 if register & 1 else 0)
    return (register ^ 0xFFFF).to_bytes(CRC_SIZE, "little")


def with_crc(code: bytes) -> bytes:
    """The code of a label; DecodeError for a size that no code has."""
    if len(code) not in SIZES:
        raise DecodeError("an install code has 6, 8, 12 or 16 octets")
    return code + crc(code)


def without_crc(labelled: bytes) -> bytes:
    """The code alone; DecodeError for a wrong size or CRC."""
    code = labelled[:-CRC_SIZE]
    if with_crc(code) != labelled:
        raise DecodeError("the CRC of the install code is wrong: a mistyped digit?")
    return code


def link_key(suite: ZigbeeSuite, code: bytes) -> bytes:
    """The preconfigured link key of a code without CRC."""
    return suite.mmo(with_crc(code))


def key_transport_key(suite: ZigbeeSuite, key: bytes) -> bytes:
    """What protects the transport of a network key to the holder of a link key."""
    return suite.keyed_hash(key, _KEY_TRANSPORT)


def key_load_key(suite: ZigbeeSuite, key: bytes) -> bytes:
    """What protects the transport of another link key to the holder of a link key."""
    return suite.keyed_hash(key, _KEY_LOAD)


def verify_key_hash(suite: ZigbeeSuite, key: bytes) -> bytes:
    """What Verify-Key shows instead of the link key."""
    return suite.keyed_hash(key, _VERIFY)

"""Install codes and the link keys that they give.

A code has 6, 8, 12 or 16 octets, on a label followed by its CRC in 2 (Zigbee base device
behaviour, 10.1). GBCS and DUIS carry the 16 octets without the CRC; the hub adds it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from smets.codec.errors import DecodeError
from smets.codec.frame import fcs16

if TYPE_CHECKING:
    from smets.zigbee.suite import ZigbeeSuite

SIZES = (6, 8, 12, 16)
CRC_SIZE = 2


def crc(code: bytes) -> bytes:
    """The CRC of a code as it follows it, low octet first (CRC-16/X-25)."""
    return fcs16(code).to_bytes(CRC_SIZE, "little")


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

"""Securing NWK and APS frames with AES-CCM* (Zigbee R22, 4.3.1, 4.4.1, annex A).

On the air the security level in the auxiliary header is 0; nonce and additional data carry the
level that is used, 5: encryption and a MIC of 4 octets.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from smets.codec.errors import DecodeError
from smets.codec.reader import Reader
from smets.zigbee import layout

if TYPE_CHECKING:
    from smets.zigbee.suite import ZigbeeSuite

LEVEL = 5
MIC_LENGTH = 4
COUNTERS = 1 << 32

# Key identifiers, table 4-30
LINK = 0
NETWORK = 1
KEY_TRANSPORT = 2
KEY_LOAD = 3

# Inputs of the keyed hash that derives a key from a link key, 4.5.3; and of Verify-Key, 4.4.9.6
_DERIVED = ((KEY_TRANSPORT, b"\x00"), (KEY_LOAD, b"\x02"))
_VERIFY = b"\x03"

_EXTENDED_NONCE = 0x20


class AuxiliaryHeader:
    """Which key, which counter; `source` is None when the receiver knows it from elsewhere."""

    def __init__(
        self,
        key_identifier: int,
        frame_counter: int,
        source: bytes | None = None,
        key_sequence: int = 0,
    ) -> None:
        self.key_identifier = key_identifier
        self.frame_counter = frame_counter
        self.source = source
        self.key_sequence = key_sequence

    @staticmethod
    def read(reader: Reader) -> AuxiliaryHeader:
        control = reader.octet()
        if control & 0xC0:
            raise DecodeError("reserved bits in a security control")
        # The level is whatever the sender put there, and does not count: 4.3.1.2.
        identifier = control >> 3 & 3
        counter = reader.little(4)
        source = None
        if control & _EXTENDED_NONCE:
            source = layout.turned(reader.take(layout.EUI64_LENGTH))
        sequence = reader.octet() if identifier == NETWORK else 0
        return AuxiliaryHeader(identifier, counter, source, sequence)

    def encode(self, level: int = 0) -> bytes:
        out = bytearray((self._control() | level,))
        out.extend(self.frame_counter.to_bytes(4, "little"))
        if self.source is not None:
            out.extend(layout.turned(self.source))
        if self.key_identifier == NETWORK:
            out.append(self.key_sequence)
        return bytes(out)

    def _control(self) -> int:
        return self.key_identifier << 3 | (0 if self.source is None else _EXTENDED_NONCE)

    def nonce(self, source: bytes) -> bytes:
        """The 13 octets that this frame alone uses (4.5.2.2)."""
        counter = self.frame_counter.to_bytes(4, "little")
        return layout.turned(source) + counter + bytes((self._control() | LEVEL,))


def derived_key(suite: ZigbeeSuite, link_key: bytes, key_identifier: int) -> bytes:
    """The key that a key identifier stands for (4.5.3): the link key or one derived from it."""
    for identifier, data in _DERIVED:
        if identifier == key_identifier:
            return suite.keyed_hash(link_key, data)
    return link_key


def verify_hash(suite: ZigbeeSuite, link_key: bytes) -> bytes:
    """What Verify-Key shows of a link key."""
    return suite.keyed_hash(link_key, _VERIFY)


def seal(
    suite: ZigbeeSuite,
    key: bytes,
    header: bytes,
    auxiliary: AuxiliaryHeader,
    payload: bytes,
    source: bytes,
) -> bytes:
    """The frame: `header`, auxiliary header, sealed payload; `source` is the sender's EUI-64."""
    aad = header + auxiliary.encode(LEVEL)
    sealed = suite.ccm_seal(key, auxiliary.nonce(source), aad, payload, MIC_LENGTH)
    return header + auxiliary.encode() + sealed


def unseal(
    suite: ZigbeeSuite,
    key: bytes,
    header: bytes,
    auxiliary: AuxiliaryHeader,
    sealed: bytes,
    source: bytes,
) -> bytes:
    """The payload; AuthenticationError for a wrong MIC."""
    if len(sealed) < MIC_LENGTH:
        raise DecodeError("secured frame without a MIC")
    aad = header + auxiliary.encode(LEVEL)
    return suite.ccm_open(key, auxiliary.nonce(source), aad, sealed, MIC_LENGTH)


def split(payload: bytes) -> tuple[AuxiliaryHeader, bytes]:
    """The auxiliary header and the sealed rest of a secured frame's payload."""
    reader = Reader(payload)
    auxiliary = AuxiliaryHeader.read(reader)
    return auxiliary, reader.take(reader.remaining())

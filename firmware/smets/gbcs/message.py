"""A GBCS message in every shape of GBCS 7.2, from MAC header to MAC."""

from __future__ import annotations

from smets.codec.errors import DecodeError
from smets.codec.reader import Reader, write_length
from smets.gbcs.grouping import GroupingHeader

# general-ciphering tag, five empty fields and the absent key-info
MAC_HEADER_START = bytes.fromhex("dd000000000000")
# security control byte and invocation counter
MAC_SECURITY_HEADER = bytes.fromhex("1100000000")
MAC_LENGTH = 12
SIGNATURE_LENGTH = 64


class Message:
    """`mac` is None or 12 octets; `signature` b"", 64 octets, or None (no length octet at all)."""

    def __init__(
        self,
        header: GroupingHeader,
        payload: bytes,
        signature: bytes | None = b"",
        mac: bytes | None = None,
    ) -> None:
        self.header = header
        self.payload = payload
        self.signature = signature
        self.mac = mac

    @staticmethod
    def decode(octets: bytes | memoryview) -> Message:
        reader = Reader(octets)
        mac = None
        if reader.peek() == MAC_HEADER_START[0]:
            reader.expect(MAC_HEADER_START, "MAC header")
            if reader.length() != reader.remaining():
                raise DecodeError("length in the MAC header is not that of the message")
            reader.expect(MAC_SECURITY_HEADER, "security header")
            if reader.remaining() < MAC_LENGTH:
                raise DecodeError("truncated: no room for a MAC")
            mac = bytes(octets[-MAC_LENGTH:])
            reader = Reader(octets, reader.position, len(octets) - MAC_LENGTH)
        header = GroupingHeader.read(reader)
        payload = reader.take(reader.length())
        signature = None
        if reader.remaining():
            size = reader.length()
            if size not in {0, SIGNATURE_LENGTH}:
                raise DecodeError(f"signature of {size} octets")
            signature = reader.take(size)
        elif mac is not None:
            raise DecodeError("no signature length before the MAC")
        reader.finish()
        return Message(header, payload, signature, mac)

    # One allocation each: on a board a message of 1.5 KB is a large part of the free heap.

    def to_be_signed(self) -> bytes:
        """What the signature covers: behind the general-signing tag to the end of the payload."""
        return b"".join((self._head()[1:], self.payload))

    def authenticated(self, prefix: bytes = b"") -> bytes:
        """`prefix` and what the MAC covers behind it: grouping header to end of signature."""
        return b"".join((prefix, self._head(), self.payload, self._tail()))

    def encode(self) -> bytes:
        head, tail = self._head(), self._tail()
        if self.mac is None:
            return b"".join((head, self.payload, tail))
        out = bytearray(MAC_HEADER_START)
        size = len(head) + len(self.payload) + len(tail)
        write_length(out, len(MAC_SECURITY_HEADER) + size + MAC_LENGTH)
        out.extend(MAC_SECURITY_HEADER)
        return b"".join((bytes(out), head, self.payload, tail, self.mac))

    def _head(self) -> bytes:
        out = bytearray()
        self.header.write(out)
        write_length(out, len(self.payload))
        return bytes(out)

    def _tail(self) -> bytes:
        if self.signature is None:
            return b""
        return bytes((len(self.signature),)) + self.signature

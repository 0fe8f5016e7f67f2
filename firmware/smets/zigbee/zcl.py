"""Frames of the ZigBee Cluster Library (ZCL 2.4): header, transaction and payload."""

from __future__ import annotations

from smets.codec.errors import DecodeError

# frame control
CLUSTER_COMMAND = 0x01  # otherwise a command of all clusters
MANUFACTURER_SPECIFIC = 0x04
TO_CLIENT = 0x08  # otherwise to the server
NO_DEFAULT_RESPONSE = 0x10
_FRAME_TYPE = 0x03

# commands of all clusters
READ_ATTRIBUTES = 0x00
READ_ATTRIBUTES_RESPONSE = 0x01
WRITE_ATTRIBUTES = 0x02
WRITE_ATTRIBUTES_UNDIVIDED = 0x03
WRITE_ATTRIBUTES_RESPONSE = 0x04
WRITE_ATTRIBUTES_NO_RESPONSE = 0x05
REPORT_ATTRIBUTES = 0x0A
DEFAULT_RESPONSE = 0x0B
DISCOVER_ATTRIBUTES = 0x0C
DISCOVER_ATTRIBUTES_RESPONSE = 0x0D

# status
SUCCESS = 0x00
FAILURE = 0x01
NOT_AUTHORIZED = 0x7E
MALFORMED_COMMAND = 0x80
UNSUPPORTED_CLUSTER_COMMAND = 0x81
UNSUPPORTED_GENERAL_COMMAND = 0x82
UNSUPPORTED_MANUFACTURER_CLUSTER_COMMAND = 0x83
UNSUPPORTED_MANUFACTURER_GENERAL_COMMAND = 0x84
UNSUPPORTED_ATTRIBUTE = 0x86
INVALID_VALUE = 0x87
READ_ONLY = 0x88
INSUFFICIENT_SPACE = 0x89
NOT_FOUND = 0x8B
INVALID_DATA_TYPE = 0x8D
WRITE_ONLY = 0x8F
UNSUPPORTED_CLUSTER = 0xC3


class Frame:
    """`control` as it travels; `manufacturer` counts when `control` says so."""

    def __init__(
        self,
        control: int,
        transaction: int,
        command: int,
        payload: bytes = b"",
        manufacturer: int = 0,
    ) -> None:
        self.control = control
        self.transaction = transaction
        self.command = command
        self.payload = payload
        self.manufacturer = manufacturer

    @property
    def is_cluster_command(self) -> bool:
        return bool(self.control & CLUSTER_COMMAND)

    @property
    def to_client(self) -> bool:
        return bool(self.control & TO_CLIENT)

    @staticmethod
    def decode(octets: bytes) -> Frame:
        specific = len(octets) > 0 and octets[0] & MANUFACTURER_SPECIFIC
        start = 5 if specific else 3
        if len(octets) < start or octets[0] & _FRAME_TYPE > CLUSTER_COMMAND:
            raise DecodeError("not a ZCL frame")
        return Frame(
            octets[0],
            octets[start - 2],
            octets[start - 1],
            octets[start:],
            int.from_bytes(octets[1:3], "little") if specific else 0,
        )

    def encode(self) -> bytes:
        head = bytes((self.control,))
        if self.control & MANUFACTURER_SPECIFIC:
            head += self.manufacturer.to_bytes(2, "little")
        return head + bytes((self.transaction, self.command)) + self.payload

    def response(self, command: int, payload: bytes, of_cluster: bool) -> Frame:
        """What answers this frame; it asks for no default response itself."""
        control = self.control & (MANUFACTURER_SPECIFIC | TO_CLIENT) ^ TO_CLIENT
        control |= NO_DEFAULT_RESPONSE | (CLUSTER_COMMAND if of_cluster else 0)
        return Frame(control, self.transaction, command, payload, self.manufacturer)

    def default_response(self, status: int) -> Frame | None:
        """The answer to a frame that has no other; None where none is due (ZCL 2.5.12.2)."""
        is_default_response = self.command == DEFAULT_RESPONSE and not self.is_cluster_command
        if is_default_response or (status == SUCCESS and self.control & NO_DEFAULT_RESPONSE):
            return None
        return self.response(DEFAULT_RESPONSE, bytes((self.command, status)), False)

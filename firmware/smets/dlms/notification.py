"""DLMS Data-Notification, the carrier of COSEM alerts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from smets.codec.reader import Reader
from smets.dlms import data as axdr
from smets.dlms.access import GBCS_FLAGS

if TYPE_CHECKING:
    from smets.dlms.data import Data

DATA_NOTIFICATION = 0x0F


class DataNotification:
    """`invoke_id` has 24 bits, in GBCS the lowest of the alert's own counter."""

    def __init__(self, invoke_id: int, body: Data, flags: int = GBCS_FLAGS) -> None:
        self.flags = flags
        self.invoke_id = invoke_id
        self.body = body

    @staticmethod
    def decode(octets: bytes) -> DataNotification:
        reader = Reader(octets)
        reader.expect(b"\x0f", "tag of a data notification")
        flags = reader.octet()
        invoke_id = reader.unsigned(3)
        reader.expect(b"\x00", "date-time in a data notification")
        body = axdr.read(reader)
        reader.finish()
        return DataNotification(invoke_id, body, flags)

    def encode(self) -> bytes:
        out = bytearray((DATA_NOTIFICATION, self.flags))
        out.extend(self.invoke_id.to_bytes(3, "big"))
        out.append(0)
        axdr.write(out, self.body)
        return bytes(out)

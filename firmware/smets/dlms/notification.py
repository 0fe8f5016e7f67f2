"""DLMS Data-Notification, the carrier of COSEM alerts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from smets.codec.reader import Reader
from smets.dlms import data as axdr

if TYPE_CHECKING:
    from smets.dlms.data import Data

DATA_NOTIFICATION = 0x0F


class DataNotification:
    """`invoke_id` is the low 24 bits of the alert's own counter."""

    def __init__(self, invoke_id: int, body: Data) -> None:
        self.invoke_id = invoke_id
        self.body = body

    @staticmethod
    def decode(octets: bytes) -> DataNotification:
        reader = Reader(octets)
        reader.expect(b"\x0f\x20", "start of a data notification")
        invoke_id = reader.unsigned(3)
        reader.expect(b"\x00", "date-time in a data notification")
        body = axdr.read(reader)
        reader.finish()
        return DataNotification(invoke_id, body)

    def encode(self) -> bytes:
        out = bytearray((DATA_NOTIFICATION, 0x20))
        out.extend(self.invoke_id.to_bytes(3, "big"))
        out.append(0)
        axdr.write(out, self.body)
        return bytes(out)

"""The last messages that were refused, and the check that each failed."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from smets.device.objects import Changes
    from smets.device.store import Store
    from smets.gbcs.grouping import GroupingHeader

# in the order in which they are made
CHECKS = (
    "decode",
    "recipient",
    "mac",
    "signature",
    "counter",
    "role",
    "use_case",
    "payload",
)
DECODE, RECIPIENT, MAC, SIGNATURE, COUNTER, ROLE, USE_CASE, PAYLOAD = range(8)

# GBCS 16.2, unauthorised communication access attempted
UNAUTHORISED_COMMUNICATION = 0x8F3E

KEPT = 32
_NAME = "refusals"
_SIZE = 23


class Refusal:
    """When (seconds since 2000), the check's name, and what the header said if it was readable."""

    def __init__(self, row: bytes) -> None:
        self.time = int.from_bytes(row[:4], "big")
        self.check = CHECKS[row[4]]
        self.message_code = int.from_bytes(row[5:7], "big")
        self.originator = row[7:15]
        self.originator_counter = int.from_bytes(row[15:], "big")


class Refusals:
    """One value of the store."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def add(self, changes: Changes, check: int, header: GroupingHeader | None, now: int) -> None:
        """Adds to `changes` that a message failed a check."""
        row = now.to_bytes(4, "big") + bytes((check,))
        if header is None:
            row += bytes(_SIZE - len(row))
        else:
            row += header.message_code.to_bytes(2, "big") + header.originator
            row += header.originator_counter.to_bytes(8, "big")
        rows = (self._store.get(_NAME) or b"") + row
        changes.append((_NAME, rows[-KEPT * _SIZE :]))

    def all(self) -> list[Refusal]:
        """The last KEPT of them, oldest first."""
        rows = self._store.get(_NAME) or b""
        return [Refusal(rows[at : at + _SIZE]) for at in range(0, len(rows), _SIZE)]

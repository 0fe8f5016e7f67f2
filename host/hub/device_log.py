"""The CHF device log: which devices may be on this HAN, and whether they are."""

from dataclasses import dataclass
from enum import StrEnum

from host.hub.database import Database

# GBCS DeviceType
DEVICE_TYPES = ("GSME", "ESME", "CHF", "GPF", "HCALCS", "PPMID", "Type2")


UNKNOWN_TYPE = 255  # what is listed by CCS01 says its type when it joins


class Status(StrEnum):
    """What the hub has seen of a device in its log."""

    LISTED = "listed"  # never here since it was listed
    JOINED = "joined"
    LEFT = "left"


@dataclass(frozen=True)
class Entry:
    """A device: EUI-64 as lower-case hexadecimal, number of its GBCS type."""

    eui: str
    type: int
    status: Status


class DeviceLog:
    """Changed inside the caller's transaction; `changes` counts the changes of this process."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.changes = 0

    def add(self, eui: str, device_type: int) -> None:
        """Lists a device; one that is listed keeps its status."""
        self._database.execute(
            "INSERT INTO device_log VALUES (?, ?, ?)"
            " ON CONFLICT (eui) DO UPDATE SET type = excluded.type",
            eui,
            device_type,
            Status.LISTED,
        )
        self.changes += 1

    def remove(self, eui: str) -> None:
        """Forgets a device and what waits for it; nothing happens when it is not listed."""
        self._database.execute("DELETE FROM device_log WHERE eui = ?", eui)
        self._database.execute("DELETE FROM han_queue WHERE eui = ?", eui)
        self.changes += 1

    def mark(self, eui: str, status: Status) -> None:
        """Notes what the hub has seen of a device."""
        changed = self._database.execute(
            "UPDATE device_log SET status = ? WHERE eui = ? AND status != ?", status, eui, status
        )
        self.changes += changed.rowcount

    def join(self, eui: str, device_type: int) -> None:
        """Notes that a listed device has joined, and of which type it says to be."""
        self._database.execute("UPDATE device_log SET type = ? WHERE eui = ?", device_type, eui)
        self.mark(eui, Status.JOINED)

    def find(self, eui: str) -> Entry | None:
        row = self._database.execute(
            "SELECT eui, type, status FROM device_log WHERE eui = ?", eui
        ).fetchone()
        return _entry(row) if row else None

    def entries(self) -> list[Entry]:
        rows = self._database.execute("SELECT eui, type, status FROM device_log ORDER BY eui")
        return [_entry(row) for row in rows]


def _entry(row: tuple[str, int, str]) -> Entry:
    eui, device_type, status = row
    return Entry(eui, device_type, Status(status))

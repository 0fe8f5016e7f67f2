"""The CHF device log: which devices may be on this HAN, and whether they are."""

from dataclasses import dataclass
from enum import StrEnum

from host.hub.communications import CommunicationsStore
from host.hub.database import Database
from host.hub.firmware_transfers import FirmwareTransfers
from host.hub.link_keys import LinkKeys
from host.hub.mirror_store import MirrorStore
from host.hub.trust_centre import Admission, Contact

# GBCS DeviceType
DEVICE_TYPES = ("GSME", "ESME", "CHF", "GPF", "HCALCS", "PPMID", "Type2")


UNKNOWN_TYPE = 255  # what is listed by CCS01 says its type when it joins
CAPACITY = 15  # devices, besides the hub's own functions

_ALERT_OWED = "device_log_changed"


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
    """Changed inside the caller's transaction; `changes` counts the changes of this process.

    An alert is owed for every change of the devices and of their keys, until it is made.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self.changes = 0
        self.keys = LinkKeys(database)
        self.communications = CommunicationsStore(database)
        self.transfers = FirmwareTransfers(database)
        self.mirror = MirrorStore(database)

    # What commands change

    def add(self, eui: str, device_type: int) -> None:
        """Lists a device; one that is listed keeps its status."""
        self._database.execute(
            "INSERT INTO device_log VALUES (?, ?, ?)"
            " ON CONFLICT (eui) DO UPDATE SET type = excluded.type",
            eui,
            device_type,
            Status.LISTED,
        )
        self._changed()

    def expect(self, eui: str, install_code: bytes) -> bool:
        """Lists a device with the 16 octets of its install code; False when the log is full.

        One that is listed keeps the key it has: nothing changes.
        """
        if self.find(eui):
            return True
        if self._room() < 1:
            return False
        self.keys.expect(eui, install_code)
        self.add(eui, UNKNOWN_TYPE)
        return True

    def open_window(self, eui: str, now: int, seconds: int) -> None:
        """A listed device may join from now on for so long."""
        self.keys.open_window(eui, now, seconds)
        self.changes += 1

    def remove(self, eui: str) -> None:
        """Forgets a device and what waits for it; nothing happens when it is not listed."""
        if self.find(eui) is None:
            return
        self._database.execute("DELETE FROM device_log WHERE eui = ?", eui)
        self._database.execute("DELETE FROM han_queue WHERE eui = ?", eui)
        self.keys.retire(eui)
        self.communications.forget(eui)
        self.mirror.forget(eui)
        self._changed()

    def restore(self, extended_pan_id: bytes, hashes: dict[str, bytes]) -> bool:
        """Takes over the devices of another hub; False, and nothing is done, without room."""
        new = [eui for eui in hashes if self.find(eui) is None]
        if self._room() < len(new):
            return False
        self.keys.extended_pan_id = extended_pan_id
        for eui in new:
            self.add(eui, UNKNOWN_TYPE)
        for eui, hashed in hashes.items():
            self.keys.restore(eui, hashed)
        self._changed()
        return True

    # What is seen of devices

    def mark(self, eui: str, status: Status) -> None:
        """Notes what the hub has seen of a device."""
        changed = self._database.execute(
            "UPDATE device_log SET status = ? WHERE eui = ? AND status != ?", status, eui, status
        )
        self.changes += changed.rowcount

    def join(self, eui: str, device_type: int, now: int) -> None:
        """Notes that a listed device has joined, and of which type it says to be."""
        self._database.execute("UPDATE device_log SET type = ? WHERE eui = ?", device_type, eui)
        self.mark(eui, Status.JOINED)
        if self.keys.came(eui, now):
            self._changed()

    def agreed(self, eui: str, link_key: bytes) -> bool:
        """CBKE has agreed a key with a device; False when it is not listed."""
        if self.find(eui) is None:
            return False
        self.keys.agreed(eui, link_key)
        self._changed()
        return True

    def heard(self, eui: str, contact: Contact, now: int) -> None:
        """A frame of a device has come; nothing happens when it is not listed."""
        if self.find(eui):
            self.communications.heard(eui, contact, now)

    # What is told

    def find(self, eui: str) -> Entry | None:
        row = self._database.execute(
            "SELECT eui, type, status FROM device_log WHERE eui = ?", eui
        ).fetchone()
        return _entry(row) if row else None

    def entries(self) -> list[Entry]:
        rows = self._database.execute("SELECT eui, type, status FROM device_log ORDER BY eui")
        return [_entry(row) for row in rows]

    def backup(self) -> dict[str, bytes]:
        """By EUI-64 the hash of each device's key, b"" before CBKE."""
        return {entry.eui: self.keys.backup(entry.eui) for entry in self.entries()}

    def admissions(self, now: int) -> tuple[Admission, ...]:
        """How the listed devices get in at this time."""
        found = (self.keys.admission(entry.eui, now) for entry in self.entries())
        return tuple(admission for admission in found if admission)

    def joining(self, now: int) -> int:
        """For how many more seconds any device may join."""
        return max((self.keys.window(entry.eui, now) for entry in self.entries()), default=0)

    # The alert of a change

    @property
    def alert_owed(self) -> bool:
        """Whether the log has changed since `alerted`."""
        row = self._database.execute("SELECT 1 FROM hub WHERE key = ?", _ALERT_OWED).fetchone()
        return row is not None

    def alerted(self) -> None:
        """The alert is made."""
        self._database.execute("DELETE FROM hub WHERE key = ?", _ALERT_OWED)

    def _changed(self) -> None:
        self._database.execute("INSERT OR REPLACE INTO hub VALUES (?, 1)", _ALERT_OWED)
        self.changes += 1

    def _room(self) -> int:
        (used,) = self._database.execute("SELECT count(*) FROM device_log").fetchone()
        return CAPACITY - int(used)


def _entry(row: tuple[str, int, str]) -> Entry:
    eui, device_type, status = row
    return Entry(eui, device_type, Status(status))

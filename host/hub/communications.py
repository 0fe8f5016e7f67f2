"""The CHF communications store: what was heard of each device, and when (CHTS 4.6.3.2)."""

from dataclasses import dataclass

from host.hub.database import Database
from host.hub.trust_centre import Contact

_COUNTED = 255  # failures and successes are told in one octet
_KEPT = 1000  # frames that an average goes over before it forgets half of them


@dataclass(frozen=True)
class Communications:
    """Of one device: highest, average and lowest signal; counts go up to 255."""

    at: int  # of the last frame; UTC, seconds since 2000
    rssi: tuple[int, int, int]
    lqi: tuple[int, int, int]
    hops: int
    failures: int
    successes: int


class CommunicationsStore:
    """Changed inside the caller's transaction. EUI-64s are lower-case hexadecimal."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def heard(self, eui: str, contact: Contact, now: int) -> None:
        """A frame of the device has come."""
        rssi, lqi = contact.rssi, contact.lqi
        first = (eui, now, 1, rssi, rssi, rssi, lqi, lqi, lqi, contact.hops, 0, 1)
        self._database.execute(
            f"INSERT INTO contacts VALUES ({', '.join('?' * len(first))})"  # noqa: S608
            " ON CONFLICT (eui) DO UPDATE SET at = excluded.at, frames = frames + 1,"
            " rssi_most = max(rssi_most, excluded.rssi_most),"
            " rssi_sum = rssi_sum + excluded.rssi_sum,"
            " rssi_least = min(rssi_least, excluded.rssi_least),"
            " lqi_most = max(lqi_most, excluded.lqi_most), lqi_sum = lqi_sum + excluded.lqi_sum,"
            " lqi_least = min(lqi_least, excluded.lqi_least), hops = excluded.hops,"
            " successes = min(successes + 1, ?)",
            *first,
            _COUNTED,
        )
        self._database.execute(
            "UPDATE contacts SET frames = frames / 2, rssi_sum = rssi_sum / 2,"
            " lqi_sum = lqi_sum / 2 WHERE eui = ? AND frames >= ?",
            eui,
            _KEPT,
        )

    def silent(self, eui: str) -> None:
        """The device did not acknowledge a frame; one that was never heard has no entry."""
        self._database.execute(
            "UPDATE contacts SET failures = min(failures + 1, ?) WHERE eui = ?", _COUNTED, eui
        )

    def put(self, eui: str, entry: Communications) -> None:
        """Replaces what is known of a device."""
        (rssi_most, rssi, rssi_least), (lqi_most, lqi, lqi_least) = entry.rssi, entry.lqi
        row = (eui, entry.at, 1, rssi_most, rssi, rssi_least, lqi_most, lqi, lqi_least)
        counts = (entry.hops, entry.failures, entry.successes)
        self._database.execute(
            f"INSERT OR REPLACE INTO contacts VALUES ({', '.join('?' * 12)})",  # noqa: S608
            *row,
            *counts,
        )

    def find(self, eui: str) -> Communications | None:
        row = self._database.execute("SELECT * FROM contacts WHERE eui = ?", eui).fetchone()
        if row is None:
            return None
        _, at, frames, most, total, least, lqi_most, lqi_total, lqi_least, *counts = row
        rssi = (most, round(total / frames), least)
        return Communications(at, rssi, (lqi_most, round(lqi_total / frames), lqi_least), *counts)

    def forget(self, eui: str) -> None:
        """The device is removed from the log."""
        self._database.execute("DELETE FROM contacts WHERE eui = ?", eui)

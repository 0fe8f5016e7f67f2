"""Whose link keys the trust centre knows: of listed devices, and of those that were removed.

A device that is listed with an install code has the code's key until CBKE has agreed one. The
key of a device that is removed goes to the historic device log, with which it may come back.
"""

from host.hub.database import Database
from host.hub.trust_centre import Admission, Credential
from keys.zigbee_suite import ZigbeeSuite
from smets.zigbee import install_code

HISTORIC = 15  # entries of the historic device log

_SUITE = ZigbeeSuite()
_EXTENDED_PAN_ID = "extended_pan_id"

Key = tuple[bytes, Credential]


class LinkKeys:
    """Changed inside the caller's transaction. EUI-64s are lower-case hexadecimal."""

    def __init__(self, database: Database) -> None:
        self._database = database

    # The network

    @property
    def extended_pan_id(self) -> bytes:
        """Of the HAN: 8 octets."""
        row = self._database.execute(
            "SELECT value FROM hub WHERE key = ?", _EXTENDED_PAN_ID
        ).fetchone()
        return bytes(row[0]) if row else bytes(8)

    @extended_pan_id.setter
    def extended_pan_id(self, identifier: bytes) -> None:
        self._database.execute(
            "INSERT OR REPLACE INTO hub VALUES (?, ?)", _EXTENDED_PAN_ID, identifier
        )

    # Listed devices

    def expect(self, eui: str, code: bytes) -> None:
        """A device that has just been listed has this install code of 16 octets, without CRC."""
        key = install_code.link_key(_SUITE, code)
        self._database.execute("INSERT OR REPLACE INTO install_keys VALUES (?, ?)", eui, key)

    def open_window(self, eui: str, now: int, seconds: int) -> None:
        """The device may join from now on for so long."""
        self._database.execute(
            "INSERT OR REPLACE INTO join_windows VALUES (?, ?, ?)", eui, now, seconds
        )

    def agreed(self, eui: str, key: bytes) -> None:
        """CBKE has agreed a key with the device."""
        self._put(eui, key, Credential.AGREED)

    def came(self, eui: str, now: int) -> bool:
        """The device has joined; whether it did so with the key of the historic log."""
        found = self._historic_key(eui)
        if found is None or self._current(eui) or not self._is_first_half(eui, now):
            return False
        self._put(eui, *found)
        return True

    def retire(self, eui: str) -> None:
        """The device is removed from the log; a key that it had agreed becomes historic."""
        current = self._current(eui)
        if current:
            self._database.execute("DELETE FROM historic_log WHERE eui = ?", eui)
            self._database.execute(
                "INSERT INTO historic_log (eui, key, credential) VALUES (?, ?, ?)", eui, *current
            )
            self._database.execute(
                "DELETE FROM historic_log WHERE position NOT IN"
                " (SELECT position FROM historic_log ORDER BY position DESC LIMIT ?)",
                HISTORIC,
            )
        for table in ("link_keys", "install_keys", "join_windows"):
            self._database.execute(f"DELETE FROM {table} WHERE eui = ?", eui)  # noqa: S608

    def restore(self, eui: str, hashed: bytes) -> None:
        """A device of the hub before this one; a key that it has agreed with this one stays."""
        current = self._current(eui)
        if current is None or current[1] != Credential.AGREED:
            self._put(eui, hashed, Credential.HASHED)

    def is_restored(self, eui: str) -> bool:
        """Whether the device has not agreed a key with this hub yet."""
        current = self._current(eui)
        return current is not None and current[1] == Credential.HASHED

    # What is told of them

    def admission(self, eui: str, now: int) -> Admission | None:
        """How a listed device gets in; None when nothing is known that it could show."""
        key = self._current(eui)
        is_missed = key is not None and key[1] == Credential.HASHED
        may_join = is_missed or self.window(eui, now) > 0
        if key is None and self._is_first_half(eui, now):
            key = self._historic_key(eui)
        if key is None:
            row = self._database.execute(
                "SELECT key FROM install_keys WHERE eui = ?", eui
            ).fetchone()
            key = (bytes(row[0]), Credential.INSTALL_CODE) if row else None
        return Admission(eui, *key, may_join) if key else None

    def window(self, eui: str, now: int) -> int:
        """For how many more seconds the device may join."""
        row = self._database.execute(
            "SELECT opened, seconds FROM join_windows WHERE eui = ?", eui
        ).fetchone()
        return max(row[0] + row[1] - now, 0) if row else 0

    def backup(self, eui: str) -> bytes:
        """The hash that lets another hub take the device over; b"" until a key is agreed."""
        current = self._current(eui)
        return _hashed(current) if current else b""

    def historic(self) -> list[tuple[str, bytes]]:
        """EUI-64 and hash of the devices that were removed, the first of them first."""
        rows = self._database.execute(
            "SELECT eui, key, credential FROM historic_log ORDER BY position"
        )
        return [(eui, _hashed((key, Credential(name)))) for eui, key, name in rows]

    def _is_first_half(self, eui: str, now: int) -> bool:
        """While a removed device may come back with its old key; then the code is asked for."""
        row = self._database.execute(
            "SELECT opened, seconds FROM join_windows WHERE eui = ?", eui
        ).fetchone()
        return bool(row) and now < row[0] + row[1] / 2

    def _current(self, eui: str) -> Key | None:
        return self._key("link_keys", eui)

    def _historic_key(self, eui: str) -> Key | None:
        return self._key("historic_log", eui)

    def _key(self, table: str, eui: str) -> Key | None:
        row = self._database.execute(
            f"SELECT key, credential FROM {table} WHERE eui = ?",  # noqa: S608
            eui,
        ).fetchone()
        return (bytes(row[0]), Credential(row[1])) if row else None

    def _put(self, eui: str, key: bytes, credential: Credential) -> None:
        self._database.execute(
            "INSERT OR REPLACE INTO link_keys VALUES (?, ?, ?)", eui, key, credential
        )
        self._database.execute("DELETE FROM historic_log WHERE eui = ?", eui)


def _hashed(key: Key) -> bytes:
    """Trust centre swap-out: the next hub gets the hash of the key, which is then the key."""
    value, credential = key
    return value if credential == Credential.HASHED else _SUITE.mmo(value)

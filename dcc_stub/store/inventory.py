"""Devices, whose certificates they hold, and who is responsible for their supply points."""

from __future__ import annotations

from dataclasses import astuple, fields
from typing import Any

from dcc_stub.duis.services import Role
from dcc_stub.inventory.device import Device
from dcc_stub.inventory.status import Status
from dcc_stub.store.database import Database

_COLUMNS = tuple(field.name for field in fields(Device))
_NAMES = ", ".join(_COLUMNS)
_PLACES = ", ".join("?" for _ in _COLUMNS)


class Inventory:
    """The smart metering inventory."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def find(self, eui: bytes) -> Device | None:
        """The device, None when it was never notified."""
        found = self._database.one(f"SELECT {_NAMES} FROM device WHERE eui = ?", (eui,))  # noqa: S608
        return _device(found) if found else None

    def put(self, device: Device) -> None:
        """Adds a device or replaces what is known of it."""
        statement = f"INSERT OR REPLACE INTO device ({_NAMES}) VALUES ({_PLACES})"  # noqa: S608
        self._database.execute(statement, astuple(device))

    def remove(self, eui: bytes) -> None:
        """Forgets a device."""
        self._database.execute("DELETE FROM device WHERE eui = ?", (eui,))

    def network(self, hub: bytes) -> list[Device]:
        """A communications hub and the devices reached through it, the hub first."""
        statement = f"SELECT {_NAMES} FROM device WHERE eui = ? OR hub = ? ORDER BY eui <> ?, eui"  # noqa: S608
        return [_device(row) for row in self._database.all(statement, (hub, hub, hub))]

    def at_supply_point(self, mpxn: str) -> list[Device]:
        """The devices with this MPAN or MPRN."""
        statement = (
            f"SELECT {_NAMES} FROM device WHERE ? IN "  # noqa: S608
            "(import_mpxn, secondary_import_mpan, export_mpan) ORDER BY eui"
        )
        return [_device(row) for row in self._database.all(statement, (mpxn,))]

    def holder(self, device: bytes, role: int) -> bytes | None:
        """The party whose certificates a device holds in a role, as far as responses tell."""
        found = self._database.one(
            "SELECT party FROM cell_holder WHERE device = ? AND role = ?", (device, role)
        )
        return found["party"] if found else None

    def set_holder(self, device: bytes, role: int, party: bytes) -> None:
        """What a response has told of a device's trust anchors."""
        self._database.execute(
            "INSERT OR REPLACE INTO cell_holder (device, role, party) VALUES (?, ?, ?)",
            (device, role, party),
        )

    def device_log(self, device: bytes) -> bytes | None:
        """The payload of the last alert in which a CHF or GPF told its device log."""
        found = self._database.one(
            "SELECT payload FROM device_log_backup WHERE device = ?", (device,)
        )
        return found["payload"] if found else None

    def keep_device_log(self, device: bytes, payload: bytes) -> None:
        """Replaces the device log that is restored on the device that comes after this one."""
        self._database.execute(
            "INSERT OR REPLACE INTO device_log_backup (device, payload) VALUES (?, ?)",
            (device, payload),
        )

    def join(self, one: bytes, other: bytes) -> None:
        """Two devices are joined; whichever of them says so."""
        self._database.execute(
            "INSERT OR IGNORE INTO joined (one, other) VALUES (?, ?)", _pair(one, other)
        )

    def part(self, one: bytes, other: bytes) -> None:
        """Two devices are joined no longer."""
        self._database.execute("DELETE FROM joined WHERE one = ? AND other = ?", _pair(one, other))

    def joined_with(self, device: bytes) -> list[bytes]:
        """The devices that one is joined with."""
        rows = self._database.all(
            "SELECT one, other FROM joined WHERE ? IN (one, other) ORDER BY one, other", (device,)
        )
        return [row["other"] if row["one"] == device else row["one"] for row in rows]

    def responsible(self, mpxn: str, role: Role) -> bytes | None:
        """The party registered for a supply point in a role, None when nobody is."""
        found = self._database.one(
            "SELECT party FROM registration WHERE mpxn = ? AND role = ?", (mpxn, role.value)
        )
        return found["party"] if found else None

    def register(self, mpxn: str, role: Role, party: bytes) -> None:
        """Makes a party responsible for a supply point."""
        self._database.execute(
            "INSERT OR REPLACE INTO registration (mpxn, role, party) VALUES (?, ?, ?)",
            (mpxn, role.value, party),
        )


def _pair(one: bytes, other: bytes) -> tuple[bytes, bytes]:
    return (one, other) if one < other else (other, one)


def _device(row: Any) -> Device:
    values = {name: row[name] for name in _COLUMNS}
    values["status"] = Status(values["status"])
    return Device(**values)

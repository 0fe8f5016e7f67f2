"""Firmware images that the hub has passed on to devices, until the alert of each is made."""

from dataclasses import dataclass

from host.hub.database import Database

DONE = 0  # the result of a whole transfer


@dataclass(frozen=True)
class Transfer:
    """To whom, which version (4 octets), and what came of it: DONE or another code."""

    eui: str
    version: bytes
    result: int = DONE


class FirmwareTransfers:
    """Changed inside the caller's transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, transfer: Transfer) -> None:
        """A transfer has ended."""
        self._database.execute(
            "INSERT INTO firmware_transfers (eui, version, result) VALUES (?, ?, ?)",
            transfer.eui,
            transfer.version,
            transfer.result,
        )

    def take(self) -> list[Transfer]:
        """Those added since the last time, the first of them first."""
        rows = self._database.execute(
            "SELECT eui, version, result FROM firmware_transfers ORDER BY position"
        ).fetchall()
        if rows:
            self._database.execute("DELETE FROM firmware_transfers")
        return [Transfer(*row) for row in rows]

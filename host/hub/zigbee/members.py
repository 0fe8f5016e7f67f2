"""What the hub keeps of the devices on the radio, so that it finds them again after a restart."""

from dataclasses import dataclass

from host.hub.database import Database

SCHEMA = """
CREATE TABLE IF NOT EXISTS zigbee_members (
    eui TEXT PRIMARY KEY,
    address INTEGER NOT NULL,
    endpoint INTEGER NOT NULL,
    device INTEGER NOT NULL,
    sleeps INTEGER NOT NULL,
    tunnel INTEGER NOT NULL
)
"""
NO_TUNNEL = 0


@dataclass(frozen=True)
class Member:
    """A device: network address, Smart Energy endpoint and device id, and its open tunnel."""

    eui: str
    address: int
    endpoint: int
    device: int
    sleeps: bool
    tunnel: int = NO_TUNNEL


class Members:
    """Changed inside the caller's transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database
        database.execute(SCHEMA)

    def put(self, member: Member) -> None:
        """A device that was interviewed, or whose tunnel was opened."""
        self._database.execute(
            "INSERT OR REPLACE INTO zigbee_members VALUES (?, ?, ?, ?, ?, ?)",
            member.eui,
            member.address,
            member.endpoint,
            member.device,
            member.sleeps,
            member.tunnel,
        )

    def remove(self, eui: str) -> None:
        self._database.execute("DELETE FROM zigbee_members WHERE eui = ?", eui)

    def all(self) -> list[Member]:
        rows = self._database.execute("SELECT * FROM zigbee_members ORDER BY eui")
        return [
            Member(eui, address, endpoint, device, bool(sleeps), tunnel)
            for eui, address, endpoint, device, sleeps, tunnel in rows
        ]

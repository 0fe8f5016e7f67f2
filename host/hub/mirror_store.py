"""What meters have left in the hub's mirror: attributes as last reported, and snapshots.

The GPF answers from it while a meter sleeps. Values are those of `smets.zigbee.zcl_data`.
"""

import json
from typing import Any

from host.hub.database import Database

SCHEMA = (
    """
CREATE TABLE IF NOT EXISTS mirrored_attributes (
    eui TEXT,
    cluster INTEGER,
    attribute INTEGER,
    value TEXT NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (eui, cluster, attribute)
)
""",
    """
CREATE TABLE IF NOT EXISTS mirrored_snapshots (
    eui TEXT,
    time INTEGER,
    cause INTEGER,
    type INTEGER,
    part INTEGER,
    identifier INTEGER NOT NULL,
    parts INTEGER NOT NULL,
    payload BLOB NOT NULL,
    PRIMARY KEY (eui, time, cause, type, part)
)
""",
)


class MirrorStore:
    """Changed inside the caller's transaction. EUI-64s are lower-case hexadecimal."""

    def __init__(self, database: Database) -> None:
        self._database = database
        for statement in SCHEMA:
            database.execute(statement)

    def put_attributes(self, eui: str, cluster: int, values: dict[int, Any], now: int) -> None:
        """Attributes of a meter's server as it reported them at `now`, s since 2000."""
        for number, value in values.items():
            self._database.execute(
                "INSERT OR REPLACE INTO mirrored_attributes VALUES (?, ?, ?, ?, ?)",
                eui,
                cluster,
                number,
                json.dumps(value.hex() if isinstance(value, bytes) else value),
                now,
            )

    def attribute(self, eui: str, cluster: int, number: int) -> tuple[Any, int] | None:
        """An attribute's value, octet strings as hexadecimal, and when it was reported."""
        row = self._database.execute(
            "SELECT value, at FROM mirrored_attributes"
            " WHERE eui = ? AND cluster = ? AND attribute = ?",
            eui,
            cluster,
            number,
        ).fetchone()
        return (json.loads(row[0]), row[1]) if row else None

    def put_snapshot(self, eui: str, snapshot: dict[str, Any]) -> None:
        """The fields of a Publish Snapshot by the names of the table of clusters."""
        self._database.execute(
            "INSERT OR REPLACE INTO mirrored_snapshots VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            eui,
            snapshot["snapshot_time"],
            snapshot["snapshot_cause"],
            snapshot["snapshot_payload_type"],
            snapshot["command_index"],
            snapshot["snapshot_id"],
            snapshot["total_number_of_commands"],
            snapshot["snapshot_payload"],
        )

    def snapshots(
        self, eui: str, cause: int, start: int = 0, end: int = 0xFFFFFFFF
    ) -> list[tuple[int, int, bytes]]:
        """(time, payload type, payload) with any bit of `cause`, of this time, oldest first."""
        rows = self._database.execute(
            "SELECT time, type, payload FROM mirrored_snapshots"
            " WHERE eui = ? AND cause & ? AND time BETWEEN ? AND ? ORDER BY time, type, part",
            eui,
            cause,
            start,
            end,
        )
        return [(at, kind, bytes(payload)) for at, kind, payload in rows]

    def forget(self, eui: str) -> None:
        """A meter is no longer mirrored."""
        for table in ("mirrored_attributes", "mirrored_snapshots"):
            self._database.execute(f"DELETE FROM {table} WHERE eui = ?", eui)  # noqa: S608

"""What meters have left in the hub's mirror: attributes as last reported, and snapshots.

The GPF answers from it while a meter sleeps. Values are those of `smets.zigbee.zcl_data`.
"""

import json
from typing import Any

from host.hub.consumption import Consumption
from host.hub.database import Database
from host.hub.published import Published
from smets.zigbee import clusters_text
from smets.zigbee.clusters import METERING

# attributes of Metering: a total and its time; when a half hour began, what was counted since
TOTAL, READ_AT = 0x0000, 0x0007
STARTED, SINCE = 0x0405, 0x0407

BLOCK_TIERS = 6  # snapshot payload type that begins with the total
TOTAL_SIZE = 6
MOST_SNAPSHOTS = 256  # of all causes together

_TABLE = clusters_text.load()

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
    cluster INTEGER,
    time INTEGER,
    cause INTEGER,
    type INTEGER,
    part INTEGER,
    identifier INTEGER NOT NULL,
    parts INTEGER NOT NULL,
    payload BLOB NOT NULL,
    PRIMARY KEY (eui, cluster, time, cause, type, part)
)
""",
)


class MirrorStore:
    """Changed inside the caller's transaction. EUI-64s are lower-case hexadecimal."""

    def __init__(self, database: Database) -> None:
        self._database = database
        for statement in SCHEMA:
            database.execute(statement)
        self.consumption = Consumption(database)
        self.published = Published(database)

    def put_attributes(self, eui: str, cluster: int, values: dict[int, Any], now: int) -> None:
        """Attributes of a meter's server as it reported them at `now`, s since 2000."""
        for number, value in values.items():
            known = _TABLE.attribute(cluster, False, number)
            if known is None or not isinstance(value, (int, bytes)):
                continue  # invalid, or a collection: no attribute of a meter is one
            self._database.execute(
                "INSERT OR REPLACE INTO mirrored_attributes VALUES (?, ?, ?, ?, ?)",
                eui,
                cluster,
                number,
                json.dumps(value.hex() if isinstance(value, bytes) else value),
                now,
            )
        if cluster == METERING and TOTAL in values:
            self._count(eui, values)
            if READ_AT not in values:  # one that came before was of another total
                self._database.execute(
                    "DELETE FROM mirrored_attributes"
                    " WHERE eui = ? AND cluster = ? AND attribute = ?",
                    eui,
                    cluster,
                    READ_AT,
                )

    def _count(self, eui: str, values: dict[int, Any]) -> None:
        """What one report tells of the register at a half hour."""
        total, read_at, started, since = (
            value if isinstance(value := values.get(number), int) else None
            for number in (TOTAL, READ_AT, STARTED, SINCE)
        )
        if total is None:
            return
        if started is not None and since is not None:
            self.consumption.put(eui, started, total - since)
        if read_at is not None:
            self.consumption.put(eui, read_at, total)

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

    def reported_at(self, eui: str) -> int | None:
        """When a meter reported last; None when it never has."""
        row = self._database.execute(
            "SELECT max(at) FROM mirrored_attributes WHERE eui = ?", eui
        ).fetchone()
        return None if row[0] is None else int(row[0])

    def put_snapshot(self, eui: str, snapshot: dict[str, Any], cluster: int = METERING) -> None:
        """The fields of a Publish Snapshot by the names of the table of clusters."""
        payload = snapshot["snapshot_payload"]
        if cluster == METERING and snapshot["snapshot_payload_type"] == BLOCK_TIERS:
            total = int.from_bytes(payload[:TOTAL_SIZE], "little")
            self.consumption.put(eui, snapshot["snapshot_time"], total)
        self._database.execute(
            "INSERT OR REPLACE INTO mirrored_snapshots VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            eui,
            cluster,
            snapshot["snapshot_time"],
            snapshot["snapshot_cause"],
            snapshot["snapshot_payload_type"],
            snapshot["command_index"],
            snapshot["snapshot_id"],
            snapshot["total_number_of_commands"],
            payload,
        )
        self._database.execute(
            "DELETE FROM mirrored_snapshots WHERE eui = ? AND rowid NOT IN"
            " (SELECT rowid FROM mirrored_snapshots WHERE eui = ? ORDER BY time DESC LIMIT ?)",
            eui,
            eui,
            MOST_SNAPSHOTS,
        )

    def snapshots(
        self,
        eui: str,
        cause: int,
        start: int = 0,
        end: int = 0xFFFFFFFF,
        cluster: int = METERING,
    ) -> list[tuple[int, int, bytes]]:
        """(time, payload type, payload) with any bit of `cause`, of this time, oldest first."""
        rows = self._database.execute(
            "SELECT time, type, payload FROM mirrored_snapshots"
            " WHERE eui = ? AND cluster = ? AND cause & ? AND time BETWEEN ? AND ?"
            " ORDER BY time, type, part",
            eui,
            cluster,
            cause,
            start,
            end,
        )
        return [(at, kind, bytes(payload)) for at, kind, payload in rows]

    def forget(self, eui: str) -> None:
        """A meter is no longer mirrored."""
        for table in ("mirrored_attributes", "mirrored_snapshots"):
            self._database.execute(f"DELETE FROM {table} WHERE eui = ?", eui)  # noqa: S608
        self.consumption.forget(eui)
        self.published.forget(eui)

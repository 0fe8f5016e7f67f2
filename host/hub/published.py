"""What suppliers have published to a gas meter: the last commands of each kind, as they came.

The GPF has them from the meter's commands, and gives them to those who ask for them.
"""

from host.hub.database import Database

SCHEMA = """
CREATE TABLE IF NOT EXISTS published (
    eui TEXT NOT NULL,
    cluster INTEGER NOT NULL,
    command INTEGER NOT NULL,
    part INTEGER NOT NULL,
    payload BLOB NOT NULL,
    PRIMARY KEY (eui, cluster, command, part)
)
"""


class Published:
    """Changed inside the caller's transaction. EUI-64s are lower-case hexadecimal."""

    def __init__(self, database: Database) -> None:
        self._database = database
        database.execute(SCHEMA)

    def replace(self, eui: str, cluster: int, command: int, payloads: list[bytes]) -> None:
        """Puts the payloads of a command in place of those that came before."""
        self._database.execute(
            "DELETE FROM published WHERE eui = ? AND cluster = ? AND command = ?",
            eui,
            cluster,
            command,
        )
        for part, payload in enumerate(payloads):
            self._database.execute(
                "INSERT INTO published VALUES (?, ?, ?, ?, ?)",
                eui,
                cluster,
                command,
                part,
                payload,
            )

    def forget(self, eui: str) -> None:
        """A meter is no longer mirrored."""
        self._database.execute("DELETE FROM published WHERE eui = ?", eui)

    def payloads(self, eui: str, cluster: int, command: int) -> list[bytes]:
        """In the order in which they came; empty when there are none."""
        rows = self._database.execute(
            "SELECT payload FROM published WHERE eui = ? AND cluster = ? AND command = ?"
            " ORDER BY part",
            eui,
            cluster,
            command,
        )
        return [bytes(payload) for (payload,) in rows]

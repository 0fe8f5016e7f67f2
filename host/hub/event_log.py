"""Event and security logs of the hub's own functions (GBCS 16), in the hub's database."""

from host.hub.database import Database
from smets.codec.reader import write_length
from smets.dlms import data as axdr

CAPACITY = 100  # entries; the newest replaces the oldest

# structure of time, code and other information; and of time and code
EVENTS, SECURITY = bytes.fromhex("0203061209"), bytes.fromhex("02020612")

ALWAYS = (0, 0xFFFFFFFF)


class EventLog:
    """One log; `columns` are EVENTS or SECURITY. Changed inside the caller's transaction."""

    def __init__(self, database: Database, name: str, columns: bytes) -> None:
        self._database = database
        self._name = name
        self._columns = columns

    def append(self, at: int, code: int, information: bytes = b"") -> None:
        """Adds an entry; `at` in UTC seconds since 2000."""
        self._database.execute(
            "INSERT INTO events (log, at, code, information) VALUES (?, ?, ?, ?)",
            self._name,
            at,
            code,
            information,
        )
        self._database.execute(
            "DELETE FROM events WHERE log = ? AND position NOT IN (SELECT position FROM events"
            " WHERE log = ? ORDER BY position DESC LIMIT ?)",
            self._name,
            self._name,
            CAPACITY,
        )

    def clear(self) -> None:
        self._database.execute("DELETE FROM events WHERE log = ?", self._name)

    def entries(self, period: tuple[int, int] = ALWAYS) -> list[tuple[int, int, bytes]]:
        """Time, code and other information of the entries from .. to, oldest first."""
        rows = self._database.execute(
            "SELECT at, code, information FROM events"
            " WHERE log = ? AND at BETWEEN ? AND ? ORDER BY position",
            self._name,
            *period,
        )
        return rows.fetchall()

    def encode(self, period: tuple[int, int] = ALWAYS) -> bytes:
        """The entries of a period as a compact array."""
        contents = bytearray()
        for at, code, information in self.entries(period):
            contents += at.to_bytes(4, "big") + code.to_bytes(2, "big")
            if self._columns == EVENTS:
                write_length(contents, len(information))
                contents += information
        return axdr.encode((axdr.COMPACT_ARRAY, (self._columns, bytes(contents))))

"""What a mirrored meter had counted at half hours and midnights, and the logs that follow from it.

Kept are totals, so what the profile data log and the daily consumption log tell always adds up to
what the register shows; a total that is missing leaves a gap in a log, and nothing false.
"""

from host.hub.database import Database

HALF_HOUR, DAY = 1800, 86400
PROFILE_CAPACITY = 19056  # half hours: 13 months
DAILY_CAPACITY = 731  # days

SCHEMA = """
CREATE TABLE IF NOT EXISTS consumption (
    eui TEXT NOT NULL,
    at INTEGER NOT NULL,
    total INTEGER NOT NULL,
    PRIMARY KEY (eui, at)
) WITHOUT ROWID
"""


class Consumption:
    """Changed inside the caller's transaction; times in UTC seconds since 2000, totals in dm3."""

    def __init__(self, database: Database) -> None:
        self._database = database
        database.execute(SCHEMA)

    def put(self, eui: str, at: int, total: int) -> None:
        """What the meter's register showed at a half hour; at another time it tells nothing."""
        if at % HALF_HOUR:
            return
        self._database.execute(
            "INSERT OR REPLACE INTO consumption VALUES (?, ?, ?)", eui, at, total
        )
        if at % DAY == 0:
            self._prune(eui)

    def _prune(self, eui: str) -> None:
        """Counted, not by time: a total of a wrong time may not cost the others."""
        for is_midnight, capacity in ((0, PROFILE_CAPACITY), (1, DAILY_CAPACITY)):
            self._database.execute(
                "DELETE FROM consumption WHERE eui = ?1 AND (at % ?2 = 0) = ?3 AND at <"
                " (SELECT at FROM consumption WHERE eui = ?1 AND (?3 = 0 OR at % ?2 = 0)"
                " ORDER BY at DESC LIMIT 1 OFFSET ?4)",
                eui,
                DAY,
                is_midnight,
                capacity,
            )

    def rows(self, eui: str, interval: int, earliest: int, count: int) -> list[tuple[int, int]]:
        """Ends and amounts of at most `count` intervals that follow each other, oldest first.

        The first one is the first known that ends at `earliest` or later; between it and the last
        one some may be missing.
        """
        found = self._database.execute(
            "SELECT ends.at, ends.total - starts.total FROM consumption AS ends"
            " JOIN consumption AS starts ON starts.eui = ends.eui AND starts.at = ends.at - ?1"
            " WHERE ends.eui = ?2 AND ends.at >= ?3 AND ends.at % ?1 = 0"
            " AND ends.total >= starts.total ORDER BY ends.at LIMIT ?4",
            interval,
            eui,
            earliest,
            count,
        ).fetchall()
        return [row for row in found if row[0] < found[0][0] + count * interval]

    def forget(self, eui: str) -> None:
        """A meter is no longer mirrored."""
        self._database.execute("DELETE FROM consumption WHERE eui = ?", eui)

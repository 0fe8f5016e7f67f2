"""Finished runs in the store: each document immutable under date, run and version."""

import hashlib
from dataclasses import dataclass
from datetime import date

from host.settlement.database import Connection, insert_rows, transaction
from host.settlement.errors import NoDataError


@dataclass(frozen=True)
class StoredRun:
    """The address of a finished run and the digest of its document."""

    settlement_date: date
    run: str
    version: int
    sha256: str


class StoredRuns:
    """The runs of a store; a later version of a run takes the place of the earlier one."""

    def __init__(self, connection: Connection) -> None:
        """Work on an open store."""
        self._connection = connection

    def save(self, settlement_date: date, run: str, document: str) -> StoredRun:
        """Store a document as the run's next version, unless it is what the last one said."""
        sha256 = hashlib.sha256(document.encode()).hexdigest()
        versions = [r for r in self.find(settlement_date) if r.run == run]
        if versions and versions[-1].sha256 == sha256:
            return versions[-1]
        stored = StoredRun(settlement_date, run, len(versions) + 1, sha256)
        row = (settlement_date, run, stored.version, sha256, document)
        with transaction(self._connection):
            insert_rows(self._connection, "settlement_run", [row])
        return stored

    def find(self, settlement_date: date | None = None) -> list[StoredRun]:
        """Return the stored runs, all or those of one date, in order of date, run, version."""
        rows = self._connection.execute(
            "SELECT settlement_date, run, version, sha256 FROM settlement_run"
            " WHERE settlement_date = coalesce($wanted, settlement_date)"
            " ORDER BY settlement_date, run, version",
            {"wanted": settlement_date},
        ).fetchall()
        return [StoredRun(*row) for row in rows]

    def document(self, settlement_date: date, run: str, version: int) -> str:
        """Return the JSON document of a stored run: NoDataError when there is none."""
        row = self._connection.execute(
            "SELECT document FROM settlement_run"
            " WHERE settlement_date = ? AND run = ? AND version = ?",
            (settlement_date, run, version),
        ).fetchone()
        if row is None:
            raise NoDataError(f"run {run} version {version} of {settlement_date} is not stored")
        return str(row[0])

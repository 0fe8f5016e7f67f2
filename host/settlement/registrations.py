"""The registration table in the store."""

from dataclasses import replace
from datetime import date, timedelta

from host.settlement.components import Direction
from host.settlement.database import Connection, insert_rows, transaction
from host.settlement.errors import InputError
from host.settlement.registration import Registration

_COLUMNS = (
    "mpan, supplier, llf_class, effective_from, effective_to, direction, gsp_group,"
    " fuse_rating_amperes, phases"
)


class Registrations:
    """Who supplies which MPAN when; at most one registration covers an MPAN on a date."""

    def __init__(self, connection: Connection) -> None:
        """Work on an open store."""
        self._connection = connection

    def register(self, registration: Registration) -> None:
        """Add a registration, or replace the one with the same first date.

        A registration that was open when this one starts ends the day before (change of
        supplier). Raises InputError when another registration would overlap.
        """
        ended: list[Registration] = []
        for other in self.of({registration.mpan})[registration.mpan]:
            if other.effective_from == registration.effective_from:
                continue
            if other.effective_to is None and other.effective_from < registration.effective_from:
                last = registration.effective_from - timedelta(days=1)
                ended.append(replace(other, effective_to=last))
            elif _overlap(other, registration):
                raise InputError(
                    f"MPAN {registration.mpan} is registered to {other.supplier} from "
                    f"{other.effective_from} to {other.effective_to or 'further notice'}: "
                    "end one of the two registrations before the other starts"
                )
        rows = [
            (
                r.mpan,
                r.supplier,
                r.llf_class,
                r.effective_from,
                r.effective_to,
                r.direction.value,
                r.gsp_group,
                r.fuse_rating_amperes,
                r.phases,
                r.distributor_id,
            )
            for r in (*ended, registration)
        ]
        with transaction(self._connection):
            insert_rows(self._connection, "registration", rows, on_conflict="REPLACE")

    def of(self, mpans: set[str]) -> dict[str, list[Registration]]:
        """Return the registrations of each MPAN, in order of their first date."""
        found: dict[str, list[Registration]] = {mpan: [] for mpan in mpans}
        rows = self._connection.execute(
            f"SELECT {_COLUMNS} FROM registration"  # noqa: S608 - names of columns
            " WHERE mpan IN (SELECT unnest(CAST(? AS VARCHAR[]))) ORDER BY mpan, effective_from",
            (sorted(mpans),),
        ).fetchall()
        for mpan, supplier, llf_class, first, last, direction, *rest in rows:
            found[mpan].append(
                Registration(mpan, supplier, llf_class, first, last, Direction(direction), *rest)
            )
        return found

    def count(self, settlement_date: date) -> int:
        """Return how many MPANs are registered on a settlement date."""
        row = self._connection.execute(
            "SELECT count(*) FROM registration WHERE effective_from <= ?"
            " AND (effective_to IS NULL OR effective_to >= ?)",
            (settlement_date, settlement_date),
        ).fetchone()
        assert row is not None
        return int(row[0])


def _overlap(one: Registration, other: Registration) -> bool:
    return one.effective_from <= (other.effective_to or date.max) and other.effective_from <= (
        one.effective_to or date.max
    )

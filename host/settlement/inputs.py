"""What a run needs beside reads: line loss factors and group takes, given for a date."""

from collections.abc import Sequence
from datetime import date

from host.settlement.database import Connection, insert_rows, transaction
from host.settlement.errors import InputError
from host.settlement.gsp_groups import GROUP_NAMES
from host.settlement.periods import period_count

LineLossClass = tuple[str, str]  # distributor id and LLF class


class Inputs:
    """Given line loss factors and group takes; a value given again replaces the first."""

    def __init__(self, connection: Connection) -> None:
        """Work on an open store."""
        self._connection = connection

    def give_line_loss_factors(
        self,
        line_loss_class: LineLossClass,
        settlement_date: date,
        thousandths: Sequence[int],
    ) -> None:
        """Give a class's factors, one per period, in integer thousandths: InputError."""
        self._check_length(settlement_date, len(thousandths))
        if not all(0 < factor < 10_000 for factor in thousandths):
            raise InputError("a line loss factor lies between 0.001 and 9.999")
        row = (*line_loss_class, settlement_date, list(thousandths))
        with transaction(self._connection):
            insert_rows(self._connection, "line_loss_factor", [row], on_conflict="REPLACE")

    def give_group_take(self, gsp_group: str, settlement_date: date, wh: Sequence[int]) -> None:
        """Give a GSP group's take, one value per period, in watt-hours: InputError."""
        self._check_length(settlement_date, len(wh))
        if gsp_group not in GROUP_NAMES:
            raise InputError(f"GSP group {gsp_group!r} is none of {' '.join(GROUP_NAMES)}")
        if not all(abs(volume) < 2**53 for volume in wh):
            raise InputError("a group take lies below 2**53 watt-hours")
        with transaction(self._connection):
            insert_rows(
                self._connection,
                "group_take",
                [(gsp_group, settlement_date, list(wh))],
                on_conflict="REPLACE",
            )

    def line_loss_factors(self, settlement_date: date) -> dict[LineLossClass, tuple[int, ...]]:
        """Return the factors given for a date, in thousandths per period."""
        rows = self._connection.execute(
            "SELECT distributor_id, llf_class, thousandths FROM line_loss_factor"
            " WHERE settlement_date = ?",
            (settlement_date,),
        ).fetchall()
        return {(row[0], row[1]): tuple(row[2]) for row in rows}

    def group_takes(self, settlement_date: date) -> dict[str, tuple[int, ...]]:
        """Return the takes given for a date, in watt-hours per period, by GSP group."""
        rows = self._connection.execute(
            "SELECT gsp_group, wh FROM group_take WHERE settlement_date = ?", (settlement_date,)
        ).fetchall()
        return {gsp_group: tuple(wh) for gsp_group, wh in rows}

    @staticmethod
    def _check_length(settlement_date: date, length: int) -> None:
        if length != period_count(settlement_date):
            raise InputError(
                f"settlement date {settlement_date} has {period_count(settlement_date)} periods; "
                f"{length} values were given"
            )

"""Estimates for half hours that nobody has read: rule `own_other_days`.

An estimate is the mean, rounded half up, of what the same meter point used in the same UTC half
hour of its other stored days; where there is none, the mean of all half hours of those days;
where the meter point has no other day, zero. Estimates live for one aggregation and are never
stored beside reads.
"""

from collections.abc import Iterable

from host.settlement.database import Connection
from host.settlement.periods import UtcPart
from host.settlement.schema import COLUMNS

RULE = "own_other_days"


def estimate(connection: Connection, part: UtcPart) -> None:
    """Fill the temporary table `estimate` for every meter point with a gap in `part`.

    A meter point without any row for the UTC date counts as one with gaps.
    """
    columns = [COLUMNS[n - 1] for n in part.half_hours]
    # The total of the other days; a mean of it serves half hours that no other day has.
    total = " + ".join(f"coalesce(sum(CAST({c} AS BIGINT)), 0)" for c in COLUMNS)
    count = " + ".join(f"count({c})" for c in COLUMNS)
    sums = _list(f"sum(CAST({c} AS BIGINT)) AS s_{c}, count({c}) AS n_{c}" for c in columns)
    means = _list(
        f"CASE WHEN n_{c} > 0 THEN {_mean(f's_{c}', f'n_{c}')}"
        f" WHEN n > 0 THEN {_mean('s', 'n')} ELSE 0 END AS {c}"
        for c in columns
    )
    complete = " AND ".join(f"{c} IS NOT NULL" for c in columns)
    connection.execute(
        f"""CREATE OR REPLACE TEMPORARY TABLE estimate AS
        WITH other_days AS (
            SELECT mpan, {total} AS s, {count} AS n, {sums} FROM meter_day
            WHERE utc_date <> $utc_date AND mpan NOT IN (
                SELECT mpan FROM meter_day WHERE utc_date = $utc_date AND {complete})
            GROUP BY mpan)
        SELECT mpan, {means} FROM other_days""",  # noqa: S608 - names of columns
        {"utc_date": part.utc_date},
    )


def _mean(total: str, count: str) -> str:
    return f"CAST((2 * {total} + {count}) // (2 * {count}) AS INTEGER)"


def _list(columns: Iterable[str]) -> str:
    return ", ".join(columns)

"""From meter days to the cube of a settlement day: one GROUP BY per UTC date.

The statement is plain ANSI SQL over one row per meter day; every value is cast before it is
summed. A settlement day lies in one UTC date or two, and each gives a partial cube.
"""

from datetime import date

from host.settlement.components import Direction, Quality
from host.settlement.cube import Cell, Cube, Volume, merge
from host.settlement.database import Connection
from host.settlement.estimation import estimate
from host.settlement.periods import UtcPart, period_count, utc_parts
from host.settlement.schema import COLUMNS


def aggregate(connection: Connection, settlement_date: date) -> Cube:
    """Return the volumes of every meter point registered on a settlement date.

    The registration in effect on the settlement date decides for the whole day, also for the
    half hours that lie in the UTC date before. Half hours not read are estimated and come in
    cells of their own.
    """
    cube: Cube = {}
    for part in utc_parts(settlement_date):
        estimate(connection, part)
        cube = merge(cube, sum_part(connection, settlement_date, part))
    return cube


def sum_part(connection: Connection, settlement_date: date, part: UtcPart) -> Cube:
    """Return the cube of those periods of a settlement day that lie in one UTC date.

    Half hours without a read take their value from the table that `estimate` has filled.
    """
    rows = connection.execute(
        _statement(part), {"utc_date": part.utc_date, "settlement_date": settlement_date}
    ).fetchall()
    before = (0,) * (part.first_period - 1)
    after = (0,) * (period_count(settlement_date) - len(before) - len(part.half_hours))
    cube: dict[Cell, Volume] = {}
    for gsp_group, supplier, distributor_id, llf_class, direction, meters, *sums in rows:
        actual, read, estimated = sums[0::3], sums[1::3], sums[2::3]
        missing = [meters - count for count in read]
        for quality, wh, half_hours in (
            (Quality.ACTUAL, actual, read),
            (Quality.ESTIMATED, estimated, missing),
        ):
            if any(half_hours):
                cell = Cell(
                    gsp_group, supplier, distributor_id, llf_class, Direction(direction), quality
                )
                cube[cell] = Volume((*before, *wh, *after), (*before, *half_hours, *after))
    return cube


def _statement(part: UtcPart) -> str:
    sums = ", ".join(
        f"coalesce(sum(CAST(m.{c} AS BIGINT)), 0), count(m.{c}),"
        f" coalesce(sum(CASE WHEN m.{c} IS NULL THEN CAST(e.{c} AS BIGINT) END), 0)"
        for c in (COLUMNS[n - 1] for n in part.half_hours)
    )
    keys = "r.gsp_group, r.supplier, r.distributor_id, r.llf_class, r.direction"
    return f"""SELECT {keys}, count(*), {sums}
        FROM registration r
        LEFT JOIN meter_day m ON m.mpan = r.mpan AND m.utc_date = $utc_date
        LEFT JOIN estimate e ON e.mpan = r.mpan
        WHERE r.effective_from <= $settlement_date
            AND (r.effective_to IS NULL OR r.effective_to >= $settlement_date)
        GROUP BY {keys} ORDER BY {keys}"""  # noqa: S608 - names of columns

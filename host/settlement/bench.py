"""How fast a day of many meters settles, on made-up meter days in memory."""

import time
from collections.abc import Callable
from datetime import date

from host.settlement import runs
from host.settlement.aggregation import aggregate, sum_part
from host.settlement.database import insert_rows
from host.settlement.estimation import estimate
from host.settlement.gsp_groups import GSP_GROUPS
from host.settlement.half_hours import HALF_HOURS_A_DAY
from host.settlement.mpan import mpan_core
from host.settlement.periods import utc_parts
from host.settlement.schema import COLUMNS
from host.settlement.store import SettlementStore

SUPPLIERS = 20
LLF_CLASSES = 10
GAPS = 100  # one half hour in so many is missing
WINTER, SUMMER = date(2026, 1, 15), date(2026, 7, 15)


def bench(meter_days: int = 100_000) -> dict[str, float | int]:
    """Settle `meter_days` meters on a winter and a summer date: best seconds, readings/s.

    A hundredth of the half hours is missing and estimated, which touches two meters in five; a
    summer date takes its half hours from two UTC dates.
    """
    with SettlementStore() as store:
        _register(store, meter_days)
        for utc_date in (date(2026, 1, 14), WINTER, date(2026, 7, 14), SUMMER):
            _fill(store, utc_date)
        (part,) = utc_parts(WINTER)
        seconds = {
            "estimate": _best(lambda: estimate(store.connection, part)),
            "sum": _best(lambda: sum_part(store.connection, WINTER, part)),
            "aggregate_winter": _best(lambda: aggregate(store.connection, WINTER)),
            "aggregate_summer": _best(lambda: aggregate(store.connection, SUMMER)),
            "run": _best(lambda: runs.run(store, WINTER)),
        }
        cells = len(aggregate(store.connection, WINTER))
    readings = meter_days * HALF_HOURS_A_DAY
    return {
        "meter_days": meter_days,
        "readings": readings,
        "cells": cells,
        **{f"{name}_seconds": round(value, 3) for name, value in seconds.items()},
        "readings_summed_per_second": round(readings / seconds["sum"]),
        "readings_settled_per_second": round(readings / seconds["run"]),
    }


def _best(work: Callable[[], object], times: int = 3) -> float:
    best = float("inf")
    for _ in range(times):
        start = time.perf_counter()
        work()
        best = min(best, time.perf_counter() - start)
    return best


def _register(store: SettlementStore, meters: int) -> None:
    rows = []
    for number in range(meters):
        group = GSP_GROUPS[number % len(GSP_GROUPS)]
        supplier = f"SU{number // len(GSP_GROUPS) % SUPPLIERS:02d}"
        llf_class = f"{number * 7 % LLF_CLASSES:03d}"
        mpan = mpan_core(group.distributor_id, number)
        last = (group.identifier, 100, 1, group.distributor_id)
        rows.append((mpan, supplier, llf_class, date(2025, 1, 1), None, "import", *last))
    insert_rows(store.connection, "registration", rows)


def _fill(store: SettlementStore, utc_date: date) -> None:
    values = ", ".join(
        f"CASE WHEN hash(mpan, {n}) % {GAPS} > 0 THEN hash({n}, mpan, $utc_date) % 700 END"
        f" AS {column}"
        for n, column in enumerate(COLUMNS)
    )
    actual = " + ".join(
        f"CASE WHEN {column} IS NULL THEN 0 ELSE {1 << n} END" for n, column in enumerate(COLUMNS)
    )
    store.connection.execute(
        f"INSERT INTO meter_day SELECT mpan, $utc_date, '', 1, {actual}, 0,"  # noqa: S608
        f" {', '.join(COLUMNS)} FROM (SELECT mpan, {values} FROM registration)",
        {"utc_date": utc_date},
    )

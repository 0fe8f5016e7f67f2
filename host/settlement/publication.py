"""The files that a run publishes: supplier volumes, and the correction factors."""

import csv
import io
from collections.abc import Iterable, Sequence
from pathlib import Path

from host.settlement.half_hours import to_datetime
from host.settlement.periods import period_start
from host.settlement.results import RunResult, factor_text
from host.settlement.runs import FinishedRun

VOLUME_COLUMNS = (
    "settlement_date",
    "run_code",
    "settlement_period",
    "start_utc",
    "gsp_group",
    "supplier",
    "half_hours",
    "estimated_half_hours",
    "metered_milli_wh",
    "losses_milli_wh",
    "corrected_milli_wh",
    "corrected_wh",
    "group_take_wh",
)
# The layout that importers of correction factors read: six columns, the header row skipped.
FACTOR_COLUMNS = (
    "settlement_date",
    "run_code",
    "settlement_period",
    "gsp_group",
    "gcf_type",
    "value",
)
_FACTOR_WEIGHTS = (("mhhs_import_gcf", 1), ("mhhs_export_gcf", -1))


def publish(finished: FinishedRun, folder: Path) -> tuple[Path, ...]:
    """Write both files of a run to `folder` and return their paths; OSError when it cannot."""
    stored = finished.stored
    name = f"{stored.settlement_date}-{stored.run}-{stored.version}.csv"
    folder.mkdir(parents=True, exist_ok=True)
    contents = (
        (f"supplier-volumes-{name}", volumes_csv(finished.result)),
        (f"correction-factors-{name}", correction_factors_csv(finished.result)),
    )
    for file_name, text in contents:
        (folder / file_name).write_text(text, encoding="ascii", newline="")
    return tuple(folder / file_name for file_name, _ in contents)


def volumes_csv(result: RunResult) -> str:
    """Return one row per settlement period, GSP group and supplier (VOLUME_COLUMNS)."""
    return _csv(
        VOLUME_COLUMNS,
        (
            (
                result.settlement_date,
                result.run,
                period + 1,
                f"{to_datetime(period_start(result.settlement_date, period + 1)):%FT%TZ}",
                group.gsp_group,
                supplier.supplier,
                supplier.half_hours[period],
                supplier.estimated_half_hours[period],
                supplier.metered_milli_wh[period],
                supplier.losses_milli_wh[period],
                supplier.corrected_milli_wh[period],
                supplier.corrected_wh[period],
                group.take_wh[period],
            )
            for period in range(result.periods)
            for group in result.groups
            for supplier in group.suppliers
        ),
    )


def correction_factors_csv(result: RunResult) -> str:
    """Return one row per settlement period, GSP group and factor type (FACTOR_COLUMNS)."""
    return _csv(
        FACTOR_COLUMNS,
        (
            (
                result.settlement_date,
                result.run,
                period + 1,
                group.gsp_group,
                gcf_type,
                factor_text(group.factors(weight)[period]),
            )
            for period in range(result.periods)
            for group in result.groups
            for gcf_type, weight in _FACTOR_WEIGHTS
        ),
    )


def _csv(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(columns)
    writer.writerows(rows)
    return text.getvalue()

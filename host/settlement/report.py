"""A run as people and programs read it: tables, sentences, JSON values."""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from host.settlement.gsp_groups import GROUP_NAMES
from host.settlement.half_hours import to_datetime
from host.settlement.periods import LONDON, period_start
from host.settlement.reads import RejectedRead
from host.settlement.results import SYNTHETIC, GroupResult, RunResult, factor_text
from host.settlement.run_calendar import RUNS
from host.settlement.runs import FinishedRun
from host.settlement.stored_runs import StoredRun

SUPPLIER_COLUMNS = 6  # more do not fit a terminal and stand in the published file


class Grid(NamedTuple):
    """A table to print: all columns are numbers or short words, aligned to the right."""

    title: str
    header: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]


def run_grids(result: RunResult) -> list[Grid]:
    """Return a table per GSP group, a row per settlement period."""
    return [_group_grid(result, group) for group in result.groups]


def _plural(count: int, word: str) -> str:
    return word if count == 1 else f"{word}s"


def summary(finished: FinishedRun) -> Iterator[str]:
    """Yield what the tables do not say: estimates, unusual factors, made-up inputs."""
    result, stored = finished.result, finished.stored
    half_hours, estimated = result.half_hours
    yield (
        f"{result.periods} periods, {result.meters} {_plural(result.meters, 'meter point')}, "
        f"{half_hours} half hours, "
        f"{estimated} of them estimated ({100 * estimated / half_hours:.1f} %)."
    )
    for group in result.groups:
        if len(group.suppliers) > SUPPLIER_COLUMNS:
            yield f"{group.gsp_group}: all {len(group.suppliers)} suppliers stand in the file."
        if group.unusual_periods:
            periods = ", ".join(map(str, group.unusual_periods))
            yield f"{group.gsp_group}: correction factor outside 0.9 to 1.1 in period {periods}."
    for name, sources in (
        ("group take", result.group_take_sources),
        ("line loss factors", result.line_loss_factor_sources),
    ):
        made_up = [key for key, source in sources.items() if source == SYNTHETIC]
        if made_up:
            yield f"Synthetic {name}: {', '.join(made_up)}."
    yield f"Stored as version {stored.version}, sha256 {stored.sha256}."


def rejected_grid(rejected: Sequence[RejectedRead]) -> Grid:
    """Return rejected reads with their reasons."""
    rows = [(_utc(r.read.start), r.read.mpan, str(r.read.wh), r.reason.value) for r in rejected]
    return Grid("Rejected reads", ("starts", "MPAN", "Wh", "reason"), rows)


def stored_runs_grid(stored: Sequence[StoredRun]) -> Grid:
    """Return the addresses of stored runs."""
    rows = [(str(r.settlement_date), r.run, str(r.version), r.sha256) for r in stored]
    return Grid("Stored runs", ("date", "run", "version", "sha256"), rows)


def calendar_grid() -> Grid:
    """Return the runs of a settlement day with their working days."""
    rows = [
        (
            run.code,
            run.name,
            "after a dispute" if run.working_days is None else f"+{run.working_days}",
            "yes" if run.supported else "not yet",
        )
        for run in RUNS
    ]
    header = ("run", "name", "working days", "supported")
    return Grid("Runs of a settlement day (legacy timetable)", header, rows)


def finished_json(finished: FinishedRun, rejected: Sequence[RejectedRead]) -> dict[str, Any]:
    """Return a run with its address and the rejected reads of its date."""
    return {
        **finished.result.to_json(),
        "version": finished.stored.version,
        "sha256": finished.stored.sha256,
        "rejected_reads": [_rejected_json(r) for r in rejected],
    }


def stored_runs_json(stored: Sequence[StoredRun]) -> dict[str, Any]:
    """Return the addresses of stored runs."""
    runs = [
        {
            "date": r.settlement_date.isoformat(),
            "run": r.run,
            "version": r.version,
            "sha256": r.sha256,
        }
        for r in stored
    ]
    return {"runs": runs}


def calendar_json() -> dict[str, Any]:
    """Return the runs of a settlement day; `working_days` is null for DF."""
    return {"calendar": [run._asdict() for run in RUNS]}


def _group_grid(result: RunResult, group: GroupResult) -> Grid:
    shown = group.suppliers[:SUPPLIER_COLUMNS]
    rows = []
    for i, take in enumerate(group.take_wh):
        start = to_datetime(period_start(result.settlement_date, i + 1)).astimezone(LONDON)
        estimated = sum(s.estimated_half_hours[i] for s in group.suppliers)
        rows.append(
            (
                str(i + 1),
                f"{start:%H:%M %Z}",
                _wh(sum(s.metered_milli_wh[i] for s in group.suppliers)),
                _wh(sum(s.losses_milli_wh[i] for s in group.suppliers)),
                str(estimated) if estimated else "",
                factor_text(group.factors(1)[i], places=6),
                *(str(s.corrected_wh[i]) for s in shown),
                str(take),
            )
        )
    total = (
        "",
        "total",
        _wh(sum(sum(s.metered_milli_wh) for s in group.suppliers)),
        _wh(sum(sum(s.losses_milli_wh) for s in group.suppliers)),
        str(sum(sum(s.estimated_half_hours) for s in group.suppliers)),
        "",
        *(str(sum(s.corrected_wh)) for s in shown),
        str(sum(group.take_wh)),
    )
    title = (
        f"{result.run} run of {result.settlement_date}, GSP group {group.gsp_group} "
        f"({GROUP_NAMES[group.gsp_group]}), Wh"
    )
    names = (*(s.supplier for s in shown), "take")
    header = ("period", "starts", "metered", "losses", "est.", "factor", *names)
    return Grid(title, header, [*rows, total])


def _rejected_json(rejected: RejectedRead) -> dict[str, Any]:
    read = rejected.read
    return {
        "mpan": read.mpan,
        "device": read.device.hex(),
        "direction": read.direction.value,
        "start": _utc(read.start),
        "wh": read.wh,
        "reason": rejected.reason.value,
    }


def _wh(milli_wh: int) -> str:
    whole, milli = divmod(abs(milli_wh), 1000)
    sign = "-" if milli_wh < 0 else ""
    return f"{sign}{whole}.{milli:03d}".removesuffix(".000")


def _utc(start: int) -> str:
    return f"{to_datetime(start):%FT%TZ}"

"""`hanlab settle`: a settlement run over the lab's reads, printed and published."""

import sys
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import click

from host.cli.options import json_option, lab_option
from host.cli.output import console, emit_json
from host.settlement import report, runs
from host.settlement.errors import NoDataError, SettlementError
from host.settlement.publication import publish
from host.settlement.reads import RejectedRead
from host.settlement.run_calendar import supported_run
from host.settlement.runs import FinishedRun
from host.settlement.store import SettlementStore

FIRST_DATE, LAST_DATE = date(2000, 1, 2), date(2135, 12, 31)  # within GBCS time


@click.command(
    epilog="\b\nExample: ./hanlab settle --date 2026-03-29\n"
    "         ./hanlab settle --date 2026-03-29 --json | jq .supplier_wh"
)
@click.option("--date", "date_text", metavar="YYYY-MM-DD", help="Settlement date (London).")
@click.option("--run", "code", default="SF", show_default=True, help="Settlement run.")
@click.option("--seed", default=0, show_default=True, help="Draws the takes not given.")
@click.option("--list", "list_runs", is_flag=True, help="List the runs stored so far.")
@click.option("--calendar", is_flag=True, help="Show the runs of a settlement day.")
@lab_option
@json_option
def settle(
    date_text: str | None,
    code: str,
    seed: int,
    list_runs: bool,
    calendar: bool,
    lab: Path,
    as_json: bool,
) -> None:
    """Settle a date: correct what was metered to the GSP group takes, supplier by supplier.

    Half hours nobody has read are estimated and marked. The result is stored under its date,
    run and version, and published as two CSV files in the lab's folder `settlement`.
    """
    if calendar:
        print_grid(report.calendar_json() if as_json else report.calendar_grid())
        return
    settlement_date = None if date_text is None and list_runs else _date(date_text)
    if not list_runs:
        _check_run(code)
    with _open(lab) as store:
        if list_runs:
            stored = store.runs.find(settlement_date)
            print_grid(
                report.stored_runs_json(stored) if as_json else report.stored_runs_grid(stored)
            )
        else:
            assert settlement_date is not None
            finished = runs.run(store, settlement_date, code, seed)
            files = publish(finished, lab / "settlement")
            _print_run(finished, files, store.rejected_reads(settlement_date), as_json)


def _date(text: str | None) -> date:
    if text is None:
        raise click.UsageError("name the settlement date: --date YYYY-MM-DD")
    try:
        settlement_date = date.fromisoformat(text)
    except ValueError:
        settlement_date = None
    if settlement_date is None or settlement_date.isoformat() != text:
        raise click.BadParameter(f"{text!r} is not a date: write YYYY-MM-DD", param_hint="--date")
    if not FIRST_DATE <= settlement_date <= LAST_DATE:
        raise click.BadParameter(
            f"{text} is outside {FIRST_DATE} to {LAST_DATE}", param_hint="--date"
        )
    return settlement_date


def _check_run(code: str) -> None:
    try:
        supported_run(code)
    except SettlementError as error:
        raise click.BadParameter(str(error), param_hint="--run") from error


def _open(lab: Path) -> SettlementStore:
    path = lab / "settlement.duckdb"
    if not path.exists():
        raise NoDataError(
            f"there is no settlement store {path}: name the lab's folder with --lab, or make a "
            "lab by `./hanlab demo --keep`"
        )
    return SettlementStore(path)


def _print_run(
    finished: FinishedRun,
    files: Sequence[Path],
    rejected: Sequence[RejectedRead],
    as_json: bool,
) -> None:
    published = [str(path) for path in files]
    if as_json:
        print_grid({**report.finished_json(finished, rejected), "published": published})
        return
    for grid in report.run_grids(finished.result):
        print_grid(grid)
    if rejected:
        print_grid(report.rejected_grid(rejected))
    for line in report.summary(finished):
        click.echo(line)
    click.echo(f"Published {' and '.join(published)}")


def print_grid(output: report.Grid | dict[str, Any]) -> None:
    """A table for people: rich on a terminal, plain elsewhere; a document as JSON."""
    if isinstance(output, dict):
        emit_json(output)
    elif sys.stdout.isatty():
        _print_rich(output)
    else:
        _print_plain(output)


def _print_rich(grid: report.Grid) -> None:
    from rich import box  # noqa: PLC0415  # rich takes longer to load than most commands
    from rich.table import Table  # noqa: PLC0415

    table = Table(title=grid.title, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    table.collapse_padding = True
    for name in grid.header:
        table.add_column(name, justify="right")
    for row in grid.rows:
        table.add_row(*row)
    console().print(table)


def _print_plain(grid: report.Grid) -> None:
    lines = (grid.header, *grid.rows)
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    click.echo(grid.title)
    for line in lines:
        cells = (cell.rjust(width) for cell, width in zip(line, widths, strict=True))
        click.echo("  ".join(cells).rstrip())
    click.echo()

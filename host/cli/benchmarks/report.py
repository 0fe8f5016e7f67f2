"""Figures of a benchmark: tables for people, one JSON document for programs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import click

from host.cli.output import emit_json

Cell = str | int | float | None
Row = dict[str, Cell]  # the same keys in each row of a table, in the order of its columns

LIMIT = "limit"  # the column with the greatest value allowed, None where there is no limit
OVER = "OVER"


@dataclass
class Table:
    """Rows of figures. `limited` names the column that must not exceed the column `limit`."""

    title: str
    rows: list[Row]
    limited: str | None = None

    def is_over(self, row: Row) -> bool:
        """Whether the row's figure is beyond its limit; a missing figure is."""
        limit = row.get(LIMIT)
        if self.limited is None or not isinstance(limit, int | float):
            return False
        value = row[self.limited]
        return not isinstance(value, int | float) or not value <= limit

    def document(self) -> dict[str, Any]:
        """The table for JSON."""
        return {"title": self.title, "limited": self.limited, "rows": self.rows}


@dataclass
class Report:
    """What a benchmark found: `facts` say what was measured on, `notes` what it means."""

    benchmark: str
    facts: Row = field(default_factory=dict)
    tables: list[Table] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def passed(self) -> bool:
        """Whether every limit is kept."""
        return not any(table.is_over(row) for table in self.tables for row in table.rows)

    def show(self, *, as_json: bool) -> None:
        """Prints it on standard output."""
        if as_json:
            emit_json(self.document())
        else:
            for line in self._lines():
                click.echo(line)

    def document(self) -> dict[str, Any]:
        """Everything for JSON."""
        return {
            "benchmark": self.benchmark,
            "passed": self.passed,
            **self.facts,
            "tables": [table.document() for table in self.tables],
            "notes": self.notes,
        }

    def _lines(self) -> Iterator[str]:
        yield ", ".join(f"{name} {_text(value)}" for name, value in self.facts.items())
        for table in self.tables:
            yield ""
            yield table.title
            yield from _grid(table)
        for note in self.notes:
            yield ""
            yield note
        yield ""
        yield "every limit is kept" if self.passed else "a limit is not kept: see OVER above"


def _grid(table: Table) -> Iterator[str]:
    if not table.rows:
        return
    names = list(table.rows[0])
    cells = [[_text(row[name]) for name in names] for row in table.rows]
    widths = [max(map(len, column)) for column in zip(names, *cells, strict=True)]
    texts = [isinstance(value, str) for value in table.rows[0].values()]
    yield _line(names, widths, texts)
    for row, line in zip(table.rows, cells, strict=True):
        mark = f"  {OVER}" if table.is_over(row) else ""
        yield _line(line, widths, texts) + mark


def _line(cells: list[str], widths: list[int], texts: list[bool]) -> str:
    aligned = (
        cell.ljust(width) if text else cell.rjust(width)
        for cell, width, text in zip(cells, widths, texts, strict=True)
    )
    return "  " + "  ".join(aligned).rstrip()


def _text(value: Cell) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.2f}" if abs(value) < 100 else f"{value:,.0f}"
    return f"{value:,}" if isinstance(value, int) else value

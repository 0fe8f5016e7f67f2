"""Writing for people and for programs: documents on standard output, all else beside it."""

import json
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from rich.console import Console


def emit_json(document: Any) -> None:
    """Print the one JSON document of a command."""
    click.echo(json.dumps(document, indent=2))


def say(message: str) -> None:
    """A line about what is going on, on standard error."""
    click.echo(f"hanlab: {message}", err=True)


def console() -> "Console":
    """A rich console on standard output: colour on a terminal alone, and never under NO_COLOR."""
    from rich.console import Console  # noqa: PLC0415  # rich takes longer to load than most commands

    return Console(highlight=False, soft_wrap=True)

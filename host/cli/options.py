"""Options that mean the same on every command."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from host.boards.vm.names import NAMES

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]

lab_option: Decorator = click.option(
    "--lab",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("lab"),
    show_default=True,
    help="The lab's folder.",
)

json_option: Decorator = click.option(
    "--json", "as_json", is_flag=True, help="Print one JSON document on standard output."
)

vm_option: Decorator = click.option(
    "--vm",
    "vm_name",
    type=click.Choice(NAMES),
    help="The MicroPython VM to use; `./hanlab doctor` lists them.",
)

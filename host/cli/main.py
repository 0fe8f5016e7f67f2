"""The `hanlab` command: a group whose subcommands are loaded when they are called."""

import click


@click.group()
def main() -> None:
    """A GB smart-metering lab on a desk."""

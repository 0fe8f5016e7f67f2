"""The `hanlab` command: a group whose subcommands are imported when they are called."""

import importlib
import importlib.util
import os
import sys
from collections.abc import Sequence

import click

from host.cli.errors import DONE, FAILED, explain

# Name, what it does. The command stands under the same name in the module `host.cli.NAME`.
COMMANDS = (
    ("demo", "Install, read and settle two virtual meters, start to end."),
    ("send", "Send a service request to the DCC stub as one of its users."),
    ("keys", "Make, show, verify and export the lab's test keys."),
    ("dcc", "Run the DCC stub."),
    ("hub", "Run a communications hub."),
    ("radio", "Run a simulated radio."),
    ("board", "Run a meter's firmware as a virtual board."),
    ("pair", "Bring a device into the HAN and say how far it came."),
    ("trace", "Show a capture of the air layer by layer."),
    ("settle", "Settle what was read."),
    ("rtds", "Check everything against a folder of reference test data."),
    ("bench", "Measure speed and memory."),
    ("doctor", "Say what this machine has, what is missing and how to get it."),
    ("test", "Check the code and run every test that needs no hardware."),
)


class LazyGroup(click.Group):
    """Lists its commands from a table and imports the one that is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Name the commands that are there."""
        return [name for name, _ in COMMANDS if importlib.util.find_spec(f"host.cli.{name}")]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import one command; None when there is none of that name."""
        if cmd_name not in self.list_commands(ctx):
            return None
        module = importlib.import_module(f"host.cli.{cmd_name}")
        command = getattr(module, cmd_name)
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list without importing anything."""
        here = self.list_commands(ctx)
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, text in COMMANDS if name in here])


@click.group(
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Start with `./hanlab demo`. Every command explains itself with --help.",
)
@click.version_option(package_name=None, version="0.1.0", prog_name="hanlab")
def hanlab() -> None:
    """A GB smart-metering lab on a desk: meter, communications hub, DCC stub, settlement.

    Test keys only. Servers listen on 127.0.0.1 unless told otherwise.
    """


def main() -> None:
    """Run the command line and leave with its exit code."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: Sequence[str]) -> int:
    """Run one command line; return its exit code, every failure told in one message."""
    try:
        outcome = hanlab.main(list(arguments), prog_name="./hanlab", standalone_mode=False)
        sys.stdout.flush()
    except BrokenPipeError:
        # The reader of our output has gone; nobody is left to tell.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    except (Exception, KeyboardInterrupt) as error:
        message, code = explain(error)
        if isinstance(error, click.UsageError) and error.ctx is not None:
            click.echo(error.ctx.get_usage(), err=True)
        click.echo(f"hanlab: {message}", err=True)
        return code
    return outcome if isinstance(outcome, int) else DONE

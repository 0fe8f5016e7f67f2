"""`hanlab test`: the checks and the tests, as CI runs them."""

import subprocess
import sys
from functools import partial
from pathlib import Path

import click

from host.boards.vm import provide
from host.cli.errors import DONE, FAILED
from host.cli.output import say
from host.programs import tshark
from host.programs.errors import ProgramMissingError

ROOT = Path(__file__).parents[2]

PYTEST = [sys.executable, "-m", "pytest"]
WORKERS = ["--numprocesses=2", "--dist=worksteal"]
COVERAGE = ["--cov", "--cov-report=term"]


@click.command(
    context_settings={"ignore_unknown_options": True},
    epilog="\b\nExample: ./hanlab test\n         ./hanlab test --quick\n"
    "         ./hanlab test tests/keys -k expired",
)
@click.option("--quick", is_flag=True, help="Leave out what is marked slow, and coverage.")
@click.option("--checks", is_flag=True, help="Run the checks of the code alone, no test.")
@click.argument("pytest_arguments", nargs=-1, type=click.UNPROCESSED)
def test(quick: bool, checks: bool, pytest_arguments: tuple[str, ...]) -> int:
    """Check style, types, imports and compilation, then run every test that needs no hardware.

    With arguments for pytest, pytest alone is run with them.
    """
    if checks:
        return DONE if _checks_pass() else FAILED
    _provide_programs()
    selection = ["-m", "not hardware and not slow" if quick else "not hardware"]
    if pytest_arguments:
        return _pytest(*selection, *pytest_arguments)
    failed = [] if _checks_pass() else ["the checks"]
    measured = [] if quick else COVERAGE
    if _pytest(*WORKERS, *selection, *measured) != 0:
        failed.append("the tests")
    if failed:
        say(f"failed: {' and '.join(failed)}, see above")
    return FAILED if failed else DONE


def _provide_programs() -> None:
    """Have both native VMs and tshark; where one cannot be had, its tests say so."""
    for one in (partial(provide, "i386"), partial(provide, "amd64"), tshark.provide):
        try:
            one(say)
        except ProgramMissingError as error:
            say(str(error))


def _checks_pass() -> bool:
    from host.cli.gate import run_checks  # noqa: PLC0415  # needs the development layer

    passed = True
    for outcome in run_checks():
        verdict = "FAILED" if outcome.output else "ok"
        click.echo(f"{verdict:>6}  {outcome.name}  {outcome.seconds:.1f} s")
        if outcome.output:
            click.echo(outcome.output)
            passed = False
    return passed


def _pytest(*arguments: str) -> int:
    sys.stdout.flush()
    return subprocess.run(
        [*PYTEST, *arguments], check=False, cwd=ROOT, stdin=subprocess.DEVNULL
    ).returncode

"""The contract of the command line."""

import json
import subprocess
import sys
from collections.abc import Iterator

import click
import pytest
from click.testing import CliRunner

from host.boards.vm import VmMissingError
from host.cli import errors
from host.cli.main import COMMANDS, hanlab, run
from smets.codec.errors import DecodeError, RefusedError

HERE = click.Context(hanlab)
NAMES = hanlab.list_commands(HERE)

HEAVY = {
    "rich",
    "cryptography",
    "lxml",
    "duckdb",
    "starlette",
    "websockets",
    "httpx",
    "smets.gbcs",
}


def raising(error: BaseException) -> click.Command:
    """A command that ends with that error."""

    @click.command()
    def fail() -> None:
        raise error

    return fail


def outcome(
    error: BaseException, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> tuple[int, str]:
    """Exit code and standard error of a command line that ends with that error."""
    monkeypatch.setattr(hanlab, "get_command", lambda *_: raising(error))
    code = run(["doctor"])
    captured = capsys.readouterr()
    assert captured.out == ""
    return code, captured.err


class OwnError(Exception):
    """As a lower package declares one."""

    exit_code = errors.NOT_FOUND


@pytest.mark.parametrize(
    ("error", "code", "message"),
    [
        (errors.CommandError("the cause"), 1, "the cause"),
        (errors.MissingError("install x"), 3, "install x"),
        (errors.RefusedError("no"), 4, "no"),
        (errors.NotFoundError("where"), 5, "where"),
        (VmMissingError("no VM"), 3, "no VM"),
        (OwnError("no such meter"), 5, "no such meter"),
        (DecodeError("7 octets too many"), 1, "7 octets too many"),
        (
            FileNotFoundError(2, "No such file or directory", "x"),
            1,
            "x: No such file or directory",
        ),
        (OSError(98, "Address already in use"), 1, "Address already in use"),
    ],
)
def test_an_error_becomes_one_line_and_its_code(
    error: BaseException,
    code: int,
    message: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert outcome(error, monkeypatch, capsys) == (code, f"hanlab: {message}\n")


def test_an_interruption_has_its_own_code(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    code, said = outcome(KeyboardInterrupt(), monkeypatch, capsys)
    assert (code, said.strip()) == (errors.INTERRUPTED, "hanlab: interrupted")


def test_a_refusal_of_the_device_has_its_own_code(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    refusal = RefusedError("not for this role")
    assert outcome(refusal, monkeypatch, capsys) == (4, "hanlab: not for this role\n")


def test_a_defect_shows_its_place_and_no_traceback(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("HANLAB_DEBUG", raising=False)
    code, said = outcome(KeyError("secret"), monkeypatch, capsys)
    assert code == errors.FAILED
    assert said.count("\n") == 1
    assert "a defect of hanlab at tests/tooling/test_command_line.py:" in said
    assert "KeyError" in said
    assert "secret" not in said


def test_a_defect_shows_its_traceback_on_request(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HANLAB_DEBUG", "1")
    assert "Traceback" in outcome(KeyError("x"), monkeypatch, capsys)[1]


@pytest.mark.parametrize("arguments", [["bogus"], ["--bogus"], ["doctor", "--bogus"]])
def test_wrong_usage_ends_with_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(arguments) == errors.USAGE
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("Usage: ./hanlab")


def test_help_loads_nothing_heavy() -> None:
    code = (
        "import sys; from host.cli.main import run; run(['--help'])\n"
        f"print('LOADED', sorted({HEAVY!r} & set(sys.modules)))"
    )
    said = subprocess.check_output([sys.executable, "-c", code], text=True)
    assert said.splitlines()[-1] == "LOADED []"


def test_only_commands_that_are_there_are_listed() -> None:
    listed = CliRunner().invoke(hanlab, ["--help"]).output
    assert {"doctor", "test"} <= set(NAMES) <= {name for name, _ in COMMANDS}
    for name, text in COMMANDS:
        assert (text in listed) == (name in NAMES)


def leaves(command: click.Command, path: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """The words of every command that does something."""
    if isinstance(command, click.Group):
        for name, child in command.commands.items():
            yield from leaves(child, (*path, name))
    else:
        yield path


@pytest.mark.parametrize("name", NAMES)
def test_every_command_explains_itself_with_an_example(name: str) -> None:
    command = hanlab.get_command(HERE, name)
    assert command is not None
    assert command.name == name
    for words in leaves(command, (name,)):
        shown = CliRunner().invoke(hanlab, [*words, "--help"])
        assert shown.exit_code == 0
        assert "Example" in shown.output
        assert f"./hanlab {' '.join(words)}" in shown.output


def test_the_doctor_prints_one_document(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["doctor", "--json"]) == errors.DONE
    document = json.loads(capsys.readouterr().out)
    assert document["healthy"] is True
    assert all(finding["present"] or finding["fix"] for finding in document["findings"])


def test_the_doctor_ends_with_3_when_nothing_can_run(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from host.cli import doctor

    monkeypatch.setattr(doctor, "find_vms", lambda: [])
    monkeypatch.setattr(doctor, "obstacle", lambda name: f"{name} is not for this machine")
    assert run(["doctor"]) == errors.MISSING
    said = capsys.readouterr().out
    assert "MISSING  micropython" in said
    assert "set HANLAB_VM to the program" in said

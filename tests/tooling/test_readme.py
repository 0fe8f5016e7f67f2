"""What README.md tells people to type is there, and what it says of exit codes holds."""

import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from host.cli import errors
from host.cli.main import COMMANDS, hanlab

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
NAMED = sorted(set(re.findall(r"\./hanlab((?: [a-z]+)+)", README)))
FIRST = "```\n./hanlab demo\n./hanlab test\n```\n"


def test_the_two_commands_stand_first() -> None:
    assert README.index("```") == README.index(FIRST)


@pytest.mark.parametrize("words", NAMED)
def test_every_command_named_is_there_and_explains_itself(words: str) -> None:
    shown = CliRunner().invoke(hanlab, [*words.split(), "--help"])
    assert shown.exit_code == 0, shown.output
    assert f"Usage: hanlab{words}" in shown.output


def test_every_command_that_runs_a_part_is_named() -> None:
    named = {words.split()[0] for words in NAMED}
    assert {name for name, _ in COMMANDS} - named <= {"bench"}


def test_options_named_with_a_command_are_its_options() -> None:
    for words, option in re.findall(r"\./hanlab((?: [a-z]+)+)[^`\n]*? (--[a-z-]+)", README):
        shown = CliRunner().invoke(hanlab, [*words.split(), "--help"])
        assert option in shown.output, (words, option)


def test_the_exit_codes_are_those_of_the_code() -> None:
    said = dict(re.findall(r"(\d+) ([a-z ]+)", README[README.index("Exit codes:") :][:200]))
    assert said[str(errors.DONE)] == "done"
    assert said[str(errors.FAILED)] == "failed"
    assert said[str(errors.USAGE)] == "wrong usage"
    assert said[str(errors.MISSING)].startswith("something is missing")
    assert said[str(errors.REFUSED)].startswith("refused")
    assert said[str(errors.NOT_FOUND)] == "not found"
    assert said[str(errors.INTERRUPTED)] == "interrupted"


def test_folders_named_as_parts_are_there() -> None:
    root = Path(__file__).parents[2]
    parts = re.findall(r"^\| `([a-z_/]+)` \|", README, re.MULTILINE)
    assert parts
    for part in parts:
        assert (root / part).is_dir(), part

"""The entry: what it refuses, what it makes, and that what it makes is whole or not there."""

import ast
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.tooling.entry import ENTRY, Checkout, load


@pytest.fixture
def checkout(tmp_path: Path) -> Iterator[Checkout]:
    return Checkout(tmp_path / "checkout")


def test_python_3_6_can_parse_the_entry() -> None:
    ast.parse(ENTRY.read_text(), feature_version=(3, 6))


@pytest.mark.parametrize("version", [(3, 6, 15), (3, 8, 18), (3, 10, 13), (2, 7, 18)])
def test_an_old_python_is_refused_in_one_line(
    version: tuple[int, ...], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    entry = load()
    monkeypatch.setattr(sys, "version_info", version)
    with pytest.raises(SystemExit) as left:
        entry.main()
    said = capsys.readouterr().err
    assert left.value.code == 3
    assert said.count("\n") == 1
    assert f"needs Python 3.11 or newer, this is {'.'.join(map(str, version))}; " in said


def test_a_newer_python_on_path_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    entry = load()
    monkeypatch.setattr(entry, "works", lambda name: name == "python3.12")
    monkeypatch.setattr(sys, "version_info", (3, 9, 1))
    with pytest.raises(entry.SetupError, match=r"run `python3\.12 "):
        entry.require_python()


@pytest.mark.parametrize("module", ["venv", "ensurepip"])
def test_a_missing_module_is_named_with_its_package(
    module: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    entry = load()
    monkeypatch.setenv("PATH", "")
    find = entry.importlib.util.find_spec
    monkeypatch.setattr(
        entry.importlib.util, "find_spec", lambda name: None if name == module else find(name)
    )
    version = f"{sys.version_info[0]}.{sys.version_info[1]}"
    with pytest.raises(entry.SetupError, match=rf"no `{module}` module.*python{version}-venv"):
        entry.fill(str(tmp_path / "venv"), [])


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("OSError: [Errno 28] No space left on device", "no space left on the disk"),
        ("Temporary failure in name resolution", "cannot reach a Python package index"),
        ("error: dns error: failed to look up", "cannot reach a Python package index"),
        ("ERROR: No matching distribution found for duckdb", "has no build for Python"),
        ("something else", "failed, see above"),
    ],
)
def test_what_a_step_says_becomes_one_sentence(words: str, sentence: str) -> None:
    entry = load()
    with pytest.raises(entry.SetupError, match=sentence):
        entry.run([sys.executable, "-c", f"import sys; print({words!r}); sys.exit(1)"])


def test_the_environment_is_made_once_and_handed_over_to(checkout: Checkout) -> None:
    code, out, _ = checkout.run("demo", "--seed", "1")
    assert (code, out) == (0, "handed over demo --seed 1\n")
    assert checkout.run("doctor")[1] == "handed over doctor\n"
    assert checkout.count_of_builds() == 1
    assert "requirements-dev.lock" not in checkout.calls.read_text()
    assert checkout.leftovers() == []


def test_the_tests_add_the_development_layer_which_then_stays(checkout: Checkout) -> None:
    checkout.run("demo")
    checkout.run("test")
    assert checkout.calls.read_text().count("requirements-dev.lock") == 1
    checkout.run("demo")
    assert checkout.count_of_builds() == 2


def test_a_changed_lock_makes_the_environment_anew(checkout: Checkout) -> None:
    checkout.run("demo")
    (checkout.folder / "requirements.lock").write_text("click==8.1\n")
    checkout.run("demo")
    assert checkout.count_of_builds() == 2


def test_another_python_makes_the_environment_anew(checkout: Checkout) -> None:
    checkout.run("demo")
    stamp = checkout.folder / ".venv" / "hanlab.json"
    stamp.write_text(stamp.read_text().replace('"python": "3', '"python": "4'))
    checkout.run("demo")
    assert checkout.count_of_builds() == 2


def test_a_failed_installation_leaves_nothing_half_made(checkout: Checkout) -> None:
    checkout.provide_uv(fails_at="pip", says="No space left on device")
    code, _, err = checkout.run("demo")
    assert code == 3
    assert "no space left on the disk" in err
    assert not (checkout.folder / ".venv").exists()
    assert checkout.leftovers() == []
    checkout.provide_uv()
    assert checkout.run("demo")[0] == 0


def test_a_killed_installation_is_made_again(checkout: Checkout) -> None:
    (checkout.folder / ".venv.new" / "bin").mkdir(parents=True)
    (checkout.folder / ".venv").mkdir()
    assert checkout.run("demo")[0] == 0
    assert checkout.leftovers() == []


def test_several_at_once_make_one_environment(checkout: Checkout) -> None:
    running = [checkout.start("demo", str(number)) for number in range(4)]
    outcomes = []
    for process in running:
        with process:
            outcomes.append(process.communicate()[0])
    assert outcomes == [f"handed over demo {number}\n" for number in range(4)]
    assert checkout.count_of_builds() == 1


def test_a_moved_checkout_still_runs(checkout: Checkout) -> None:
    checkout.run("demo")
    target = checkout.folder.with_name("moved")
    shutil.move(checkout.folder, target)
    checkout.folder = target
    code, out, err = checkout.run("demo", "again")
    assert (code, out, err) == (0, "handed over demo again\n", "")

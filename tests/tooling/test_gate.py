"""The gate finds what it is there to find."""

import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from host.cli import gate
from host.cli import test as command

ROOT = Path(__file__).parents[2]
CONFIGURATION = tomllib.loads((ROOT / "pyproject.toml").read_text())

LOCKS = ("requirements.lock", "requirements-dev.lock", "requirements-node.lock")


def pinned(lock: str) -> dict[str, str]:
    """Names and versions of a lock."""
    return dict(re.findall(r"^([a-z0-9.-]+)==(\S+)", (ROOT / lock).read_text(), re.MULTILINE))


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_names_no_place_and_has_a_hash_for_everything(lock: str) -> None:
    text = (ROOT / lock).read_text()
    assert "://" not in text
    assert not re.search(r"^\s*-", text.replace("    --hash=sha256:", ""), re.MULTILINE)
    for entry in re.split(r"\n(?=\S)", text):
        assert "--hash=sha256:" in entry


def test_the_locks_hold_what_the_project_asks_for() -> None:
    def names(requirements: list[str]) -> set[str]:
        return {re.split(r"[\[<>=]", requirement)[0] for requirement in requirements}

    assert names(CONFIGURATION["project"]["dependencies"]) <= set(pinned("requirements.lock"))
    assert names(CONFIGURATION["dependency-groups"]["dev"]) <= set(pinned("requirements-dev.lock"))


def test_both_layers_agree_on_versions() -> None:
    run, development = pinned("requirements.lock"), pinned("requirements-dev.lock")
    for name in run.keys() & development.keys():
        assert run[name] == development[name]


PLANTED = {
    "host/hub/planted.py": "import dcc_stub\n",
    "dcc_stub/planted.py": "import host.settlement\n",
    "keys/planted.py": "import host.hub\n",
    "host/attic/__init__.py": "",
    "firmware/smets/codec/planted.py": "import smets.gbcs\n",
    "firmware/smets/crypto/planted.py": "import smets.dlms\n",
    "firmware/smets/meter/planted.py": "import smets.crypto\n",
    "firmware/smets/device/planted.py": "import keys\n",
    "firmware/board/planted.py": "import dcc_stub\n",
    "host/boards/planted.py": "import board\n",
}

ALLOWED = {
    "firmware/board/flash.py": "",
    "host/cli/benchmarks/device/meter_program.py": "import board.flash\n",
}


def contracts(folder: Path) -> dict[str, str]:
    """The verdict on every import contract in a copy of the tree."""
    code = "from importlinter.cli import lint_imports_command as c; c(['--no-logo', '--no-cache'])"
    said = subprocess.run(
        [sys.executable, "-c", code],
        check=False,
        cwd=folder,
        env={"PYTHONPATH": f"{folder}:{folder / 'firmware'}", "COLUMNS": "200"},
        capture_output=True,
        text=True,
    ).stdout
    return dict(re.findall(r"^(\S.*?) ?(KEPT|BROKEN)\b", said, re.MULTILINE))


def test_every_import_contract_can_break(tmp_path: Path) -> None:
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    for package in ("host", "dcc_stub", "keys", "firmware/smets", "firmware/board"):
        for source in (ROOT / package).rglob("__init__.py"):
            target = tmp_path / source.relative_to(ROOT)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.touch()
    for name, text in ALLOWED.items():
        (tmp_path / name).write_text(text)
    names = [one["name"] for one in CONFIGURATION["tool"]["importlinter"]["contracts"]]
    assert contracts(tmp_path) == dict.fromkeys(names, "KEPT")
    for name, text in PLANTED.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    assert contracts(tmp_path) == dict.fromkeys(names, "BROKEN")


RUFF = (f"--config={ROOT / 'pyproject.toml'}", "--no-cache")


def test_a_second_copy_of_the_core_is_banned(tmp_path: Path) -> None:
    (tmp_path / "planted.py").write_text('"""X."""\n\nimport firmware.smets\n\nfirmware.smets\n')
    said = gate._tool("ruff", "check", "--output-format=concise", str(tmp_path), *RUFF)
    assert "TID251" in said


def test_the_board_is_checked_against_the_types_of_its_own_python(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copy(ROOT / "firmware" / "mypy.ini", tmp_path)
    (tmp_path / "board").mkdir()
    (tmp_path / "board" / "__init__.py").touch()
    (tmp_path / "main.py").write_text(
        "from machine import UART\n\nUART(1, baudrate=9600).nonsense()\n"
    )
    monkeypatch.setattr(gate, "FIRMWARE", tmp_path)
    monkeypatch.setattr(gate, "CACHE", tmp_path)
    said = gate._types_of_the_board()
    assert 'main.py:3: error: "UART" has no attribute "nonsense"' in said
    assert said.count("error:") == 1


def test_what_does_not_compile_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "new.py").write_text("match 1:\n    case 1:\n        pass\n")
    monkeypatch.setattr(gate, "firmware_files", lambda: [(tmp_path / "new.py", "new.py")])
    assert "SyntaxError" in gate._compiles()


@pytest.mark.parametrize(
    ("found", "pytest_code", "code"), [("", 0, 0), ("E501", 0, 1), ("", 1, 1), ("", 5, 1)]
)
def test_any_failure_fails_the_gate(
    found: str,
    pytest_code: int,
    code: int,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(gate, "CHECKS", (("a check", lambda: found),))
    monkeypatch.setattr(command, "_pytest", lambda *_: pytest_code)
    monkeypatch.setattr(command, "_provide_programs", lambda: None)
    assert command.test.main([], standalone_mode=False) == code
    assert ("ok  a check" in capsys.readouterr().out) == (not found)


def test_a_check_says_what_it_found() -> None:
    assert gate._python("-c", "") == ""
    assert gate._python("-c", "print('found'); raise SystemExit(1)") == "found\n"
    assert gate._python("-c", "raise SystemExit(1)") == "failed without a word"

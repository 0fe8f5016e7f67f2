"""The steps of `./hanlab test` before the tests themselves."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib.metadata import distribution
from pathlib import Path

from host.boards.vm import mpy
from manifest import PACKAGES, PROGRAMS, firmware_files

ROOT = Path(__file__).parents[2]
FIRMWARE = ROOT / "firmware"

# Two mypy at a time must not share a cache.
CACHE = ROOT / ".mypy_cache"

# MicroPython's types for the ESP32, which replace CPython's where the board's files are checked.
STUBS = ("micropython-esp32-stubs", "micropython-stdlib-stubs")


@dataclass(frozen=True)
class Outcome:
    """What became of a step; `output` is empty when it passed."""

    name: str
    output: str
    seconds: float


def run_checks() -> Iterator[Outcome]:
    """Run every check, two at a time, and give their outcomes in order."""
    with ThreadPoolExecutor(max_workers=2) as pool:
        running = [pool.submit(_timed, name, check) for name, check in CHECKS]
        for one in running:
            yield one.result()


def _timed(name: str, check: Callable[[], str]) -> Outcome:
    start = time.monotonic()
    output = check()
    return Outcome(name, output, time.monotonic() - start)


def _tool(module: str, *arguments: str, environment: dict[str, str] | None = None) -> str:
    """Run a Python tool; return what it said when it found something."""
    return _python("-m", module, *arguments, environment=environment)


def _python(*arguments: str, environment: dict[str, str] | None = None) -> str:
    done = subprocess.run(
        [sys.executable, *arguments],
        check=False,
        capture_output=True,
        text=True,
        cwd=ROOT,
        env=os.environ | (environment or {}),
        stdin=subprocess.DEVNULL,
    )
    return "" if done.returncode == 0 else done.stdout + done.stderr or "failed without a word"


def _ruff_check() -> str:
    return _tool("ruff", "check", "--quiet", ".")


def _ruff_format() -> str:
    return _tool("ruff", "format", "--check", "--quiet", ".")


def _types() -> str:
    return _tool("mypy")


def _types_of_the_entry() -> str:
    return _tool(
        "mypy", f"--cache-dir={CACHE / 'entry'}", "--scripts-are-modules", str(ROOT / "hanlab")
    )


def _types_of_the_board() -> str:
    """Check board/ and main.py against the ESP32's modules."""
    with tempfile.TemporaryDirectory() as folder:
        typings = Path(folder)
        for stubs in map(distribution, STUBS):
            for name in {path.parts[0] for path in stubs.files or ()}:
                (typings / name).symlink_to(str(stubs.locate_file(name)))
        return _tool(
            "mypy",
            f"--cache-dir={CACHE / 'board'}",
            f"--config-file={FIRMWARE / 'mypy.ini'}",
            f"--custom-typeshed-dir={typings}",
            *[str(FIRMWARE / name) for name in (*PACKAGES, *PROGRAMS) if name != "smets"],
            environment={"MYPYPATH": f"{typings}:{FIRMWARE}:{FIRMWARE / 'stubs'}"},
        )


def _imports() -> str:
    # import-linter has no `python -m`.
    return _python(
        "-c", "from importlinter.cli import lint_imports_command as c; c(['--no-logo'])"
    )


def _compiles() -> str:
    """Compile every firmware file for the board and for the VMs."""
    try:
        for march in mpy.ARCHITECTURES.values():
            with tempfile.TemporaryDirectory() as folder:
                mpy.build(firmware_files(), Path(folder), march)
    except mpy.CompileError as error:
        return str(error)
    return ""


CHECKS: tuple[tuple[str, Callable[[], str]], ...] = (
    ("ruff check", _ruff_check),
    ("ruff format", _ruff_format),
    ("mypy", _types),
    ("mypy of the entry", _types_of_the_entry),
    ("mypy of the board", _types_of_the_board),
    ("import-linter", _imports),
    ("mpy-cross", _compiles),
)

"""Runs the unittest files of the core inside every MicroPython VM found, a process for each file.

`tests/smets/**/test_*.py` is collected twice: by pytest for CPython, and here as one item a VM. A
file may set at module level `VM = False` (host only), `VM_HEAP_KIB = 160` and
`SLOW = True` (left out by `./hanlab test --quick`).
"""

import ast
import atexit
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from host.boards.image import board_files, packed_tables
from host.boards.vm import HEAP_GATE, Vm, mpy
from tests.outside import data_folder, missing
from tests.vm.flatten import flatten_folder
from tests.vm.machines import BESIDES, GATE, vms

ROOT = Path(__file__).parents[2]
CORE_TESTS = ROOT / "tests" / "smets"
SUPPORT = [ROOT / "tests" / "vm" / name for name in ("__init__.py", "vectors.py")]
SHIM = ROOT / "tests" / "vm" / "lib" / "unittest.py"

ROOMY_HEAP = 1024 * 1024

SETTINGS = {"VM": True, "VM_HEAP_KIB": HEAP_GATE // 1024, "SLOW": False}
TIME_LIMIT = 280


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Offer a file of the core's tests to the VMs as well."""
    if not file_path.is_relative_to(CORE_TESTS) or not file_path.match("test_*.py"):
        return None
    return VmFile.from_parent(parent, path=file_path)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what a file's own settings say, on CPython too."""
    for item in items:
        if getattr(getattr(item, "module", None), "SLOW", False):
            item.add_marker("slow")


def pytest_sessionstart() -> None:
    """Lay the published vectors out as lines."""
    target = work_folder() / "vectors"
    flatten_folder(data_folder() / "vectors", target)
    os.environ["HANLAB_VECTORS"] = str(target)


@cache
def work_folder() -> Path:
    """A folder that goes with this process."""
    folder = Path(tempfile.mkdtemp(prefix="hanlab-tests-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


class VmFile(pytest.File):
    """A test file as the VMs see it."""

    def collect(self) -> Iterator[pytest.Item]:
        """One item for each VM; the gate's stands even where that VM is missing."""
        settings = self._settings()
        if not settings["VM"]:
            return
        for name in (GATE, *BESIDES):
            if name == GATE or name in vms():
                item = VmItem.from_parent(self, name=name, heap=settings["VM_HEAP_KIB"] * 1024)
                item.add_marker("vm")
                if settings["SLOW"] or name != GATE:
                    item.add_marker("slow")
                yield item

    def _settings(self) -> dict[str, Any]:
        tree = ast.parse(self.path.read_text(encoding="utf-8"))
        own = {
            target.id: ast.literal_eval(statement.value)
            for statement in tree.body
            if isinstance(statement, ast.Assign)
            for target in statement.targets
            if isinstance(target, ast.Name) and target.id in SETTINGS
        }
        return SETTINGS | own


class VmItem(pytest.Item):
    """All tests of a file in one VM."""

    def __init__(self, *, heap: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.heap = heap

    def runtest(self) -> None:
        """Run the file; it passes when at least one test ran and none failed."""
        vm = vms().get(self.name)
        if vm is None:
            missing(f"no {self.name} MicroPython VM here; get it with `./hanlab doctor --fetch`")
        judge(self.name, *self._run(vm))

    def _run(self, vm: Vm) -> tuple[str, int]:
        module = ".".join(self.path.relative_to(ROOT).with_suffix("").parts)
        heap = self.heap if self.name == GATE else ROOMY_HEAP
        command = vm.command("-c", f"import unittest; unittest.main({module!r})", heap=heap)
        try:
            done = subprocess.run(
                command,
                check=False,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
                timeout=TIME_LIMIT,
                env=vm.environment([tree(vm)]),
            )
        except subprocess.TimeoutExpired as late:
            return f"{(late.output or b'').decode()}\nstopped after {TIME_LIMIT} s", -1
        return done.stdout.decode(errors="replace"), done.returncode

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], *args: Any) -> Any:
        """Show what the VM printed, not this file's own frames."""
        if isinstance(excinfo.value, VmTestError):
            return str(excinfo.value)
        return super().repr_failure(excinfo, *args)

    def reportinfo(self) -> tuple[Path, None, str]:
        """Name the file and the VM."""
        return self.path, None, f"{self.path.name} in {self.name}"


def judge(vm_name: str, output: str, code: int) -> None:
    """Pass when at least one test ran and none failed; skip when every test was skipped."""
    result = re.search(r"^RESULT (\d+) (\d+) (\d+)\n?\Z", output, re.MULTILINE)
    if code != 0 or result is None:
        raise VmTestError(f"{vm_name} ended with {code} before the tests did\n{output}")
    run, failed, skipped = map(int, result.groups())
    if run == 0:
        raise VmTestError(f"no test of this file ran in {vm_name}\n{output}")
    if failed:
        raise VmTestError(f"{failed} of {run} tests failed in {vm_name}\n{output}")
    if skipped == run:
        pytest.skip(output.strip())


class VmTestError(Exception):
    """Tests failed inside a VM; the message is what it printed."""


@cache
def tree(vm: Vm) -> Path:
    """The compiled firmware together with the core's tests, whose assertions stay in."""
    folder, march = work_folder() / vm.name, mpy.architecture(vm)
    tests = sorted(CORE_TESTS.rglob("*.py"))
    support = [ROOT / "tests" / "__init__.py", *SUPPORT]
    names = [(path, path.relative_to(ROOT).as_posix()) for path in support + tests]
    for file in board_files():
        _compile(file, folder, march, mpy.OPTIMISATION)
    for name, content in packed_tables().items():
        (folder / name).write_bytes(content)
    for file in [*names, (SHIM, SHIM.name)]:
        _compile(file, folder, march, optimisation=0)
    return folder


def _compile(file: tuple[Path, str], folder: Path, march: str | None, optimisation: int) -> None:
    """Compile one file; what does not compile stays source, so that only its importers fail."""
    source, name = file
    try:
        mpy.build([file], folder, march, optimisation)
    except mpy.CompileError:
        shutil.copyfile(source, folder / name)

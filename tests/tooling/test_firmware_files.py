"""The list of firmware files, and what is built from it."""

import subprocess
from pathlib import Path

import pytest

from host.boards.vm import Vm, mpy
from manifest import ROOT, firmware_files

BROKEN = "def f(:\n"
VIPER = "import micropython\n@micropython.viper\ndef double(x: int) -> int:\n    return x * 2\n"


def test_every_file_of_the_packages_is_listed_once() -> None:
    sources = [source for source, _ in firmware_files()]
    assert len(set(sources)) == len(sources)
    on_disk = {
        path for package in ("smets", "board", "lib") for path in (ROOT / package).rglob("*.py")
    }
    assert on_disk <= set(sources)


def test_names_on_the_board_are_distinct_and_shims_lie_in_its_root() -> None:
    names = [name for _, name in firmware_files()]
    assert len(set(names)) == len(names)
    assert {"typing.py", "__future__.py", "smets/__init__.py"} <= set(names)
    assert not [name for name in names if name.endswith((".pyi", ".pyc", ".typed"))]


def test_the_whole_firmware_compiles_and_is_found(tmp_path: Path, vm: Vm) -> None:
    mpy.build(firmware_files(), tmp_path, mpy.architecture(vm))
    built = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*.*py")}
    assert built == {
        name if name == "main.py" else name.removesuffix(".py") + ".mpy"
        for _, name in firmware_files()
        if name.endswith(".py")
    }
    check = vm.command("-c", "import smets.codec; print(smets.codec.__name__)")
    said = subprocess.check_output(check, env=vm.environment([tmp_path]), text=True)
    assert said == "smets.codec\n"


def test_a_source_that_does_not_compile_is_named(tmp_path: Path) -> None:
    (tmp_path / "broken.py").write_text(BROKEN)
    with pytest.raises(mpy.CompileError, match=r"(?s)broken\.py.*SyntaxError"):
        mpy.build([(tmp_path / "broken.py", "broken.py")], tmp_path / "out", None)


def test_machine_code_is_built_where_it_can_be_loaded(tmp_path: Path, vm: Vm) -> None:
    (tmp_path / "fast.py").write_text(VIPER)
    mpy.build([(tmp_path / "fast.py", "fast.py")], tmp_path / "out", mpy.architecture(vm))
    said = subprocess.check_output(
        vm.command("-c", "import fast; print(fast.double(21))"),
        env=vm.environment([tmp_path / "out"]),
    )
    assert said == b"42\n"
    mpy.build([(tmp_path / "fast.py", "fast.py")], tmp_path / "portable", None)
    assert [path.name for path in (tmp_path / "portable").iterdir()] == ["fast.py"]


def test_a_changed_source_is_compiled_anew(tmp_path: Path, gate_vm: Vm) -> None:
    source = tmp_path / "value.py"
    for value in (1, 2):
        source.write_text(f"VALUE = {value}\n")
        mpy.build([(source, "value.py")], tmp_path / "out", mpy.architecture(gate_vm))
        command = gate_vm.command("-c", "import value; print(value.VALUE)")
        said = subprocess.check_output(command, env=gate_vm.environment([tmp_path / "out"]))
        assert int(said) == value

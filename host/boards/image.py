"""What lies on a board's file system: compiled modules, packed tables, the program, a version."""

import hashlib
import importlib
import inspect
import tempfile
from collections.abc import Iterable
from pathlib import Path

from host.boards import shorten, slim
from host.boards.vm import mpy
from host.boards.vm.mpy import architecture, build
from host.boards.vm.vm import Vm
from host.programs.cache import cache_folder, place
from manifest import PROGRAMS, firmware_files

# `NAME_text.py` packs the readable table `NAME.txt`; the board has `NAME.bin` instead of both.
PACKER = "_text.py"
READABLE = ".txt"

VERSION_LENGTH = 12

# -O3 leaves out line numbers, which would not be those of the sources.
OPTIMISATION = 3

Files = list[tuple[Path, str]]


def board_image(vm: Vm, more: Iterable[tuple[Path, str]] = ()) -> Path:
    """The folder of the firmware for a VM, with `more` files (source, name) added or replaced."""
    return make_image(board_files(more), packed_tables(), architecture(vm))


def board_files(more: Iterable[tuple[Path, str]] = ()) -> Files:
    """The firmware's files on the board, without the sources of its tables."""
    files = {
        name: source for source, name in firmware_files() if not name.endswith((PACKER, READABLE))
    }
    files.update((name, source) for source, name in more)
    return [(source, name) for name, source in files.items()]


def make_image(files: Files, tables: dict[str, bytes], march: str | None) -> Path:
    """The folder of an image, made once for each content; `march` is mpy-cross's, None: any."""
    digest = hashlib.sha256(str(march).encode())
    for module in (slim, shorten, mpy):
        digest.update(inspect.getsource(module).encode())
    for source, name in files:
        digest.update(name.encode() + b"\0" + hashlib.sha256(source.read_bytes()).digest())
    for name, content in tables.items():
        digest.update(name.encode() + b"\0" + hashlib.sha256(content).digest())
    version = digest.hexdigest()

    def fill(folder: Path) -> None:
        with tempfile.TemporaryDirectory() as slimmed:
            build(_written(files, Path(slimmed)), folder, march, OPTIMISATION)
        for name, content in tables.items():
            (folder / name).write_bytes(content)
        (folder / "image.py").write_text(f'VERSION = "{version[:VERSION_LENGTH]}"\n')

    return place(cache_folder() / "images" / version, fill)


def _written(files: Files, folder: Path) -> Files:
    """The files with slim sources, which are written into `folder`."""
    sources = slim.slim(files)
    written = []
    for number, (source, name) in enumerate(files):
        if name in sources and name not in PROGRAMS:
            slimmed = folder / f"{number}.py"
            slimmed.write_text(sources[name], encoding="utf-8")
            written.append((slimmed, name))
        else:
            written.append((source, name))
    return written


def lay_out(image: Path, folder: Path) -> None:
    """Puts what is in the image into a virtual board's folder, as links.

    The board then imports by the short paths that a real one has; MicroPython keeps each path for
    ever, so that long ones would take heap which a real board has to spare.
    """
    for entry in image.iterdir():
        link = folder / entry.name
        if not (link.is_symlink() and link.readlink() == entry):
            link.unlink(missing_ok=True)
            link.symlink_to(entry)


def command(vm: Vm, heap: int) -> list[str]:
    """The command line that runs the program of an image, in the folder where it is laid out."""
    return vm.command("-m", Path(PROGRAMS[0]).stem, heap=heap)


def packed_tables() -> dict[str, bytes]:
    """The tables as the board reads them, by their name on the board."""
    tables = {}
    for source, name in firmware_files():
        readable = source.with_name(source.name.removesuffix(PACKER) + READABLE)
        if name.endswith(PACKER) and readable.exists():
            module = importlib.import_module(name.removesuffix(".py").replace("/", "."))
            tables[name.removesuffix(PACKER) + ".bin"] = module.packed()
    return tables

"""The one list of what goes on a board: build, flash image, upload and test VMs all read it."""

from pathlib import Path

ROOT = Path(__file__).parent

# The folders and files of the board's file system. `lib` is unpacked into its root, because its
# modules stand in for modules of the standard library.
PACKAGES = ("smets", "board")
PROGRAMS = ("main.py",)
SHIMS = "lib"
NOT_ON_A_BOARD = {".pyi", ".pyc", ".typed", ".txt"}


def firmware_files() -> list[tuple[Path, str]]:
    """List every file as (source, name on the board), programs last; sorted, so builds repeat."""
    files = [
        (path, path.relative_to(ROOT).as_posix())
        for package in PACKAGES
        for path in _files_below(ROOT / package)
    ]
    files += [
        (path, path.relative_to(ROOT / SHIMS).as_posix()) for path in _files_below(ROOT / SHIMS)
    ]
    files += [(ROOT / name, name) for name in PROGRAMS if (ROOT / name).exists()]
    return files


def _files_below(folder: Path) -> list[Path]:
    return [
        path
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.suffix not in NOT_ON_A_BOARD and "__pycache__" not in path.parts
    ]

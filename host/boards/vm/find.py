"""Which virtual machines this machine has, and how to get the ones it lacks."""

import os
import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path

from host.boards.vm import wasm
from host.boards.vm.errors import VmMissingError
from host.boards.vm.names import NAMES
from host.boards.vm.vm import OLDEST, Vm, probe
from host.programs import apt
from host.programs.cache import cache_folder, place
from host.programs.errors import ProgramMissingError

PACKAGE = "micropython"

Say = Callable[[str], None]


def find_vms() -> list[Vm]:
    """Every usable VM that is here already, in the order of preference; fetches nothing."""
    return [vm for name in NAMES if (vm := _present(name)) is not None]


def provide(name: str | None = None, say: Say = lambda _: None) -> Vm:
    """Return the VM of that name, or the preferred one, fetching it if need be.

    `say` is told before anything is downloaded. Raises VmMissingError.
    """
    wish = name or _override()
    if wish is not None:
        if wish not in NAMES:
            raise VmMissingError(f"there is no VM named {wish!r}; one of {', '.join(NAMES)}")
        return _present(wish) or _fetched(wish, say)
    if here := find_vms():
        return here[0]
    reasons: dict[str, str] = {}
    for fetchable in NAMES[1:]:
        try:
            return _fetched(fetchable, say)
        except VmMissingError as error:
            reasons.setdefault(str(error).partition(": ")[2], fetchable)
    raise VmMissingError(
        "no MicroPython VM is here and none could be fetched ("
        + "; ".join(f"{name}: {reason}" for reason, name in reasons.items())
        + "); mend that, install `micropython` 1.22 or newer, or set HANLAB_VM to a program"
    )


def obstacle(name: str) -> str | None:
    """Say why a VM that is not here could not be fetched either; None when it could."""
    if name == "path":
        return "install MicroPython 1.22 or newer, or set HANLAB_VM to the program"
    return wasm.obstacle() if name == "wasm" else apt.obstacle(name)


def _override() -> str | None:
    """`$HANLAB_VM` holds a VM's name or a program."""
    value = os.environ.get("HANLAB_VM")
    return value if value is None or value in NAMES else "path"


def _present(name: str) -> Vm | None:
    if name == "path":
        return _on_path()
    folder = _folder(name)
    if not folder.exists():
        return None
    program = wasm.command(folder) if name == "wasm" else apt.command(PACKAGE, name, folder)
    return probe(name, program, f"fetched into {folder}")


def _on_path() -> Vm | None:
    value = os.environ.get("HANLAB_VM")
    if value and value not in NAMES:
        vm = probe("path", [value], "HANLAB_VM")
        if vm is None:
            wanted = ".".join(map(str, OLDEST))
            raise VmMissingError(f"HANLAB_VM={value} is no MicroPython {wanted} or newer")
        return vm
    program = shutil.which("micropython")
    return None if program is None else probe("path", [program], program)


def _fetched(name: str, say: Say) -> Vm:
    if reason := obstacle(name):
        raise VmMissingError(f"{name}: {reason}")
    say(f"fetching the MicroPython VM {name} (once)")
    folder = _folder(name)
    try:
        place(folder, wasm.fetch if name == "wasm" else partial(apt.fetch, PACKAGE, name))
    except ProgramMissingError as error:
        raise VmMissingError(f"{name}: {error}") from error
    except OSError as error:
        raise VmMissingError(f"{name}: {error.filename or folder}: {error.strerror}") from error
    vm = _present(name)
    if vm is None:
        raise VmMissingError(f"{name}: {folder} does not run on this machine; remove it")
    return vm


def _folder(name: str) -> Path:
    return cache_folder() / "vm" / name

"""The npm build of MicroPython under Node, for machines without a native VM."""

from pathlib import Path

from host.boards.vm.errors import VmMissingError


def obstacle() -> str | None:
    return "later"


def command(folder: Path) -> list[str]:
    return []


def fetch(folder: Path) -> None:
    raise VmMissingError("later")

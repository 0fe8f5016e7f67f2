"""Wireshark's tshark: `$HANLAB_TSHARK`, else on PATH, else in the lab's cache, else fetched."""

import os
import platform
import re
import shutil
import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from host.programs import apt
from host.programs.cache import cache_folder, place
from host.programs.errors import ProgramMissingError

NAME = "tshark"

# The first whose dissectors for GBCS and for the 802.15.4 TAP link type are known to be right.
OLDEST = (4, 0)

Say = Callable[[str], None]


@dataclass(frozen=True)
class Tshark:
    """A usable tshark. `origin` says to people where it comes from."""

    version: str
    origin: str
    program: tuple[str, ...]
    settings: Mapping[str, str] = field(default_factory=dict)

    def environment(self, configuration: Path) -> dict[str, str]:
        """This process's environment, with a configuration folder in the user's stead."""
        own = {"WIRESHARK_CONFIG_DIR": str(configuration), "LC_ALL": "C", "TZ": "UTC"}
        return os.environ | self.settings | own


def find() -> Tshark | None:
    """The tshark that is here already; fetches nothing.

    Raises ProgramMissingError when `$HANLAB_TSHARK` names something else.
    """
    if named := os.environ.get("HANLAB_TSHARK"):
        tshark = _probe([named], "HANLAB_TSHARK")
        if tshark is None:
            wanted = ".".join(map(str, OLDEST))
            raise ProgramMissingError(f"HANLAB_TSHARK={named} is no tshark {wanted} or newer")
        return tshark
    on_path = shutil.which(NAME)
    return (on_path and _probe([on_path], on_path)) or _cached()


def provide(say: Say = lambda _: None) -> Tshark:
    """Return tshark, fetching it if need be; `say` is told before anything is downloaded.

    Raises ProgramMissingError.
    """
    if tshark := find():
        return tshark
    if reason := obstacle():
        raise ProgramMissingError(f"tshark: {reason}; {OTHERWISE}")
    say("fetching tshark, 55 MB (once)")
    folder = _folder()
    try:
        place(folder, partial(apt.fetch, NAME, _architecture()))
    except ProgramMissingError as error:
        raise ProgramMissingError(f"tshark: {error}") from error
    except OSError as error:
        cause = f"{error.filename or folder}: {error.strerror}"
        raise ProgramMissingError(f"tshark: {cause}") from error
    tshark = _cached()
    if tshark is None:
        raise ProgramMissingError(f"tshark: {folder} does not run on this machine; remove it")
    return tshark


OTHERWISE = "install tshark 4.0 or newer, or set HANLAB_TSHARK to the program"


def obstacle() -> str | None:
    """Say why tshark could not be fetched; None when it can be tried."""
    return apt.obstacle(_architecture())


def _architecture() -> str:
    return apt.NATIVE.get(platform.machine(), platform.machine())


def _folder() -> Path:
    return cache_folder() / NAME


def _cached() -> Tshark | None:
    folder = _folder()
    if not folder.exists():
        return None
    # Started through a loader it does not find its own files.
    plugins = [path / "wireshark" / "plugins" for path in apt.libraries(folder)]
    settings = {
        "WIRESHARK_DATA_DIR": str(folder / "usr" / "share" / "wireshark"),
        "WIRESHARK_PLUGIN_DIR": str(next(filter(Path.is_dir, plugins), folder)),
        "WIRESHARK_EXTCAP_DIR": str(folder / "etc"),
    }
    program = apt.command(NAME, _architecture(), folder)
    return _probe(program, f"fetched into {folder}", settings)


def _probe(
    program: Sequence[str], origin: str, settings: Mapping[str, str] | None = None
) -> Tshark | None:
    """Start the program and ask what it is; None when it is no usable tshark."""
    settings = settings or {}
    try:
        answer = subprocess.run(
            [*program, "--version"],
            capture_output=True,
            text=True,
            timeout=30,
            check=True,
            stdin=subprocess.DEVNULL,
            env=os.environ | settings,
        ).stdout
    except (OSError, subprocess.SubprocessError, UnicodeDecodeError):
        return None
    said = re.match(r"TShark \(Wireshark\) (\d+)\.(\d+)(?:\.\d+)?", answer)
    if said is None or (int(said[1]), int(said[2])) < OLDEST:
        return None
    version = said[0].rpartition(" ")[2]
    return Tshark(version, origin, tuple(program), settings)

"""Fetches a package of Debian or Ubuntu with the machine's apt, without root.

The source is the machine's own, asked for the release that has the package; apt checks the
signatures. Nothing outside the lab's cache is written.
"""

import os
import platform
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from host.programs import apt_sources
from host.programs.apt_sources import Stanza
from host.programs.errors import ProgramMissingError

# Debian 13 first. A mirror caught amid an update under one name is often whole under the next.
DEBIAN_SUITES = ("trixie", "stable", "testing")

# Debian's name for this machine's own architecture.
NATIVE = {"x86_64": "amd64", "i686": "i386"}

LOADERS = {"i386": "ld-linux.so.2", "amd64": "ld-linux-x86-64.so.2"}

# Private state, no hooks of the machine, no other architecture than the one asked for.
_CONFIGURATION = """
#clear APT::Architectures;
#clear APT::Update;
#clear DPkg;
APT::Architecture "{architecture}";
APT::Architectures {{ "{architecture}"; }};
APT::Sandbox::User "";
APT::Install-Recommends "false";
APT::Get::List-Cleanup "false";
Acquire::Languages "none";
Acquire::IndexTargets::deb::Contents-deb::DefaultEnabled "false";
Acquire::IndexTargets::deb::DEP-11::DefaultEnabled "false";
Acquire::Retries "2";
Dir::State "{folder}/state";
Dir::State::status "{folder}/status";
Dir::Cache "{folder}/cache";
Dir::Etc::sourcelist "/dev/null";
Dir::Etc::sourceparts "{folder}/sources";
Dir::Etc::preferences "/dev/null";
Dir::Etc::preferencesparts "/dev/null";
"""


def obstacle(architecture: str) -> str | None:
    """Say why this machine cannot fetch and run that package; None when it can try."""
    if platform.system() != "Linux" or platform.machine() not in NATIVE:
        return "Debian's i386 and amd64 builds run on Linux on x86 only"
    if architecture == "amd64" and platform.machine() != "x86_64":
        return "this is a 32-bit machine"
    missing = [name for name in ("apt-get", "dpkg-deb") if shutil.which(name) is None]
    if missing:
        return f"this machine has no {' and no '.join(missing)}"
    return None


def fetch(package: str, architecture: str, folder: Path) -> None:
    """Download a package and all it needs, and unpack them into `folder`.

    Raises ProgramMissingError with apt's own words when no source has it.
    """
    reasons = []
    for source in _sources():
        try:
            _install(source, architecture, package, folder)
        except _AptError as error:
            reasons.append(f"{source['Suites']}: {error}")
        else:
            return
    raise ProgramMissingError(
        "; ".join(reasons) or "apt has no Debian or Ubuntu source configured"
    )


def command(name: str, architecture: str, folder: Path) -> list[str]:
    """The command line of an unpacked program: its own loader, its own libraries."""
    loader = next(folder.rglob(LOADERS[architecture]), folder / LOADERS[architecture])
    library_path = ":".join(map(str, libraries(folder)))
    return [str(loader), "--library-path", library_path, str(folder / "usr" / "bin" / name)]


def libraries(folder: Path) -> list[Path]:
    """The folders of an unpacked package's libraries."""
    return [path for path in (folder / "usr" / "lib").glob("*-linux-gnu") if path.is_dir()]


_COMPLAINTS = ("E: ", "W: GPG", "dpkg-deb: error", "tar: ")

# What no other suite can cure, and what to do about it.
_HOPELESS = (
    (
        "No space left on device",
        "no space left for the lab's cache; free 400 MB or set HANLAB_CACHE",
    ),
    ("Temporary failure resolving", "apt reaches no mirror; connect, or set up apt's proxy"),
    ("Could not connect", "apt reaches no mirror; connect, or set up apt's proxy"),
    ("Network is unreachable", "apt reaches no mirror; connect, or set up apt's proxy"),
    ("NO_PUBKEY", "apt lacks the archive's keys; install a newer debian-archive-keyring"),
)


class _AptError(Exception):
    """What apt said."""


def _sources() -> Iterator[Stanza]:
    """Sources that may have the package, most likely first."""
    release = platform.freedesktop_os_release()
    own = release.get("VERSION_CODENAME", "")
    ubuntu = release.get("ID") == "ubuntu"
    suites, components = ((own,), "main universe") if ubuntu else (DEBIAN_SUITES, "main")
    distribution = [
        stanza
        for stanza in apt_sources.stanzas()
        if "main" in stanza.get("Components", "").split()
        and {own, *DEBIAN_SUITES} & set(stanza["Suites"].split())
    ]
    # Other publishers name their suites after Debian's too; they sign with keys of their own.
    distribution.sort(key=lambda stanza: "archive-keyring" not in stanza.get("Signed-By", ""))
    for stanza in distribution:
        for suite in suites:
            yield stanza | {"Types": "deb", "Suites": suite, "Components": components}


def _install(source: Stanza, architecture: str, package: str, folder: Path) -> None:
    """Unpack a package and all it depends on into a folder."""
    work = folder / "apt"
    shutil.rmtree(work, ignore_errors=True)
    for name in ("state/lists/partial", "cache/archives/partial", "sources"):
        (work / name).mkdir(parents=True)
    (work / "status").touch()
    stanza = {key: value for key, value in source.items() if key != "Architectures"}
    (work / "sources" / "lab.sources").write_text(apt_sources.write(stanza), encoding="utf-8")
    configuration = work / "apt.conf"
    configuration.write_text(_CONFIGURATION.format(architecture=architecture, folder=work))
    apt = ["apt-get", "-c", str(configuration), "-qq"]
    _run([*apt, "--error-on=any", "update"])
    _run([*apt, "-y", "--download-only", "install", package])
    for archive in sorted((work / "cache" / "archives").glob("*.deb")):
        _run(["dpkg-deb", "-x", str(archive), str(folder)])
    shutil.rmtree(work)


def _run(command: list[str]) -> None:
    environment = os.environ | {"LC_ALL": "C", "DEBIAN_FRONTEND": "noninteractive"}
    done = subprocess.run(
        command,
        check=False,
        capture_output=True,
        text=True,
        env=environment,
        stdin=subprocess.DEVNULL,
    )
    said = [line for line in done.stderr.splitlines() if line.startswith(_COMPLAINTS)]
    for sign, cause in _HOPELESS:
        if any(sign in line for line in said):
            raise ProgramMissingError(cause)
    if done.returncode != 0 or said:
        raise _AptError(said[0] if said else f"{command[0]} ended with {done.returncode}")

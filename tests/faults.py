"""Programs that are killed while they work: children of this process, ended by their number.

    async with Parts(folder) as parts:
        parts.start("hub", command)
        parts.watch("vm", vm_pid_file)     # a grandchild that its own parent starts again
        await parts.kill_at_random(random.Random(seed), 200, ("hub", "vm"))

A part that is killed is started again at once; one that ends by itself is a failure.
"""

import asyncio
import os
import random
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

ROOT = Path(__file__).parents[1]


class Parts:
    """What each says goes to NAME.log in `folder`; leaving the context kills them all."""

    def __init__(self, folder: Path) -> None:
        self.kills: Counter[str] = Counter()
        self._folder = folder
        self._commands: dict[str, Sequence[str]] = {}
        self._children: dict[str, subprocess.Popen[bytes]] = {}
        self._pid_files: dict[str, Path] = {}

    async def __aenter__(self) -> "Parts":
        return self

    async def __aexit__(self, *_: object) -> None:
        for child in self._children.values():
            child.kill()
            child.wait()

    def start(self, name: str, command: Sequence[str]) -> None:
        """Starts a program."""
        self._commands[name] = command
        environment = {**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'firmware'}"}
        with (self._folder / f"{name}.log").open("ab") as log:
            self._children[name] = subprocess.Popen(
                command, cwd=ROOT, env=environment, stdout=log, stderr=log
            )

    def watch(self, name: str, pid_file: Path) -> None:
        """A process that writes its number into a file and is started again by its parent."""
        self._pid_files[name] = pid_file

    def kill(self, name: str) -> None:
        """SIGKILL, and a new start; nothing happens while a watched process is away."""
        child = self._children.get(name)
        if child is not None:
            if child.poll() is not None:
                log = (self._folder / f"{name}.log").read_text()
                raise AssertionError(f"{name} ended by itself with {child.returncode}: {log}")
            child.kill()
            child.wait()
            self.start(name, self._commands[name])
        else:
            with suppress(FileNotFoundError, ProcessLookupError):
                pid = self._pid(name)
                if self._is_grandchild(pid):
                    os.kill(pid, signal.SIGKILL)
        self.kills[name] += 1

    async def kill_at_random(
        self,
        chance: random.Random,
        count: int,
        names: Sequence[str],
        longest_pause: float = 1.0,
    ) -> None:
        """Kills one part after another, each after a pause of any length up to `longest_pause`."""
        for _ in range(count):
            await asyncio.sleep(chance.random() * longest_pause)
            self.kill(chance.choice(names))

    def _is_grandchild(self, pid: int) -> bool:
        """Whether the process is still the one that its parent, a child of ours, had started."""
        parent = int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
        return parent in {child.pid for child in self._children.values()}

    def _pid(self, name: str) -> int:
        if name in self._children:
            return self._children[name].pid
        return int(self._pid_files[name].read_text())


def python(module: str, *arguments: object) -> list[str]:
    """The command line of a module of this project."""
    return [sys.executable, "-m", module, *map(str, arguments)]


def free_port() -> int:
    """A port that nobody listens on now."""
    import socket

    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])

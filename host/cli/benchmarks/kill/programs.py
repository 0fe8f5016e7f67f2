"""The lab's programs as children of this process: killed by their number, and started again."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from random import Random
from typing import IO, Self

from host.cli.errors import ROOT, CommandError

AT_WORK = 0.75  # of the kills come when work goes on
LONGEST_PAUSE = 0.5  # seconds
PATIENCE = 20.0  # seconds
LAST_WORDS = 3  # lines of a program that ended by itself


class Programs:
    """`./hanlab` commands; what each says goes to NAME.log in `folder`.

    `grandchild` is a process that one of them starts again by itself: its name, and the file that
    holds its number. Leaving the context kills them all.
    """

    def __init__(self, folder: Path, grandchild: tuple[str, Path]) -> None:
        self.kills: Counter[str] = Counter()
        self._folder = folder
        self._grandchild = grandchild
        self._children: dict[str, subprocess.Popen[bytes]] = {}
        self._commands: dict[str, Sequence[str]] = {}
        self._logs: dict[str, IO[bytes]] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.end()

    def end(self) -> None:
        """Kills all of them; the grandchild ends with its line to its parent."""
        for child in self._children.values():
            child.kill()
            child.wait()
        for log in self._logs.values():
            log.close()
        self._children.clear()
        self._logs.clear()

    def start(self, *command: str) -> None:
        """Starts `./hanlab COMMAND …`; it is called by its first word."""
        name = command[0]
        self._commands[name] = command
        if name not in self._logs:
            self._logs[name] = (self._folder / f"{name}.log").open("ab")
        path = os.pathsep.join((str(ROOT), str(ROOT / "firmware")))
        self._children[name] = subprocess.Popen(
            [sys.executable, "-m", "host.cli", *command],
            env=os.environ | {"PYTHONPATH": path},
            stdin=subprocess.DEVNULL,
            stdout=self._logs[name],
            stderr=self._logs[name],
        )

    async def kill_at_random(self, chance: Random, count: int, done: Callable[[], int]) -> None:
        """SIGKILL to one or the other, `count` times.

        Mostly when something more is `done` since the last one, and after a pause of any length:
        so that work is under way. Sometimes at once, while a program is still starting.
        """
        names = (*self._children, self._grandchild[0])
        for _ in range(count):
            if chance.random() < AT_WORK:
                await _until_more(done)
            await asyncio.sleep(chance.random() * LONGEST_PAUSE)
            name = chance.choice(names)
            while not (
                self._kill_grandchild() if name not in self._children else self._kill(name)
            ):
                await asyncio.sleep(chance.random() * LONGEST_PAUSE)  # it was away just then
            self.kills[name] += 1

    def _kill(self, name: str) -> bool:
        child = self._children[name]
        if child.poll() is not None:
            words = (self._folder / f"{name}.log").read_text(errors="replace").splitlines()
            raise CommandError(
                f"{name} ended by itself with {child.returncode}: "
                + " / ".join(words[-LAST_WORDS:])
            )
        child.kill()
        child.wait()
        self.start(*self._commands[name])
        return True

    def _kill_grandchild(self) -> bool:
        """Whether it was there to be killed: its number has to be that of a child of a child."""
        with suppress(OSError, ValueError):
            number = int(self._grandchild[1].read_text())
            parent = int(Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()[1])
            if parent in {child.pid for child in self._children.values()}:
                os.kill(number, signal.SIGKILL)
                return True
        return False


async def _until_more(done: Callable[[], int]) -> None:
    """Returns when `done` grows, or when it has not for long: then the books will say why."""
    before, started = done(), time.monotonic()
    while done() == before and time.monotonic() - started < PATIENCE:
        await asyncio.sleep(0.01)


def free_ports(count: int) -> list[int]:
    """Ports of 127.0.0.1 that nobody listens on now."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [int(each.getsockname()[1]) for each in sockets]
    for each in sockets:
        each.close()
    return ports

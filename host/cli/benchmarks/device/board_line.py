"""A board's whole firmware in a VM, with the benchmark at the hub's end of its line."""

from __future__ import annotations

import json
import os
import select
import socket
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

from host.boards.image import command, lay_out
from host.boards.vm import Vm
from host.hub.han_session import Event, HanSession, Identified, Received, Reported, Stored

PATIENCE = 5.0  # seconds
PIECE = 4096

Answer = TypeVar("Answer")


class BoardFailedError(Exception):
    """The board ended, or gave no answer in time; the message has what it said."""


class BoardLine:
    """The firmware's own `main.py`, running while this is entered as a context.

    `folder` is the board's, as `host.boards.provision` makes it; `heap` as on a 32-bit machine.
    """

    def __init__(self, vm: Vm, image: Path, folder: Path, heap: int) -> None:
        lay_out(image, folder)
        self._command = command(vm, heap)
        self._environment = vm.environment([])
        self._folder = folder
        self._session = HanSession()
        self._events: list[Event] = []
        self._number = 0

    def __enter__(self) -> Self:
        """Starts the VM and waits until the board says who it is."""
        ours, its = socket.socketpair()
        its.setblocking(False)  # as the board's line reads it
        self._log = (self._folder / "log.txt").open("w+b")
        self._line = ours
        with its:
            self._process = subprocess.Popen(
                self._command,
                stdin=its.fileno(),
                stdout=subprocess.PIPE,
                stderr=self._log,
                cwd=self._folder,
                env=self._environment,
            )
        try:
            self._wait(lambda event: event if isinstance(event, Identified) else None)
        except BoardFailedError:
            self._end()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Ends the VM without warning."""
        self._end()

    def tell_time(self, now: int) -> None:
        """UTC, seconds since 2000."""
        self._line.sendall(self._session.clock(now))

    def ask(self, message: bytes) -> bytes:
        """The board's answer to a message; both are acknowledged."""
        self._number += 1
        self._line.sendall(self._session.put(self._number, message))
        self._wait(lambda event: event if event == Stored(self._number) else None)
        received = self._wait(lambda event: event if isinstance(event, Received) else None)
        self._line.sendall(self._session.ack(received.number))
        return received.message

    def status(self) -> dict[str, Any]:
        """What the board says of itself."""
        self._line.sendall(self._session.status())
        reported = self._wait(lambda event: event if isinstance(event, Reported) else None)
        found = json.loads(reported.text)
        assert isinstance(found, dict)
        return found

    def _wait(self, wanted: Callable[[Event], Answer | None]) -> Answer:
        deadline = time.monotonic() + PATIENCE
        while True:
            while self._events:
                answer = wanted(self._events.pop(0))
                if answer is not None:
                    return answer
            self._read(deadline - time.monotonic())

    def _read(self, seconds: float) -> None:
        assert self._process.stdout
        if not select.select([self._process.stdout], [], [], max(0, seconds))[0]:
            raise BoardFailedError(f"no answer from the board: {self._said()}")
        octets = os.read(self._process.stdout.fileno(), PIECE)
        if not octets:
            raise BoardFailedError(f"the board ended: {self._said()}")
        self._events += self._session.feed(octets)

    def _said(self) -> str:
        self._log.seek(0)
        lines = self._log.read().decode(errors="replace").split("\n")
        return next((line for line in reversed(lines) if line.strip()), "it said nothing")

    def _end(self) -> None:
        self._process.kill()
        self._process.wait()
        assert self._process.stdout
        self._process.stdout.close()
        self._line.close()
        self._log.close()

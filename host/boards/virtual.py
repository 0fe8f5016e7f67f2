"""A virtual board: the firmware in a VM, its serial line carried to the hub's HAN port.

The board's folder is its file system: the image, `board.json`, the state, `log.txt` with what the
VM said on standard error, `vm.pid`. A VM that ends is started again; one whose runner is gone ends
by itself.
"""

import asyncio
import fcntl
import logging
import os
import signal
import socket
import time
from contextlib import suppress
from pathlib import Path

from host.boards.image import command, lay_out
from host.boards.vm.vm import HEAP_GATE, Vm

SHORTEST_WAIT = 0.05  # seconds before the first new attempt; each further one waits twice as long
LONGEST_WAIT = 1.0
STEADY = 2.0  # seconds after which a VM counts as running well
READ_AT_MOST = 4096

log = logging.getLogger(__name__)


class BoardError(Exception):
    """A virtual board cannot run; the message says why."""


class VirtualBoard:
    """One board; `run` keeps it running until it is cancelled."""

    def __init__(
        self, vm: Vm, image: Path, folder: Path, hub: tuple[str, int], heap: int = HEAP_GATE
    ) -> None:
        """`hub` is the host and port of its HAN; `heap` in octets of a 32-bit machine."""
        if vm.name == "wasm":
            raise BoardError(
                "a virtual board needs a native MicroPython VM, because the wasm one collects no"
                " garbage while a program runs; `./hanlab doctor --fetch` gets one"
            )
        self.folder = folder
        self.starts = 0
        self._image = image
        self._command = command(vm, heap)
        self._environment = vm.environment([])
        self._hub = hub
        self._process: asyncio.subprocess.Process | None = None
        self._to_vm: asyncio.StreamWriter | None = None
        self._to_hub: asyncio.StreamWriter | None = None

    @property
    def pid(self) -> int | None:
        """The VM's process, if there is one now."""
        return self._process.pid if self._process else None

    @property
    def connected(self) -> bool:
        """Whether there is a connection to the hub now."""
        return self._to_hub is not None

    def restart(self) -> None:
        """Ends the VM without warning, as pulling the plug does; `run` starts it again."""
        if self._process:
            _kill(self._process)

    async def run(self) -> None:
        with (self.folder / "lock").open("w") as lock:
            await self._acquire(lock.fileno())
            lay_out(self._image, self.folder)
            carrying = asyncio.create_task(self._keep_connected())
            try:
                await self._keep_started(lock.fileno())
            finally:
                carrying.cancel()
                await asyncio.gather(carrying, return_exceptions=True)

    async def _acquire(self, lock: int) -> None:
        """Two VMs never work on one state: a VM inherits the lock and holds it to its end."""
        deadline = time.monotonic() + STEADY
        while True:
            try:
                return fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise BoardError(f"the board in {self.folder} is running already") from None
            await asyncio.sleep(SHORTEST_WAIT)

    # The VM

    async def _keep_started(self, lock: int) -> None:
        wait = SHORTEST_WAIT
        while True:
            started = time.monotonic()
            await self._run_vm(lock)
            if time.monotonic() - started > STEADY:
                wait = SHORTEST_WAIT
            await asyncio.sleep(wait)
            wait = min(2 * wait, LONGEST_WAIT)

    async def _run_vm(self, lock: int) -> None:
        ours, its = socket.socketpair()
        its.setblocking(False)  # `board.uart` reads what is there, not a whole buffer
        with its, (self.folder / "log.txt").open("ab") as errors:
            process = await asyncio.create_subprocess_exec(
                *self._command,
                stdin=its.fileno(),
                stdout=asyncio.subprocess.PIPE,
                stderr=errors,
                cwd=self.folder,
                env=self._environment,
                pass_fds=(lock,),
            )
        _, writer = await asyncio.open_connection(sock=ours)
        self._process, self._to_vm = process, writer
        self.starts += 1
        unfinished = self.folder / "vm.pid.new"
        unfinished.write_text(str(process.pid))
        unfinished.rename(self.folder / "vm.pid")
        log.info("the VM of %s is process %d", self.folder.name, process.pid)
        try:
            assert process.stdout
            while octets := await process.stdout.read(READ_AT_MOST):
                if self._to_hub:
                    self._to_hub.write(octets)
        finally:
            self._to_vm = None
            self._process = None
            _kill(process)
            writer.close()
            await process.wait()
            log.info("the VM of %s ended with %s", self.folder.name, process.returncode)

    # The hub

    async def _keep_connected(self) -> None:
        wait = SHORTEST_WAIT
        while True:
            try:
                reader, writer = await asyncio.open_connection(*self._hub)
            except OSError:
                await asyncio.sleep(wait)
                wait = min(2 * wait, LONGEST_WAIT)
                continue
            wait = SHORTEST_WAIT
            self._to_hub = writer
            try:
                with suppress(ConnectionError):
                    while octets := await reader.read(READ_AT_MOST):
                        if self._to_vm:
                            self._to_vm.write(octets)
            finally:
                self._to_hub = None
                writer.close()


def _kill(process: asyncio.subprocess.Process) -> None:
    # Not `process.kill()`: on Python 3.11 it takes the end of the child away from the loop.
    if process.returncode is None:
        with suppress(ProcessLookupError):
            os.kill(process.pid, signal.SIGKILL)

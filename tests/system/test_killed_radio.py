"""The radio's process is killed amid requests and started again: none of them is lost."""

from __future__ import annotations

import asyncio
import signal
import socket
import sys
from pathlib import Path
from random import Random

import pytest

from host.cli.benchmarks.radio.home import Home
from keys import parties

METER = parties.ESME
KILLS = 3
BACK_WITHIN = 30.0  # seconds, on a busy machine
READ = "4.16"


class MortalRadio:
    """`hanlab radio` on ports that stay."""

    def __init__(self, lab: Path) -> None:
        self._lab = lab
        self.urls = {
            eui: f"tcp://127.0.0.1:{_free_port()}" for eui in (parties.GPF.eui, METER.eui)
        }

    async def start(self) -> None:
        sticks = [
            word
            for eui, url in self.urls.items()
            for word in ("--stick", f"{eui.hex()}=tcp:{url.rpartition(':')[2]}")
        ]
        with (self._lab / "radio.log").open("ab") as said:
            self._process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-P", "-m", "host.cli", "radio", "--json"),
                *("--lab", str(self._lab), *sticks),
                stdout=asyncio.subprocess.PIPE,
                stderr=said,
            )
        assert self._process.stdout
        assert await self._process.stdout.readline()

    async def kill(self) -> None:
        self._process.send_signal(signal.SIGKILL)
        await self._process.wait()


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


class MortalHome(Home):
    """A lab whose radio can be killed."""

    async def start_radio(self, devices: tuple[parties.Device, ...], seed: int) -> Path:
        self.radio = MortalRadio(self.folder)
        await self.radio.start()
        self._stack.push_async_callback(self.radio.kill)
        self.urls = self.radio.urls
        return self.folder


@pytest.mark.slow
async def test_a_radio_that_is_killed_costs_no_message(tmp_path, gate_vm):
    random = Random(5)
    async with MortalHome(tmp_path) as home:
        await home.start((METER,), 0)
        await home.install(gate_vm, METER, 0)
        for _ in range(KILLS):
            asked = asyncio.create_task(home.send(READ, METER.eui, within=BACK_WITHIN))
            await asyncio.sleep(random.uniform(0, 0.2))
            await home.radio.kill()
            await home.radio.start()
            for response in (await asked, await home.send(READ, METER.eui, within=BACK_WITHIN)):
                assert response.opened is not None
                assert response.opened.succeeded

"""The simulated radio as a process of its own, as a stick is a thing of its own."""

import asyncio
import json
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from host.cli.lab.errors import LabError

STARTED_WITHIN = 20.0  # seconds


def address_of(url: str) -> tuple[str, int]:
    """Host and port of a stick."""
    host, _, port = url.removeprefix("tcp://").rpartition(":")
    return host, int(port)


class RadioProcess:
    """Runs `hanlab radio` while it is entered; `urls` are where its sticks are, by EUI-64."""

    def __init__(
        self, lab: Path, sticks: Sequence[bytes], seed: int, capture: Path | None = None
    ) -> None:
        self._lab = lab
        self._arguments = ["--seed", str(seed)]
        for eui in sticks:
            self._arguments += ["--stick", f"{eui.hex()}=tcp"]
        if capture:
            self._arguments += ["--capture", str(capture)]
        self.urls: dict[bytes, str] = {}

    async def __aenter__(self) -> "RadioProcess":
        log = self._lab / "radio.log"
        with log.open("wb") as said:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-P",
                "-m",
                "host.cli",
                "radio",
                "--lab",
                str(self._lab),
                "--json",
                *self._arguments,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=said,
            )
        assert self._process.stdout
        try:
            async with asyncio.timeout(STARTED_WITHIN):
                line = await self._process.stdout.readline()
            sticks = json.loads(line)["sticks"]
        except (TimeoutError, ValueError):
            await self.__aexit__()
            raise LabError(f"the simulated radio did not start; see {log}") from None
        self.urls = {bytes.fromhex(eui): url for eui, url in sticks.items()}
        return self

    async def __aexit__(self, *_: object) -> None:
        """Asks it to end, so that its capture is whole."""
        if self._process.returncode is None:
            with suppress(ProcessLookupError):
                self._process.terminate()
        await self._process.wait()

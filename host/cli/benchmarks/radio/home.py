"""A lab with the simulated radio in this process, where its sticks can be broken."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

from host.boards.provision import CONFIGURATION, board_folder
from host.boards.virtual import VirtualBoard
from host.boards.vm import Vm
from host.cli.lab.clock import VirtualClock, midnight
from host.cli.lab.lab import Lab
from host.radio.simulation import Settings, Simulation, Slot
from keys import parties
from keys.zigbee_suite import ZigbeeSuite

DAY = date(2026, 2, 3)
VALID = timedelta(days=30)  # before that, from when on certificates are
HUB_STICK = parties.GPF.eui
JOIN_PERIOD = 3600  # s of the lab's clock
HALF_HOUR = 1800
LOOK_EVERY = 0.01


class RunningClock(VirtualClock):
    """Runs as fast as ours from `start` on, and faster when it is told."""

    def __init__(self, start: int) -> None:
        super().__init__(start)
        self._speed = 1
        self._since = time.monotonic()

    def __call__(self) -> int:
        return self.now + int((time.monotonic() - self._since) * self._speed)

    def run_at(self, speed: int) -> None:
        """Runs `speed` times as fast as ours from now on."""
        self.now, self._since, self._speed = self(), time.monotonic(), speed


class Home(Lab):
    """DCC stub, hub on bellows, simulated sticks; meters as they are started."""

    def __init__(self, folder: Path, start: int = midnight(DAY)) -> None:
        self._running = RunningClock(start)
        super().__init__(folder, self._running)

    async def start_radio(self, devices: tuple[parties.Device, ...], seed: int) -> Path:
        slots = (Slot(HUB_STICK), *(Slot(device.eui) for device in devices))
        settings = Settings(self.folder / "radio", slots, seed=seed)
        simulation = Simulation(settings, ZigbeeSuite())
        self.simulation = await self._stack.enter_async_context(simulation)
        self.urls = self.simulation.urls
        return self.folder

    async def start(self, devices: tuple[parties.Device, ...], seed: int) -> None:
        """Everything but the meters."""
        self.make_keys(DAY - VALID, (*devices, parties.CHF, parties.GPF))
        await self.start_dcc()
        await self.start_radio(devices, seed)
        await self.start_hub()

    async def admit(self, device: parties.Device, install_code: str | None = None) -> None:
        """Pre-notifies a device and whitelists it, with its own install code or another."""
        await self.send("12.2", device.eui, {"DeviceType": device.type.upper()})
        await self.send(
            "8.11",
            parties.CHF.eui,
            {
                "DeviceID": device.eui.hex("-").upper(),
                "RequestType": "Add",
                "AddDeviceToCHFWhitelist.JoinTimePeriod": str(JOIN_PERIOD),
                "AddDeviceToCHFWhitelist.InstallCode": install_code or self.install_code(device),
            },
        )

    async def install(self, vm: Vm, device: parties.Device, seed: int) -> None:
        """A meter that never sleeps: its board started, joined, commissioned."""
        self.start_board(vm, device, seed.to_bytes(8, "big"), 0, dcc_controlled=False)
        await self.admit(device)
        await self.joined(device)
        await self.send("8.1.1", device.eui)

    def hurry(self, board: VirtualBoard, speed: int) -> None:
        """Lets the lab's time run `speed` times as fast; the board has a power cut for that."""
        file = board.folder / CONFIGURATION
        file.write_text(json.dumps(json.loads(file.read_text()) | {"speed": speed}))
        board.restart()
        self._running.run_at(speed)

    def restarts(self, device: parties.Device) -> int:
        """How often a board's firmware gave up and began anew, by what it said."""
        said = (board_folder(self.folder, device.eui) / "log.txt").read_text()
        return said.count("Traceback")


async def holds(condition: Callable[[], bool], seconds: float) -> bool:
    """Whether the condition comes to hold within the time."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        await asyncio.sleep(LOOK_EVERY)
    return True

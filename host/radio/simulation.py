"""The simulated radio: sticks on one air, each behind a port, their flash in files of a folder."""

from __future__ import annotations

import asyncio
import hashlib
import os
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

from host.radio.air import Air
from host.radio.capture import KEYS_SUFFIX, Capture, KeyFile
from host.radio.conditions import Conditions
from host.radio.ncp.nonvolatile import FileFlash
from host.radio.ncp.versions import DEFAULT
from host.radio.ports import Port, PtyPort, TcpPort
from host.radio.schedule import RealTime, Schedule
from host.radio.stick import Stick

if TYPE_CHECKING:
    from smets.zigbee.suite import ZigbeeSuite

FLUSH = 1.0  # s between writes of a capture


@dataclass(frozen=True)
class Slot:
    """A stick to be: its factory EUI-64 and its port; `tcp_port` None: a pseudo-terminal."""

    eui64: bytes
    tcp_port: int | None = 0


@dataclass
class Settings:
    """`seed` None: keys and losses are not repeatable, as on a real radio.

    With a `speed` above 1 everything on the air and every time-out of the sticks goes so much
    faster, but not their serial lines.
    """

    folder: Path
    slots: tuple[Slot, ...]
    version: int = DEFAULT
    seed: int | None = None
    conditions: Conditions = field(default_factory=Conditions)
    capture: Path | None = None
    address: str = "127.0.0.1"
    speed: float = 1.0


def _random(seed: int | None, eui64: bytes) -> Callable[[int], bytes]:
    if seed is None:
        return os.urandom
    # A simulation that is to be repeated; its keys protect nothing.
    digest = hashlib.sha256(seed.to_bytes(8, "big") + eui64).digest()
    return Random(digest).randbytes  # noqa: S311


@dataclass
class _Plugged:
    stick: Stick
    port: Port


class Simulation:
    """Runs while it is open, as an asynchronous context; then `urls` says where the sticks are."""

    def __init__(self, settings: Settings, suite: ZigbeeSuite) -> None:
        self._settings = settings
        self._suite = suite
        self._schedule = Schedule()
        self.air = Air(self._schedule, settings.seed or 0, settings.conditions)
        self._plugged: dict[bytes, _Plugged] = {}
        self._time: RealTime | None = None
        self._capture: Capture | None = None
        self._keys: KeyFile | None = None
        self._flushing: asyncio.Task[None] | None = None

    @property
    def urls(self) -> dict[bytes, str]:
        """By factory EUI-64, what a host opens."""
        return {eui64: one.port.url for eui64, one in self._plugged.items()}

    def stick(self, eui64: bytes) -> Stick:
        return self._plugged[eui64].stick

    def act(self, action: Callable[[], None]) -> None:
        """Does something to a stick at the time that it is now on the air."""
        assert self._time is not None
        self._time.catch_up()
        action()

    def cut(self, eui64: bytes) -> None:
        """Breaks the connection of a stick's host."""
        self._plugged[eui64].port.cut()

    async def __aenter__(self) -> Simulation:
        folder = self._settings.folder
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._time = RealTime(self._schedule, self._settings.speed)
        try:
            if self._settings.capture is not None:
                self._start_capture(self._settings.capture)
            for slot in self._settings.slots:
                await self._plug(slot)
        except BaseException:
            await self._close()
            raise
        return self

    async def __aexit__(self, *_exception: object) -> None:
        await self._close()

    async def _close(self) -> None:
        if self._flushing is not None:
            self._flushing.cancel()
        for one in self._plugged.values():
            await one.port.close()
            one.stick.close()
        if self._time is not None:
            self._time.close()
        if self._capture is not None:
            self._capture.close()

    async def _plug(self, slot: Slot) -> None:
        settings = self._settings
        port: Port = (
            PtyPort() if slot.tcp_port is None else TcpPort(slot.tcp_port, settings.address)
        )
        stick = Stick(
            self.air,
            self._suite,
            _random(settings.seed, slot.eui64),
            FileFlash(settings.folder / f"{slot.eui64.hex()}.json"),
            slot.eui64,
            port.write,
            settings.version,
            pace=settings.speed,
        )
        if self._keys is not None:
            stick.on_key = self._keys.add

        def receive(octets: bytes) -> None:
            self.act(lambda: stick.receive(octets))

        await port.open(receive)
        self._plugged[slot.eui64] = _Plugged(stick, port)

    def _start_capture(self, path: Path) -> None:
        """The frames into `path`, and beside it the keys as Wireshark reads them."""
        self._capture = Capture(path, epoch=time.time())
        self._capture.attach(self.air)
        self._keys = KeyFile(path.with_name(path.name + KEYS_SUFFIX))
        self._flushing = asyncio.create_task(self._flush())

    async def _flush(self) -> None:
        assert self._capture is not None
        while True:
            await asyncio.sleep(FLUSH)
            self._capture.flush()

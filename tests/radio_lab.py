"""A simulated radio for tests: bellows on one stick, the board's driver on another."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import zigpy.types
from bellows.zigbee.application import ControllerApplication

from host.radio.conditions import Conditions
from host.radio.simulation import Settings, Simulation, Slot
from keys.zigbee_suite import ZigbeeSuite
from smets.codec import table_text
from smets.codec.ticks import TICKS
from smets.zigbee import driver, ezsp_text
from smets.zigbee.ezsp_host import EzspHost

HUB = bytes.fromhex("00db1234567890a2")
GSME = bytes.fromhex("00db1234567890a1")
LINK_KEY = bytes.fromhex("66b6900981e1ee3ca4206b6b861c02bb")
CHANNEL = 15
SMART_ENERGY = 0x0109
HUB_ENDPOINT = 10
METER_ENDPOINT = 1
METERING = 0x0702
# zigpy closes the network at its start, and takes the policy back two seconds later.
ZIGPY_SETTLES = 2.2


def radio(
    folder: Path,
    version: int = 13,
    port: int | None = 0,
    meters: int = 1,
    conditions: Conditions | None = None,
    speed: float = 1.0,
) -> Simulation:
    """A hub's stick on `port` (None: a pseudo-terminal), meters' on TCP."""
    slots = (Slot(HUB, port), *[Slot(meter(number)) for number in range(meters)])
    settings = Settings(folder, slots, version, 1, conditions or Conditions(), speed=speed)
    return Simulation(settings, ZigbeeSuite())


def meter(number: int) -> bytes:
    """EUI-64 of a meter."""
    return (int.from_bytes(GSME, "big") + 0x100 * number).to_bytes(8, "big")


def configuration(url: str) -> dict[str, Any]:
    """What zigpy is told."""
    return {
        "device": {"path": url},
        "use_thread": False,
        "database_path": None,
        "ota": {"enabled": False},
        "topology_scan_enabled": False,
        "network": {"channel": CHANNEL, "extended_pan_id": HUB.hex(":")},
        "ezsp_config": {"CONFIG_KEY_TABLE_SIZE": 16},
        "additional_endpoints": [
            {
                "endpoint": HUB_ENDPOINT,
                "profile": SMART_ENERGY,
                "device_type": 0x0500,
                "device_version": 0,
                "input_clusters": [0x000A, 0x0800],
                "output_clusters": [METERING],
            }
        ],
    }


class Heard:
    """What bellows told."""

    def __init__(self) -> None:
        self.joined: list[bytes] = []
        self.messages: list[tuple[int, bytes]] = []
        self.lost: list[Exception | None] = []

    def device_joined(self, device: Any) -> None:
        self.joined.append(device.ieee.serialize()[::-1])

    def handle_message(
        self, _device: Any, profile: int, cluster: int, _source: int, _to: int, data: bytes
    ) -> None:
        if profile == SMART_ENERGY:
            self.messages.append((cluster, bytes(data)))

    def connection_lost(self, reason: Exception | None) -> None:
        self.lost.append(reason)


class Coordinator:
    """Unmodified bellows and zigpy."""

    def __init__(self, url: str) -> None:
        self.application = ControllerApplication(configuration(url))
        self.heard = Heard()
        self.application.add_listener(self.heard)

    @property
    def network(self) -> Any:
        return self.application.state.network_info

    async def let_in(self, eui64: bytes) -> None:
        await self.application.permit_with_link_key(
            zigpy.types.EUI64(eui64[::-1]), zigpy.types.KeyData(LINK_KEY), 60
        )

    def know(self, eui64: bytes, address: int) -> None:
        """A device that zigpy's own database, which is not used here, would have told it of."""
        known_address: Any = zigpy.types.NWK
        self.application.add_device(zigpy.types.EUI64(eui64[::-1]), known_address(address))

    async def send(self, eui64: bytes, data: bytes, secured: bool = False) -> None:
        """Raises DeliveryError when it is not acknowledged."""
        device = self.application.get_device(zigpy.types.EUI64(eui64[::-1]))
        await self.application.request(
            device,
            SMART_ENERGY,
            METERING,
            HUB_ENDPOINT,
            METER_ENDPOINT,
            1,
            data,
            expect_reply=False,
            aps_encryption=secured,
        )


@contextlib.asynccontextmanager
async def coordinator(url: str, form: bool = False) -> AsyncIterator[Coordinator]:
    """bellows while it runs."""
    one = Coordinator(url)
    try:
        await one.application.startup(auto_form=form)
        yield one
    finally:
        with contextlib.suppress(Exception):
            await one.application.shutdown()


async def formed(url: str) -> None:
    """A network; bellows registers its endpoints at its next start alone."""
    async with coordinator(url, form=True):
        pass


class Told:
    """Listens to a driver."""

    def __init__(self) -> None:
        self.events: list[tuple[Any, ...]] = []
        self.messages: list[driver.Datagram] = []

    def on_started(self, eui: bytes) -> None:
        self.events.append(("started", eui))

    def on_joined(self, network: driver.Network, again: bool) -> None:
        self.network = network
        self.events.append(("joined", again))

    def on_join_failed(self, reason: int) -> None:
        self.events.append(("join failed", reason))

    def on_left(self) -> None:
        self.events.append(("left",))

    def on_message(self, datagram: driver.Datagram) -> None:
        if datagram.profile == SMART_ENERGY:
            self.messages.append(datagram)

    def on_sent(self, tag: int, delivered: bool) -> None:
        self.events.append(("sent", tag, delivered))

    def on_link_key(self, installed: bool) -> None:
        self.events.append(("link key", installed))

    def on_polled(self, answered: bool) -> None:
        self.events.append(("polled", answered))

    def on_failed(self, reason: int) -> None:
        self.events.append(("failed", reason))


class Meter:
    """The board's driver on the line of a stick."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        table = table_text.in_memory(ezsp_text.packed())
        self.told = Told()
        self.driver = EzspHost(table, writer.write)
        self.driver.listener = self.told
        self._tasks = [asyncio.create_task(self._listen()), asyncio.create_task(self._step())]

    async def _listen(self) -> None:
        while octets := await self._reader.read(1024):
            self.driver.receive(octets)

    async def _step(self) -> None:
        while True:
            self.driver.step(int(time.monotonic() * 1000) % TICKS)
            await asyncio.sleep(0.01)

    def close(self) -> None:
        for task in self._tasks:
            task.cancel()

    async def wait_for(self, *event: Any, limit: float = 10.0) -> None:
        """Until the driver has told that; what it told before is forgotten."""
        await until(lambda: event in self.told.events, limit, lambda: self.told.events)
        self.told.events.clear()

    async def start(self, role: int = driver.END_DEVICE) -> None:
        endpoint = driver.Endpoint(METER_ENDPOINT, SMART_ENERGY, 0x0501, 0, (0, METERING), ())
        self.driver.start(role, (endpoint,))
        await until(lambda: bool(self.told.events), 10.0)

    async def join(self, role: int = driver.END_DEVICE) -> None:
        await self.start(role)
        self.driver.join(LINK_KEY, HUB, 1 << CHANNEL)
        await self.wait_for("joined", False)

    async def send(self, tag: int, data: bytes, secured: bool = False) -> None:
        message = driver.Datagram(
            0, SMART_ENERGY, METERING, METER_ENDPOINT, HUB_ENDPOINT, data, secured=secured
        )
        self.driver.send(tag, message)
        await self.wait_for("sent", tag, True)


@contextlib.asynccontextmanager
async def meter_on(url: str) -> AsyncIterator[Meter]:
    """A driver on a stick behind TCP."""
    place = urlsplit(url)
    reader, writer = await asyncio.open_connection(place.hostname, place.port)
    one = Meter(reader, writer)
    try:
        yield one
    finally:
        one.close()
        writer.close()


async def until(
    condition: Callable[[], bool], limit: float, shown: Callable[[], Any] = lambda: ""
) -> None:
    """Waits; fails with what `shown` gives."""
    end = time.monotonic() + limit
    while not condition():
        assert time.monotonic() < end, f"not within {limit} s: {shown()}"
        await asyncio.sleep(0.01)


@contextlib.asynccontextmanager
async def joined(
    simulation: Simulation, role: int = driver.END_DEVICE
) -> AsyncIterator[tuple[Coordinator, Meter]]:
    """bellows in its network, and a meter that has just joined it."""
    async with (
        coordinator(simulation.urls[HUB]) as hub,
        meter_on(simulation.urls[GSME]) as meter,
    ):
        await hub.let_in(GSME)
        await meter.join(role)
        await until(lambda: hub.heard.joined == [GSME], 5)
        yield hub, meter

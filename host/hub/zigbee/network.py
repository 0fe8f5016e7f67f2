"""Keeps a coordinator running: forms the network once, and starts again what is lost.

The radio keeps network, keys and counters itself, so a radio that resets, or a line that breaks,
costs the time until it answers again.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from typing import Any

from zigpy.exceptions import NetworkNotFormed

from host.hub.radio import Radio
from host.hub.zigbee.coordinator import Coordinator, hexadecimal
from host.hub.zigbee.datagrams import Datagram, NotDeliveredError, RadioError, RadioListener
from host.hub.zigbee.endpoints import ENDPOINTS
from host.hub.zigbee.hearing import Hearing
from host.hub.zigbee.members import Member
from host.hub.zigbee.radio_errors import LINE_FAILURES, explain

KEY_TABLE_SIZE = 16  # the device log's 15, and one to spare
CHILDREN = 16
SHORTEST_WAIT, LONGEST_WAIT = 0.2, 5.0  # seconds between two attempts to start

log = logging.getLogger(__name__)


def configuration(settings: Radio, extended_pan_id: bytes) -> dict[str, Any]:
    """bellows' configuration for a HAN."""
    return {
        "device": {"path": settings.path, "baudrate": settings.baud_rate},
        "use_thread": False,
        "database_path": None,
        "backup_enabled": False,
        "topology_scan_enabled": False,
        "ota": {"enabled": False},
        "network": {"channel": settings.channel, "extended_pan_id": extended_pan_id.hex(":")},
        "ezsp_config": {
            "CONFIG_KEY_TABLE_SIZE": KEY_TABLE_SIZE,
            "CONFIG_MAX_END_DEVICE_CHILDREN": CHILDREN,
        },
        "additional_endpoints": ENDPOINTS,
    }


class Network(RadioListener):
    """`listener` is told what happens; `on_up` is called each time the network is there."""

    def __init__(
        self,
        settings: Radio,
        listener: RadioListener,
        known: Callable[[], Iterable[Member]],
        extended_pan_id: Callable[[], bytes],
    ) -> None:
        """`known`: the devices of earlier runs.

        `extended_pan_id`: the GPF's EUI-64, or what a hub had whose devices this one has.
        """
        self._settings = settings
        self._listener = listener
        self._known = known
        self._extended_pan_id = extended_pan_id
        self._coordinator: Coordinator | None = None
        self._lost = asyncio.Event()
        self._up = asyncio.Event()
        self.starts = 0
        self.hearing = Hearing()

    @property
    def is_up(self) -> bool:
        return self._up.is_set()

    async def wait_up(self) -> None:
        """Returns when the network is there."""
        await self._up.wait()

    @property
    def coordinator(self) -> Coordinator:
        """The one that runs; NotDeliveredError while there is none."""
        if self._coordinator is None or not self.is_up:
            raise NotDeliveredError("the radio is away; the hub is starting it again")
        return self._coordinator

    async def run(self, on_up: Callable[[], Any]) -> None:
        """Serves for ever; RadioError when the radio is one that no new start can help."""
        wait = SHORTEST_WAIT
        try:
            while True:
                self._lost.clear()
                try:
                    self._coordinator = await self._start()
                except (*LINE_FAILURES, NotDeliveredError, RadioError) as error:
                    said = explain(error, self._settings.path)
                    if not said.passing and not self.starts:
                        raise RadioError(said.message) from error
                    log.warning("%s; trying again in %.1f s", said.message, wait)
                    self._listener.on_lost(said.message)
                    await asyncio.sleep(wait)
                    wait = min(2 * wait, LONGEST_WAIT)
                    continue
                wait = SHORTEST_WAIT
                self.starts += 1
                self._up.set()
                await on_up()
                await self._lost.wait()
                await self._stop()
        finally:
            await self._stop()

    async def send(self, datagram: Datagram) -> None:
        try:
            await self.coordinator.send(datagram)
        except NotDeliveredError:
            if self.is_up:
                self.hearing.silent(datagram.eui)
            raise

    def addresses(self) -> dict[str, int]:
        """The network addresses of the devices seen so far."""
        if self._coordinator is None:
            return {}
        return {
            hexadecimal(address): int(device.nwk)
            for address, device in self._coordinator.devices.items()
            if hexadecimal(address) != self._settings.eui
        }

    # Told by the coordinator

    def on_datagram(self, datagram: Datagram) -> None:
        if datagram.contact:
            self.hearing.heard(datagram.eui, datagram.contact)
        self._listener.on_datagram(datagram)

    def on_arrival(self, eui: str, arrival: Any, admitted: bool) -> None:
        self._listener.on_arrival(eui, arrival, admitted)

    def on_announced(self, eui: str) -> None:
        self._listener.on_announced(eui)

    def look(self) -> None:
        """The device log has changed: its network may be another one."""
        if self._coordinator is not None and self.is_up:
            formed = _network(self._coordinator)
            if formed != self._extended_pan_id().hex():
                self.on_lost(f"network {formed} makes room for that of another hub")

    def on_lost(self, reason: str) -> None:
        log.warning("the radio at %s is lost: %s", self._settings.path, reason)
        self._up.clear()
        self._lost.set()
        self._listener.on_lost(reason)

    async def _start(self) -> Coordinator:
        try:
            coordinator = await self._open(form=False)
        except NetworkNotFormed:
            log.info("forming the network %s", self._extended_pan_id().hex())
            # bellows resets the radio after forming and does not give it the endpoints again
            await (await self._open(form=True)).shutdown()
            coordinator = await self._open(form=False)
        async with _shut_down_on_failure(coordinator):
            for member in self._known():
                coordinator.know(member.eui, member.address)
                await coordinator.expect(member.eui, member.sleeps)
            await coordinator.close()
        return coordinator

    async def _open(self, form: bool) -> Coordinator:
        wanted = self._extended_pan_id()
        coordinator = Coordinator(configuration(self._settings, wanted), self)
        async with _shut_down_on_failure(coordinator):
            await coordinator.startup(auto_form=form)
            await self._check(coordinator, wanted, form)
        return coordinator

    async def _check(self, coordinator: Coordinator, wanted: bytes, form: bool) -> None:
        """That the radio is the hub's and in its network, which it forms when it may."""
        found, network = hexadecimal(coordinator.state.node_info.ieee), _network(coordinator)
        is_ours = found == self._settings.eui and network in {self._settings.eui, wanted.hex()}
        if is_ours and network != wanted.hex():
            if not form:
                raise NetworkNotFormed
            await coordinator.form_network()
        if not is_ours:
            raise RadioError(
                f"the radio at {self._settings.path} is {found} in network {network}, but the gas "
                f"proxy function is {self._settings.eui}; make keys for the radio with `./hanlab "
                f"keys new --device {found} --type gpf` and run `./hanlab hub --gpf {found}`, or "
                "empty the radio's network settings"
            )

    async def _stop(self) -> None:
        self._up.clear()
        coordinator, self._coordinator = self._coordinator, None
        if coordinator is not None:
            await coordinator.shutdown()


@asynccontextmanager
async def _shut_down_on_failure(coordinator: Coordinator) -> AsyncIterator[None]:
    """A coordinator that is left alone would hold the port, and tell of losses."""
    try:
        yield
    except BaseException:
        await coordinator.shutdown()
        raise


def _network(coordinator: Coordinator) -> str:
    """The extended PAN ID of the network that the radio is in."""
    return hexadecimal(coordinator.state.network_info.extended_pan_id)

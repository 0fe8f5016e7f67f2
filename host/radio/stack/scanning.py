"""Looking round: energy and beacons, channel by channel (802.15.4 7.5.2.1)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from host.radio.radio import EnergyRequest
from host.radio.stack.events import EnergyFound, NetworkFound, ScanComplete
from host.radio.stack.types import ALL_CHANNELS, StackError, Status
from smets.zigbee import mac
from smets.zigbee.mac import Beacon, MacFrame

if TYPE_CHECKING:
    from host.radio.stack.core import Core

SUPERFRAME = 0.01536  # s; aBaseSuperframeDuration
LONGEST_EXPONENT = 14

Found = tuple[NetworkFound, int, Beacon]  # with the beacon's sender


class Scanner:
    """One scan at a time."""

    def __init__(self, core: Core, send: Callable[..., None]) -> None:
        self._core = core
        self._send = send
        self._channels: list[int] = []
        self._seconds = 0.0
        self._found: dict[tuple[int, int, int], Found] | None = None
        self._then: Callable[[list[Found], float], None] | None = None

    @property
    def busy(self) -> bool:
        return bool(self._channels)

    def beacons(
        self,
        channels: int,
        exponent: int,
        now: float,
        then: Callable[[list[Found], float], None] | None = None,
    ) -> None:
        """Asks for beacons; `then` gets them, else they are events."""
        self._start(channels, exponent)
        self._found = {}
        self._then = then
        self._next_beacons(now)

    def energy(self, channels: int, exponent: int, now: float) -> None:
        self._start(channels, exponent)
        self._found = None
        self._measure()

    def stop(self) -> None:
        """Gives up without a result: the node leaves, or was restarted."""
        self._channels = []
        self._found = self._then = None
        self._core.radio.hears_all_networks = False

    def _start(self, channels: int, exponent: int) -> None:
        if self.busy:
            raise StackError(Status.INVALID_CALL)
        wanted = [n for n in range(11, 27) if channels & ALL_CHANNELS & 1 << n]
        if not wanted or not 0 <= exponent <= LONGEST_EXPONENT:
            raise StackError(Status.INVALID_PARAMETER)
        self._channels = wanted
        self._seconds = SUPERFRAME * (2**exponent + 1)

    def _next_beacons(self, now: float) -> None:
        core = self._core
        if not self._channels:
            return
        channel = core.radio.channel = self._channels[0]
        core.radio.receiver_on = core.radio.hears_all_networks = True
        request = MacFrame(
            mac.COMMAND,
            0,
            mac.BROADCAST,
            mac.BROADCAST,
            payload=mac.command(mac.BEACON_REQUEST),
        )
        self._send(request, None, channel)
        core.at(now + self._seconds, self._channel_over)

    def _channel_over(self, now: float) -> None:
        if not self._channels:
            return
        last = self._channels.pop(0)
        if self._channels:
            self._next_beacons(now)
            return
        core = self._core
        core.radio.hears_all_networks = False
        core.set_radio()
        found, then = list((self._found or {}).values()), self._then
        self._found = self._then = None
        if then is not None:
            then(found, now)
            return
        for network, _, _ in found:
            core.event(network)
        core.event(ScanComplete(last, Status.OK))

    def beacon(self, frame: MacFrame, lqi: int, rssi: int) -> None:
        """A beacon was heard; its payload may be any network's."""
        if self._found is None or not self._channels:
            return
        if not isinstance(frame.source, int) or frame.source_pan is None:
            return
        beacon = Beacon.decode(frame.payload)
        network = NetworkFound(
            self._channels[0],
            frame.source_pan,
            beacon.extended_pan_id,
            beacon.permit_joining,
            beacon.stack_profile,
            beacon.update_id,
            lqi,
            rssi,
        )
        key = network.channel, network.pan_id, frame.source
        self._found[key] = network, frame.source, beacon

    def _measure(self) -> None:
        self._core.outgoing.append(EnergyRequest(self._channels[0], self._seconds))

    def measured(self, channel: int, rssi: int) -> None:
        """The level that an EnergyRequest asked for."""
        if not self._channels or self._found is not None or self._channels[0] != channel:
            return
        self._core.event(EnergyFound(channel, rssi))
        self._channels.pop(0)
        if self._channels:
            self._measure()
        else:
            self._core.event(ScanComplete(channel, Status.OK))

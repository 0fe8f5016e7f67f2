"""A coordinator with two meters on the virtual air, joined by their install codes' keys."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random

from host.radio.air import Air
from host.radio.stack.events import Event, Message, Sent
from host.radio.stack.node import Node
from host.radio.stack.types import (
    ApsFrame,
    ApsOption,
    Endpoint,
    InitialSecurity,
    NetworkParameters,
    NetworkState,
    Role,
    Status,
)
from host.radio.station import Station
from keys.zigbee_suite import ZigbeeSuite
from smets.zigbee.clusters import METERING
from smets.zigbee.driver import SMART_ENERGY

CHANNELS = range(11, 27)
JOIN_LIMIT = 60.0  # s of the air's clock
POLL = 0.25  # s between the questions of a sleeper that is awake
ENDPOINT = 1
SECURED = ApsOption.RETRY | ApsOption.ENCRYPTION
WELL_KNOWN = b"ZigBeeAlliance09"
SUITE = ZigbeeSuite()

METERS = (Role.END_DEVICE, Role.SLEEPY_END_DEVICE)


@dataclass
class Party:
    """A node and what it was told."""

    station: Station
    messages: list[bytes] = field(default_factory=list)
    outcomes: dict[int, tuple[Status, float]] = field(default_factory=dict)  # by tag, with time

    @property
    def node(self) -> Node:
        return self.station.node

    def hear(self, event: Event) -> None:
        if isinstance(event, Message) and event.aps.profile == SMART_ENERGY:
            self.messages.append(event.payload)
        elif isinstance(event, Sent):
            self.outcomes[event.tag] = event.status, self.station.now

    def send(self, to: Party, payload: bytes, tag: int) -> None:
        aps = ApsFrame(SMART_ENERGY, METERING, ENDPOINT, ENDPOINT, SECURED)
        self.node.send_unicast(to.node.node_id, aps, payload, tag, self.station.now)
        self.station.settle()

    def poll(self) -> None:
        if self.node.state is NetworkState.JOINED:
            self.node.poll(self.station.now)
            self.station.settle()


def _party(air: Air, eui64: bytes, place: tuple[float, float]) -> Party:
    # What is measured has to be repeatable; these keys protect nothing.
    node = Node(eui64, SUITE, Random(eui64).randbytes)  # noqa: S311
    node.endpoints[ENDPOINT] = Endpoint(ENDPOINT, SMART_ENERGY, 0x0501, 0, (METERING,), ())
    heard: list[Event] = []
    party = Party(Station(air, node, heard.append, place=place))
    party.station.on_event = party.hear
    for event in heard:
        party.hear(event)
    return party


class Han:
    """Number `number` of those on an air; far from others of its channel."""

    def __init__(self, air: Air, number: int = 0) -> None:
        self.air = air
        self.place = (number // len(CHANNELS) * 400.0, 0.0)
        self._number = number
        channel = CHANNELS[number % len(CHANNELS)]
        eui64 = self._eui64(0xA2)
        self.parameters = NetworkParameters(eui64, number + 1, channel, channels=1 << channel)
        self.hub = _party(air, eui64, self.place)
        self.hub.node.form(self.parameters, InitialSecurity(WELL_KNOWN), air.schedule.now)
        self.hub.node.policy.joins_use_install_code_key = True
        self.hub.station.settle()
        self.meters = [self.join(index, role) for index, role in enumerate(METERS)]

    def _eui64(self, last: int) -> bytes:
        return self._number.to_bytes(7, "big") + bytes((last,))

    def join(self, index: int, role: Role) -> Party:
        """A device more; RuntimeError when it does not get in."""
        eui64 = self._eui64(index)
        key = SUITE.mmo(eui64)
        hub, now = self.hub, self.air.schedule.now
        hub.node.keys.put(eui64, key)
        hub.node.permit(0xFF, now)
        hub.station.settle()
        device = _party(self.air, eui64, (self.place[0] + 3.0, index * 1.0))
        device.node.join(role, self.parameters, InitialSecurity(key), now)
        device.station.settle()
        joined = self.air.schedule.run_while(
            lambda: device.node.state is not NetworkState.JOINED, JOIN_LIMIT
        )
        if not joined:
            raise RuntimeError(f"{eui64.hex()} did not join within {JOIN_LIMIT:.0f} s")
        return device

    @property
    def parties(self) -> list[Party]:
        return [self.hub, *self.meters]

    def poll(self) -> None:
        """The sleeper is awake and asks."""
        for meter in self.meters:
            if meter.node.role is Role.SLEEPY_END_DEVICE:
                meter.poll()


def run(air: Air, hans: list[Han], seconds: float) -> None:
    """Lets time pass while all sleepers ask."""
    for _ in range(round(seconds / POLL)):
        for han in hans:
            han.poll()
        air.schedule.run(POLL)

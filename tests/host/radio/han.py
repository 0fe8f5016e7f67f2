"""A HAN on the virtual air for tests: nodes by name, what each was told, and the time."""

from pathlib import Path
from random import Random

from host.radio.air import Air
from host.radio.capture import Capture
from host.radio.conditions import Conditions
from host.radio.schedule import Schedule
from host.radio.stack.events import Event, Message, Sent, StackStatus
from host.radio.stack.node import Node
from host.radio.stack.types import (
    ApsFrame,
    ApsOption,
    Endpoint,
    InitialSecurity,
    Limits,
    NetworkParameters,
    NetworkState,
    Role,
    Status,
)
from host.radio.station import Station
from keys.zigbee_suite import ZigbeeSuite

HUB = bytes.fromhex("00db1234567890a2")
ESME = bytes.fromhex("00db1234567890a0")
GSME = bytes.fromhex("00db1234567890a1")
IHD = bytes.fromhex("00db1234567890a7")

# Link keys of the install codes of Zigbee's own examples.
ESME_KEY = bytes.fromhex("66b6900981e1ee3ca4206b6b861c02bb")
GSME_KEY = bytes.fromhex("cd4fa064773f46941ec986c09963d1a8")
WELL_KNOWN = b"ZigBeeAlliance09"
NETWORK_KEY = bytes.fromhex("0123456789abcdef0123456789abcdef")

SMART_ENERGY = 0x0109
CHANNEL = 15
PAN = 0x5ECA

METER_ENDPOINT = Endpoint(1, SMART_ENERGY, 0x0501, 0, (0x0000, 0x0702), (0x0704, 0x0800))
HUB_ENDPOINT = Endpoint(10, SMART_ENERGY, 0x0500, 0, (0x000A, 0x0704, 0x0800), (0x0702,))


class Stand:
    """A node, its station, and everything it said."""

    def __init__(self, air: Air, eui64: bytes, limits: Limits | None, place: tuple[float, float]):
        self.seed = Random(eui64)
        self.air = air
        self.eui64 = eui64
        self.limits = limits or Limits()
        self.place = place
        self.events: list[Event] = []
        self.stored: dict[str, object] | None = None
        self.start()

    def start(self) -> None:
        self.node = Node(self.eui64, ZigbeeSuite(), self.seed.randbytes, self.limits)
        endpoint = HUB_ENDPOINT if self.eui64[7] == HUB[7] else METER_ENDPOINT
        self.node.endpoints[endpoint.number] = endpoint
        self.station = Station(self.air, self.node, self.events.append, self._store, self.place)

    def _store(self, state: dict[str, object]) -> None:
        self.stored = state

    def cut_power(self) -> None:
        """Gone without a word, and back with what was stored."""
        self.station.close()
        self.start()
        assert self.stored is not None
        self.node.restore(self.stored)
        self.node.resume(self.now)
        self.station.settle()

    @property
    def now(self) -> float:
        return self.air.schedule.now

    def take(self, kind: type) -> list:
        """The events of a kind so far, which are then forgotten."""
        taken = [event for event in self.events if isinstance(event, kind)]
        self.events = [event for event in self.events if not isinstance(event, kind)]
        # The station holds on to the list's own method.
        self.station.on_event = self.events.append
        return taken

    def statuses(self) -> list[Status]:
        return [event.status for event in self.take(StackStatus)]

    def messages(self) -> list[bytes]:
        return [event.payload for event in self.take(Message) if event.aps.profile]

    def sent(self) -> list[Status]:
        return [event.status for event in self.take(Sent)]

    def send(
        self, to: "Stand", payload: bytes, options: int = ApsOption.RETRY, tag: int = 0
    ) -> int:
        source, target = next(iter(self.node.endpoints)), next(iter(to.node.endpoints))
        aps = ApsFrame(SMART_ENERGY, 0x0702, source, target, ApsOption(options))
        sequence = self.node.send_unicast(to.node.node_id, aps, payload, tag, self.now)
        self.station.settle()
        return sequence

    def poll(self) -> None:
        self.node.poll(self.now)
        self.station.settle()


class Han:
    """A hub that has formed its network, and devices that can join it."""

    def __init__(
        self,
        seed: int = 1,
        conditions: Conditions | None = None,
        air: Air | None = None,
        limits: Limits | None = None,
        channel: int = CHANNEL,
        pan_id: int = PAN,
        hub: bytes = HUB,
        place: tuple[float, float] = (0.0, 0.0),
    ):
        self.air = air or Air(Schedule(), seed, conditions)
        self.channel = channel
        self.hub = Stand(self.air, hub, limits, place)
        self.parameters = NetworkParameters(hub, pan_id, channel, channels=1 << channel)
        self.hub.node.form(
            self.parameters, InitialSecurity(WELL_KNOWN, NETWORK_KEY), self.air.schedule.now
        )
        self.hub.station.settle()

    def capture(self, path: Path, link_type: int = 283) -> Capture:
        capture = Capture(path, link_type)
        capture.attach(self.air)
        return capture

    def device(
        self, eui64: bytes, place: tuple[float, float] = (3.0, 0.0), limits: Limits | None = None
    ) -> Stand:
        return Stand(self.air, eui64, limits, place)

    def run(self, seconds: float) -> None:
        self.air.schedule.run(seconds)

    def open(self, eui64: bytes, key: bytes, seconds: int = 60) -> None:
        """Lets one device in by its install code's key."""
        hub = self.hub
        hub.node.policy.joins_use_install_code_key = True
        hub.node.keys.put_transient(eui64, key, hub.now)
        hub.node.permit(seconds, hub.now)
        hub.station.settle()

    def start_join(self, device: Stand, key: bytes, role: Role) -> None:
        device.node.join(role, self.parameters, InitialSecurity(key), device.now)
        device.station.settle()

    def join(
        self,
        eui64: bytes,
        key: bytes,
        role: Role = Role.END_DEVICE,
        place: tuple[float, float] = (3.0, 0.0),
    ) -> Stand:
        """A device that is in, or the test has failed."""
        self.open(eui64, key)
        device = self.device(eui64, place)
        self.start_join(device, key, role)
        self.wait(device, NetworkState.JOINED)
        self.run(1.0)
        return device

    def wait(self, device: Stand, state: NetworkState, limit: float = 40.0) -> None:
        schedule = self.air.schedule
        ended = schedule.run_while(lambda: device.node.state is not state, limit)
        assert ended, (device.node.state, device.events, device.node.counters())

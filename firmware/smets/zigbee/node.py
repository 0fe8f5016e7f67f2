"""A device of the HAN: its radio below, the device it belongs to above, one script between them.

The script (`life` and what it calls) is a generator: it yields how many milliseconds it waits and
is given the next event, or None when they are over. What others ask of the device is answered
beside it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from smets.codec.errors import DecodeError
from smets.codec.ticks import TICKS, elapsed
from smets.zigbee import events, stages, zcl
from smets.zigbee.clusters import TUNNELING
from smets.zigbee.driver import NO_BLOCK, SMART_ENERGY, TRUST_CENTRE, ZDO_PROFILE, Datagram
from smets.zigbee.events import Event
from smets.zigbee.fragments import Assembler
from smets.zigbee.life import life
from smets.zigbee.transport import Transport
from smets.zigbee.tunnel import HEAD, Tunnel

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence
    from typing import Any, Protocol

    from smets.codec.table import Table
    from smets.zigbee.cbke import Identity
    from smets.zigbee.driver import Driver, Endpoint, Network
    from smets.zigbee.suite import ZigbeeSuite
    from smets.zigbee.zcl import Frame

    Changes = list[tuple[str, bytes | None]]
    Script = Generator[int, "Event | None", None]

    class Store(Protocol):
        """Named values; see `smets.device.store`."""

        def get(self, name: str) -> bytes | None: ...
        def commit(self, changes: Changes) -> None: ...

    class Mirror(Protocol):
        """What a sleepy meter leaves with the hub."""

        def reports(self) -> list[tuple[int, list[bytes]]]:
            """Cluster and attributes (number, type and value as ZCL sends them) of each report.

            The last one is that of the Metering cluster.
            """
            ...

        def reported(self) -> None:
            """The hub has those."""
            ...

        def snapshots(self) -> list[bytes]:
            """Payloads of Publish Snapshot that the hub has not had."""
            ...

        def published(self) -> None:
            """The hub has those snapshots."""
            ...

    class Owner(Protocol):
        """The device that a node belongs to, and what its board has."""

        eui: bytes

        @property
        def store(self) -> Store:
            """What has to last."""
            ...

        @property
        def mirror(self) -> Mirror | None:
            """None for a device that never sleeps."""
            ...

        def install_code(self) -> bytes | None:
            """Without its CRC; None when the device has none."""
            ...

        def identity(self) -> Identity | None:
            """Who the device is in key establishment; None when it has no good certificate."""
            ...

        def now(self) -> int | None:
            """UTC in seconds since 2000; None while nobody has told the time."""
            ...

        def set_clock(self, now: int) -> None: ...
        def random(self, count: int) -> bytes: ...
        def suite(self) -> ZigbeeSuite: ...

        def forget_suite(self) -> None:
            """Lets go of the suite's code until it is asked for again."""
            ...

        def open_table(self, name: str) -> Table: ...

        def forget(self, *modules: str) -> None:
            """Lets go of modules that are needed rarely."""
            ...

        def receive(self, message: memoryview) -> bool:
            """Takes a GBCS message; True when it, its effect and its answer are stored."""
            ...

        def waiting(self) -> int | None:
            """The number of the oldest message for the hub."""
            ...

        def message(self, number: int) -> bytes: ...

        def delivered(self, number: int) -> None:
            """The hub has stored that message."""
            ...

        def attribute(self, cluster: int, number: int) -> Any:
            """The value of an attribute of the device's endpoint; None when it has none."""
            ...

        def on_stage(self, stage: int, reason: int) -> None:
            """What is worked on now; with a reason: what came to nothing."""
            ...


POLL = 100  # milliseconds between two polls of a sleepy device that waits for an answer
MOST_EVENTS = 8


class Node:
    """`receive` and `step` drive it; `interval` seconds (0: it never sleeps) lie between wakes."""

    def __init__(
        self, radio: Driver, owner: Owner, role: int, endpoints: Sequence[Endpoint], interval: int
    ) -> None:
        self.radio = radio
        self.owner = owner
        self.role = role
        self.endpoints = endpoints
        self.interval = interval
        self.transport = Transport(radio)
        self.tunnel = Tunnel(self)
        self.network: Network | None = None
        self.stage = 0
        self.ticks = 0
        self.asleep = False
        self.progress = 0  # when a question went out, or a block of a message came
        self.mirror_endpoint = 0  # where the hub is asked for a mirror
        self.mirrored: int | None = None  # the mirror's endpoint
        self.refused = (
            0  # messages of others that made no sense or were not protected as they must
        )
        self._assembler = Assembler()
        self._transaction = 0
        self._events: list[Event] = []
        self._inbox: list[Datagram] = []
        self._script: Script = life(self)
        self._wait = 0
        self._since = 0
        self._begun = False
        self._polled = 0
        self._polling = False
        self._heard = False
        radio.listener = self

    # What the board drives

    def receive(self, octets: bytes) -> None:
        """Octets from the radio's line."""
        self.radio.receive(octets)
        self._run()

    def step(self, ticks: int) -> None:
        """Does what is due."""
        self.ticks = ticks
        if not self._begun:
            self._begun = True
            self._since = ticks
            self._wait = next(self._script)
        self.radio.step(ticks)
        self._run()
        while elapsed(self._since, self.ticks) >= self._wait:
            self._resume(None)
        awake = self.interval and self.network and not self.asleep
        if awake and not self._polling and elapsed(self._polled, ticks) >= POLL:
            self._polled = ticks
            self._polling = True
            self.radio.poll()

    def _run(self) -> None:
        while self._inbox or self._events:
            if self._inbox:
                self._take(self._inbox.pop(0))
            else:
                self._resume(self._events.pop(0))

    def _resume(self, event: Event | None) -> None:
        wait = self._script.send(event)
        self._since = self.ticks
        self._wait = max(wait, 1)

    def tell(self, kind: int, value: Any = None, of: int = 0) -> None:
        """Puts an event before the script; of too many, those that say that work is to do go."""
        if kind == events.WORK and len(self._events) >= MOST_EVENTS:
            return
        self._events.append(Event(kind, value, of))

    def enter(self, stage: int) -> None:
        """The script works on `stage` now."""
        self.stage = stage
        self.owner.on_stage(stage, 0)

    # Sending

    def transaction(self) -> int:
        """The number of the next ZCL transaction."""
        self._transaction = (self._transaction + 1) & 0xFF
        return self._transaction

    def send(self, cluster: int, endpoint: int, frame: Frame, secured: bool) -> None:
        """Sends a ZCL frame to an endpoint of the hub."""
        transaction = frame.transaction

        def done(delivered: bool) -> None:
            if not delivered:
                self.tell(events.NOT_SENT, transaction)

        own = self.endpoints[0].number
        octets = frame.encode()
        datagram = Datagram(TRUST_CENTRE, SMART_ENERGY, cluster, own, endpoint, octets, secured)
        self.transport.send(datagram, done)

    def send_zdo(self, cluster: int, payload: bytes, peer: int = TRUST_CENTRE) -> None:
        """Sends a ZDO request or response."""
        self.transport.send(Datagram(peer, ZDO_PROFILE, cluster, 0, 0, payload))

    def reply(self, datagram: Datagram, frame: Frame | None) -> None:
        """Sends what answers `datagram`, protected as that was."""
        if frame is not None:
            self.transport.send(
                Datagram(
                    datagram.peer,
                    datagram.profile,
                    datagram.cluster,
                    datagram.destination_endpoint,
                    datagram.source_endpoint,
                    frame.encode(),
                    datagram.secured,
                )
            )

    # What the radio tells

    def on_started(self, eui: bytes) -> None:
        self.transport.forget()
        self._polling = False
        self.tell(events.STARTED, eui)

    def on_joined(self, network: Network, again: bool) -> None:
        self.network = network
        self.tell(events.ARRIVED, again)

    def on_join_failed(self, reason: int) -> None:
        self.tell(events.NOT_JOINED, reason)

    def on_left(self) -> None:
        self.network = None
        self.tell(events.OUT)

    def on_failed(self, reason: int) -> None:
        self.network = None
        self.tell(events.RADIO_FAILED, reason)

    def on_sent(self, tag: int, delivered: bool) -> None:
        self.transport.on_sent(tag, delivered)

    def on_link_key(self, installed: bool) -> None:
        self.tell(events.LINK_KEY, installed)

    def on_polled(self, answered: bool) -> None:
        self._polling = False
        if self._heard:  # there may be more
            self._heard = False
            self._polled = self.ticks - POLL & TICKS - 1

    def on_message(self, datagram: Datagram) -> None:
        # Dealt with when the driver has let go of what it needed to read it: a heap is small.
        self._heard = True
        self._inbox.append(datagram)

    def _take(self, datagram: Datagram) -> None:
        whole = memoryview(datagram.payload)
        if datagram.block != NO_BLOCK:
            joined = self._assembler.add(datagram)
            if joined is None:
                self.progress = self.ticks
                return
            whole = joined
            # A tunnel's message stays where it is: it is dealt with at once.
            datagram.payload = bytes(whole[:HEAD] if datagram.cluster == TUNNELING else whole)
        if datagram.profile == ZDO_PROFILE:
            self._on_zdo(datagram)
        elif datagram.profile == SMART_ENERGY:
            try:
                self._on_frame(datagram, zcl.Frame.decode(datagram.payload), whole)
            except DecodeError:
                self.refused += 1
        else:
            self.refused += 1

    def _on_zdo(self, datagram: Datagram) -> None:
        if datagram.cluster & 0x8000:
            self.tell(events.ZDO, datagram.payload, datagram.cluster)
        elif self.radio.capabilities.zdo_by_app:
            from smets.zigbee import zdo_responder

            answer = zdo_responder.answer(self, datagram)
            self.owner.forget("smets.zigbee.zdo_responder")
            if self.stage == stages.JOINED:  # before, the script holds them
                self.owner.forget("smets.zigbee.zdo", "smets.zigbee.layout")
            if answer is not None:
                self.send_zdo(datagram.cluster | 0x8000, answer, datagram.peer)

    def _on_frame(self, datagram: Datagram, frame: Frame, whole: memoryview) -> None:
        is_hub = datagram.peer == TRUST_CENTRE
        if frame.is_cluster_command and is_hub and frame.to_client:
            if datagram.cluster == TUNNELING:
                self.tunnel.receive(datagram, frame, whole)
            self.tell(events.FRAME, frame, datagram.cluster)
        elif is_hub and not frame.is_cluster_command and frame.command in _GENERAL_RESPONSES:
            self.tell(events.FRAME, frame, datagram.cluster)
        elif is_hub and frame.is_cluster_command and self.interval:
            self.tell(
                events.FRAME, frame, datagram.cluster
            )  # to the server: answers to a mirrored meter
        elif not datagram.broadcast:
            from smets.zigbee import attribute_server

            self.reply(datagram, attribute_server.answer(self, datagram, frame))
            self.owner.forget("smets.zigbee.attribute_server", "smets.zigbee.clusters")
            if not self.interval and self.stage == stages.JOINED:
                self.owner.forget("smets.zigbee.zcl_attributes", "smets.zigbee.zcl_data")


_GENERAL_RESPONSES = (
    zcl.READ_ATTRIBUTES_RESPONSE,
    zcl.WRITE_ATTRIBUTES_RESPONSE,
    zcl.DEFAULT_RESPONSE,
    zcl.DISCOVER_ATTRIBUTES_RESPONSE,
)

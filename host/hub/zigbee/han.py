"""The HAN over Zigbee: a HanLink and the trust centre, on the radio that `Network` runs."""

import asyncio
import logging
import time
from collections import Counter
from collections.abc import Coroutine
from dataclasses import replace
from functools import partial
from typing import Any

from host.hub.database import Database
from host.hub.device_log import DeviceLog, Status
from host.hub.group_commit import GroupCommit
from host.hub.han import DeviceGoneError, HanListener
from host.hub.radio import Radio
from host.hub.trust_centre import Credential
from host.hub.zigbee import attributes
from host.hub.zigbee.datagrams import Arrival, Datagram, NotDeliveredError, RadioError
from host.hub.zigbee.door import Door
from host.hub.zigbee.endpoints import CHF_ENDPOINT
from host.hub.zigbee.interview import METERING_DEVICE, TYPES, interview
from host.hub.zigbee.key_server import KeyServer
from host.hub.zigbee.members import Member, Members
from host.hub.zigbee.mirror import Mirrored, MirrorServer
from host.hub.zigbee.network import Network
from host.hub.zigbee.stages import Stage, Stages
from host.hub.zigbee.tunnels import Tunnels
from smets.codec.errors import DecodeError
from smets.dlms.date_time import UNIX_SECONDS_IN_2000
from smets.gbcs.roles import ESME, GSME
from smets.zigbee import zcl, zcl_attributes
from smets.zigbee.clusters import KEY_ESTABLISHMENT, METERING, TIME, TUNNELING
from smets.zigbee.tunnel import REQUEST_TUNNEL

IN_THE_CLEAR = {KEY_ESTABLISHMENT}  # clusters that need no link key
MAILBOX = 32  # frames of a device that wait; more are dropped, and come again
CLOCK_TOLERANCE = 5.0  # seconds
NETWORK_KEY_WITHIN = 20.0  # seconds from the association to the announcement

log = logging.getLogger(__name__)


class ZigbeeHan:
    """An async context manager; the listener is the hub.

    `refused` counts frames of devices by the reason, `tunnels.refused` those of their tunnels.
    """

    def __init__(
        self,
        listener: HanListener,
        mirrored: Mirrored,
        radio: Radio,
        database: Database,
        device_log: DeviceLog,
        commits: GroupCommit,
    ) -> None:
        self.failure: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._mirror = MirrorServer(mirrored, listener.waiting)
        self._listener = listener
        self._device_log = device_log
        self._commits = commits
        self.members = Members(database)
        self.stages = Stages(database)
        self._known = {member.eui: member for member in self.members.all()}
        self.network = Network(
            radio,
            self,
            lambda: list(self._known.values()),
            lambda: device_log.keys.extended_pan_id,
        )
        self.door = Door(self.network, lambda: device_log.admissions(listener.now()))
        self.tunnels = Tunnels(self.network.send, self._keep_tunnel, listener)
        for member in self._known.values():
            self.tunnels.expect(member.eui, member.sleeps, member.endpoint, member.tunnel)
        self._attributes = attributes.Attributes(listener.now)
        self._keys = KeyServer(
            radio.identities, self.network.send, self._agreed, self._tell, self._unix_time
        )
        self._mailboxes: dict[str, asyncio.Queue[Datagram]] = {}
        self._tasks: set[asyncio.Task[Any]] = set()
        self._associating: dict[str, asyncio.TimerHandle] = {}
        self._interviews: dict[str, asyncio.Task[Any]] = {}
        self._transaction = 0
        self._telling: dict[str, asyncio.Lock] = {}
        self._told: dict[str, tuple[int, float]] = {}  # the lab's time, and when that was
        self.refused: Counter[str] = Counter()

    async def __aenter__(self) -> "ZigbeeHan":
        self._run(self._serve())
        self._run(self.door.run())
        return self

    async def __aexit__(self, *_: object) -> None:
        for handle in self._associating.values():
            handle.cancel()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    # HanLink

    def present(self) -> list[str]:
        """Those with a tunnel, which outlives the hub: its device has no reason to ask anew."""
        return [member.eui for member in self._known.values() if member.tunnel]

    async def deliver(self, eui: str, number: int, message: bytes, remaining: int) -> None:
        member = self._known.get(eui)
        if member is not None:
            await self._tell_time(member)
        await self.tunnels.deliver(eui, message, remaining)

    async def status(self, eui: str) -> dict[str, Any]:
        raise DeviceGoneError("a device on the radio says nothing of itself")

    def tell_time(self) -> None:
        """A device reads the time as it needs it; when a lab's time jumps, it is told."""
        if self.network.hearing:
            write = partial(self.network.hearing.write, self._device_log, self._listener.now())
            self._run(self._commits.run(write))
        for member in self._known.values():
            self._run(self._tell_time(member))

    async def _tell_time(self, member: Member) -> None:
        """Tells the time to a device that is awake, and would have another one by itself."""
        if member.sleeps or not self.tunnels.identifier(member.eui):
            return
        async with self._telling.setdefault(member.eui, asyncio.Lock()):
            now, moment = self._listener.now(), asyncio.get_running_loop().time()
            told = self._told.get(member.eui)
            if told and abs(now - told[0] - (moment - told[1])) < CLOCK_TOLERANCE:
                return
            octets = attributes.time_report(self._next_transaction(), now)
            try:
                await self._send(member, TIME, octets)
            except NotDeliveredError as error:
                log.debug("device %s: %s", member.eui, error)
            else:
                self._told[member.eui] = now, moment

    def admit(self) -> None:
        self.door.look()
        self.network.look()

    # RadioListener

    def on_datagram(self, datagram: Datagram) -> None:
        if not self._listener.is_listed(datagram.eui):
            self.refused["not listed"] += 1
            return
        box = self._mailboxes.get(datagram.eui)
        if box is None:
            box = self._mailboxes[datagram.eui] = asyncio.Queue(MAILBOX)
            self._run(self._work_off(box))
        if box.full():
            self.refused["too many at once"] += 1
        else:
            box.put_nowait(datagram)

    def on_arrival(self, eui: str, arrival: Arrival, admitted: bool) -> None:
        if arrival is Arrival.LEFT:
            self._run(self._left(eui))
        elif not self._listener.is_listed(eui):
            self._tell(eui, Stage.WHITELISTED, "it is not in the device log")
        elif not admitted:
            self._tell(eui, Stage.ASSOCIATED, "the join window is closed")
        elif arrival is Arrival.UNSECURED_JOIN:
            self._tell(eui, Stage.ASSOCIATED, None)
            if eui not in self._associating:  # else it tries once more
                loop = asyncio.get_running_loop()
                self._associating[eui] = loop.call_later(NETWORK_KEY_WITHIN, self._no_key, eui)

    def on_announced(self, eui: str) -> None:
        if eui in self._associating:
            self._associating.pop(eui).cancel()
        if not self._listener.is_listed(eui):
            return
        self._tell(eui, Stage.NETWORK_KEY, None)
        self._interviews[eui] = self._run(self._interview(eui))

    def on_lost(self, reason: str) -> None:
        """What waits is sent again by itself once the radio is back; a user is told why."""
        self._radio_lost(reason)

    # The radio

    async def _serve(self) -> None:
        try:
            await self.network.run(self._on_up)
        except Exception as error:
            if not self.failure.done():
                self.failure.set_exception(error)

    async def _on_up(self) -> None:
        self._radio_lost(None)
        for eui in self.present():
            entry = self._device_log.find(eui)
            if entry and entry.status is not Status.JOINED:
                self._run(self._identify_again(self._known[eui]))
        self.door.look()
        self.tunnels.again()

    # Devices

    def _no_key(self, eui: str) -> None:
        self._associating.pop(eui, None)
        self._tell(
            eui,
            Stage.NETWORK_KEY,
            "it did not use the network key: its install code is another than the one in the "
            "device log, or it is out of range",
        )

    async def _interview(self, eui: str) -> None:
        address = self.network.addresses().get(eui, 0)
        known = self._known.get(eui)
        if known and known.address == address and known.tunnel:
            return  # back after a restart
        try:
            found = await interview(self.network.coordinator, eui)
            await self.network.coordinator.expect(eui, found.sleeps)
        except NotDeliveredError as error:
            self._tell(eui, Stage.INTERVIEW, str(error))
            return
        tunnel = self.tunnels.identifier(eui)  # which outlives a change of the address
        member = Member(eui, address, found.endpoint, found.device, found.sleeps, tunnel)
        await self._keep(member)
        self.tunnels.expect(eui, found.sleeps)
        self._tell(eui, Stage.INTERVIEW, None)

    async def _left(self, eui: str) -> None:
        self.tunnels.gone(eui)
        if self._known.pop(eui, None) is not None:
            await self._commits.run(lambda: self.members.remove(eui))
            await self._listener.on_left(eui)

    async def _agreed(self, eui: str, link_key: bytes) -> bool:
        """In the radio, which may have no room; then durable; then confirmed to the device."""
        try:
            await self.network.coordinator.install_key(eui, link_key)
        except (RadioError, NotDeliveredError) as error:
            self._tell(eui, Stage.CBKE, str(error))
            return False
        if not await self._commits.run(lambda: self._device_log.agreed(eui, link_key)):
            return False
        self._tell(eui, Stage.CBKE, None)
        return True

    async def _keep_tunnel(self, eui: str, endpoint: int, identifier: int) -> None:
        member = self._known.get(eui)
        if member is not None:
            await self._keep(replace(member, endpoint=endpoint, tunnel=identifier))

    async def _keep(self, member: Member) -> None:
        self._known[member.eui] = member
        await self._commits.run(lambda: self.members.put(member))

    # Frames

    async def _work_off(self, box: "asyncio.Queue[Datagram]") -> None:
        while True:
            datagram = await box.get()
            try:
                await self._handle(datagram, zcl.Frame.decode(datagram.payload))
            except DecodeError as error:
                self.refused["malformed"] += 1
                log.warning("device %s: cluster %04x: %s", datagram.eui, datagram.cluster, error)
            except (NotDeliveredError, DeviceGoneError) as error:
                log.info("device %s: %s", datagram.eui, error)
            except RadioError as error:
                log.error("device %s: %s", datagram.eui, error)
            except Exception:  # that nobody foresaw: the device is heard again
                self.refused["failed on it"] += 1
                log.exception("device %s: a frame of cluster %04x", datagram.eui, datagram.cluster)

    async def _handle(self, datagram: Datagram, frame: zcl.Frame) -> None:
        if datagram.cluster not in IN_THE_CLEAR and not datagram.secured:
            await self._refuse(datagram, frame, "in the clear")
        elif datagram.cluster not in IN_THE_CLEAR and not self._has_agreed(datagram.eui):
            await self._refuse(datagram, frame, "no key agreed")
        elif datagram.cluster == TUNNELING and (
            frame.is_cluster_command or _is(frame, zcl.DEFAULT_RESPONSE)
        ):
            await self._tunnel(datagram, frame)
        elif datagram.cluster == KEY_ESTABLISHMENT and frame.is_cluster_command:
            await self._keys.on_frame(datagram, frame)
        elif datagram.cluster == METERING and _is(frame, zcl.READ_ATTRIBUTES_RESPONSE):
            await self._metered(datagram, frame)
        elif frame.to_client and not _is(frame, zcl.DEFAULT_RESPONSE):
            await self._respond(datagram, await self._mirror.answer(datagram, frame))
        elif frame.is_cluster_command:
            self.refused["unsupported command"] += 1
            await self._respond(datagram, frame.default_response(zcl.UNSUPPORTED_CLUSTER_COMMAND))
        elif not frame.to_client:
            await self._respond(datagram, self._attributes.answer(datagram.cluster, frame))

    async def _tunnel(self, datagram: Datagram, frame: zcl.Frame) -> None:
        if datagram.eui not in self._known and datagram.eui not in self._interviews:
            # It was asked in vain, as when the radio was lost meanwhile.
            self._interviews[datagram.eui] = self._run(self._interview(datagram.eui))
        if datagram.eui in self._interviews:
            # A device may have its key before it has answered all that it was asked.
            await asyncio.wait([self._interviews.pop(datagram.eui)])
        await self.tunnels.on_frame(datagram, frame)
        if not frame.is_cluster_command or frame.command != REQUEST_TUNNEL:
            return
        member = self._known.get(datagram.eui)
        if member and member.tunnel:
            self._tell(datagram.eui, Stage.TUNNEL, None)
            await self._identify(member)

    async def _identify_again(self, member: Member) -> None:
        """Its answer was lost, with the hub or the radio of that time."""
        try:
            await self._identify(member)
        except NotDeliveredError as error:
            log.info("device %s: %s", member.eui, error)

    async def _identify(self, member: Member) -> None:
        """Asks a device that has its tunnel for its type, when its device id does not tell."""
        if member.device == METERING_DEVICE:
            octets = attributes.read_metering_device_type(self._next_transaction())
            await self._send(member, METERING, octets)
        else:
            await self._joined(member.eui, TYPES.get(member.device, ESME))

    async def _metered(self, datagram: Datagram, frame: zcl.Frame) -> None:
        for number, status, _, value in zcl_attributes.read_statuses(frame.payload):
            if (number, status) == (attributes.METERING_DEVICE_TYPE, zcl.SUCCESS):
                await self._joined(datagram.eui, GSME if value == attributes.GAS else ESME)

    async def _joined(self, eui: str, device_type: int) -> None:
        if not await self._listener.on_joined(eui, device_type):
            self._tell(eui, Stage.TUNNEL, "it is of another type than the device log says")
            await self.network.coordinator.put_out(eui)

    def _has_agreed(self, eui: str) -> bool:
        """The install code's key lets a device in, and no further."""
        admission = self._device_log.keys.admission(eui, self._listener.now())
        return admission is not None and admission.credential is not Credential.INSTALL_CODE

    async def _refuse(self, datagram: Datagram, frame: zcl.Frame, reason: str) -> None:
        self.refused[reason] += 1
        await self._respond(datagram, frame.default_response(zcl.NOT_AUTHORIZED))

    # Sending

    async def _respond(self, datagram: Datagram, frame: zcl.Frame | None) -> None:
        if frame is not None:
            await self.network.send(
                Datagram(
                    datagram.eui,
                    datagram.cluster,
                    datagram.device_endpoint,
                    datagram.hub_endpoint,
                    frame.encode(),
                    datagram.secured,
                )
            )

    async def _send(self, member: Member, cluster: int, octets: bytes) -> None:
        await self.network.send(
            Datagram(member.eui, cluster, member.endpoint, CHF_ENDPOINT, octets, True)
        )

    def _next_transaction(self) -> int:
        self._transaction = (self._transaction + 1) % 0x100
        return self._transaction

    # Housekeeping

    def _unix_time(self) -> int:
        return self._listener.now() + UNIX_SECONDS_IN_2000

    def _radio_lost(self, reason: str | None) -> None:
        def note() -> None:
            self.stages.radio_lost = reason

        self._run(self._commits.run(note))

    def _tell(self, eui: str, stage: Stage, failure: str | None) -> None:
        """Keeps what became of a device for the user, and logs it."""
        at = time.time()
        if failure is None:
            log.info("device %s: %s", eui, stage)
            work = partial(self.stages.reached, eui, stage, at)
        else:
            log.warning("device %s: %s: %s", eui, stage, failure)
            work = partial(self.stages.failed, eui, stage, at, failure)
        self._run(self._commits.run(work))

    def _run(self, work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task


def _is(frame: zcl.Frame, command: int) -> bool:
    """Whether a frame is this command of all clusters."""
    return not frame.is_cluster_command and frame.command == command

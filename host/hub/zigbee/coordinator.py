"""bellows' coordinator for Smart Energy: profile 0x0109 goes to the hub, not into zigpy.

zigpy keeps the network, the radio and ZDO. It knows no Smart Energy cluster, drops what comes
with the profile, and would interview each device as a home automation one.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import Any

import zigpy.config
import zigpy.device
import zigpy.types
import zigpy.zdo.types
from bellows import types as ezsp
from bellows.zigbee.application import ControllerApplication

from host.hub.trust_centre import Contact
from host.hub.zigbee.datagrams import (
    Arrival,
    Datagram,
    NotDeliveredError,
    RadioError,
    RadioListener,
)
from host.hub.zigbee.radio_errors import LINE_FAILURES
from smets.zigbee.driver import SMART_ENERGY
from smets.zigbee.ezsp_host import EzspHost
from smets.zigbee.fragments import cut

ZDO_ENDPOINT = 0
MATCH_DESCRIPTOR_REQUEST = zigpy.zdo.types.ZDOCmd.Match_Desc_req
DEVICE_ANNOUNCEMENT = zigpy.zdo.types.ZDOCmd.Device_annce
LAST_WITHIN = 2.0  # seconds until the radio has what was sent before its line is closed
DELIVERED_WITHIN = 10.0  # seconds until the radio has to tell what became of a message
APS_OPTIONS = ezsp.EmberApsOption.APS_OPTION_RETRY | (
    ezsp.EmberApsOption.APS_OPTION_ENABLE_ROUTE_DISCOVERY
)
DENY_ALL, ALLOW_INSTALL_CODES = (
    0,
    (ezsp.EzspDecisionBitmask.ALLOW_JOINS | ezsp.EzspDecisionBitmask.JOINS_USE_INSTALL_CODE_KEY),
)
LONGEST_PERMIT = 254  # seconds; 255 would be for ever
ANNOUNCEMENT_LENGTH = 12
MAX_PAYLOAD = EzspHost.capabilities.max_payload
ANY_ROW = NO_ROW = 0xFF  # of the key table: the device's own, or a free one; none


def eui64(eui: str) -> zigpy.types.EUI64:
    """zigpy's form of an EUI-64, which is little-endian inside."""
    return zigpy.types.EUI64(bytes.fromhex(eui)[::-1])


def hexadecimal(address: Any) -> str:
    """The hub's form of an EUI-64."""
    return bytes(address.serialize())[::-1].hex()


class SmartEnergyDevice(zigpy.device.Device):
    """A device that the hub interviews itself."""

    def schedule_initialize(self) -> None:
        """Nothing: zigpy's interview reads clusters of home automation."""


class Coordinator(ControllerApplication):
    """Tells `listener`; sends datagrams whole or in fragments."""

    def __init__(self, config: dict[str, Any], listener: RadioListener) -> None:
        super().__init__(config)
        self._listener = listener
        self._ending = False
        self._is_lost = False
        self._locks: dict[str, asyncio.Lock] = {}
        self._deadlines: set[asyncio.Timeout] = set()  # of what the radio has to tell

    # What zigpy calls

    def add_device(self, ieee: zigpy.types.EUI64, nwk: zigpy.types.NWK) -> SmartEnergyDevice:
        device = SmartEnergyDevice(self, ieee, nwk)
        self.devices[ieee] = device
        return device

    async def permit(self, time_s: int = 60, node: Any = None) -> None:
        """Nothing: zigpy closes the network at its start and sets the policy again two seconds
        later; here `open` and `close` alone decide."""

    def packet_received(self, packet: zigpy.types.ZigbeePacket) -> None:
        if packet.profile_id == SMART_ENERGY:
            self._smart_energy(packet)
        elif packet.dst_ep == ZDO_ENDPOINT and packet.cluster_id == MATCH_DESCRIPTOR_REQUEST:
            return  # the radio has answered; zigpy would add an empty list
        else:
            super().packet_received(packet)
            if packet.dst_ep == ZDO_ENDPOINT and packet.cluster_id == DEVICE_ANNOUNCEMENT:
                self._announced(packet)

    def connection_lost(self, exc: Exception | None) -> None:
        self._is_lost = True
        super().connection_lost(exc)
        for deadline in self._deadlines:
            if deadline.expired():
                continue  # asyncio refuses to move it
            deadline.reschedule(asyncio.get_running_loop().time())
        if not self._ending:
            self._listener.on_lost(str(exc) if exc else "its line was closed")

    async def shutdown(self, *, db: bool = True) -> None:
        self._ending = True
        await super().shutdown(db=db)

    async def disconnect(self) -> None:
        """Closes the line once the radio has what was sent.

        bellows sends a command on when its asker has given up; one that the radio has not
        acknowledged at the end would fail in a task that nobody awaits. It sends one at a time, so
        a last one ends behind all others.
        """
        if not self._is_lost:
            with suppress(NotDeliveredError), self._radio() as radio:
                async with asyncio.timeout(LAST_WITHIN):
                    await radio.nop()
        await super().disconnect()

    def ezsp_callback_handler(self, frame_name: str, args: Any) -> None:
        super().ezsp_callback_handler(frame_name, args)
        if frame_name == "trustCenterJoinHandler":
            _, address, update, decision, _ = args
            admitted = decision in {
                ezsp.EmberJoinDecision.USE_PRECONFIGURED_KEY,
                ezsp.EmberJoinDecision.NO_ACTION,
            }
            self._listener.on_arrival(hexadecimal(address), Arrival(int(update)), admitted)

    # What the hub asks for; NotDeliveredError when the radio resets or its line breaks

    def know(self, eui: str, address: int) -> None:
        """A device of an earlier run of the hub, and its network address then."""
        self.add_device(eui64(eui), zigpy.types.NWK(address))  # type: ignore[no-untyped-call]

    async def expect(self, eui: str, sleeps: bool) -> None:
        """Tells the radio how long a device may take to acknowledge.

        zigpy has it wait for any device whose descriptor it does not hold as for one that sleeps.
        """
        device = self.devices.get(eui64(eui))
        if device is not None:
            with self._radio() as radio:
                await radio.set_extended_timeout(
                    nwk=device.nwk, ieee=device.ieee, extended_timeout=sleeps
                )

    async def open(self, keys: dict[str, bytes], seconds: int) -> None:
        """Lets these devices in, each under its link key, for at most LONGEST_PERMIT seconds.

        The well-known key is no key here: a key for any device that a radio holds is removed.
        """
        with self._radio() as radio:
            await radio.clearTransientLinkKeys()
            for eui, key in keys.items():
                _check(
                    await radio.add_transient_link_key(eui64(eui), zigpy.types.KeyData(key)),
                    f"take the link key of {eui}",
                )
            await _set_policy(radio, ALLOW_INSTALL_CODES)
            await radio.permitJoining(min(seconds, LONGEST_PERMIT))

    async def close(self) -> None:
        """Lets nobody in; devices in the network may rejoin with its key."""
        with self._radio() as radio:
            await radio.permitJoining(0)
            await _set_policy(radio, DENY_ALL)

    async def link_keys(self) -> dict[str, bytes]:
        """The link keys that the radio holds, by device."""
        with self._radio() as radio:
            return {
                hexadecimal(key.partner_ieee): bytes(key.key.serialize())
                async for key in radio.read_link_keys()
            }

    async def install_key(self, eui: str, key: bytes) -> None:
        """Makes a link key that of a device from now on."""
        with self._radio() as radio:
            (status,) = await radio.importLinkKey(
                index=ANY_ROW, address=eui64(eui), key=zigpy.types.KeyData(key)
            )
            _check(status, f"take the link key of {eui}")

    async def forget_key(self, eui: str) -> None:
        """Removes a device's link key."""
        with self._radio() as radio:
            (row,) = await radio.findKeyTableEntry(address=eui64(eui), linkKey=True)
            if row != NO_ROW:
                await radio.eraseKeyTableEntry(index=row)

    async def put_out(self, eui: str) -> None:
        """Makes a device leave and forgets its link key."""
        address = eui64(eui)
        await self.forget_key(eui)
        device = self.devices.get(address)
        if device is not None:
            with self._radio() as radio:
                await radio.removeDevice(device.nwk, address, address)

    async def send(self, datagram: Datagram) -> None:
        """Returns when the device's APS layer has all of it; NotDeliveredError."""
        device = self.devices.get(eui64(datagram.eui))
        if device is None or not self.is_controller_running:
            raise NotDeliveredError(f"device {datagram.eui} has not been seen")
        blocks = cut(datagram.payload, MAX_PAYLOAD, datagram.secured)
        frame = ezsp.EmberApsFrame(
            profileId=SMART_ENERGY,
            clusterId=datagram.cluster,
            sourceEndpoint=datagram.hub_endpoint,
            destinationEndpoint=datagram.device_endpoint,
            options=_options(datagram.secured, len(blocks) > 1),
            groupId=0,
            sequence=0,
        )
        async with self._lock_of(datagram.eui):
            for number, block in enumerate(blocks):
                if len(blocks) > 1:
                    frame.groupId = number if number else len(blocks) << 8
                frame.sequence = await self._send_block(device.nwk, frame, block)

    async def _send_block(self, address: int, frame: ezsp.EmberApsFrame, block: bytes) -> int:
        """The APS counter that the radio gave the message."""
        tag = self.get_sequence()
        sent: asyncio.Future[tuple[Any, str]] = asyncio.get_running_loop().create_future()
        self._pending_requests[address, tag] = sent
        try:
            with self._radio() as radio:
                async with self._deadline():
                    status, counter = await radio.send_unicast(
                        nwk=address, aps_frame=frame, message_tag=tag, data=block
                    )
                    if status == ezsp.sl_Status.OK:
                        status, _ = await sent
        finally:
            self._pending_requests.pop((address, tag), None)
        if status != ezsp.sl_Status.OK:
            raise NotDeliveredError(f"not acknowledged by 0x{address:04x}: {status.name}")
        return int(counter)

    @asynccontextmanager
    async def _deadline(self) -> AsyncIterator[None]:
        """TimeoutError after DELIVERED_WITHIN, or as soon as the radio is lost."""
        async with asyncio.timeout(DELIVERED_WITHIN) as deadline:
            self._deadlines.add(deadline)
            try:
                yield
            finally:
                self._deadlines.discard(deadline)

    @contextmanager
    def _radio(self) -> Iterator[Any]:
        """bellows' EZSP, while it is there."""
        if self._ezsp is None:
            raise NotDeliveredError("the radio is away")
        try:
            yield self._ezsp
        except LINE_FAILURES as error:
            raise NotDeliveredError(f"the radio did not tell: {error!r}") from error

    def _lock_of(self, eui: str) -> asyncio.Lock:
        return self._locks.setdefault(eui, asyncio.Lock())

    # What comes in

    def _smart_energy(self, packet: zigpy.types.ZigbeePacket) -> None:
        try:
            device = self.get_device_with_address(packet.src)
        except KeyError:
            super().packet_received(packet)  # finds out whose address this is; it will come again
            return
        contact = None
        if packet.rssi is not None and packet.lqi is not None:
            contact = Contact(int(packet.rssi), int(packet.lqi))
        self._listener.on_datagram(
            Datagram(
                hexadecimal(device.ieee),
                int(packet.cluster_id),
                int(packet.src_ep or 0),
                int(packet.dst_ep or 0),
                packet.data.serialize(),
                zigpy.types.TransmitOptions.APS_Encryption in packet.tx_options,
                contact,
            )
        )

    def _announced(self, packet: zigpy.types.ZigbeePacket) -> None:
        content = packet.data.serialize()
        if len(content) >= ANNOUNCEMENT_LENGTH:
            self._listener.on_announced(content[3:11][::-1].hex())


def _options(secured: bool, in_fragments: bool) -> ezsp.EmberApsOption:
    options = APS_OPTIONS
    if secured:
        options |= ezsp.EmberApsOption.APS_OPTION_ENCRYPTION
    if in_fragments:
        options |= ezsp.EmberApsOption.APS_OPTION_FRAGMENT
    return options


async def _set_policy(radio: Any, decision: int) -> None:
    (status,) = await radio.setPolicy(
        policyId=ezsp.EzspPolicyId.TRUST_CENTER_POLICY, decisionId=decision
    )
    _check(status, "set who may join")


def _check(status: Any, wanted: str) -> None:
    """RadioError unless the radio did what was wanted."""
    if ezsp.sl_Status.from_ember_status(status) != ezsp.sl_Status.OK:
        raise RadioError(f"the radio refused to {wanted}: {status.name}")

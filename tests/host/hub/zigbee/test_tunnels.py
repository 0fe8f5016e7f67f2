"""The tunnel server with a device that a test plays, frame by frame."""

import asyncio

import pytest

from host.hub.han import DeviceGoneError, TooLongError
from host.hub.zigbee.datagrams import Datagram, NotDeliveredError
from host.hub.zigbee.endpoints import CHF_ENDPOINT
from host.hub.zigbee.tunnels import Tunnels
from smets.zigbee import clusters_text, zcl
from smets.zigbee.clusters import TUNNELING

EUI = "00db1234567890a0"
ENDPOINT = 1
TABLE = clusters_text.load()
REQUEST, CLOSE, DATA = 0, 1, 2
RESPONSE, DATA_TO_CLIENT, ERROR = 0, 1, 2


class Hub:
    """Keeps what devices say; refuses everything while it is `full`."""

    def __init__(self) -> None:
        self.messages: list[tuple[int, bytes]] = []
        self.queued = 0
        self.full = False

    async def on_message(self, eui: str, number: int, message: bytes) -> bool:
        if not self.full:
            self.messages.append((number, message))
        return not self.full

    def waiting(self, eui: str) -> int:
        return self.queued


class Device:
    """Gets what the tunnels send, and answers as a test says."""

    def __init__(self, sleeps: bool = False, repeat: float = 0.05) -> None:
        self.hub = Hub()
        self.received: asyncio.Queue[zcl.Frame] = asyncio.Queue()
        self.kept: list[tuple[str, int, int]] = []
        self.reachable = True
        self.lost = 0  # so many of the next frames are
        self.on_the_air = asyncio.Event()  # cleared while a message is on its way
        self.on_the_air.set()
        self.tunnels = Tunnels(self._take, self._keep, self.hub, repeat)  # type: ignore[arg-type]
        self.tunnels.expect(EUI, sleeps)
        self.transaction = 0
        self.identifier = 0

    async def _keep(self, eui: str, endpoint: int, identifier: int) -> None:
        assert self.received.empty(), "the hub has to keep it before the device knows"
        self.kept.append((eui, endpoint, identifier))

    async def _take(self, datagram: Datagram) -> None:
        assert (datagram.cluster, datagram.hub_endpoint) == (TUNNELING, CHF_ENDPOINT)
        assert datagram.secured
        frame = zcl.Frame.decode(datagram.payload)
        if frame.is_cluster_command:
            await self.on_the_air.wait()
        if self.lost:
            self.lost -= 1
            raise NotDeliveredError("not acknowledged")
        if not self.reachable:
            raise NotDeliveredError("nobody there")
        self.received.put_nowait(frame)

    async def say(self, frame: zcl.Frame) -> None:
        datagram = Datagram(EUI, TUNNELING, ENDPOINT, CHF_ENDPOINT, frame.encode(), secured=True)
        await self.tunnels.on_frame(datagram, zcl.Frame.decode(frame.encode()))

    async def command(self, number: int, *values: object) -> None:
        self.transaction += 1
        found = TABLE.command(TUNNELING, False, number)
        assert found
        payload = found.encode(list(values))
        await self.say(zcl.Frame(zcl.CLUSTER_COMMAND, self.transaction, number, payload))

    async def open(self) -> None:
        await self.command(REQUEST, 6, 0xFFFF, 0, 1500)
        self.identifier, status, longest = await self.heard(RESPONSE)
        assert (status, longest) == (0, 2048)
        assert self.kept[-1] == (EUI, ENDPOINT, self.identifier)

    async def data(self, octets: bytes) -> None:
        await self.command(DATA, self.identifier, octets)

    async def heard(self, number: int) -> list[object]:
        """The values of the next command, which has to be this one."""
        frame = await self.next()
        assert frame.is_cluster_command
        assert frame.command == number
        assert frame.to_client
        return TABLE.decode(TUNNELING, True, number, frame.payload)

    async def next(self) -> zcl.Frame:
        async with asyncio.timeout(2):
            return await self.received.get()

    async def status(self) -> int:
        """That of the next frame, a default response."""
        frame = await self.next()
        assert (frame.is_cluster_command, frame.command) == (False, zcl.DEFAULT_RESPONSE)
        return frame.payload[1]

    async def confirm(self, frame: zcl.Frame, status: int = zcl.SUCCESS) -> None:
        response = frame.default_response(status)
        assert response, "the hub has to ask for a default response"
        await self.say(response)


def data_of(frame: zcl.Frame) -> bytes:
    return bytes(TABLE.decode(TUNNELING, True, DATA_TO_CLIENT, frame.payload)[1])


async def test_a_message_is_delivered_once_the_device_says_that_it_is_stored():
    device = Device()
    await device.open()
    delivering = asyncio.create_task(device.tunnels.deliver(EUI, b"\xdd one", 0))
    frame = await device.next()
    assert data_of(frame) == b"\xdd one"
    await device.confirm(frame, zcl.FAILURE)
    again = await device.next()  # what was not stored comes again
    assert data_of(again) == b"\xdd one"
    assert again.transaction != frame.transaction
    assert not delivering.done()
    await device.confirm(again)
    await asyncio.wait_for(delivering, 1)


async def test_a_late_confirmation_of_an_earlier_transmission_counts():
    device = Device()
    await device.open()
    delivering = asyncio.create_task(device.tunnels.deliver(EUI, b"one", 0))
    first = await device.next()
    await device.next()
    await device.confirm(first)
    await asyncio.wait_for(delivering, 1)


async def test_a_confirmation_of_the_message_before_does_not_count():
    device = Device()
    await device.open()
    first = asyncio.create_task(device.tunnels.deliver(EUI, b"one", 0))
    old = await device.next()
    await device.confirm(old)
    await first
    second = asyncio.create_task(device.tunnels.deliver(EUI, b"two", 0))
    new = await device.next()
    await device.confirm(old)
    await asyncio.sleep(0)
    assert not second.done()
    await device.confirm(new)
    await asyncio.wait_for(second, 1)


async def test_a_sleeping_device_gets_a_message_when_it_asks():
    device = Device(sleeps=True)
    await device.open()
    await device.data(b"\x01")
    assert await device.status() == zcl.SUCCESS
    assert data_of(await device.next()) == b"\x02\x00"
    delivering = asyncio.create_task(device.tunnels.deliver(EUI, b"one", 3))
    await asyncio.sleep(0.15)
    assert device.received.empty()
    await device.data(b"\x01")
    assert await device.status() == zcl.SUCCESS
    frame = await device.next()
    assert data_of(frame) == b"\x02\x03one"
    await device.confirm(frame)
    await asyncio.wait_for(delivering, 1)


async def test_a_device_that_asks_just_before_the_message_is_at_hand_gets_it():
    device = Device(sleeps=True)
    await device.open()
    device.hub.queued = 1
    await device.data(b"\x01")
    assert await device.status() == zcl.SUCCESS
    assert device.received.empty()
    delivering = asyncio.create_task(device.tunnels.deliver(EUI, b"one", 0))
    frame = await device.next()
    await device.confirm(frame)
    await asyncio.wait_for(delivering, 1)


async def test_who_asks_again_while_the_message_is_on_its_way_gets_it_once():
    device = Device(sleeps=True)
    await device.open()
    delivering = asyncio.create_task(device.tunnels.deliver(EUI, b"one", 1))
    await asyncio.sleep(0)
    device.on_the_air.clear()
    for _ in range(3):
        await device.data(b"\x01")
        assert await device.status() == zcl.SUCCESS  # whatever is on its way
        await asyncio.sleep(0.01)
    await device.data(b"\x03alert")
    assert await device.status() == zcl.SUCCESS
    assert [message for _, message in device.hub.messages] == [b"alert"]
    device.on_the_air.set()
    frame = await device.next()
    await asyncio.sleep(0.15)
    assert device.received.empty()
    await device.confirm(frame)
    await asyncio.wait_for(delivering, 1)
    following = asyncio.create_task(device.tunnels.deliver(EUI, b"two", 0))
    await asyncio.sleep(0.15)
    assert device.received.empty()
    await device.data(b"\x01")
    assert await device.status() == zcl.SUCCESS
    await device.confirm(await device.next())
    await asyncio.wait_for(following, 1)


async def test_who_asks_again_gets_at_once_what_was_lost_on_its_way():
    device = Device(sleeps=True, repeat=60)
    await device.open()
    delivering = asyncio.create_task(device.tunnels.deliver(EUI, b"one", 0))
    await asyncio.sleep(0)
    device.on_the_air.clear()
    for _ in range(2):
        await device.data(b"\x01")
        assert await device.status() == zcl.SUCCESS
        await asyncio.sleep(0.01)  # the message goes out
    device.lost = 1
    device.on_the_air.set()
    await device.confirm(await device.next())
    await asyncio.wait_for(delivering, 1)
    assert device.lost == 0


@pytest.mark.parametrize(("sleeps", "octets"), [(False, b"\xdf m"), (True, b"\x03\xdf m")])
async def test_what_a_device_sends_is_acknowledged_when_it_is_stored(sleeps, octets):
    device = Device(sleeps)
    await device.open()
    device.hub.full = True
    await device.data(octets)
    assert await device.status() == zcl.FAILURE
    device.hub.full = False
    await device.data(octets)
    assert await device.status() == zcl.SUCCESS
    await device.data(octets)
    ((first, message), (second, _)) = device.hub.messages
    assert message == b"\xdf m"
    assert first == second  # the same number: the hub sees that it is a repetition


@pytest.mark.parametrize(("sleeps", "header"), [(False, 0), (True, 2)])
async def test_what_the_device_does_not_take_at_once_is_not_sent(sleeps, header):
    device = Device(sleeps)
    await device.open()
    with pytest.raises(TooLongError, match="1501 octets"):
        await device.tunnels.deliver(EUI, bytes(1501 - header), 0)
    assert device.received.empty()


async def test_an_unknown_tunnel_is_an_error_that_makes_the_device_ask_for_a_new_one():
    device = Device()
    await device.data(b"x")
    assert await device.heard(ERROR) == [0, 0]
    await device.open()
    first = device.identifier
    await device.open()
    assert device.identifier != first
    await device.command(DATA, first, b"x")
    assert await device.heard(ERROR) == [first, 0]
    assert not device.hub.messages


async def test_other_protocols_are_refused_with_the_standards_status():
    device = Device()
    await device.command(REQUEST, 0, 0xFFFF, 0, 1500)
    assert (await device.heard(RESPONSE))[1] == 3
    await device.command(REQUEST, 6, 0xFFFF, 1, 1500)
    assert (await device.heard(RESPONSE))[1] == 4


async def test_a_device_that_was_never_let_in_is_refused():
    device = Device()
    device.tunnels.gone(EUI)
    await device.command(REQUEST, 6, 0xFFFF, 0, 1500)
    assert await device.status() == zcl.NOT_AUTHORIZED
    with pytest.raises(DeviceGoneError):
        await device.tunnels.deliver(EUI, b"one", 0)


async def test_who_waits_for_a_device_that_leaves_is_told():
    device = Device()
    await device.open()
    delivering = asyncio.create_task(device.tunnels.deliver(EUI, b"one", 0))
    await device.next()
    device.tunnels.gone(EUI)
    with pytest.raises(DeviceGoneError):
        await asyncio.wait_for(delivering, 1)


async def test_an_unreachable_device_is_tried_again():
    device = Device()
    await device.open()
    device.reachable = False
    delivering = asyncio.create_task(device.tunnels.deliver(EUI, b"one", 0))
    await asyncio.sleep(0.12)
    assert not delivering.done()
    device.reachable = True
    await device.confirm(await device.next())
    await asyncio.wait_for(delivering, 1)


async def test_a_tunnel_survives_a_restart_of_the_hub():
    device = Device()
    device.tunnels.expect(EUI, False, ENDPOINT, 7)
    delivering = asyncio.create_task(device.tunnels.deliver(EUI, b"one", 0))
    frame = await device.next()
    assert TABLE.decode(TUNNELING, True, DATA_TO_CLIENT, frame.payload)[0] == 7
    await device.confirm(frame)
    await asyncio.wait_for(delivering, 1)
    device.identifier = 7
    await device.data(b"answer")
    assert await device.status() == zcl.SUCCESS
    await device.open()
    assert device.identifier != 7


async def test_what_was_lost_with_the_radio_is_sent_again_at_once():
    device = Device(repeat=60)
    await device.open()
    device.reachable = False
    delivering = asyncio.create_task(device.tunnels.deliver(EUI, b"one", 0))
    await asyncio.sleep(0.01)
    assert device.received.empty()
    device.reachable = True
    device.tunnels.again()
    await device.confirm(await device.next())
    await asyncio.wait_for(delivering, 1)


async def test_a_device_that_opens_its_tunnel_anew_is_sent_the_message_at_once():
    device = Device(repeat=60)
    await device.open()
    delivering = asyncio.create_task(device.tunnels.deliver(EUI, b"one", 0))
    await device.next()
    await device.open()
    await device.confirm(await device.next())
    await asyncio.wait_for(delivering, 1)

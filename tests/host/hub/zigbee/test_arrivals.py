"""What the hub notes of devices that come, on a radio that is not there."""

import asyncio

import pytest

from host.hub.database import Database
from host.hub.device_log import DeviceLog
from host.hub.group_commit import GroupCommit
from host.hub.radio import Radio
from host.hub.zigbee import han
from host.hub.zigbee.datagrams import Arrival, Datagram
from host.hub.zigbee.endpoints import CHF_ENDPOINT
from host.hub.zigbee.interview import METERING_DEVICE, Interviewed
from host.hub.zigbee.members import Member
from host.hub.zigbee.stages import Stage
from smets.zigbee import zcl
from smets.zigbee.clusters import METERING, TIME, TUNNELING
from smets.zigbee.tunnel import REQUEST_TUNNEL

EUI = "00db1234567890a1"
TUNNEL = 7


class Listener:
    """A hub that lists one device."""

    def is_listed(self, eui: str) -> bool:
        return eui == EUI

    def now(self) -> int:
        return 850_000_000

    def waiting(self, eui: str) -> int:
        return 0


class Coordinator:
    """A radio that takes what it is told."""

    def __init__(self) -> None:
        self.sent: list[Datagram] = []

    async def expect(self, _eui: str, _sleeps: bool) -> None:
        pass

    async def send(self, datagram: Datagram) -> None:
        self.sent.append(datagram)


@pytest.fixture
def database(tmp_path):
    database = Database(tmp_path / "hub.sqlite")
    yield database
    database.close()


@pytest.fixture
def device_log(database):
    return DeviceLog(database)


@pytest.fixture
async def arrivals(database, device_log, monkeypatch):
    monkeypatch.setattr(han, "NETWORK_KEY_WITHIN", 0.05)
    radio = Radio("tcp://127.0.0.1:1", "00db1234567890a3", {})
    listener = Listener()
    yield han.ZigbeeHan(
        listener,  # type: ignore[arg-type]
        listener,  # type: ignore[arg-type]
        radio,
        database,
        device_log,
        GroupCommit(database),
    )
    await asyncio.sleep(0.05)  # what it notes is noted


def failures(arrivals: han.ZigbeeHan) -> dict[Stage, str]:
    return {stage: why for stage, _, why in arrivals.stages.of(EUI) if why is not None}


async def test_a_device_that_does_not_use_the_network_key_has_another_install_code(arrivals):
    arrivals.on_arrival(EUI, Arrival.UNSECURED_JOIN, True)
    await asyncio.sleep(0.2)
    assert "install code" in failures(arrivals)[Stage.NETWORK_KEY]


async def test_a_device_that_tries_twice_and_gets_in_has_not_failed(arrivals):
    arrivals.on_arrival(EUI, Arrival.UNSECURED_JOIN, True)
    arrivals.on_arrival(EUI, Arrival.UNSECURED_JOIN, True)
    arrivals.on_announced(EUI)
    await asyncio.sleep(0.2)
    assert Stage.NETWORK_KEY not in failures(arrivals)


async def test_a_device_that_is_not_listed_is_told_so(arrivals):
    other = "00db1234567890ff"
    arrivals.on_arrival(other, Arrival.UNSECURED_JOIN, True)
    await asyncio.sleep(0.05)
    ((stage, _, why),) = arrivals.stages.of(other)
    assert (stage, why) == (Stage.WHITELISTED, "it is not in the device log")


async def test_an_error_that_nobody_foresaw_does_not_make_the_hub_deaf(arrivals, monkeypatch):
    handled = []

    async def handle(_datagram, frame):
        handled.append(frame.transaction)
        if len(handled) == 1:
            raise KeyError("foreseen by nobody")

    monkeypatch.setattr(arrivals, "_handle", handle)
    for transaction in (1, 2):
        frame = zcl.Frame(0, transaction, zcl.READ_ATTRIBUTES, b"")
        arrivals.on_datagram(Datagram(EUI, TIME, 1, CHF_ENDPOINT, frame.encode(), True))
    await asyncio.sleep(0.05)
    assert handled == [1, 2]
    assert arrivals.refused["failed on it"] == 1


async def test_a_device_that_has_another_address_keeps_its_tunnel(arrivals, monkeypatch):
    """A hub that is started anew after that has to know it."""

    async def interviewed(_coordinator, _eui):
        return Interviewed(1, METERING_DEVICE, False)

    monkeypatch.setattr(han, "interview", interviewed)
    monkeypatch.setattr(type(arrivals.network), "coordinator", Coordinator())
    arrivals.tunnels.expect(EUI, False, 1, TUNNEL)
    arrivals.on_announced(EUI)
    await asyncio.sleep(0.05)
    (member,) = arrivals.members.all()
    assert member.tunnel == TUNNEL
    assert arrivals.present() == [EUI]


async def test_the_install_code_s_key_lets_a_device_no_further(arrivals, database, device_log):
    frame = zcl.Frame(0, 1, zcl.READ_ATTRIBUTES, bytes(2)).encode()
    datagram = Datagram(EUI, TIME, 1, CHF_ENDPOINT, frame, True)
    with database.transaction():
        device_log.expect(EUI, bytes(16))
    arrivals.on_datagram(datagram)
    await asyncio.sleep(0.05)
    assert arrivals.refused == {"no key agreed": 1}
    with database.transaction():
        device_log.agreed(EUI, bytes(16))
    arrivals.on_datagram(datagram)
    await asyncio.sleep(0.05)
    assert arrivals.refused == {"no key agreed": 1}


async def test_a_device_whose_interview_came_to_nothing_is_asked_again(arrivals, monkeypatch):
    asked = []

    async def interviewed(_coordinator, eui):
        asked.append(eui)
        return Interviewed(1, METERING_DEVICE, False)

    monkeypatch.setattr(han, "interview", interviewed)
    monkeypatch.setattr(type(arrivals.network), "coordinator", Coordinator())
    monkeypatch.setattr(arrivals, "_has_agreed", lambda _eui: True)
    frame = zcl.Frame(zcl.CLUSTER_COMMAND, 1, REQUEST_TUNNEL, bytes((6, 0xFF, 0xFF, 0, 0, 8)))
    datagram = Datagram(EUI, TUNNELING, 1, CHF_ENDPOINT, frame.encode(), True)
    for _ in range(2):
        arrivals.on_datagram(datagram)
        await asyncio.sleep(0.05)
    assert asked == [EUI]
    (member,) = arrivals.members.all()
    assert member.tunnel == arrivals.tunnels.identifier(EUI) != 0


async def test_a_device_whose_type_was_not_heard_is_asked_again(arrivals, database, device_log):
    """The hub, or its radio, went away between the tunnel and the type."""
    member = Member(EUI, 0x1234, 1, METERING_DEVICE, False, TUNNEL)
    with database.transaction():
        device_log.expect(EUI, bytes(16))
        arrivals.members.put(member)
    arrivals._known[EUI] = member
    coordinator = Coordinator()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(type(arrivals.network), "coordinator", coordinator)
        await arrivals._on_up()
        await asyncio.sleep(0.05)
    (asked,) = coordinator.sent
    assert (asked.eui, asked.cluster) == (EUI, METERING)

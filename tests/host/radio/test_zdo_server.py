"""What a node answers by itself on endpoint 0, and what it leaves to its host."""

import pytest

from host.radio.stack.events import Message
from host.radio.stack.types import (
    BROADCAST_ALL,
    BROADCAST_RECEIVER_ON,
    ApsFrame,
    NetworkState,
    Role,
    ZdoFlag,
)
from smets.zigbee import zdo
from tests.host.radio.han import (
    ESME,
    ESME_KEY,
    GSME,
    GSME_KEY,
    HUB,
    HUB_ENDPOINT,
    IHD,
    METER_ENDPOINT,
    PAN,
    SMART_ENERGY,
    Han,
    Stand,
)

ASKED = 0x5A


@pytest.fixture
def han():
    return Han()


@pytest.fixture
def device(han):
    device = han.join(ESME, ESME_KEY)
    han.hub.events.clear()
    device.events.clear()
    return device


def _ask(han: Han, by: Stand, to: int, cluster: int, *values) -> list[tuple]:
    """The fields of the answers."""
    by.events.clear()
    aps = ApsFrame(zdo.PROFILE, cluster, 0, 0)
    payload = zdo.write(cluster, ASKED, *values)
    if to >= 0xFFF8:
        by.node.send_broadcast(to, aps, payload, 0, 0, by.now)
    else:
        by.node.send_unicast(to, aps, payload, 0, by.now)
    by.station.settle()
    han.run(1)
    answers = []
    for message in by.take(Message):
        if message.aps.cluster == cluster | zdo.RESPONSE:
            sequence, fields = zdo.read(message.aps.cluster, message.payload)
            assert sequence == ASKED
            answers.append(fields)
    return answers


def test_descriptors(han, device):
    hub, node_id = han.hub, device.node.node_id
    device.node.manufacturer_code = 0x1234
    (node,) = _ask(han, hub, node_id, zdo.NODE_DESCRIPTOR_REQUEST, node_id)
    expected = zdo.node_descriptor(zdo.END_DEVICE, 0x8C, 0x1234, 82, 1500)
    assert node == (zdo.SUCCESS, node_id, expected)
    (node,) = _ask(han, device, 0, zdo.NODE_DESCRIPTOR_REQUEST, 0)
    assert node[2][0] == zdo.COORDINATOR
    (active,) = _ask(han, hub, node_id, zdo.ACTIVE_ENDPOINTS_REQUEST, node_id)
    assert active == (zdo.SUCCESS, node_id, b"\x01")
    (simple,) = _ask(han, hub, node_id, zdo.SIMPLE_DESCRIPTOR_REQUEST, node_id, 1)
    assert zdo.read_simple_descriptor(simple[2]) == (
        1,
        SMART_ENERGY,
        METER_ENDPOINT.device_id,
        0,
        METER_ENDPOINT.input_clusters,
        METER_ENDPOINT.output_clusters,
    )
    (power,) = _ask(han, hub, node_id, zdo.POWER_DESCRIPTOR_REQUEST, node_id)
    assert power == (zdo.SUCCESS, node_id, 0xC110)


@pytest.mark.parametrize(
    ("cluster", "values", "answer"),
    [
        (zdo.NODE_DESCRIPTOR_REQUEST, (0x1111,), (zdo.DEVICE_NOT_FOUND, 0x1111)),
        (zdo.SIMPLE_DESCRIPTOR_REQUEST, (0, 77), (zdo.NOT_ACTIVE, 0, b"")),
        (zdo.SIMPLE_DESCRIPTOR_REQUEST, (0, 255), (zdo.INVALID_ENDPOINT, 0, b"")),
        (zdo.IEEE_ADDRESS_REQUEST, (0, 9, 0), (zdo.INVALID_REQUEST_TYPE, HUB, 0)),
        (zdo.NETWORK_ADDRESS_REQUEST, (IHD, 0, 0), (zdo.DEVICE_NOT_FOUND, IHD, 0xFFFF)),
        (zdo.MANAGEMENT_LEAVE_REQUEST, (HUB, 0), (zdo.NOT_AUTHORISED,)),
        (zdo.MANAGEMENT_PERMIT_JOINING_REQUEST, (60, 1), (zdo.NOT_AUTHORISED,)),
        (zdo.BIND_REQUEST, (HUB, 1, 6, b"\x03" + HUB + b"\x01"), (zdo.NOT_SUPPORTED,)),
    ],
)
def test_what_the_hub_does_not_have_or_give(han, device, cluster, values, answer):
    assert _ask(han, device, 0, cluster, *values) == [answer]
    assert not _is_open(han)


def _is_open(han: Han) -> bool:
    han.run(61)  # what the fixture's join opened has closed
    return han.hub.node.permitting


def test_addresses(han, device):
    node_id = device.node.node_id
    (mine,) = _ask(han, device, 0, zdo.IEEE_ADDRESS_REQUEST, 0, 0, 0)
    assert mine == (zdo.SUCCESS, HUB, 0, b"")
    (child,) = _ask(han, device, BROADCAST_RECEIVER_ON, zdo.NETWORK_ADDRESS_REQUEST, HUB, 1, 0)
    assert child == (zdo.SUCCESS, HUB, 0, b"\x01\x00" + node_id.to_bytes(2, "little"))
    assert _ask(han, han.hub, BROADCAST_ALL, zdo.NETWORK_ADDRESS_REQUEST, IHD, 0, 0) == []
    (asleep,) = _ask(han, device, 0, zdo.NETWORK_ADDRESS_REQUEST, ESME, 0, 0)
    assert asleep == (zdo.SUCCESS, ESME, node_id, b"")


def test_matches(han, device):
    server = (0xFFFD, SMART_ENERGY, (0x0800,), ())
    (found,) = _ask(han, device, BROADCAST_RECEIVER_ON, zdo.MATCH_DESCRIPTOR_REQUEST, *server)
    assert found == (zdo.SUCCESS, 0, bytes((HUB_ENDPOINT.number,)))
    nobody = (0xFFFD, SMART_ENERGY, (0x0999,), ())
    assert _ask(han, device, BROADCAST_ALL, zdo.MATCH_DESCRIPTOR_REQUEST, *nobody) == []
    empty = (0, SMART_ENERGY, (0x0999,), ())
    assert _ask(han, device, 0, zdo.MATCH_DESCRIPTOR_REQUEST, *empty) == [(0, 0, b"")]


def test_the_neighbour_table(han, device):
    router = han.join(IHD, ESME_KEY, Role.ROUTER)
    sleeper = han.join(GSME, GSME_KEY, Role.SLEEPY_END_DEVICE)
    rows = {}
    start = 0
    while True:
        ((status, total, first, octets),) = _ask(han, device, 0, zdo.MANAGEMENT_LQI_REQUEST, start)
        assert (status, total, first) == (zdo.SUCCESS, 3, start)
        count = octets[0]
        for number in range(count):
            row = octets[1 + 22 * number :][:22]
            assert row[:8] == HUB[::-1]
            rows[row[8:16][::-1]] = int.from_bytes(row[16:18], "little"), row[18]
        start += count
        if start >= total:
            break
    assert rows == {
        ESME: (device.node.node_id, 0x16),
        GSME: (sleeper.node.node_id, 0x12),
        IHD: (router.node.node_id, 0x25),
    }


def test_the_trust_centre_has_a_device_leave_and_routers_open(han, device):
    router = han.join(IHD, ESME_KEY, Role.ROUTER)
    assert not router.node.permitting
    _ask(han, han.hub, 0xFFFC, zdo.MANAGEMENT_PERMIT_JOINING_REQUEST, 60, 1)
    assert router.node.permitting
    node_id = device.node.node_id
    assert _ask(han, router, node_id, zdo.MANAGEMENT_LEAVE_REQUEST, ESME, 0) == [
        (zdo.NOT_AUTHORISED,)
    ]
    assert device.node.state is NetworkState.JOINED
    assert _ask(han, han.hub, node_id, zdo.MANAGEMENT_LEAVE_REQUEST, ESME, 0) == [(0,)]
    assert device.node.state is NetworkState.NO_NETWORK


@pytest.mark.parametrize(
    ("flags", "cluster", "values", "answered", "handed_up"),
    [
        (ZdoFlag.NONE, zdo.ACTIVE_ENDPOINTS_REQUEST, (0,), True, False),
        (0x01, zdo.ACTIVE_ENDPOINTS_REQUEST, (0,), True, True),
        (0x04, zdo.ACTIVE_ENDPOINTS_REQUEST, (0,), False, True),
        (0x04, zdo.MATCH_DESCRIPTOR_REQUEST, (0, SMART_ENERGY, (), ()), False, True),
        (0x04, zdo.NODE_DESCRIPTOR_REQUEST, (0,), True, False),
        (0x08, zdo.BIND_REQUEST, (HUB, 1, 6, bytes(10)), False, True),
        (0x02, zdo.BIND_REQUEST, (HUB, 1, 6, bytes(10)), False, True),
        (ZdoFlag.NONE, zdo.BIND_REQUEST, (HUB, 1, 6, bytes(10)), True, False),
    ],
)
def test_the_host_can_take_requests_over(han, device, flags, cluster, values, answered, handed_up):
    han.hub.node.zdo_flags = ZdoFlag(flags)
    han.hub.events.clear()
    answers = _ask(han, device, 0, cluster, *values)
    assert bool(answers) is answered
    asked = [event for event in han.hub.take(Message) if event.aps.cluster == cluster]
    assert bool(asked) is handed_up


def test_the_hub_asks_itself(han):
    (node,) = _ask(han, han.hub, 0, zdo.NODE_DESCRIPTOR_REQUEST, 0)
    assert node[:2] == (zdo.SUCCESS, 0)


def test_malformed_requests_are_counted(han, device):
    aps = ApsFrame(zdo.PROFILE, zdo.NODE_DESCRIPTOR_REQUEST, 0, 0)
    device.node.send_unicast(0, aps, b"\x01\x02", 0, device.now)
    device.station.settle()
    han.run(1)
    assert han.hub.node.counters()["zdo malformed"] == 1
    assert han.parameters.pan_id == PAN

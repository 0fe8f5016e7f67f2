"""A device that hears only a router, and the router in between."""

import pytest

from host.radio.stack.events import ChildJoined, JoinDecision, JoinKind, TrustCentreJoin
from host.radio.stack.types import ApsOption, NetworkState, Role, Status
from smets.zigbee import aps
from tests.host.radio.han import ESME, ESME_KEY, GSME, GSME_KEY, HUB, IHD, Han

SECURED = ApsOption.RETRY | ApsOption.ENCRYPTION


def _chain(role: Role = Role.END_DEVICE):
    """Hub, a router, and a device behind a wall from the hub."""
    han = Han()
    router = han.join(IHD, ESME_KEY, Role.ROUTER)
    han.open(GSME, GSME_KEY)
    router.node.permit(60, router.now)
    router.station.settle()
    device = han.device(GSME)
    han.air.block(han.hub.station.transceiver, device.station.transceiver)
    han.start_join(device, GSME_KEY, role)
    han.wait(device, NetworkState.JOINED)
    han.run(2)
    return han, router, device


@pytest.mark.parametrize("role", [Role.END_DEVICE, Role.ROUTER])
def test_a_join_behind_a_router(role):
    han, router, device = _chain(role)
    assert device.statuses() == [Status.NETWORK_UP]
    assert device.node.parent == (router.node.node_id, IHD)
    join = [event for event in han.hub.take(TrustCentreJoin) if event.eui64 == GSME]
    assert [(j.kind, j.decision, j.parent) for j in join] == [
        (JoinKind.UNSECURED_JOIN, JoinDecision.USE_PRECONFIGURED_KEY, router.node.node_id)
    ]


@pytest.mark.parametrize("role", [Role.END_DEVICE, Role.ROUTER])
def test_messages_go_over_the_router(role):
    han, router, device = _chain(role)
    for stand in (han.hub, device):
        stand.events.clear()
    before = router.node.counters()["nwk relayed"]
    han.hub.send(device, b"out", SECURED)
    device.send(han.hub, b"back", SECURED)
    han.run(6)
    assert device.messages() == [b"out"]
    assert han.hub.messages() == [b"back"]
    assert han.hub.sent() == device.sent() == [Status.OK]
    assert router.node.counters()["nwk relayed"] - before >= 4


def test_a_dead_router_is_found_out():
    han, router, device = _chain()
    router.station.close()
    han.hub.events.clear()
    han.hub.send(device, b"anybody?")
    han.run(30)
    assert han.hub.sent() == [Status.DELIVERY_FAILED]


def test_a_router_that_restarts_again_and_again_finds_its_way_at_once():
    """Others remember the numbers of the route requests that it made before."""
    han = Han()
    router = han.join(IHD, ESME_KEY, Role.ROUTER)
    for again in range(4):
        router.cut_power()
        han.run(0.1)
        han.hub.events.clear()
        router.send(han.hub, bytes((again,)))
        han.run(0.2)
        assert han.hub.messages() == [bytes((again,))]


def test_a_device_behind_a_router_is_removed():
    han, router, device = _chain()
    han.hub.events.clear()
    han.hub.node.remove_device(device.node.node_id, GSME, han.hub.now)
    han.hub.station.settle()
    han.run(3)
    assert device.node.state is NetworkState.NO_NETWORK
    assert [j.kind for j in han.hub.take(TrustCentreJoin)] == [JoinKind.LEFT]
    assert router.node.child_at(0) is None


def test_an_unlisted_device_behind_a_router_is_denied():
    han = Han()
    router = han.join(IHD, ESME_KEY, Role.ROUTER)
    router.node.permit(60, router.now)
    router.station.settle()
    han.hub.events.clear()
    device = han.device(ESME)
    han.air.block(han.hub.station.transceiver, device.station.transceiver)
    han.start_join(device, ESME_KEY, Role.END_DEVICE)
    han.run(60)
    assert device.statuses() == [Status.NO_NETWORK_KEY]
    decisions = {join.decision for join in han.hub.take(TrustCentreJoin)}
    assert JoinDecision.DENY in decisions
    assert router.node.child_at(0) is None


@pytest.mark.parametrize("secured", [True, False])
def test_a_device_moves_from_the_hub_to_a_router(secured):
    han = Han()
    router = han.join(IHD, ESME_KEY, Role.ROUTER)
    device = han.join(GSME, GSME_KEY)
    han.hub.node.keys.put(GSME, GSME_KEY)
    node_id = device.node.node_id
    assert device.node.parent == (0, HUB)
    han.air.block(han.hub.station.transceiver, device.station.transceiver)
    for stand in (han.hub, device, router):
        stand.events.clear()
    device.node.rejoin(secured, device.now)
    device.station.settle()
    han.wait(device, NetworkState.JOINED)
    han.run(2)
    assert device.node.parent == (router.node.node_id, IHD)
    assert device.node.node_id == node_id
    (gone,) = han.hub.take(ChildJoined)
    assert (gone.joining, gone.eui64) == (False, GSME)
    (join,) = han.hub.take(TrustCentreJoin)
    assert join.parent == router.node.node_id
    assert join.kind is (JoinKind.SECURED_REJOIN if secured else JoinKind.UNSECURED_REJOIN)
    han.hub.send(device, b"out", SECURED)
    device.send(han.hub, b"back", SECURED)
    han.run(6)
    assert device.messages() == [b"out"]
    assert han.hub.messages() == [b"back"]


def test_two_devices_get_a_key_of_their_own():
    han = Han()
    one = han.join(ESME, ESME_KEY)
    other = han.join(GSME, GSME_KEY)
    ask = aps.write_command(aps.REQUEST_KEY, aps.REQUEST_APPLICATION_LINK_KEY, GSME)

    def request() -> None:
        core = one.node._core
        frame = aps.ApsFrame(aps.COMMAND, core.aps.next_counter())
        core.aps.transmit(0, frame, ask, HUB, None, one.now)
        one.station.settle()
        han.run(1)

    request()
    assert han.hub.node.counters()["commands refused"] == 1
    assert one.node.keys.find(GSME) is None
    han.hub.node.policy.allow_application_key_requests = True
    request()
    mine, theirs = one.node.keys.find(GSME), other.node.keys.find(ESME)
    assert mine is not None
    assert theirs is not None
    assert mine.key == theirs.key
    one.node.learn_address(other.node.node_id, GSME)
    other.node.learn_address(one.node.node_id, ESME)
    one.send(other, b"between us", SECURED)
    han.run(2)
    assert other.messages() == [b"between us"]


def test_a_child_that_died_behind_a_router_is_reported():
    han, router, device = _chain()
    han.hub.send(device, b"first")
    han.run(5)
    assert han.hub.sent() == [Status.OK]
    device.station.close()
    han.hub.send(device, b"second")
    han.run(30)
    assert han.hub.sent() == [Status.DELIVERY_FAILED]
    assert router.node.counters()["mac not acknowledged"] > 0
    assert han.hub.node.counters()["nwk malformed"] == 0

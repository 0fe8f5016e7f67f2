"""A device that hears only a router, and the router in between."""

import pytest

from host.radio.stack.events import JoinDecision, JoinKind, TrustCentreJoin
from host.radio.stack.types import ApsOption, NetworkState, Role, Status
from tests.host.radio.han import ESME, ESME_KEY, GSME, GSME_KEY, IHD, Han

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

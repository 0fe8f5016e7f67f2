import pytest

from host.radio.conditions import Conditions
from host.radio.stack.events import ChildJoined, JoinDecision, JoinKind, TrustCentreJoin
from host.radio.stack.types import NetworkState, Role, Status
from tests.host.radio.han import ESME, ESME_KEY, GSME, GSME_KEY, NETWORK_KEY, Han


@pytest.mark.parametrize("role", [Role.ROUTER, Role.END_DEVICE, Role.SLEEPY_END_DEVICE])
def test_a_device_joins_with_its_install_codes_key(role):
    han = Han()
    assert han.hub.statuses() == [Status.NETWORK_UP]
    device = han.join(ESME, ESME_KEY, role)
    assert device.statuses() == [Status.NETWORK_UP]
    assert device.node.network_key == (NETWORK_KEY, 0)
    (joined,) = han.hub.take(TrustCentreJoin)
    assert (joined.eui64, joined.node_id) == (ESME, device.node.node_id)
    assert joined.kind is JoinKind.UNSECURED_JOIN
    assert joined.decision is JoinDecision.USE_PRECONFIGURED_KEY
    children = [child.eui64 for child in han.hub.take(ChildJoined)]
    assert children == ([] if role is Role.ROUTER else [ESME])


def test_another_install_code_gets_no_network_key():
    han = Han()
    han.open(ESME, ESME_KEY)
    device = han.device(ESME)
    han.start_join(device, GSME_KEY, Role.END_DEVICE)
    han.run(15)
    assert device.statuses() == [Status.NO_NETWORK_KEY]
    assert device.node.state is NetworkState.NO_NETWORK
    assert device.node.counters()["aps forged"] > 0
    assert device.node.network_key is None


def test_an_unlisted_device_is_denied():
    han = Han()
    han.open(ESME, ESME_KEY)
    device = han.device(GSME)
    han.start_join(device, GSME_KEY, Role.END_DEVICE)
    han.run(15)
    assert device.statuses() == [Status.NO_NETWORK_KEY]
    decisions = {join.decision for join in han.hub.take(TrustCentreJoin)}
    assert decisions == {JoinDecision.DENY}
    assert han.hub.node.counters()["joins denied"] > 0


def test_a_closed_door_is_not_tried():
    han = Han()
    device = han.device(ESME)
    han.start_join(device, ESME_KEY, Role.END_DEVICE)
    han.run(5)
    assert device.statuses() == [Status.NO_NETWORKS]


@pytest.mark.parametrize("role", [Role.ROUTER, Role.END_DEVICE, Role.SLEEPY_END_DEVICE])
@pytest.mark.parametrize("seed", range(8))
def test_a_device_joins_through_bad_air(role, seed):
    conditions = Conditions(loss=0.2, duplication=0.1, reordering=0.1, delay=0.05)
    han = Han(seed=seed, conditions=conditions)
    device = han.join(ESME, ESME_KEY, role)
    assert device.node.network_key == (NETWORK_KEY, 0)

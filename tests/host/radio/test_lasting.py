"""Restarts, rejoins, keys that change, children that fall silent."""

import json

import pytest

from host.radio.stack.events import (
    ChildJoined,
    JoinDecision,
    JoinKind,
    KeyEstablished,
    TrustCentreJoin,
)
from host.radio.stack.types import (
    ApsOption,
    InitialSecurity,
    KeyRequest,
    NetworkState,
    Role,
    Status,
)
from tests.host.radio.han import ESME, ESME_KEY, GSME, GSME_KEY, HUB, IHD, Han

SECURED = ApsOption.RETRY | ApsOption.ENCRYPTION


def _exchange(han, device):
    """A secured message each way; the sleeper asks for its own."""
    for stand in (han.hub, device):
        stand.events.clear()
    han.hub.send(device, b"out", SECURED)
    device.send(han.hub, b"back", SECURED)
    for _ in range(4):
        if device.node.role is Role.SLEEPY_END_DEVICE:
            device.poll()
        han.run(2)
    assert device.messages() == [b"out"]
    assert han.hub.messages() == [b"back"]
    assert han.hub.sent() == device.sent() == [Status.OK]


@pytest.mark.parametrize("role", [Role.ROUTER, Role.END_DEVICE, Role.SLEEPY_END_DEVICE])
def test_both_ends_go_on_after_a_power_cut(role):
    han = Han()
    device = han.join(ESME, ESME_KEY, role)
    han.hub.node.keys.put(ESME, ESME_KEY)
    han.hub.station.settle()
    for round_ in range(3):
        _exchange(han, device)
        (han.hub if round_ % 2 else device).cut_power()
        han.run(20)
    _exchange(han, device)
    for stand in (han.hub, device):
        assert stand.node.counters()["nwk replayed"] == 0
        assert stand.node.counters()["aps replayed"] == 0


def test_frame_counters_never_go_back():
    han = Han()
    device = han.join(ESME, ESME_KEY)
    highest = 0
    for _ in range(3):
        for _ in range(700):
            device.send(han.hub, b"x", ApsOption.NONE)
            han.run(0.05)
        spent = device.node.network_frame_counter
        assert spent > highest
        device.cut_power()
        assert device.node.network_frame_counter >= spent
        highest = spent
    assert device.stored is not None
    assert json.loads(json.dumps(device.stored)) == device.stored


def test_a_state_of_another_node_is_refused():
    han = Han()
    device = han.join(ESME, ESME_KEY)
    other = han.device(GSME)
    assert device.stored is not None
    with pytest.raises(ValueError, match="not a state of this node"):
        other.node.restore(device.stored)


@pytest.mark.parametrize("secured", [True, False])
@pytest.mark.parametrize("role", [Role.END_DEVICE, Role.SLEEPY_END_DEVICE])
def test_a_device_rejoins(secured, role):
    han = Han()
    device = han.join(ESME, ESME_KEY, role)
    han.hub.node.keys.put(ESME, ESME_KEY)
    node_id = device.node.node_id
    han.hub.events.clear()
    device.events.clear()
    device.node.rejoin(secured, device.now)
    device.station.settle()
    han.run(5)
    assert device.statuses() == [Status.NETWORK_UP]
    assert device.node.node_id == node_id
    (join,) = han.hub.take(TrustCentreJoin)
    assert join.kind is (JoinKind.SECURED_REJOIN if secured else JoinKind.UNSECURED_REJOIN)
    _exchange(han, device)


def test_an_unsecured_rejoin_can_be_denied():
    han = Han()
    device = han.join(ESME, ESME_KEY)
    han.hub.node.policy.allow_unsecured_rejoins = False
    han.hub.events.clear()
    device.events.clear()
    device.node.rejoin(False, device.now)
    device.station.settle()
    han.run(60)
    assert device.statuses()[-1] is Status.NO_NETWORK_KEY
    assert {j.decision for j in han.hub.take(TrustCentreJoin)} == {JoinDecision.DENY}


def test_a_sleepy_child_that_its_parent_forgot_comes_back():
    han = Han()
    device = han.join(ESME, ESME_KEY, Role.SLEEPY_END_DEVICE)
    han.hub.node.keys.put(ESME, ESME_KEY)
    han.hub.station.settle()
    assert han.hub.stored is not None
    forgetful = dict(han.hub.stored)
    forgetful["children"] = []
    han.hub.stored = forgetful
    device.events.clear()
    han.hub.station.close()
    han.hub.start()
    han.hub.node.restore(forgetful)
    han.hub.node.resume(han.hub.now)
    han.hub.station.settle()
    device.poll()
    han.run(5)
    assert device.statuses() == [Status.NETWORK_DOWN, Status.NETWORK_UP]
    _exchange(han, device)


def test_a_lost_parent_is_noticed():
    han = Han()
    device = han.join(ESME, ESME_KEY, Role.SLEEPY_END_DEVICE)
    device.events.clear()
    han.hub.station.close()
    for _ in range(3):
        device.poll()
        han.run(1)
    assert device.node.state is NetworkState.JOINED_NO_PARENT
    assert device.statuses() == [Status.NETWORK_DOWN]
    han.hub.start()
    han.hub.node.restore(han.hub.stored)
    han.hub.node.resume(han.hub.now)
    han.hub.station.settle()
    device.node.rejoin(True, device.now)
    device.station.settle()
    han.run(5)
    assert device.statuses() == [Status.NETWORK_UP]


def test_a_silent_child_is_let_go():
    han = Han()
    han.open(ESME, ESME_KEY)
    device = han.device(ESME)
    device.node.limits.end_device_timeout = 1
    han.start_join(device, ESME_KEY, Role.SLEEPY_END_DEVICE)
    han.run(3)
    assert device.node.state is NetworkState.JOINED
    for _ in range(4):
        han.run(100)
        device.poll()
    han.hub.events.clear()
    han.run(115)
    assert han.hub.take(ChildJoined) == []
    han.run(20)
    (gone,) = han.hub.take(ChildJoined)
    assert (gone.joining, gone.eui64) == (False, ESME)
    assert [j.kind for j in han.hub.take(TrustCentreJoin)] == [JoinKind.LEFT]
    assert han.hub.node.counters()["children aged out"] == 1


def test_leaving_is_told():
    han = Han()
    device = han.join(ESME, ESME_KEY)
    han.hub.events.clear()
    device.node.leave(device.now)
    device.station.settle()
    han.run(1)
    assert device.statuses()[-1] is Status.NETWORK_DOWN
    assert [j.kind for j in han.hub.take(TrustCentreJoin)] == [JoinKind.LEFT]
    assert han.hub.node.child_at(0) is None


@pytest.mark.parametrize("policy", list(KeyRequest))
def test_a_link_key_of_its_own(policy):
    han = Han()
    device = han.join(ESME, ESME_KEY)
    han.hub.node.policy.link_key_requests = policy
    device.node.request_link_key(device.now)
    device.station.settle()
    han.run(10)
    (told,) = device.take(KeyEstablished)
    if policy is KeyRequest.DENY:
        assert told.status is Status.KEY_REFUSED
        assert device.node.keys.find(HUB) is None
        return
    assert (told.status, told.partner) == (Status.OK, HUB)
    key = device.node.keys.find(HUB)
    assert key is not None
    assert han.hub.node.keys.find(ESME).key == key.key
    assert (key.key == ESME_KEY) is (policy is KeyRequest.SEND_CURRENT)
    _exchange(han, device)


def test_a_new_network_key():
    han = Han()
    device = han.join(ESME, ESME_KEY)
    sleeper = han.join(GSME, GSME_KEY, Role.SLEEPY_END_DEVICE)
    router = han.join(IHD, ESME_KEY, Role.ROUTER)
    new = bytes(range(16))
    han.hub.node.switch_network_key(new, 1, han.hub.now)
    han.hub.station.settle()
    for _ in range(20):
        sleeper.poll()
        han.run(1)
    for stand in (han.hub, device, sleeper, router):
        assert stand.node.network_key == (new, 1), stand.eui64.hex()
    _exchange(han, device)
    _exchange(han, sleeper)


def test_keys_that_expire():
    han = Han()
    han.open(ESME, ESME_KEY)
    assert han.hub.node.keys.find_transient(ESME, han.hub.now) == ESME_KEY
    han.run(301)
    assert han.hub.node.keys.find_transient(ESME, han.hub.now) is None
    han.hub.node.permit(60, han.hub.now)
    device = han.device(ESME)
    han.start_join(device, ESME_KEY, Role.END_DEVICE)
    han.run(40)
    assert device.statuses() == [Status.NO_NETWORK_KEY]


def test_the_door_closes_by_itself():
    han = Han()
    han.open(ESME, ESME_KEY, 10)
    han.run(11)
    assert not han.hub.node.permitting
    device = han.device(ESME)
    han.start_join(device, ESME_KEY, Role.END_DEVICE)
    han.run(5)
    assert device.statuses() == [Status.NO_NETWORKS]


def test_a_full_child_table_refuses():
    han = Han()
    han.hub.node.limits.children = 1
    han.join(ESME, ESME_KEY)
    han.open(GSME, GSME_KEY)
    device = han.device(GSME)
    han.start_join(device, GSME_KEY, Role.END_DEVICE)
    han.run(20)
    assert device.statuses() == [Status.NO_NETWORKS]


def test_a_node_forms_once():
    han = Han()
    with pytest.raises(Exception, match="invalid call"):
        han.hub.node.form(han.parameters, InitialSecurity(ESME_KEY), han.hub.now)


def test_an_end_device_shows_that_it_is_there():
    han = Han()
    han.open(ESME, ESME_KEY)
    device = han.device(ESME)
    device.node.limits.end_device_timeout = 1
    han.start_join(device, ESME_KEY, Role.END_DEVICE)
    han.run(1000)
    child = han.hub.node.child_at(0)
    assert child is not None
    assert child.eui64 == ESME
    han.hub.cut_power()
    device.cut_power()
    han.run(1000)
    assert han.hub.node.child_at(0) is not None
    device.station.close()
    han.run(130)
    assert han.hub.node.child_at(0) is None

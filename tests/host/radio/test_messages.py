import pytest

from host.radio.conditions import Conditions
from host.radio.stack.events import Delivery, Message, PollComplete
from host.radio.stack.types import (
    BROADCAST_ALL,
    ApsFrame,
    ApsOption,
    Role,
    StackError,
    Status,
)
from tests.host.radio.han import (
    ESME,
    ESME_KEY,
    GSME,
    GSME_KEY,
    HUB,
    IHD,
    SMART_ENERGY,
    Han,
)

SECURED = ApsOption.RETRY | ApsOption.ENCRYPTION


def _pair(role: Role = Role.END_DEVICE, conditions: Conditions | None = None):
    han = Han(conditions=conditions)
    device = han.join(ESME, ESME_KEY, role)
    for stand in (han.hub, device):
        stand.events.clear()
    return han, device


@pytest.mark.parametrize("options", [ApsOption.NONE, ApsOption.RETRY, SECURED])
def test_messages_go_both_ways(options):
    han, device = _pair()
    han.hub.send(device, b"to the meter", options)
    device.send(han.hub, b"to the hub", options)
    han.run(2)
    for stand, payload in ((device, b"to the meter"), (han.hub, b"to the hub")):
        (message,) = [event for event in stand.take(Message) if event.aps.profile]
        assert message.payload == payload
        assert message.delivery is Delivery.UNICAST
        assert bool(message.aps.options & ApsOption.ENCRYPTION) is bool(
            options & ApsOption.ENCRYPTION
        )
        assert message.aps.cluster == 0x0702
        assert stand.sent() == [Status.OK]
    assert han.hub.node.counters()["nwk forged"] == 0


def test_a_message_to_oneself():
    han, _ = _pair()
    han.hub.send(han.hub, b"me")
    assert han.hub.messages() == [b"me"]
    assert han.hub.sent() == [Status.OK]


def test_without_a_link_key_nothing_is_secured():
    han, device = _pair()
    han.hub.node.keys.clear_transient()
    with pytest.raises(StackError) as refused:
        han.hub.send(device, b"secret", SECURED)
    assert refused.value.status is Status.NO_LINK_KEY


def test_a_device_that_is_gone_fails_delivery():
    han, device = _pair()
    device.station.close()
    han.hub.send(device, b"anybody?", tag=7)
    han.run(20)
    assert han.hub.sent() == [Status.DELIVERY_FAILED]
    assert han.hub.node.counters()["aps retried"] == 3


def test_the_host_changes_the_link_key():
    han, device = _pair()
    new = bytes(range(16))
    han.hub.node.keys.put(ESME, new)
    device.node.keys.put(HUB, new)
    han.hub.send(device, b"under the new key", SECURED)
    han.run(2)
    assert device.messages() == [b"under the new key"]
    assert han.hub.sent() == [Status.OK]


def test_a_sleepy_child_gets_what_waits_when_it_asks():
    han, device = _pair(Role.SLEEPY_END_DEVICE)
    han.hub.send(device, b"one")
    han.hub.send(device, b"two")
    han.run(1)
    assert device.messages() == []
    device.poll()
    han.run(1)
    assert device.messages() == [b"one", b"two"]
    assert [event.status for event in device.take(PollComplete)] == [Status.OK]
    assert han.hub.sent() == [Status.OK, Status.OK]
    device.poll()
    han.run(1)
    assert [event.status for event in device.take(PollComplete)] == [Status.NO_DATA]
    assert not device.node.radio.receiver_on


def test_what_waits_is_no_replay_of_what_was_heard_meanwhile():
    han, device = _pair(Role.SLEEPY_END_DEVICE)
    han.hub.send(device, b"waits")
    han.run(0.1)
    device.node.radio.receiver_on = True
    aps = ApsFrame(SMART_ENERGY, 0x0703, 10, 0xFF)
    han.hub.node.send_broadcast(BROADCAST_ALL, aps, b"all", 0, 1, han.hub.now)
    han.hub.station.settle()
    han.run(0.1)
    assert device.messages() == [b"all"]
    device.poll()
    han.run(1)
    assert b"waits" in device.messages()
    assert not device.node.counters().get("nwk replayed")


def test_every_poll_has_its_end():
    han, device = _pair(Role.SLEEPY_END_DEVICE)
    han.hub.send(device, b"one")
    for _ in range(3):
        device.poll()
    han.run(1)
    assert len(device.take(PollComplete)) == 3
    assert device.messages() == [b"one"]


def test_a_sleeper_that_asks_often_gets_a_long_message():
    han, device = _pair(Role.SLEEPY_END_DEVICE)
    message = bytes(range(200)) * 6
    han.hub.send(device, message, SECURED)
    for _ in range(80):
        device.poll()
        han.run(0.25)
    assert device.messages() == [message]
    device.send(han.hub, message, SECURED)
    for _ in range(80):
        device.poll()
        han.run(0.25)
    assert han.hub.messages() == [message]
    assert han.hub.sent() == device.sent() == [Status.OK]


def test_what_nobody_fetches_is_given_up():
    han, device = _pair(Role.SLEEPY_END_DEVICE)
    han.hub.send(device, b"too late", ApsOption.NONE)
    han.run(10)
    assert han.hub.sent() == [Status.DELIVERY_FAILED]
    device.poll()
    han.run(1)
    assert device.messages() == []
    assert han.hub.node.counters()["indirect expired"] == 1


def test_the_indirect_queue_overflows():
    han, device = _pair(Role.SLEEPY_END_DEVICE)
    for number in range(10):
        han.hub.send(device, bytes((number,)), ApsOption.NONE)
    assert han.hub.sent() == [Status.DELIVERY_FAILED] * 2
    device.poll()
    han.run(2)
    assert device.messages() == [bytes((number,)) for number in range(8)]


def test_sleepers_that_fetch_nothing_keep_nobody_out():
    han, _ = _pair(Role.SLEEPY_END_DEVICE)
    aps = ApsFrame(SMART_ENERGY, 0x0703, 10, 0xFF)
    for _ in range(20):
        han.hub.node.send_broadcast(BROADCAST_ALL, aps, b"all", 0, 1, han.hub.now)
        han.hub.station.settle()
    device = han.join(GSME, GSME_KEY, Role.SLEEPY_END_DEVICE)
    han.hub.events.clear()
    han.hub.send(device, b"to one")
    han.run(0.5)
    device.poll()
    han.run(1)
    assert device.messages()[-1] == b"to one"


def test_broadcasts_reach_everybody_once():
    han, device = _pair()
    sleeper = han.join(GSME, GSME_KEY, Role.SLEEPY_END_DEVICE)
    router = han.join(IHD, ESME_KEY, Role.ROUTER)
    for stand in (device, sleeper, router):
        stand.events.clear()
    aps = ApsFrame(SMART_ENERGY, 0x0703, 10, 0xFF)
    han.hub.node.send_broadcast(BROADCAST_ALL, aps, b"all", 0, 1, han.hub.now)
    han.hub.station.settle()
    han.run(2)
    sleeper.poll()
    han.run(2)
    for stand in (device, sleeper, router):
        (message,) = [event for event in stand.take(Message) if event.aps.profile]
        assert (message.delivery, message.payload) == (Delivery.BROADCAST, b"all")
    assert han.hub.messages() == []


def test_multicasts_reach_their_group():
    han, device = _pair()
    aps = ApsFrame(SMART_ENERGY, 0x0703, 10, 0, group=0x0101)
    device.node.groups.add((0x0101, 1))
    for group in (0x0101, 0x0202):
        one = ApsFrame(aps.profile, aps.cluster, 10, 0, group=group)
        han.hub.node.send_multicast(one, b"group", 0, 1, han.hub.now)
        han.hub.station.settle()
    han.run(1)
    (message,) = [event for event in device.take(Message) if event.aps.profile]
    assert message.delivery is Delivery.MULTICAST
    assert message.aps.group == 0x0101


@pytest.mark.parametrize("options", [ApsOption.RETRY, SECURED])
@pytest.mark.parametrize("window", [1, 4])
def test_long_messages_go_in_blocks(options, window):
    han, device = _pair()
    for stand in (han.hub, device):
        stand.node.limits.fragment_window = window
    message = bytes(range(256)) * 5
    han.hub.send(device, message, options)
    device.send(han.hub, message[::-1], options)
    han.run(10)
    assert device.messages() == [message]
    assert han.hub.messages() == [message[::-1]]
    assert han.hub.sent() == device.sent() == [Status.OK]


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("window", [1, 3])
def test_blocks_arrive_through_bad_air(seed, window):
    han, device = _pair()
    for stand in (han.hub, device):
        stand.node.limits.fragment_window = window
    air = han.air
    air.conditions = Conditions(loss=0.2, duplication=0.2, reordering=0.2, delay=0.02)
    air.random.seed(seed)
    messages = [bytes((number,)) * 1200 for number in range(5)]
    for message in messages:
        han.hub.send(device, message, SECURED)
        han.run(60)
    assert device.messages() == messages
    assert han.hub.sent() == [Status.OK] * 5


def test_a_host_that_cuts_its_own_blocks():
    han, device = _pair()
    device.node.reassembly = False
    blocks = [bytes((number,)) * 50 for number in range(3)]
    sequence = 0
    for number, block in enumerate(blocks):
        group = len(blocks) << 8 if number == 0 else number
        options = ApsOption(ApsOption.RETRY | ApsOption.FRAGMENT)
        aps = ApsFrame(SMART_ENERGY, 0x0704, 10, 1, options, group, sequence)
        node = han.hub.node
        sequence = node.send_unicast(device.node.node_id, aps, block, number, han.hub.now)
        han.hub.station.settle()
        han.run(0.5)
        assert han.hub.sent() == []
        (heard,) = [event for event in device.take(Message) if event.aps.profile]
        assert (heard.aps.group, heard.payload) == (group, block)
        assert heard.aps.options & ApsOption.FRAGMENT
        device.node.send_fragment_acknowledgement(heard.source, heard.aps, b"", device.now)
        device.station.settle()
        han.run(0.5)
        assert han.hub.sent() == [Status.OK]


def test_limits_are_told():
    han, device = _pair()
    assert han.hub.node.maximum_payload(ApsOption.NONE) == 82
    assert han.hub.node.maximum_payload(ApsOption.ENCRYPTION) == 73
    with pytest.raises(StackError) as refused:
        han.hub.send(device, bytes(20000))
    assert refused.value.status is Status.MESSAGE_TOO_LONG
    device.station.close()
    for _ in range(16):
        han.hub.send(device, b"x")
    with pytest.raises(StackError) as refused:
        han.hub.send(device, b"x")
    assert refused.value.status is Status.NO_BUFFERS
    with pytest.raises(StackError) as refused:
        han.device(IHD).send(device, b"x")
    assert refused.value.status is Status.NOT_JOINED


def test_a_node_that_restarts_may_use_any_counter_again():
    """APS counters have eight bits: the same one soon stands on another message."""
    han, device = _pair()
    device.send(han.hub, b"before", SECURED)
    han.run(1)
    device.node._core.aps._counter = device.node._core.aps._counter - 1 & 0xFF
    device.send(han.hub, b"after", SECURED)
    han.run(1)
    assert [event.payload for event in han.hub.take(Message) if event.aps.profile] == [
        b"before",
        b"after",
    ]
    assert han.hub.node.counters()["aps duplicate"] == 0

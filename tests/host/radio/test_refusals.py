"""What an attacker on the air can do: nothing that is not refused and counted."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from host.radio.stack.nwk_security import HEARD_STEP
from host.radio.stack.types import ApsOption, NetworkState, Role, Status
from keys.zigbee_suite import ZigbeeSuite
from smets.zigbee import aps, mac, nwk, security
from tests.host.radio.han import (
    CHANNEL,
    ESME,
    ESME_KEY,
    GSME,
    GSME_KEY,
    HUB,
    IHD,
    NETWORK_KEY,
    PAN,
    Han,
)

SECURED = ApsOption.RETRY | ApsOption.ENCRYPTION
SUITE = ZigbeeSuite()


class Eavesdropper:
    """Hears everything, and can say everything again."""

    def __init__(self, han: Han) -> None:
        self._han = han
        self.heard: list[bytes] = []
        han.air.taps.append(lambda _time, _channel, _rssi, frame: self.heard.append(frame))

    def data(self) -> list[bytes]:
        """What was said to one neighbour."""
        frames = [mac.MacFrame.decode(frame) for frame in self.heard]
        unicast = [f for f in frames if f.kind == mac.DATA and f.destination != mac.BROADCAST]
        return [frame.encode() for frame in unicast]

    def inject(self, frame: bytes) -> None:
        self._han.air.inject(frame, CHANNEL)
        self._han.run(0.5)


@pytest.fixture
def han():
    return Han()


def _nwk_frame(
    payload: bytes,
    source: int,
    destination: int = 0,
    kind: int = nwk.DATA,
    key: bytes | None = NETWORK_KEY,
    eui64: bytes = ESME,
    counter: int = 0x00FFFFFF,
    sequence: int = 200,
) -> bytes:
    """A frame that an insider, or one with a wrong key, makes."""
    frame = nwk.NwkFrame(kind, destination, source, 30, sequence, payload, key is not None)
    octets = frame.header() + payload
    if key is not None:
        auxiliary = security.AuxiliaryHeader(security.NETWORK, counter, eui64)
        octets = security.seal(SUITE, key, frame.header(), auxiliary, payload, eui64)
    return mac.MacFrame(
        mac.DATA, sequence, PAN, destination, PAN, source, octets, ack_request=True
    ).encode()


def _counted(stand, name: str) -> int:
    return stand.node.counters()[name]


def test_replayed_network_frames_are_refused(han):
    device = han.join(ESME, ESME_KEY)
    eavesdropper = Eavesdropper(han)
    device.send(han.hub, b"once", SECURED)
    han.run(1)
    assert han.hub.messages() == [b"once"]
    recorded = eavesdropper.data()
    assert recorded
    for frame in recorded:
        eavesdropper.inject(frame)
    assert han.hub.messages() == []
    assert _counted(han.hub, "nwk replayed") + _counted(device, "nwk replayed") == len(recorded)


def test_replays_after_a_restart_are_refused(han):
    device = han.join(ESME, ESME_KEY)
    eavesdropper = Eavesdropper(han)
    for _ in range(2 * HEARD_STEP):
        device.send(han.hub, b"x", ApsOption.NONE)
        han.run(0.05)
    recorded = eavesdropper.data()
    han.hub.cut_power()
    han.hub.events.clear()
    for frame in recorded[:HEARD_STEP]:
        eavesdropper.inject(frame)
    assert han.hub.messages() == []
    assert _counted(han.hub, "nwk replayed") == HEARD_STEP


def test_forged_network_frames_are_refused(han):
    device = han.join(ESME, ESME_KEY)
    eavesdropper = Eavesdropper(han)
    device.send(han.hub, b"once")
    han.run(1)
    frame = next(f for f in eavesdropper.data() if mac.MacFrame.decode(f).destination == 0)
    forged = bytearray(frame)
    forged[9 + 8 + 1 + 3] ^= 0x40  # a counter of the far future
    eavesdropper.inject(bytes(forged))
    assert _counted(han.hub, "nwk forged") == 1
    eavesdropper.inject(_nwk_frame(b"\x00" * 12, device.node.node_id, key=bytes(16)))
    assert _counted(han.hub, "nwk forged") == 2
    assert han.hub.messages() == [b"once"]


def test_unsecured_network_frames_are_refused(han):
    device = han.join(ESME, ESME_KEY)
    eavesdropper = Eavesdropper(han)
    data = aps.ApsFrame(aps.DATA, 1, b"", 0, 10, 1, 0x0702, 0x0109).encode() + b"clear"
    eavesdropper.inject(_nwk_frame(data, device.node.node_id, key=None))
    leave = nwk.write_command(nwk.LEAVE, nwk.LEAVE_REQUEST)
    eavesdropper.inject(
        _nwk_frame(leave, 0, device.node.node_id, nwk.COMMAND, key=None, eui64=HUB)
    )
    assert _counted(han.hub, "nwk unsecured") == 1
    assert _counted(device, "nwk unsecured") == 1
    assert han.hub.messages() == []
    assert device.node.state is NetworkState.JOINED


def test_an_unknown_network_key_sequence_is_refused(han):
    device = han.join(ESME, ESME_KEY)
    frame = nwk.NwkFrame(nwk.DATA, 0, device.node.node_id, 30, 9, b"", True)
    auxiliary = security.AuxiliaryHeader(security.NETWORK, 5, ESME, 77)
    octets = security.seal(SUITE, NETWORK_KEY, frame.header(), auxiliary, b"x" * 9, ESME)
    Eavesdropper(han).inject(
        mac.MacFrame(mac.DATA, 1, PAN, 0, PAN, device.node.node_id, octets).encode()
    )
    assert _counted(han.hub, "nwk unknown key") == 1


def _aps_secured(key: bytes, counter: int, payload: bytes = b"insider") -> bytes:
    frame = aps.ApsFrame(aps.DATA, 1, b"", 0, 10, 1, 0x0702, 0x0109, secured=True)
    auxiliary = security.AuxiliaryHeader(security.LINK, counter)
    return security.seal(SUITE, key, frame.header(), auxiliary, payload, ESME)


def test_link_key_frames_of_an_insider_are_refused(han):
    """Whoever has the network key still has to have the link key, and cannot replay it."""
    device = han.join(ESME, ESME_KEY)
    node_id = device.node.node_id
    eavesdropper = Eavesdropper(han)
    forged = _aps_secured(GSME_KEY, 0x1000)
    eavesdropper.inject(_nwk_frame(forged, node_id, counter=0x100000, sequence=1))
    assert _counted(han.hub, "aps forged") == 1
    good = _aps_secured(ESME_KEY, 0x1000)
    eavesdropper.inject(_nwk_frame(good, node_id, counter=0x100001, sequence=2))
    assert han.hub.messages() == [b"insider"]
    eavesdropper.inject(_nwk_frame(good, node_id, counter=0x100002, sequence=3))
    assert _counted(han.hub, "aps replayed") == 1
    stranger = _nwk_frame(good, 0x7777, eui64=IHD, counter=0x100003, sequence=4)
    eavesdropper.inject(stranger)
    assert _counted(han.hub, "aps no key") == 1
    assert han.hub.messages() == []


@pytest.mark.parametrize(
    "command",
    [
        (aps.TRANSPORT_KEY, 1, bytes(16), 9, ESME, HUB),
        (aps.TRANSPORT_KEY, 4, bytes(16), ESME, HUB),
        (aps.REMOVE_DEVICE, ESME),
        (aps.SWITCH_KEY, 9),
        (aps.CONFIRM_KEY, 0, 4, ESME),
        (aps.TUNNEL, IHD, bytes(20)),
    ],
)
def test_commands_of_the_trust_centre_come_from_it_alone(han, command):
    device = han.join(ESME, ESME_KEY, Role.ROUTER)
    frame = aps.ApsFrame(aps.COMMAND, 3)
    payload = frame.header() + aps.write_command(*command)
    before = _counted(device, "commands refused")
    Eavesdropper(han).inject(
        _nwk_frame(payload, 0x1234, device.node.node_id, eui64=GSME, counter=5)
    )
    assert _counted(device, "commands refused") == before + 1
    assert device.node.state is NetworkState.JOINED
    assert device.node.network_key == (NETWORK_KEY, 0)


def test_a_link_key_is_proved_to_the_trust_centre(han):
    device = han.join(ESME, ESME_KEY)
    payload = aps.ApsFrame(aps.COMMAND, 3).header()
    payload += aps.write_command(aps.VERIFY_KEY, 4, ESME, bytes(16))
    Eavesdropper(han).inject(
        _nwk_frame(payload, device.node.node_id, counter=0x100000, sequence=9)
    )
    assert _counted(han.hub, "commands refused") == 1
    assert han.hub.node.keys.find(ESME) is None


def test_a_replayed_transport_key_does_not_move_a_joined_device(han):
    eavesdropper = Eavesdropper(han)
    device = han.join(ESME, ESME_KEY)
    node_id = device.node.node_id
    keys = [
        frame
        for frame in eavesdropper.data()
        if not nwk.NwkFrame.decode(mac.MacFrame.decode(frame).payload).secured
    ]
    assert keys
    eavesdropper.inject(keys[0])
    assert device.node.node_id == node_id
    assert device.statuses() == [Status.NETWORK_UP]
    assert _counted(device, "nwk unsecured") == 1


@given(st.binary(max_size=125))
@settings(max_examples=300, deadline=None)
def test_no_octets_off_the_air_stop_a_node(octets):
    han, devices = _running()
    for stand in (han.hub, *devices):
        stand.node.receive(octets, 255, -40, han.air.schedule.now)
        stand.station.settle()
    han.run(0.1)


@given(st.integers(0, 2), st.binary(max_size=80))
@settings(max_examples=300, deadline=None)
def test_no_octets_of_an_insider_stop_a_node(kind, payload):
    han, devices = _running()
    _RUNNING["counter"] += 1
    counter = _RUNNING["counter"]
    for stand in (han.hub, *devices):
        to = stand.node.node_id
        body = payload if kind < 2 else bytes((0x01, counter & 0xFF)) + payload
        frame = _nwk_frame(
            body,
            0x0BAD,
            to,
            nwk.COMMAND if kind == 1 else nwk.DATA,
            eui64=IHD,
            counter=counter,
            sequence=counter & 0xFF,
        )
        stand.node.receive(frame, 255, -40, han.air.schedule.now)
        stand.station.settle()
    han.run(0.1)


_RUNNING: dict = {"counter": 0}


def _running():
    if "han" not in _RUNNING:
        han = Han()
        han.open(GSME, GSME_KEY, 255)
        _RUNNING["han"] = (
            han,
            [
                han.join(ESME, ESME_KEY, Role.ROUTER),
                han.join(GSME, GSME_KEY, Role.SLEEPY_END_DEVICE),
            ],
        )
    return _RUNNING["han"]

import asyncio
import struct

import pytest

from host.radio.air import Air
from host.radio.capture import Capture, KeyFile, file_header
from host.radio.conditions import Conditions, link_quality, received_power
from host.radio.radio import RadioState
from host.radio.schedule import RealTime, Schedule
from host.radio.stack.events import EnergyFound, NetworkFound, ScanComplete
from host.radio.stack.types import ALL_CHANNELS, ApsOption, NetworkState, Role, Status
from smets.zigbee import mac
from tests.host.radio.han import ESME, ESME_KEY, GSME, HUB, Han

PAN = 0x1234


def _frame(sequence: int = 1, to: int = 2, ack: bool = True) -> bytes:
    return mac.MacFrame(mac.DATA, sequence, PAN, to, PAN, 1, b"payload", ack).encode()


class Pair:
    """Two bare transceivers."""

    def __init__(self, conditions: Conditions | None = None, seed: int = 1, metres: float = 3):
        self.schedule = Schedule()
        self.air = Air(self.schedule, seed, conditions)
        self.heard: list[bytes] = []
        self.done: list[tuple[bool, bool]] = []
        states = [
            RadioState(bytes((number,)) * 8, 15, PAN, number, receiver_on=True)
            for number in (1, 2)
        ]
        self.one = self.air.attach(states[0], lambda *_: None)
        self.two = self.air.attach(states[1], self._receive, (metres, 0.0))

    def _receive(self, frame: bytes, _lqi: int, _rssi: int) -> None:
        self.heard.append(frame)

    def send(self, frame: bytes, channel: int = 15) -> None:
        self.one.transmit(frame, channel, lambda *outcome: self.done.append(outcome))

    def run(self) -> None:
        self.schedule.run(5)


def test_a_frame_is_acknowledged():
    pair = Pair()
    pair.send(_frame())
    pair.run()
    assert pair.heard == [_frame()]
    assert pair.done == [(True, False)]


@pytest.mark.parametrize(
    "frame",
    [
        _frame(to=3),
        mac.MacFrame(mac.DATA, 1, 0x4321, 2, 0x4321, 1, b"", True).encode(),
        mac.MacFrame(mac.DATA, 1, PAN, b"\x09" * 8, PAN, 1, b"", True).encode(),
    ],
)
def test_what_is_for_others_is_neither_heard_nor_acknowledged(frame):
    pair = Pair()
    pair.send(frame)
    pair.run()
    assert pair.heard == []
    assert pair.done == [(False, False)]
    assert pair.air.counters["frames"] == 4


def test_another_channel_a_receiver_that_is_off_and_a_wall():
    pair = Pair()
    pair.send(_frame(), channel=16)
    pair.run()
    pair.two.state.receiver_on = False
    pair.send(_frame())
    pair.run()
    pair.two.state.receiver_on = True
    pair.air.block(pair.one, pair.two)
    pair.send(_frame())
    pair.run()
    assert (pair.heard, pair.done) == ([], [(False, False)] * 3)
    pair.air.block(pair.one, pair.two, blocked=False)
    pair.send(_frame())
    pair.run()
    assert pair.heard == [_frame()]


def test_range():
    assert Pair(metres=10).air.level is not None
    near, far = Pair(metres=20), Pair(metres=500)
    for pair in (near, far):
        pair.send(_frame())
        pair.run()
    assert (len(near.heard), len(far.heard)) == (1, 0)
    assert received_power((0, 0), (1, 0)) == -37
    assert link_quality(-40) == 255
    assert link_quality(-97) == 0


def test_frames_get_lost_as_often_as_asked_for_and_the_seed_decides():
    def trial(seed: int, loss: float) -> list[bytes]:
        pair = Pair(Conditions(loss=loss), seed)
        for number in range(300):
            pair.send(_frame(number & 0xFF, ack=False))
            pair.schedule.run(0.02)
        return pair.heard

    assert trial(1, 0.3) == trial(1, 0.3)
    assert trial(1, 0.3) != trial(2, 0.3)
    assert 150 < len(trial(1, 0.3)) < 260
    assert len(trial(1, 0)) == 300
    assert trial(1, 1.0) == []


def test_retries_reach_further_than_single_frames():
    pair = Pair(Conditions(loss=0.3))
    for number in range(200):
        pair.send(_frame(number & 0xFF))
        pair.schedule.run(0.05)
    assert len(pair.heard) >= 190
    assert pair.done.count((True, False)) >= 180
    assert pair.air.counters["retries"] > 50
    # A lost acknowledgement makes a copy, which the receiver's transceiver drops.
    assert pair.air.counters["copies"] > 10
    assert len(pair.heard) <= 200


def test_interference_is_of_one_channel():
    pair = Pair(Conditions(interference={15: 1.0}))
    pair.send(_frame())
    pair.run()
    assert pair.heard == []
    pair.one.state.channel = pair.two.state.channel = 20
    pair.send(_frame(), channel=20)
    pair.run()
    assert pair.heard == [_frame()]


def test_duplicates_and_overtaking():
    pair = Pair(Conditions(duplication=0.5, reordering=0.3))
    frames = [_frame(number) for number in range(100)]
    for frame in frames:
        pair.send(frame)
        pair.schedule.run(0.01)
    pair.run()
    assert 130 < len(pair.heard) < 170
    assert set(pair.heard) == set(frames)
    once = list(dict.fromkeys(pair.heard))
    assert once != frames


def test_queues_are_bounded():
    pair = Pair()
    for number in range(80):
        pair.send(_frame(number))
    pair.run()
    assert len(pair.heard) == 64
    assert pair.done.count((False, False)) == 16
    with pytest.raises(ValueError, match="too long"):
        pair.send(_frame() + bytes(127))
    with pytest.raises(ValueError, match="truncated"):
        pair.send(b"\x00")


def test_networks_are_found_on_their_channels():
    schedule = Schedule()
    air = Air(schedule, conditions=Conditions(interference={20: 0.5}))
    first = Han(air=air, channel=11, pan_id=0x0001)
    Han(air=air, channel=25, pan_id=0x0002, hub=GSME)
    looker = first.device(ESME)
    looker.node.scan_networks(ALL_CHANNELS, 3, looker.now)
    looker.station.settle()
    schedule.run(10)
    found = looker.take(NetworkFound)
    assert [(n.channel, n.pan_id, n.extended_pan_id) for n in found] == [
        (11, 1, HUB),
        (25, 2, GSME),
    ]
    assert looker.take(ScanComplete) == [ScanComplete(26, Status.OK)]
    looker.node.scan_energy(ALL_CHANNELS, 3, looker.now)
    looker.station.settle()
    schedule.run(10)
    levels = {event.channel: event.rssi for event in looker.take(EnergyFound)}
    assert len(levels) == 16
    assert max(levels, key=lambda channel: levels[channel]) == 20
    assert looker.node.state is NetworkState.NO_NETWORK


def test_networks_on_one_channel_leave_each_other_alone():
    air = Air(Schedule())
    hans = [
        Han(air=air, channel=15, pan_id=number, hub=bytes((number,)) * 8) for number in (1, 2, 3)
    ]
    devices = [han.join(bytes((16 + number,)) * 8, ESME_KEY) for number, han in enumerate(hans)]
    for han, device in zip(hans, devices, strict=True):
        assert device.node.parameters.extended_pan_id == han.hub.eui64
        device.send(han.hub, device.eui64, ApsOption.RETRY)
    air.schedule.run(3)
    for han, device in zip(hans, devices, strict=True):
        assert han.hub.messages() == [device.eui64]


def test_one_seed_one_story():
    def story() -> list[bytes]:
        han = Han(seed=9, conditions=Conditions(loss=0.1, duplication=0.1, delay=0.01))
        frames: list[bytes] = []
        han.air.taps.append(lambda _time, _channel, _rssi, frame: frames.append(frame))
        device = han.join(ESME, ESME_KEY, Role.SLEEPY_END_DEVICE)
        device.poll()
        han.run(5)
        return frames

    assert story() == story()


async def test_real_time():
    schedule = Schedule()
    clock = RealTime(schedule, speed=100)
    fired: list[float] = []
    schedule.after(1, lambda: fired.append(schedule.now))
    schedule.after(3, lambda: fired.append(schedule.now))
    schedule.after(1_000_000, lambda: fired.append(0))
    while len(fired) < 2:
        await asyncio.sleep(0.005)
    assert fired[0] >= 1
    assert fired[1] >= 3
    assert clock.catch_up() >= 3
    clock.close()


@pytest.mark.parametrize("link_type", [195, 230, 283])
def test_captures(tmp_path, link_type):
    han = Han()
    capture = han.capture(tmp_path / "air.pcap", link_type)
    han.join(ESME, ESME_KEY)
    capture.close()
    octets = (tmp_path / "air.pcap").read_bytes()
    assert octets[:24] == file_header(link_type)
    at, count = 24, 0
    while at < len(octets):
        _, _, size, whole = struct.unpack_from("<IIII", octets, at)
        assert size == whole
        packet = octets[at + 16 : at + 16 + size]
        if link_type == 283:
            header = int.from_bytes(packet[2:4], "little")
            assert header % 4 == 0
            packet = packet[header:]
        mac.MacFrame.decode(packet if link_type == 230 else mac.without_fcs(packet))
        at += 16 + size
        count += 1
    assert count == capture.frames > 10


def test_a_capture_stops_at_its_limit(tmp_path):
    capture = Capture(tmp_path / "air.pcap", 230, limit=100)
    for _ in range(5):
        capture.frame(0.0, 11, -40, bytes(20))
    capture.close()
    assert (capture.frames, capture.full) == (2, True)
    assert (tmp_path / "air.pcap").stat().st_size <= 100
    with pytest.raises(ValueError, match="link type"):
        Capture(tmp_path / "air.pcap", 1)


def test_keys_are_written_once_and_for_their_owner(tmp_path):
    keys = KeyFile(tmp_path / KeyFile.NAME)
    keys.add(bytes(range(16)), 'a "quoted" label')
    keys.add(bytes(range(16)), "again")
    path = tmp_path / "zigbee_pc_keys"
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.read_text() == (
        '"00:01:02:03:04:05:06:07:08:09:0a:0b:0c:0d:0e:0f","Normal","a \'quoted\' label"\n'
    )

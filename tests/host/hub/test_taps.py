"""What the GPF taps off the commands to a gas meter: reference commands, reference responses."""

import pytest

from host.hub.database import Database
from host.hub.device_log import DeviceLog
from host.hub.functions import event_log
from host.hub.taps import WAITING, Taps
from smets.gbcs import roles
from smets.gbcs.gbz import Gbz
from smets.zigbee.clusters import DEVICE_MANAGEMENT, PRICE
from tests.device.replay import Reference
from tests.host.hub.replaying import pair

METER = "00db1234567890a1"
ESME = "00db1234567890a0"
NOW = 850_000_000


@pytest.fixture(scope="module")
def reference():
    return Reference()


class World:
    """A database with a gas meter in its log, and the taps."""

    def __init__(self, folder):
        self.database = Database(folder / "hub.sqlite")
        self.device_log = DeviceLog(self.database)
        self.device_log.add(METER, roles.GSME)
        self.device_log.add(ESME, roles.ESME)
        self.mirror = self.device_log.mirror
        self.event_log = event_log(self.database, "gpf")
        self.published = self.mirror.published
        self.taps = Taps(self.database, self.device_log, self.event_log)

    def waiting(self):
        return self.database.execute("SELECT count(*) FROM tapped").fetchone()[0]


@pytest.fixture
def world(tmp_path):
    made = World(tmp_path)
    with made.database.transaction():
        yield made
    made.database.close()


def pass_through(world, found, meter=METER):
    world.taps.command(meter, found.command_octets)
    world.taps.response(meter, found.response_octets, NOW)


def test_calorific_value_and_conversion_factor_are_the_meters(reference, world):
    pass_through(world, pair(reference, "GCS23_6.6_SUCCESS"))
    values = [world.mirror.attribute(METER, PRICE, number)[0] for number in range(0x302, 0x307)]
    assert values == [0x018F78, 0x50, 0x190, 0x01, 0x10]
    assert world.waiting() == 0


def test_what_the_meter_did_not_carry_out_is_not_taken(reference, world):
    pass_through(world, pair(reference, "GCS23_6.6_ERROR"))
    assert world.mirror.attribute(METER, PRICE, 0x0302) == (123456, NOW)
    assert world.mirror.attribute(METER, PRICE, 0x0304) is None
    assert len(world.published.payloads(METER, PRICE, 0x02)) == 1
    assert world.published.payloads(METER, PRICE, 0x03) == []


def test_what_is_published_replaces_what_was(reference, world):
    for name in ("GCS01b_1.2.1_IMMEDIATE_TOU_SUCCESS", "GCS44_3.4_SUCCESS"):
        found = pair(reference, name)
        for _ in range(2):
            pass_through(world, found)
        for component in Gbz.decode(found.command.payload).components:
            command = component.zcl_header[2]
            payloads = world.published.payloads(METER, component.cluster, command)
            assert payloads == [component.payload]
    assert world.published.payloads(METER, DEVICE_MANAGEMENT, 0x01)


def test_the_event_log_is_cleared_with_the_meters(reference, world):
    world.event_log.append(NOW, 0x8F12)
    pass_through(world, pair(reference, "CS11_3.3_ERROR"))
    assert len(world.event_log.entries()) == 1
    pass_through(world, pair(reference, "CS11_3.3_SUCCESS"))
    assert world.event_log.entries() == []


def test_a_response_to_another_command_or_of_another_device_says_nothing(reference, world):
    found, other = pair(reference, "GCS23_6.6_SUCCESS"), pair(reference, "GCS44_3.4_SUCCESS")
    world.taps.command(METER, found.command_octets)
    world.taps.response(METER, other.response_octets, NOW)
    world.taps.response(ESME, found.response_octets, NOW)
    assert world.mirror.attribute(METER, PRICE, 0x0302) is None
    assert world.waiting() == 1


def test_only_commands_to_gas_meters_that_concern_the_gpf_are_kept(reference, world):
    world.taps.command(ESME, pair(reference, "GCS23_6.6_SUCCESS").command_octets)
    world.taps.command(METER, pair(reference, "GCS13a_4.1.1_ERROR").command_octets)
    world.taps.command(METER, pair(reference, "GCS23_6.6_SUCCESS").response_octets)
    assert world.waiting() == 0


def test_a_meter_that_never_answers_fills_nothing(reference, world):
    octets = pair(reference, "GCS23_6.6_SUCCESS").command_octets
    for _ in range(WAITING + 5):
        world.taps.command(METER, octets)
    assert world.waiting() == WAITING


def test_octets_that_are_no_message_are_passed_over(reference, world):
    found = pair(reference, "GCS23_6.6_SUCCESS")
    for octets in (b"", b"\xdd", found.command_octets[:-1], bytes(99)):
        world.taps.command(METER, octets)
        world.taps.response(METER, octets, NOW)
    assert world.waiting() == 0
    for at in range(len(found.command_octets)):
        mutated = bytearray(found.command_octets)
        mutated[at] ^= 0x81
        world.taps.command(METER, bytes(mutated))
        world.taps.response(METER, found.response_octets, NOW)
    for at in range(len(found.response_octets)):
        mutated = bytearray(found.response_octets)
        mutated[at] ^= 0x81
        world.taps.command(METER, found.command_octets)
        world.taps.response(METER, bytes(mutated), NOW)
    assert world.waiting() <= WAITING

"""The CHF's device log commands, as the reference data has them."""

import pytest

from host.hub.chf import ChfObjects, NoObjects
from host.hub.database import Database
from host.hub.device_log import UNKNOWN_TYPE, DeviceLog, Entry, Status
from smets.device.objects import OBJECT_UNDEFINED, TYPE_UNMATCHED, AccessFailure
from smets.dlms import data as axdr
from tests.device.replay import Reference, difference

LOG = 104, bytes.fromhex("00001e0300ff")
METER = bytes.fromhex("00db1234567890a0")
ENTRY = (
    (axdr.OCTET_STRING, METER),
    (axdr.ENUM, 1),
    (axdr.OCTET_STRING, bytes(16)),
    (axdr.ENUM, 0),
)


@pytest.fixture(scope="module")
def reference():
    return Reference()


@pytest.fixture
def device_log(tmp_path):
    database = Database(tmp_path / "hub.sqlite")
    yield DeviceLog(database)
    database.close()


def act(objects, method, data):
    return objects.act(*LOG, method, axdr.encode(data), 0, [])


def answer(reference, device_log, name):
    (pair,) = [pair for pair in reference.pairs if pair.name == name]
    device, now = reference.device(pair)
    device.objects = ChfObjects(device_log)
    return difference(pair, device.receive(pair.command_octets, now))


def test_ccs01_lists_a_device_and_answers_as_the_reference_does(reference, device_log):
    assert answer(reference, device_log, "CCS01_8.11_SUCCESS_COMMAND") == ""
    assert device_log.entries() == [Entry(METER.hex(), UNKNOWN_TYPE, Status.LISTED)]


def test_ccs02_removes_a_device_and_answers_as_the_reference_does(reference, device_log):
    device_log.add(METER.hex(), 1)
    assert answer(reference, device_log, "CCS02_8.11_SUCCESS_COMMAND") == ""
    assert device_log.entries() == []


def test_removing_a_device_that_is_not_listed_does_no_harm(device_log):
    act(ChfObjects(device_log), 2, (axdr.OCTET_STRING, METER))
    assert device_log.entries() == []


@pytest.mark.parametrize(
    "data",
    [
        axdr.NULL_DATA,
        (axdr.STRUCTURE, ENTRY[:3]),
        (axdr.STRUCTURE, ((axdr.OCTET_STRING, METER[1:]), *ENTRY[1:])),
        (axdr.STRUCTURE, (ENTRY[0], (axdr.UNSIGNED, 1), *ENTRY[2:])),
        (axdr.STRUCTURE, (ENTRY[0], (axdr.ENUM, 7), *ENTRY[2:])),
        (axdr.STRUCTURE, (*ENTRY[:2], (axdr.OCTET_STRING, bytes(15)), ENTRY[3])),
        (axdr.STRUCTURE, (*ENTRY[:3], axdr.NULL_DATA)),
    ],
)
def test_an_entry_of_another_shape_fails(device_log, data):
    with pytest.raises(AccessFailure) as failure:
        act(ChfObjects(device_log), 1, data)
    assert failure.value.result == TYPE_UNMATCHED
    assert device_log.entries() == []


def test_join_settings_are_accepted_in_their_types(device_log):
    objects = ChfObjects(device_log)
    objects.set(*LOG, 2, axdr.encode((axdr.BOOLEAN, True)), 0, [])
    objects.set(*LOG, 3, axdr.encode((axdr.LONG_UNSIGNED, 90)), 0, [])
    with pytest.raises(AccessFailure):
        objects.set(*LOG, 3, axdr.encode((axdr.BOOLEAN, True)), 0, [])
    with pytest.raises(AccessFailure):
        objects.set(*LOG, 2, b"\x99", 0, [])


def test_the_gpf_has_no_objects_yet():
    objects = NoObjects()
    assert not objects.has(*LOG, 2, False)
    for call in (
        lambda: objects.get(*LOG, 2, 0),
        lambda: objects.get_range(*LOG, 2, 0, 1, 0),
        lambda: objects.set(*LOG, 2, b"\x00", 0, []),
        lambda: objects.act(*LOG, 2, b"\x00", 0, []),
    ):
        with pytest.raises(AccessFailure) as failure:
            call()
        assert failure.value.result == OBJECT_UNDEFINED

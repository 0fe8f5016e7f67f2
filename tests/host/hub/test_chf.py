"""The CHF's commands and alerts, as the reference data has them."""

import datetime

import pytest

from host.conformance.replayed_chf import ReplayedChf
from host.hub.chf import Identity
from host.hub.database import Database
from host.hub.device_log import CAPACITY, UNKNOWN_TYPE, DeviceLog, Entry, Status
from host.hub.firmware_transfers import Transfer
from host.hub.functions import chf_objects
from host.hub.trust_centre import Contact, Credential
from smets.device.objects import OBJECT_UNDEFINED, OTHER_REASON, TYPE_UNMATCHED, AccessFailure
from smets.dlms import data as axdr
from smets.dlms import date_time
from smets.gbcs import roles
from smets.gbcs.message import SIGNATURE_LENGTH, Message
from tests.host.hub.replaying import CHF, alert, assert_answers, lines

LOG = 104, bytes.fromhex("00001e0300ff")
HISTORIC = 104, bytes.fromhex("00001e0301ff")
EVENTS = 7, bytes.fromhex("0000636200ff")
METER = bytes.fromhex("00db1234567890a0")
OTHER = bytes.fromhex("00db1234567890a1")
HAN = bytes(range(8))
HASHES = {
    METER.hex(): bytes.fromhex("83fed3407a939723a5c639b26916d506"),
    OTHER.hex(): bytes.fromhex("83fed3407a939723a5c639b26916d505"),
}
NOW = 850_000_000
CODE = bytes.fromhex("83fed3407a939723a5c639b26916d505")
CODE_KEY = bytes.fromhex("66b6900981e1ee3ca4206b6b861c02bb")  # of that code, as Zigbee has it
# A key and its AES-MMO hash, as the Zigbee specification's C.5 has them
KEY = bytes(range(0xC0, 0xD0))
HASHED_KEY = bytes.fromhex("a7977e88bc0b61e8210827109a228f2d")
ENTRY = (
    (axdr.OCTET_STRING, METER),
    (axdr.ENUM, 1),
    (axdr.OCTET_STRING, CODE),
    (axdr.ENUM, 0),
)
COMMANDS = (
    "CCS01_8.11_SUCCESS",
    "CCS02_8.11_SUCCESS",
    "CCS03_8.12.1_ERROR",
    "CCS03_8.12.1_SUCCESS",
    "CCS05CCS04_8.9_ERROR",
    "CCS05CCS04_8.9_SUCCESS",
    "CCS06_8.9_ERROR",
    "CCS06_8.9_SUCCESS",
    "CCS07_8.9_ERROR",
    "CCS07_8.9_SUCCESS",
    "CS02aSignature_NA_SUCCESS",
    "CS02bWPByWP_NA_SUCCESS",
    "ECS26i_6.2.4_ERROR",
    "ECS26i_6.2.4_SUCCESS",
    "ECS26n_6.2.4_ERROR",
    "ECS26n_6.2.4_SUCCESS",
    "ECS35c_6.13_ERROR",
    "ECS35c_6.13_SUCCESS",
)


@pytest.fixture
def objects(database, device_log):
    return chf_objects(database, device_log, Identity(bytes.fromhex(CHF)))


def act(objects, method, data, log=LOG):
    return axdr.decode(objects.act(*log, method, axdr.encode(data), NOW, []))


def list_device(objects, seconds=90, entry=ENTRY):
    """CCS01."""
    act(objects, 1, (axdr.STRUCTURE, entry))
    objects.set(*LOG, 3, axdr.encode((axdr.LONG_UNSIGNED, seconds)), NOW, [])
    objects.set(*LOG, 2, axdr.encode((axdr.BOOLEAN, 0xFF)), NOW, [])


def backup(objects, log=LOG):
    """EUI-64 and hash of a log's devices."""
    _, (_, _, (_, devices)) = act(objects, 4, axdr.NULL_DATA, log)
    return {eui.hex(): hashed for _, ((_, eui), (_, hashed)) in devices}


@pytest.mark.parametrize("name", COMMANDS)
def test_the_chf_answers_as_the_reference_does(reference, name):
    assert_answers(reference, roles.CHF, name)


class TestAlerts:
    def made(self, reference, database, change):
        """The alerts of a reference CHF at the reference's time and counter."""
        replayed = ReplayedChf(database)
        replayed.tell(lines(reference, "CCS01_8.11_SUCCESS")[0][:-1])
        replayed.word_counter("4000")
        change(replayed.device_log)
        return replayed.device(), replayed.now

    def test_cs14_tells_the_log_as_the_reference_does(self, reference, database):
        device, now = self.made(reference, database, lambda log: log.restore(HAN, HASHES))
        assert device.poll(now) == [alert("NA_CS14", "CS14_NA_8F12_ALERT")]
        assert len(device.pending()) == 1
        assert device.poll(now) == []

    def test_ccs08_tells_a_transfer_as_the_reference_does(self, reference, database):
        transfer = Transfer("00db1234567890a4", bytes.fromhex("0123abcd"))
        device, now = self.made(reference, database, lambda log: log.transfers.add(transfer))
        (made,) = device.poll(now)
        wanted = alert("NA_CCS08", "CCS08_NA_NA_ALERT")
        assert made[:-SIGNATURE_LENGTH] == wanted[:-SIGNATURE_LENGTH]
        assert Message.decode(made).mac is None
        assert device.poll(now) == []

    def test_a_command_that_changes_the_log_is_followed_by_its_alert(self, reference, database):
        device, now = self.made(reference, database, lambda log: None)
        command = bytes.fromhex(lines(reference, "CCS01_8.11_SUCCESS")[0][-1].split()[1])
        assert device.receive(command, now)
        codes = [Message.decode(each).header.message_code for _, each in device.pending()]
        assert codes == [0x0001, 0x0018]
        assert device.receive(command, now) is None  # its counter was used
        assert len(device.pending()) == 2


class TestListing:
    def test_the_key_is_that_of_the_install_code(self, objects, device_log):
        list_device(objects)
        assert device_log.entries() == [Entry(METER.hex(), UNKNOWN_TYPE, Status.LISTED)]
        (admission,) = device_log.admissions(NOW)
        assert (admission.eui, admission.link_key) == (METER.hex(), CODE_KEY)
        assert (admission.credential, admission.may_join) == (Credential.INSTALL_CODE, True)
        assert CODE_KEY.hex() not in repr(admission)
        assert repr(CODE_KEY) not in repr(admission)

    def test_the_network_is_open_as_long_as_asked(self, objects, device_log):
        list_device(objects, 90)
        assert [device_log.joining(NOW + late) for late in (0, 89, 90, 500)] == [90, 1, 0, 0]
        assert not device_log.admissions(NOW + 90)[0].may_join

    def test_a_listed_device_keeps_its_key(self, objects, device_log):
        list_device(objects)
        device_log.agreed(METER.hex(), KEY)
        device_log.alerted()
        another = (*ENTRY[:2], (axdr.OCTET_STRING, bytes(16)), ENTRY[3])
        list_device(objects, 60, another)
        (admission,) = device_log.admissions(NOW)
        assert (admission.link_key, admission.credential) == (KEY, Credential.AGREED)
        assert device_log.joining(NOW) == 60
        assert not device_log.alert_owed

    def test_a_full_log_takes_no_more(self, objects, device_log):
        for number in range(CAPACITY):
            device_log.add(f"{number:016x}", 0)
        with pytest.raises(AccessFailure) as failure:
            act(objects, 1, (axdr.STRUCTURE, ENTRY))
        assert failure.value.result == OTHER_REASON
        assert device_log.find(METER.hex()) is None

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
    def test_an_entry_of_another_shape_fails(self, objects, device_log, data):
        with pytest.raises(AccessFailure) as failure:
            act(objects, 1, data)
        assert failure.value.result == TYPE_UNMATCHED
        assert device_log.entries() == []
        assert not device_log.alert_owed

    def test_join_settings_of_other_types_fail(self, objects, device_log):
        list_device(objects)
        for number, data in ((3, b"\x03\xff"), (2, b"\x12\x00\x5a"), (2, b"\x99")):
            with pytest.raises(AccessFailure) as failure:
                objects.set(*LOG, number, data, NOW, [])
            assert failure.value.result == TYPE_UNMATCHED


class TestRemoval:
    def test_an_agreed_key_becomes_historic(self, objects, device_log):
        list_device(objects)
        device_log.agreed(METER.hex(), KEY)
        hashed = backup(objects)[METER.hex()]
        device_log.alerted()
        act(objects, 2, (axdr.OCTET_STRING, METER))
        assert device_log.entries() == []
        assert device_log.admissions(NOW) == ()
        assert device_log.alert_owed
        assert backup(objects) == {}
        assert backup(objects, HISTORIC) == {METER.hex(): hashed}

    def test_a_device_that_never_agreed_a_key_leaves_nothing(self, objects, device_log):
        list_device(objects)
        assert backup(objects) == {METER.hex(): b""}
        act(objects, 2, (axdr.OCTET_STRING, METER))
        assert backup(objects, HISTORIC) == {}

    def test_removing_a_device_that_is_not_listed_does_no_harm(self, objects, device_log):
        act(objects, 2, (axdr.OCTET_STRING, METER))
        assert device_log.entries() == []
        assert not device_log.alert_owed

    def test_it_comes_back_with_its_old_key_and_later_with_its_code(self, objects, device_log):
        list_device(objects)
        device_log.agreed(METER.hex(), KEY)
        act(objects, 2, (axdr.OCTET_STRING, METER))
        list_device(objects, 90)
        found = [device_log.admissions(NOW + late)[0] for late in (0, 44, 45, 89)]
        assert [each.link_key for each in found] == [KEY, KEY, CODE_KEY, CODE_KEY]
        device_log.join(METER.hex(), 1, NOW + 44)
        assert device_log.admissions(NOW + 80)[0].link_key == KEY
        assert backup(objects, HISTORIC) == {}

    def test_a_join_by_the_code_leaves_the_old_key_alone(self, objects, device_log):
        list_device(objects)
        device_log.agreed(METER.hex(), KEY)
        act(objects, 2, (axdr.OCTET_STRING, METER))
        list_device(objects, 90)
        device_log.join(METER.hex(), 1, NOW + 60)
        assert device_log.admissions(NOW + 60)[0].link_key == CODE_KEY
        assert list(backup(objects, HISTORIC)) == [METER.hex()]

    def test_fifteen_are_remembered(self, objects, device_log):
        for number in range(20):
            device_log.add(f"{number:016x}", 0)
            device_log.agreed(f"{number:016x}", KEY)
            device_log.remove(f"{number:016x}")
        assert list(backup(objects, HISTORIC)) == [f"{number:016x}" for number in range(5, 20)]


class TestRestoring:
    def restore(self, objects, devices):
        entries = [
            (axdr.STRUCTURE, ((axdr.OCTET_STRING, eui), (axdr.OCTET_STRING, hashed)))
            for eui, hashed in devices
        ]
        log = ((axdr.OCTET_STRING, HAN), (axdr.ARRAY, tuple(entries)))
        act(objects, 5, (axdr.STRUCTURE, log))

    def test_the_devices_of_another_hub_come_with_the_hash_of_their_key(
        self, objects, device_log, tmp_path
    ):
        list_device(objects)
        device_log.agreed(METER.hex(), KEY)
        saved = backup(objects)
        other = Database(tmp_path / "other.sqlite")
        new = chf_objects(other, DeviceLog(other), Identity(bytes.fromhex(CHF)))
        self.restore(new, [(bytes.fromhex(eui), hashed) for eui, hashed in saved.items()])
        (admission,) = new.device_log.admissions(NOW)
        assert admission.link_key == saved[METER.hex()] == HASHED_KEY
        assert admission.credential == Credential.HASHED
        assert new.device_log.keys.extended_pan_id == HAN
        assert backup(new) == saved
        assert new.device_log.alert_owed
        new.device_log.agreed(METER.hex(), KEY[::-1])
        assert new.device_log.admissions(NOW)[0].credential == Credential.AGREED
        other.close()

    def test_a_key_agreed_with_this_hub_stays(self, objects, device_log):
        device_log.add(METER.hex(), 1)
        device_log.agreed(METER.hex(), KEY)
        self.restore(objects, [(METER, bytes(16))])
        assert device_log.admissions(NOW)[0].link_key == KEY

    def test_without_room_nothing_is_done(self, objects, device_log):
        device_log.add(METER.hex(), 1)
        devices = [(number.to_bytes(8, "big"), bytes(16)) for number in range(CAPACITY)]
        with pytest.raises(AccessFailure) as failure:
            self.restore(objects, devices)
        assert failure.value.result == OTHER_REASON
        assert [entry.eui for entry in device_log.entries()] == [METER.hex()]
        assert device_log.keys.extended_pan_id == bytes(8)

    @pytest.mark.parametrize("devices", [[(METER[1:], bytes(16))], [(METER, bytes(15))]])
    def test_other_shapes_fail(self, objects, device_log, devices):
        with pytest.raises(AccessFailure) as failure:
            self.restore(objects, devices)
        assert failure.value.result == TYPE_UNMATCHED
        assert device_log.entries() == []


class TestCommunications:
    def read(self, objects):
        _, devices = axdr.decode(objects.get(*LOG, 4, NOW))
        return [tuple(value for _, value in device) for _, device in devices]

    def test_a_device_that_was_never_heard(self, objects, device_log):
        device_log.add(METER.hex(), 1)
        ((eui, status, *signal, at, _, _, _, _, _),) = self.read(objects)
        assert (eui, status) == (METER, (8, b"\x80"))
        assert signal == [-128, -128, -128, 0, 0, 0]
        assert at == bytes.fromhex("ffffffffffffffffff8000ff")

    def test_what_was_heard_is_kept_together(self, objects, device_log):
        device_log.add(METER.hex(), 1)
        device_log.join(METER.hex(), 1, NOW)
        for late, rssi, lqi in ((0, -40, 200), (1, -60, 100), (2, -50, 255)):
            device_log.heard(METER.hex(), Contact(rssi, lqi, 2), NOW + late)
        device_log.communications.silent(METER.hex())
        ((_, status, *signal, at, hops, failures, successes, _, _),) = self.read(objects)
        assert status == (8, b"\xc8")
        assert signal == [-40, -50, -60, 255, 185, 100]
        assert (hops, failures, successes) == (2, 1, 3)
        assert date_time.decode(at) == NOW + 2
        year, month, day, *_ = date_time.civil(NOW + 2)
        assert at[4] == datetime.date(year, month, day).isoweekday()

    def test_counts_end_and_averages_go_on(self, objects, device_log):
        device_log.add(METER.hex(), 1)
        for _ in range(1500):
            device_log.heard(METER.hex(), Contact(-128, 255), NOW)
            device_log.communications.silent(METER.hex())
        ((_, _, *signal, _, _, failures, successes, _, _),) = self.read(objects)
        assert signal == [-128, -128, -128, 255, 255, 255]
        assert (failures, successes) == (255, 255)

    def test_nothing_is_kept_of_strangers(self, objects, device_log):
        device_log.heard(METER.hex(), Contact(-40, 200), NOW)
        assert device_log.communications.find(METER.hex()) is None


def test_events_tell_whose_entry_changed(objects):
    list_device(objects)
    objects.security_event(0x8F3E, NOW + 5)
    _, (columns, contents) = axdr.decode(objects.get_range(*EVENTS, 2, NOW, NOW, NOW))
    assert columns == bytes.fromhex("0203061209")
    assert contents == NOW.to_bytes(4, "big") + bytes.fromhex("8f1208") + METER
    _, (_, later) = axdr.decode(objects.get_range(*EVENTS, 2, NOW + 1, NOW + 9, NOW))
    assert later == b""
    _, (columns, contents) = axdr.decode(objects.get(7, bytes.fromhex("0000636201ff"), 2, NOW))
    assert (columns, contents[4:]) == (bytes.fromhex("02020612"), b"\x8f\x3e")


def test_a_hundred_events_are_kept(objects):
    for number in range(120):
        objects.event_log.append(NOW + number, 0x8F12)
    times = [at - NOW for at, _, _ in objects.event_log.entries()]
    assert times == list(range(20, 120))


def test_what_the_chf_has_not_is_undefined(objects):
    nothing = (1, bytes.fromhex("00005e2c220a"))
    assert not objects.has(*nothing, 2, False)
    for call in (
        lambda: objects.get(*nothing, 2, 0),
        lambda: objects.get_range(*LOG, 4, 0, 1, 0),
        lambda: objects.set(*LOG, 4, b"\x00", 0, []),
        lambda: objects.act(*LOG, 3, b"\x00", 0, []),
    ):
        with pytest.raises(AccessFailure) as failure:
            call()
        assert failure.value.result == OBJECT_UNDEFINED


def test_the_chf_says_what_it_is(objects):
    told = {"0000600101ff": bytes.fromhex(CHF), "0000000201ff": bytes.fromhex("00000001")}
    for name, value in told.items():  # ECS26i, ECS52
        data = axdr.decode(objects.get(1, bytes.fromhex(name), 2, NOW))
        assert data == (axdr.OCTET_STRING, value)


def test_an_idle_chf_writes_nothing(reference, database):
    replayed = ReplayedChf(database)
    replayed.tell(lines(reference, "CCS01_8.11_SUCCESS")[0])
    device = replayed.device()
    device.poll(replayed.now)
    before = database._connection.total_changes
    for _ in range(3):
        assert device.poll(replayed.now) == []
    assert database._connection.total_changes == before

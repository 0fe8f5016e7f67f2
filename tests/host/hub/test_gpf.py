"""The GPF's commands and alerts, as the reference data has them, and what its mirror tells."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from host.conformance.replayed_gpf import ReplayedGpf
from host.hub import consumption
from host.hub.consumption import DAY, HALF_HOUR
from host.hub.functions import gpf_objects
from smets.device import joins
from smets.device.joined import Joined, Partner
from smets.device.zigbee_objects import NOT_FOUND, UNSUPPORTED_ATTRIBUTE, ZclFailure
from smets.gbcs import roles
from smets.gbcs.message import Message
from smets.zigbee import clusters_text
from smets.zigbee.clusters import DEVICE_MANAGEMENT, EVENTS, METERING, PREPAYMENT, PRICE, TIME
from tests.host.hub.replaying import GPF, GSME, alert, assert_answers, lines

pytestmark = pytest.mark.usefixtures("_in_transaction")

MIDNIGHT = 850_003_200  # 2026-12-08
NOW = MIDNIGHT + 600
TOTAL, READ_AT, STARTED, SINCE = 0x0000, 0x0007, 0x0405, 0x0407
COMMANDS = (
    "CS02bNOByNOHandover_6.21_SUCCESS",
    "CS02bSupplierBySupplierHandover_6.21_SUCCESS",
    "GCS09_3.2_SUCCESS",
    "GCS13a_4.1.1_SUCCESS_RELIABLE_GSME",
    "GCS13b_4.1.4_SUCCESS_RELIABLE_GSME",
    "GCS13c_4.1.2_SUCCESS_RELIABLE_GSME",
    "GCS14_4.3_SUCCESS_RELIABLE_GPF",
    "GCS59_8.12.2_SUCCESS",
    "GCS60a_4.18_SUCCESS_RELIABLE_GPF",
    "GCS60a_4.18_SUCCESS_RELIABLE_GSME",
    "GCS61_4.17_NOT_FOUND",
    "GCS61_4.17_SUCCESS",
)


@pytest.fixture
def mirror(device_log):
    return device_log.mirror


@pytest.fixture
def objects(gpf):
    return gpf


def fails(call, *arguments):
    """The status of what fails."""
    with pytest.raises(ZclFailure) as failure:
        call(*arguments)
    return failure.value.status


def call(objects, cluster, command, *fields, to_client=False):
    return objects.call((cluster, command, to_client), list(fields), NOW, [])


def decoded(cluster, answer):
    """The fields of a command to the client by name."""
    number, payload = answer
    command = clusters_text.load().command(cluster, True, number)
    return command.named(command.decode(payload))


def samples(objects, sample_id, earliest, count=400):
    (answer,) = call(objects, METERING, 8, sample_id, earliest, 0, count)
    return decoded(METERING, answer)


@pytest.mark.parametrize("name", COMMANDS)
def test_the_gpf_answers_as_the_reference_does(reference, name):
    assert_answers(reference, roles.GPF, name)


class TestDeviceLog:
    def gpf(self, reference, database, partners):
        """At the reference's time and counter, joined with `partners`."""
        replayed = ReplayedGpf(database)
        replayed.tell(lines(reference, "GCS59_8.12.2_SUCCESS")[0][:-1])
        replayed.word_counter("1001")
        device = replayed.device()
        changes = []
        Joined(device.store).put(changes, partners)
        device.store.commit(changes)
        return device, replayed.now

    def test_gcs62_tells_it_as_the_reference_does(self, reference, database):
        wanted = alert("NA_GCS62", "GCS62_NA_8071_ALERT")
        listed = (
            ("0102030405060708", roles.TYPE2),
            ("00db123456789099", roles.PPMID),
            ("00db123456789097", roles.PPMID),
            ("00db123456789096", roles.PPMID),
            ("00db123456789098", roles.PPMID),
            ("00db12345678909b", roles.TYPE2),
        )
        partners = [Partner(joins.B, bytes.fromhex(eui), kind) for eui, kind in listed]
        device, now = self.gpf(reference, database, partners)
        assert device.poll(now) == [wanted]
        assert device.poll(now) == []
        assert len(device.pending()) == 1

    def test_gcs59_restores_it_and_gcs62_follows(self, reference, database):
        told, _ = lines(reference, "GCS59_8.12.2_SUCCESS")
        replayed = ReplayedGpf(database)
        replayed.tell(told)
        device = replayed.device()
        listed = [(each.eui.hex(), each.device_type) for each in Joined(device.store).all()]
        assert listed == [("0011223344556677", 5), ("8899aabbccddeeff", 6)]
        codes = [Message.decode(each).header.message_code for _, each in device.pending()]
        assert codes == [0x008C, 0x00B2]

    def test_what_cannot_be_restored_is_named(self, reference, database):
        other = Partner(joins.B, bytes.fromhex("0011223344556677"), roles.TYPE2)
        device, now = self.gpf(reference, database, [other])
        (_, command) = lines(reference, "GCS59_8.12.2_SUCCESS")[0][-1].split()
        answer = device.receive(bytes.fromhex(command), now)
        entries = Message.decode(answer).payload
        assert entries.count(bytes((2, 1, joins.INCOMPATIBLE_ENTRY))) == 1
        assert len(Joined(device.store).all()) == 2


class TestAttributes:
    def test_what_was_reported_is_read(self, objects, mirror):
        mirror.put_attributes(GSME, METERING, {TOTAL: 12345, 0x0307: b"1234567890"}, NOW)
        mirror.put_attributes(GSME, PREPAYMENT, {0x0001: -5}, NOW)
        assert objects.read(METERING, TOTAL, NOW) == bytes.fromhex("25393000000000")
        assert objects.read(METERING, 0x0307, NOW) == b"\x41\x0a1234567890"
        assert objects.read(PREPAYMENT, 0x0001, NOW) == bytes.fromhex("2bfbffffff")

    def test_what_was_not_is_not_there(self, objects, mirror):
        assert fails(objects.read, METERING, TOTAL, NOW) == UNSUPPORTED_ATTRIBUTE
        mirror.put_attributes("00db1234567890b1", METERING, {TOTAL: 1}, NOW)
        assert fails(objects.read, METERING, TOTAL, NOW) == UNSUPPORTED_ATTRIBUTE
        assert not objects.has_attribute(METERING, 0x7777)

    @pytest.mark.parametrize("value", [-1, 1 << 48, b"octets", None, (0x20, [1])])
    def test_what_no_such_attribute_can_be_is_not_there(self, objects, mirror, value):
        mirror.put_attributes(GSME, METERING, {TOTAL: value}, NOW)
        assert fails(objects.read, METERING, TOTAL, NOW) == UNSUPPORTED_ATTRIBUTE

    def test_the_time_is_that_of_the_meter_if_it_tells_it(self, objects, mirror):
        assert objects.data_time(0x0074, NOW) == (NOW, 0)
        mirror.put_attributes(GSME, METERING, {TOTAL: 1}, NOW - 100)
        assert objects.data_time(0x0074, NOW) == (NOW - 100, 0)
        mirror.put_attributes(GSME, METERING, {READ_AT: NOW - 200}, NOW - 100)
        assert objects.data_time(0x0074, NOW) == (NOW - 200, 4)
        mirror.put_attributes(GSME, TIME, {0x0001: 0}, NOW - 100)
        assert objects.data_time(0x0074, NOW) == (NOW - 200, 6)
        mirror.put_attributes(GSME, METERING, {TOTAL: 2}, NOW - 50)
        assert objects.data_time(0x0074, NOW) == (NOW - 50, 0)

    def test_a_change_of_tenancy_is_kept(self, objects):
        assert call(objects, DEVICE_MANAGEMENT, 0, 0, NOW, 0, NOW + 5, 0x200, to_client=True) == []
        wanted = b"\xe2" + (NOW + 5).to_bytes(4, "little")
        assert objects.read(DEVICE_MANAGEMENT, 0x0200, NOW) == wanted


class TestConsumption:
    def report(self, mirror, half_hour, total, since=0):
        """As a meter reports some time after a half hour has begun."""
        values = {TOTAL: total + since, STARTED: half_hour, SINCE: since}
        mirror.put_attributes(GSME, METERING, values, half_hour + 60)

    def test_half_hours_are_differences_of_the_register(self, objects, mirror):
        for number, (total, since) in enumerate(((1000, 0), (1010, 7), (1050, 0))):
            self.report(mirror, MIDNIGHT + number * HALF_HOUR, total, since)
        found = samples(objects, 0, MIDNIGHT)
        assert found["sample_start_time"] == MIDNIGHT + HALF_HOUR
        assert (found["sample_request_interval"], found["samples"]) == (HALF_HOUR, [10, 40])

    def test_what_was_not_reported_is_a_gap(self, objects, mirror):
        for number, total in ((0, 100), (1, 110), (3, 130), (4, 170)):
            self.report(mirror, MIDNIGHT + number * HALF_HOUR, total)
        assert samples(objects, 0, MIDNIGHT)["samples"] == [10, 0xFFFFFF, 0xFFFFFF, 40]

    def test_a_reading_of_a_half_hour_counts_and_another_does_not(self, objects, mirror):
        for at, total in ((MIDNIGHT, 5), (MIDNIGHT + 900, 7), (MIDNIGHT + HALF_HOUR, 9)):
            mirror.put_attributes(GSME, METERING, {TOTAL: total, READ_AT: at}, at)
        assert samples(objects, 0, MIDNIGHT)["samples"] == [4]

    def test_days_come_from_the_daily_read_log(self, objects, mirror):
        for day, total in ((0, 1000), (1, 4000), (2, 4500)):
            payload = total.to_bytes(6, "little") + bytes(4)
            mirror.put_snapshot(GSME, snapshot(MIDNIGHT + day * DAY, payload))
        found = samples(objects, 1, MIDNIGHT)
        assert found["sample_request_interval"] == 0xFFFF
        assert found["samples"] == [3000, 500]
        assert samples(objects, 1, MIDNIGHT, 1)["samples"] == [3000]

    def test_nothing_is_found_where_nothing_is(self, objects, mirror):
        assert fails(samples, objects, 0, 0) == NOT_FOUND
        self.report(mirror, MIDNIGHT, 100)
        self.report(mirror, MIDNIGHT + HALF_HOUR, 110)
        assert fails(samples, objects, 0, MIDNIGHT + HALF_HOUR + 1) == NOT_FOUND
        assert fails(samples, objects, 2, 0) == NOT_FOUND

    def test_a_register_that_goes_back_tells_nothing(self, objects, mirror):
        for number, total in enumerate((100, 110, 50, 60)):
            self.report(mirror, MIDNIGHT + number * HALF_HOUR, total)
        assert samples(objects, 0, MIDNIGHT)["samples"] == [10, 0xFFFFFF, 10]

    def test_the_oldest_go_and_midnights_last(self, mirror, monkeypatch):
        monkeypatch.setattr(consumption, "PROFILE_CAPACITY", 4)
        monkeypatch.setattr(consumption, "DAILY_CAPACITY", 3)
        for number in range(0, 48 * 10 + 1):
            mirror.consumption.put(GSME, MIDNIGHT + number * HALF_HOUR, number)
        ends = MIDNIGHT + 10 * DAY
        halves = mirror.consumption.rows(GSME, HALF_HOUR, 0, 999)
        assert [at for at, _ in halves] == [ends - count * HALF_HOUR for count in (3, 2, 1, 0)]
        days = mirror.consumption.rows(GSME, DAY, 0, 999)
        assert days == [(ends - count * DAY, 48) for count in (2, 1, 0)]

    def test_a_total_of_the_far_future_costs_no_others(self, objects, mirror):
        self.report(mirror, MIDNIGHT, 100)
        self.report(mirror, MIDNIGHT + HALF_HOUR, 110)
        self.report(mirror, 0xFFFFFFFF // DAY * DAY, 5)
        assert samples(objects, 0, MIDNIGHT)["samples"] == [10]

    @settings(
        max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
    )
    @given(
        amounts=st.lists(st.integers(0, 5000), min_size=1, max_size=100),
        asleep=st.sets(st.integers(0, 100)),
        since=st.integers(0, 4000),
    )
    def test_the_logs_add_up_to_the_register(self, objects, mirror, amounts, asleep, since):
        mirror.forget(GSME)
        total, totals = 0, {}
        for number, amount in enumerate([0, *amounts]):
            total += amount
            if number not in asleep:
                self.report(mirror, MIDNIGHT + number * HALF_HOUR, total, since)
                totals[number] = total
        told = dict(mirror.consumption.rows(GSME, HALF_HOUR, 0, 999))
        for number in range(1, len(amounts) + 1):
            amount = told.get(MIDNIGHT + number * HALF_HOUR)
            both = number in totals and number - 1 in totals
            assert amount == (amounts[number - 1] if both else None)
        if not asleep & set(range(len(amounts) + 1)):
            assert sum(told.values()) == totals[len(amounts)] - totals[0]


def snapshot(at, payload, cause=1, payload_type=6):
    return {
        "snapshot_id": 9,
        "snapshot_time": at,
        "total_snapshots_found": 1,
        "command_index": 0,
        "total_number_of_commands": 1,
        "snapshot_cause": cause,
        "snapshot_payload_type": payload_type,
        "snapshot_payload": payload,
    }


class TestSnapshots:
    def test_each_is_published_as_the_meter_did(self, objects, mirror):
        for day in range(3):
            payload = day.to_bytes(6, "little") + b"tiers"
            mirror.put_snapshot(GSME, snapshot(MIDNIGHT + day * DAY, payload))
        mirror.put_snapshot(GSME, snapshot(MIDNIGHT, b"\x01" * 6, cause=2))
        (answer,) = call(objects, METERING, 6, MIDNIGHT, MIDNIGHT + 9 * DAY, 1, 1)
        assert decoded(METERING, answer) == {
            **snapshot(MIDNIGHT + DAY, (1).to_bytes(6, "little") + b"tiers"),
            "snapshot_id": 1,
            "total_snapshots_found": 3,
        }
        (answer,) = call(objects, METERING, 6, 0, 0xFFFFFFFF, 0, 2)
        assert decoded(METERING, answer)["snapshot_payload"] == b"\x01" * 6

    def test_what_is_not_there_is_not_found(self, objects, mirror):
        mirror.put_snapshot(GSME, snapshot(MIDNIGHT, bytes(6)))
        for cluster, command, fields in (
            (METERING, 6, (MIDNIGHT, MIDNIGHT, 1, 1)),
            (METERING, 6, (MIDNIGHT + 1, MIDNIGHT + 2, 0, 1)),
            (METERING, 6, (0, 0xFFFFFFFF, 0, 8)),
            (PREPAYMENT, 7, (0, 0xFFFFFFFF, 0, 1)),
        ):
            assert fails(call, objects, cluster, command, *fields) == NOT_FOUND

    def test_those_of_prepayment_are_told_apart(self, objects, mirror):
        mirror.put_snapshot(GSME, snapshot(MIDNIGHT, b"debts", payload_type=0), PREPAYMENT)
        (answer,) = call(objects, PREPAYMENT, 7, 0, 0xFFFFFFFF, 0, 1)
        assert decoded(PREPAYMENT, answer)["snapshot_payload"] == b"debts"
        assert fails(call, objects, METERING, 6, 0, 0xFFFFFFFF, 0, 1) == NOT_FOUND


class TestEvents:
    def test_they_are_published_fifteen_at_a_time(self, objects):
        for number in range(20):
            objects.event_log.append(NOW + number, 0x8F12, bytes((number,)))
        answers = call(objects, EVENTS, 0, 0x13, 0, NOW + 1, NOW + 99, 0, 0)
        found = [decoded(EVENTS, answer) for answer in answers]
        assert [each["total_number_of_matching_events"] for each in found] == [19, 19]
        assert [each["command_index"] for each in found] == [0, 1]
        assert [each["log_payload_control"] >> 4 for each in found] == [15, 4]
        assert found[0]["event_time"][0] == NOW + 1
        assert found[1]["event_data"][-1] == bytes((19,))
        (answer,) = call(objects, EVENTS, 0, 0x03, 0, 0, 0xFFFFFFFF, 2, 18)
        assert decoded(EVENTS, answer)["event_data"] == [b"", b""]

    def test_the_security_log_is_another_and_cannot_be_cleared(self, objects):
        objects.security_event(0x8F3E, NOW)
        (answer,) = call(objects, EVENTS, 0, 0x14, 0, 0, 0xFFFFFFFF, 0, 0)
        assert decoded(EVENTS, answer)["event_id"] == [0x8F3E]
        assert fails(call, objects, EVENTS, 0, 0x13, 0, 0, 0xFFFFFFFF, 0, 0) == NOT_FOUND
        assert call(objects, EVENTS, 1, 4) == [(2, b"\x00")]
        objects.event_log.append(NOW, 0x8F12)
        assert call(objects, EVENTS, 1, 3) == [(2, b"\x08")]
        assert objects.event_log.entries() == []
        assert len(objects.security_log.entries()) == 1


def test_without_a_meter_nothing_is_mirrored(database, device_log, mirror):
    objects = gpf_objects(database, device_log, GPF)
    mirror.put_attributes(GSME, METERING, {TOTAL: 1}, NOW)
    assert fails(objects.read, METERING, TOTAL, NOW) == UNSUPPORTED_ATTRIBUTE
    assert fails(samples, objects, 0, 0) == NOT_FOUND
    assert fails(call, objects, PRICE, 0x0B, 0, 0, 0, 0) == NOT_FOUND

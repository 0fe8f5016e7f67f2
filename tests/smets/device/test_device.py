import sys
import unittest

from smets.crypto.suite import Suite
from smets.device import store
from smets.device.objects import OTHER_REASON, AccessFailure
from smets.device.refusals import CHECKS, UNAUTHORISED_COMMUNICATION
from smets.dlms import date_time
from smets.dlms.access import AccessResponse
from smets.gbcs.grouping import ALERT, RESPONSE
from smets.gbcs.message import Message
from tests.smets.device.engine import (
    ACTION,
    ASK_CREDENTIALS,
    BROKER,
    CHANGE,
    CLOSE,
    CLOSE_SWITCH,
    CREDIT_MODE,
    DEVICE,
    GET,
    IMPORT,
    IMPORT_VALUE,
    MPAN,
    MPAN_VALUE,
    NOW,
    NULL,
    OPERATOR,
    POWER,
    POWER_VALUE,
    PROFILE,
    PROTECT_IMPORT,
    READ_DAILY,
    READ_IMPORT,
    READ_POWER,
    READ_PROFILE,
    ROWS,
    SET,
    SET_MPAN,
    STRANGER,
    SUPPLIER,
    SWITCH,
    World,
    access,
    loaded,
    payload,
    protected_request,
)

VM_HEAP_KIB = 256  # for the parties around the device, and its flash, which is in RAM

store._ROOM = 2048
STEP = 1 if sys.implementation.name == "cpython" else 11

WORLD = World(Suite())


class DeviceTest(unittest.TestCase):
    def setUp(self):
        self.objects = loaded()
        self.device = WORLD.device(None, self.objects)

    def tearDown(self):
        self.device = self.objects = None

    def answer(self, *arguments, **named):
        return self.device.receive(WORLD.command(*arguments, **named), NOW)

    def refused(self, message, check):
        """The message is refused by that check, and nothing else comes of it."""
        before = len(self.device.refusals())
        calls, waiting = list(self.objects.calls), len(self.device.outbox)
        self.assertIsNone(self.device.receive(message, NOW))
        self.assertEqual(self.objects.calls, calls)
        self.assertEqual(len(self.device.outbox), waiting)
        refusals = self.device.refusals()
        self.assertEqual(len(refusals), min(32, before + 1))
        self.assertEqual(refusals[-1].check, check)
        self.assertEqual(refusals[-1].time, NOW)
        self.assertEqual(self.objects.events[-1], (UNAUTHORISED_COMMUNICATION, NOW))
        return refusals[-1]


class AnswersTest(DeviceTest):
    def test_a_read_is_answered_with_a_mac(self):
        answer = self.answer(READ_POWER, 5)
        message = WORLD.opened(answer)
        header = message.header
        self.assertEqual(header.cra_flag, RESPONSE)
        self.assertEqual((header.originator, header.recipient), (DEVICE, SUPPLIER.eui))
        self.assertEqual((header.originator_counter, header.message_code), (5, READ_POWER))
        self.assertEqual(header.date_time, date_time.encode(NOW))
        response = AccessResponse.decode(message.payload)
        self.assertEqual(response.invoke_id, 5)
        self.assertEqual(response.data, ((6, 500),))
        self.assertEqual(response.results, ((GET, 0),))
        self.assertEqual(POWER_VALUE[0], 6)

    def test_a_critical_command_is_carried_out_and_answered_with_a_signature(self):
        message = WORLD.opened(self.answer(CLOSE_SWITCH, 1 << 40))
        self.assertIsNone(message.mac)
        self.assertEqual(message.payload.hex(), "da20000000000001000103" + "00")
        self.assertEqual(self.objects.calls, [("act", SWITCH, CLOSE)])
        self.assertEqual(self.device.counters.accepted(SUPPLIER.role), 1 << 40)
        self.assertEqual(self.device.store.get("act.9.00000a006aff.1"), CLOSE)

    def test_what_a_set_stages_is_committed(self):
        WORLD.opened(self.answer(SET_MPAN, 7))
        self.assertEqual(self.objects.calls, [("set", MPAN, MPAN_VALUE)])
        self.assertEqual(self.device.store.get("value.1.00005e2c220b.2"), MPAN_VALUE)

    def test_a_period_is_read_in_the_clear(self):
        message = WORLD.opened(self.answer(READ_PROFILE, 9))
        self.assertEqual(AccessResponse.decode(message.payload).results, ((GET, 0),))
        self.assertEqual(self.objects.calls[0], ("get_range", PROFILE, NOW - 3600, NOW))
        self.assertIn(ROWS, message.payload)

    def test_protected_attributes_are_encrypted_for_who_asks(self):
        for party in (SUPPLIER, OPERATOR):
            message = WORLD.opened(self.answer(READ_IMPORT, 11, party), party)
            response = AccessResponse.decode(message.payload)
            self.assertEqual(response.results, ((ACTION, 0),))
            parameters, (_, ciphered) = response.data[0][1]
            self.assertIn(b"\x09\x08" + DEVICE, _octets(parameters))
            plaintext = WORLD.decrypted(message, ciphered, party)
            self.assertEqual(plaintext, b"\x02\x01" + IMPORT_VALUE)
            self.assertNotIn(IMPORT_VALUE, message.payload)

    def test_a_failing_access_is_reported_by_its_result(self):
        self.device.faults.inject(*POWER, 1)
        message = WORLD.opened(self.answer(READ_POWER, 5))
        self.assertEqual(message.payload.hex(), "da200000050000" + "0100" + "010101")
        self.device.faults.inject(*POWER, 0)
        message = WORLD.opened(self.answer(READ_POWER, 6))
        self.assertEqual(AccessResponse.decode(message.payload).results, ((GET, 0),))

    def test_a_fault_of_a_method_is_none_of_the_attribute_of_that_number(self):
        self.device.faults.inject(*SWITCH, 3)
        message = WORLD.opened(self.answer(CLOSE_SWITCH, 5))
        self.assertEqual(message.payload[-2:], b"\x03\x00")
        self.device.faults.inject(*SWITCH, 3, True)
        message = WORLD.opened(self.answer(CLOSE_SWITCH, 6))
        self.assertEqual(message.payload[-2:], b"\x03\x03")

    def test_a_protected_read_fails_in_the_clear(self):
        self.device.faults.inject(*PROTECT_IMPORT, 1, True)
        message = WORLD.opened(self.answer(READ_IMPORT, 5))
        self.assertEqual(message.payload.hex(), "da200000050000" + "0100" + "010301")

    def test_values_too_long_for_a_message_fail(self):
        self.objects.values[PROFILE] = b"\x09\x82\x07\x00" + bytes(0x700)
        message = WORLD.opened(self.answer(READ_PROFILE, 9))
        self.assertEqual(AccessResponse.decode(message.payload).results, ((GET, OTHER_REASON),))
        self.objects.values[IMPORT] = self.objects.values[PROFILE]
        message = WORLD.opened(self.answer(READ_IMPORT, 10))
        self.assertEqual(AccessResponse.decode(message.payload).results, ((ACTION, OTHER_REASON),))

    def test_objects_that_run_out_of_memory_or_sense_fail(self):
        def get_range(*_arguments):
            raise MemoryError

        self.objects.get_range = get_range
        message = WORLD.opened(self.answer(READ_PROFILE, 9))
        self.assertEqual(AccessResponse.decode(message.payload).results, ((GET, OTHER_REASON),))

    def test_answers_wait_in_the_outbox_until_they_are_delivered(self):
        first, second = self.answer(READ_POWER, 5), self.answer(READ_POWER, 6)
        (one, message), (two, _) = self.device.pending()
        self.assertEqual([message for _, message in self.device.pending()], [first, second])
        again = WORLD.open(self.device.store)
        self.assertEqual(again.pending(), self.device.pending())
        again.delivered(two)  # not the oldest: says nothing
        self.assertEqual(len(again.pending()), 2)
        again.delivered(one)
        self.assertEqual(again.pending(), [(two, second)])
        self.assertEqual(message, first)
        again.delivered(two)
        self.assertEqual(again.pending(), [])
        self.assertEqual(len(WORLD.open(self.device.store).outbox), 0)

    def test_what_else_is_to_be_committed_is_in_the_same_commit(self):
        message = WORLD.command(READ_POWER, 5)
        self.device.receive(message, NOW, [("link", b"1")])
        self.assertEqual(self.device.store.get("link"), b"1")
        self.device.receive(b"nonsense", NOW, [("link", b"2")])
        self.assertEqual(self.device.store.get("link"), b"2")

    def test_the_broker_is_told_who_holds_the_cells(self):
        message = WORLD.opened(self.answer(ASK_CREDENTIALS, 5, BROKER), BROKER)
        cells = WORLD.cells()
        expected = "303f020102" + "0a0100" + "020100" + "3034"
        for cell, usage in ((cells[0], "03020780"), (cells[1], "03020308")):
            eui, identifier = cell[3:5]
            expected += "3018" + usage + "0408" + eui.hex() + "0408" + identifier.hex()
        self.assertEqual(message.payload.hex(), "3041" + expected)

    def test_poll_lets_the_objects_work(self):
        self.assertEqual(self.device.poll(NOW), [])
        self.assertEqual(self.objects.calls, [("poll", NOW)])


class NotSupportedTest(DeviceTest):
    def check(self, answer, code, counter):
        message = WORLD.opened(answer)
        header = message.header
        self.assertEqual((header.cra_flag, header.message_code), (ALERT, 0x0120))
        self.assertEqual(header.recipient, SUPPLIER.eui)
        expected = b"\x0f\x20" + header.originator_counter.to_bytes(8, "big")[-3:]
        expected += bytes.fromhex("000203128f85090c") + date_time.encode(NOW) + b"\x09\x0a"
        expected += code.to_bytes(2, "big") + counter.to_bytes(8, "big")
        self.assertEqual(message.payload, expected)
        return header.originator_counter

    def test_a_use_case_that_the_device_lacks_is_answered_with_an_alert(self):
        first = self.check(self.answer(CREDIT_MODE, 5, body=NULL, signed=True), CREDIT_MODE, 5)
        again = WORLD.open(self.device.store)
        message = WORLD.command(CREDIT_MODE, 6, body=NULL, signed=True)
        second = self.check(again.receive(message, NOW), CREDIT_MODE, 6)
        self.assertEqual(second, first + 1)

    def test_so_is_one_of_which_an_object_is_missing(self):
        self.objects.has = lambda *_arguments: False
        for code in (READ_POWER, READ_IMPORT):
            self.check(self.answer(code, 5), code, 5)

    def test_so_is_one_for_another_kind_of_device(self):
        self.device.device_type = 0
        self.check(self.answer(CLOSE_SWITCH, 5), CLOSE_SWITCH, 5)
        self.assertEqual(self.objects.calls, [])

    def test_it_is_given_once_for_a_counter(self):
        message = WORLD.command(CREDIT_MODE, 5, body=NULL, signed=True)
        self.assertIsNotNone(self.device.receive(message, NOW))
        self.refused(message, "counter")


class RefusalsTest(DeviceTest):
    def test_a_replayed_command_is_refused(self):
        message = WORLD.command(CLOSE_SWITCH, 5)
        self.assertIsNotNone(self.device.receive(message, NOW))
        refusal = self.refused(message, "counter")
        self.assertEqual(refusal.message_code, CLOSE_SWITCH)
        self.assertEqual(refusal.originator, SUPPLIER.eui)
        self.assertEqual(refusal.originator_counter, 5)

    def test_so_is_one_that_was_overtaken_and_one_after_a_restart(self):
        self.assertIsNotNone(self.answer(CLOSE_SWITCH, 6))
        self.refused(WORLD.command(CLOSE_SWITCH, 5), "counter")
        self.refused(WORLD.command(SET_MPAN, 6), "counter")
        self.device = WORLD.open(self.device.store, self.objects)
        self.refused(WORLD.command(CLOSE_SWITCH, 6), "counter")
        self.assertIsNotNone(self.answer(CLOSE_SWITCH, 7))

    def test_counters_of_roles_are_apart_and_reads_have_none(self):
        self.assertIsNotNone(self.answer(CLOSE_SWITCH, 1000))
        self.assertIsNotNone(self.answer(READ_POWER, 5))
        self.assertIsNotNone(self.answer(READ_POWER, 5))
        self.assertEqual(self.device.counters.accepted(OPERATOR.role), 0)

    def test_truncated_messages_are_refused(self):
        message = WORLD.command(CLOSE_SWITCH, 5)
        for end in range(0, len(message), STEP):
            self.refused(message[:end], "decode")

    def test_flipped_bits_are_refused(self):
        message = WORLD.command(READ_POWER, 5)
        for bit in range(0, 8 * len(message), 7 * STEP):
            flipped = bytearray(message)
            flipped[bit // 8] ^= 1 << bit % 8
            self.assertIsNone(self.device.receive(bytes(flipped), NOW), bit)
            self.assertIn(self.device.refusals()[-1].check, ("decode", "recipient", "mac"))
        self.assertEqual(self.objects.calls, [])

    def test_a_message_for_another_device_is_refused(self):
        message = Message.decode(WORLD.command(READ_POWER, 5))
        message.header.recipient = bytes(8)
        self.refused(WORLD.protected(message), "recipient")

    def test_a_message_without_the_brokers_mac_is_refused(self):
        message = Message.decode(WORLD.command(CLOSE_SWITCH, 5))
        message.mac = None
        self.refused(message.encode(), "mac")
        message.mac = bytes(12)
        self.refused(message.encode(), "mac")

    def test_a_wrong_missing_or_needless_signature_is_refused(self):
        message = Message.decode(WORLD.command(CLOSE_SWITCH, 5))
        self.refused(WORLD.protected(message, OPERATOR), "signature")
        self.refused(WORLD.command(CLOSE_SWITCH, 5, signed=False), "signature")
        self.refused(WORLD.command(READ_POWER, 5, signed=True), "signature")
        self.refused(WORLD.command(CLOSE_SWITCH, 5, STRANGER), "signature")

    def test_the_signature_is_checked_before_the_counter_and_that_before_the_role(self):
        self.assertIsNotNone(self.answer(CLOSE_SWITCH, 9))
        self.refused(WORLD.command(CLOSE_SWITCH, 5, signed=False), "signature")
        self.refused(WORLD.command(CLOSE_SWITCH, 9), "counter")
        self.refused(WORLD.command(CLOSE_SWITCH, 0, OPERATOR), "counter")
        self.refused(WORLD.command(CLOSE_SWITCH, 1, OPERATOR), "role")

    def test_a_party_without_the_role_is_refused(self):
        self.refused(WORLD.command(SET_MPAN, 5, OPERATOR), "role")
        self.refused(WORLD.command(READ_POWER, 5, STRANGER), "role")
        self.refused(WORLD.command(READ_IMPORT, 5, BROKER), "role")

    def test_a_party_with_whom_no_key_can_be_agreed_is_refused(self):
        self.refused(WORLD.command(ASK_CREDENTIALS, 5, CHANGE), "role")

    def test_codes_that_are_no_commands_are_refused(self):
        for code in (0xFFFF, 0x0120, 0x0116):
            self.refused(WORLD.command(code, 5, body=NULL), "use_case")

    def test_a_request_other_than_the_use_cases_is_refused(self):
        wrong = (
            NULL,
            payload(READ_POWER, 6),
            payload(READ_POWER, 5) + NULL,
            access(5, (GET, IMPORT, NULL)),
            access(5, (SET, POWER, POWER_VALUE)),
            access(5, (GET, POWER, NULL), (GET, POWER, NULL)),
            access(5),
            access(5, (GET, POWER, POWER_VALUE)),
            payload(READ_POWER, 5)[:5] + b"\x01" + payload(READ_POWER, 5)[6:],
            payload(READ_POWER, 5)[:1] + b"\x60" + payload(READ_POWER, 5)[2:],
        )
        for body in wrong:
            self.refused(WORLD.command(READ_POWER, 5, body=body), "payload")

    def test_data_other_than_the_constant_are_refused(self):
        body = access(5, (ACTION, SWITCH, b"\x12\x00\x34"))
        self.refused(WORLD.command(CLOSE_SWITCH, 5, body=body), "payload")
        self.assertEqual(self.device.counters.accepted(SUPPLIER.role), 0)

    def test_protected_requests_that_contradict_the_message_are_refused(self):
        wrong = (
            protected_request(6, IMPORT, SUPPLIER.eui),
            protected_request(5, IMPORT, OPERATOR.eui),
            protected_request(5, IMPORT, SUPPLIER.eui, None, bytes(8)),
            protected_request(5, POWER, SUPPLIER.eui),
            protected_request(5, IMPORT, SUPPLIER.eui, (0, NOW)),
        )
        for data in wrong:
            body = access(5, (ACTION, PROTECT_IMPORT, data))
            self.refused(WORLD.command(READ_IMPORT, 5, body=body), "payload")

    def test_an_unknown_remote_party_gets_nothing_without_its_certificate(self):
        message = Message.decode(WORLD.command(READ_DAILY, 5, BROKER))
        message.header.supplementary_remote_party = STRANGER.eui
        message.header.supplementary_remote_party_counter = 1
        for certificate in (b"", bytes(400)):
            message.header.supplementary_certificate = certificate
            self.refused(WORLD.protected(message), "payload")

    def test_the_last_refusals_are_kept_through_a_restart(self):
        for number in range(40):
            self.refused(bytes((number,)), "decode")
        kept = WORLD.open(self.device.store).refusals()
        self.assertEqual(len(kept), 32)
        self.assertEqual([each.check for each in kept], ["decode"] * 32)
        self.assertEqual(kept[0].originator_counter, 0)
        self.assertEqual(CHECKS[0], "decode")

    def test_objects_are_not_asked_after_a_failure_of_their_own(self):
        def get(*_arguments):
            raise AccessFailure(2)

        self.objects.get = get
        message = WORLD.opened(self.answer(READ_POWER, 5))
        self.assertEqual(AccessResponse.decode(message.payload).results, ((GET, 2),))


def _octets(data):
    from smets.dlms.data import encode

    return encode((1, data[1])) if isinstance(data, tuple) else b""


if __name__ == "__main__":
    unittest.main()

"""GBZ commands on the engine: shapes as the reference messages have them, and hostile ones."""

from __future__ import annotations

import sys
import unittest

from smets.codec.errors import DecodeError
from smets.crypto.suite import Suite
from smets.device.device import Device
from smets.device.provisioning import provision
from smets.device.ram_flash import RamFlash
from smets.device.store import Store
from smets.device.zigbee_objects import (
    HARDWARE_FAILURE,
    INSUFFICIENT_SPACE,
    attribute_fault,
    command_fault,
)
from smets.dlms import date_time
from smets.gbcs import roles
from smets.gbcs.gbz import Component, Gbz
from smets.gbcs.message import Message
from tests.smets.device.engine import (
    AGREEMENT_KEY,
    DEVICE,
    NOW,
    SIGNING_KEY,
    World,
    use_cases,
)
from tests.smets.device.loaded_clusters import LoadedClusters

VM_HEAP_KIB = 256  # for the parties around the device, and its flash, which is in RAM

WORLD = World(Suite())
STEP = 1 if sys.implementation.name == "cpython" else 23

READ_REGISTER = 0x0074  # GCS13a
READ_BALANCE = 0x008D  # GCS60, two ZCL commands, in the clear
READ_PREPAYMENT = 0x0075  # GCS14, in the clear and encrypted
READ_BILLING = 0x0076  # GCS15c, 24 commands
CLEAR_LOG = 0x0015  # CS11
CLOSE_VALVE = 0x0081  # GCS32, critical
SET_CLOCK = 0x007F  # GCS28, DER
SET_TARIFF = 0x006B  # GCS01a, future dated

REGISTER = bytes.fromhex("0203010300030000")
REGISTER_VALUES = {
    (0x0702, 0x0302): bytes.fromhex("22e80300"),
    (0x0702, 0x0301): bytes.fromhex("22010000"),
    (0x0702, 0x0300): bytes.fromhex("3001"),
    (0x0702, 0x0000): bytes.fromhex("25393000000000"),
}
# RTDS 4.5.0, GCS13a: plaintext of the component
REGISTER_ANSWER = bytes.fromhex("02030022e8030001030022010000000300300100000025393000000000")


class Home:
    """A gas meter that has just been provisioned."""

    def __init__(self) -> None:
        self.clusters = LoadedClusters()
        self.store = Store(RamFlash())
        provision(self.store, SIGNING_KEY, AGREEMENT_KEY, WORLD.cells())
        self.device = Device(
            DEVICE, roles.GSME, WORLD.suite, self.store, use_cases(), self.clusters
        )

    def ask(self, code, *components, counter=1, signed=False):
        body = Gbz(components).encode()
        command = WORLD.command(code, counter, body=body, signed=signed)
        return self.device.receive(command, NOW)

    def answer(self, code, *components, **how):
        """The response, whose protection holds, and its components."""
        message = WORLD.opened(self.ask(code, *components, **how))
        return message, Gbz.decode(message.payload).components


def read(cluster, attributes, sequence=0):
    return Component(cluster, bytes((0, sequence, 0)), attributes)


def call(cluster, command, payload, sequence=0, control=1):
    return Component(cluster, bytes((control, sequence, command)), payload)


def balance():
    return (
        read(0x0702, bytes.fromhex("000a")),
        read(0x0705, bytes.fromhex("0100"), 1),
    )


def billing():
    period = bytes.fromhex("006c0e1c8012c81d")
    return [
        call(cluster, command, period + bytes((index, 2, 0, 0, 0)), first + index)
        for cluster, command, first in ((0x0702, 6, 0), (0x0705, 7, 12))
        for index in range(12)
    ]


class ReadTest(unittest.TestCase):
    def setUp(self):
        self.home = Home()
        self.home.clusters.values = dict(REGISTER_VALUES)

    def test_an_encrypted_read_has_the_reference_s_plaintext(self):
        message, (component,) = self.home.answer(READ_REGISTER, read(0x0702, REGISTER, 5))
        self.assertEqual(component.zcl_header, bytes.fromhex("180501"))
        self.assertEqual(component.frame_counter, 0)
        self.assertEqual(WORLD.decrypted(message, component.payload), REGISTER_ANSWER)

    def test_the_header_says_when_the_data_were_true_and_how_reliable_that_is(self):
        self.home.clusters.clock_status = 4
        message, _ = self.home.answer(READ_REGISTER, read(0x0702, REGISTER))
        self.assertEqual(message.header.date_time, date_time.encode(NOW - 60, 4))

    def test_an_attribute_fails_alone_and_ends_the_payload(self):
        values = self.home.clusters.values
        values[0x0702, 0x0A00] = b""
        values[0x0705, 0x0001] = bytes.fromhex("2b00000000")
        _, (first, second) = self.home.answer(READ_BALANCE, *balance())
        self.assertEqual((first.zcl_header, first.payload), (b"\x08\x00\x01", b"\x00\x0a\xc0"))
        self.assertEqual((second.zcl_header, second.payload), (b"\x08\x01\x0b", b"\xff\x01"))

    def test_an_injected_fault_is_that_of_the_attribute(self):
        values = self.home.clusters.values
        values[0x0702, 0x0A00] = bytes.fromhex("23e0673500")
        values[0x0705, 0x0001] = bytes.fromhex("2b00000000")
        name, member = attribute_fault(0x0001)
        self.home.device.faults.inject(0x0705, name, member, HARDWARE_FAILURE)
        _, (first, second) = self.home.answer(READ_BALANCE, *balance())
        self.assertEqual(first.payload, bytes.fromhex("000a0023e0673500"))
        self.assertEqual(second.payload, bytes.fromhex("0100c0"))

    def test_what_the_device_lacks_is_not_supported(self):
        del self.home.clusters.values[0x0702, 0x0300]
        answer = Message.decode(self.home.ask(READ_REGISTER, read(0x0702, REGISTER)))
        self.assertEqual(answer.header.message_code, 0x0120)

    def test_future_dating_is_not_supported(self):
        answer = self.home.ask(SET_TARIFF, call(0x0707, 0, b"", control=9), signed=True)
        self.assertEqual(Message.decode(answer).header.message_code, 0x0120)

    def test_another_payload_than_the_use_case_s_is_refused(self):
        good = read(0x0702, REGISTER)
        wrong = [
            (),
            (good, good),
            (read(0x0703, REGISTER),),
            (read(0x0702, REGISTER[:-1]),),
            (read(0x0702, REGISTER + b"\x00"),),
            (read(0x0702, REGISTER[2:] + REGISTER[:2]),),
            (call(0x0702, 0, REGISTER),),
            (Component(0x0702, b"\x00\x00\x01", REGISTER),),
            (Component(0x0702, b"\x00\x00\x00", REGISTER, 0),),
            (Component(0x0702, b"\x00\x00\x00", REGISTER, None, 0),),
        ]
        for components in wrong:
            self.assertIsNone(self.home.ask(READ_REGISTER, *components))
        self.assertEqual(len(self.home.device.refusals()), len(wrong))
        self.assertEqual(self.home.clusters.calls, [])

    def test_every_octet_of_a_payload_counts(self):
        body = Gbz((read(0x0702, REGISTER),)).encode()
        for at in range(0, len(body), STEP):
            octets = bytearray(body)
            octets[at] ^= 0xFF
            changed = WORLD.command(READ_REGISTER, 1, body=bytes(octets))
            answer = self.home.device.receive(changed, NOW)
            if at == len(body) - len(REGISTER) - 2:  # the sequence number is echoed
                self.assertIsNotNone(answer)
            else:
                self.assertIsNone(answer)


class CallTest(unittest.TestCase):
    def setUp(self):
        self.home = Home()

    def test_a_change_is_committed_with_its_answer(self):
        done = [(0x0C, bytes.fromhex("00000000804a371c0000000000"))]
        self.home.clusters.answers[0x0702, 0x0B] = [done]
        payload = bytes.fromhex("00000000804a371c00000000000000000001")
        _, (component,) = self.home.answer(CLOSE_VALVE, call(0x0702, 0x0B, payload), signed=True)
        self.assertEqual(component.zcl_header, b"\x09\x00\x0c")
        self.assertEqual(component.payload, done[0][1])
        self.assertEqual(self.home.store.get("call.0702.0b"), b"done")
        self.assertEqual(self.home.clusters.calls[0][3], [0, 0x1C374A80, 0, 0, 0, 1])

    def test_another_valve_command_under_this_code_is_refused(self):
        self.home.clusters.answers[0x0702, 0x0B] = [[]]
        arm = bytes.fromhex("00000000804a371c00000000000000000101")
        self.assertIsNone(self.home.ask(CLOSE_VALVE, call(0x0702, 0x0B, arm), signed=True))
        self.assertEqual(self.home.clusters.calls, [])

    def test_a_failure_has_the_answer_that_the_objects_know(self):
        self.home.clusters.answers[0x0709, 0x01] = [[]]
        self.home.clusters.failed_answers = [(0x02, b"\x00")]
        self.home.device.faults.inject(0x0709, *command_fault(0x01, 1), HARDWARE_FAILURE)
        _, (component,) = self.home.answer(CLEAR_LOG, call(0x0709, 0x01, b"\x03", 1))
        self.assertEqual((component.zcl_header, component.payload), (b"\x09\x01\x02", b"\x00"))

    def test_not_found_goes_on_and_a_failure_does_not(self):
        first = [(0x06, b"a snapshot")]
        self.home.clusters.answers[0x0702, 6] = [first, first] + [None] * 10
        self.home.clusters.answers[0x0705, 7] = [[(0x01, b"another")]] * 12
        self.home.device.faults.inject(0x0705, *command_fault(7, 13), HARDWARE_FAILURE)
        message, parts = self.home.answer(READ_BILLING, *billing())
        self.assertEqual(len(parts), 24)
        self.assertEqual([part.frame_counter for part in parts[:3]], [0, 1, None])
        self.assertEqual(parts[1].zcl_header, b"\x19\x01\x06")
        self.assertEqual(WORLD.decrypted(message, parts[1].payload), b"a snapshot")
        self.assertEqual((parts[2].zcl_header, parts[2].payload), (b"\x08\x02\x0b", b"\x06\x8b"))
        self.assertEqual((parts[12].zcl_header, parts[12].frame_counter), (b"\x19\x0c\x01", 2))
        self.assertEqual(parts[13].payload, b"\x07\xc0")
        self.assertEqual({part.payload for part in parts[14:]}, {b"\xff\x01"})

    def test_answers_that_do_not_fit_are_left_out(self):
        self.home.clusters.answers[0x0702, 6] = [[(0x06, bytes(100))]] * 12
        self.home.clusters.answers[0x0705, 7] = [[(0x01, bytes(30))]] * 12
        octets = self.home.ask(READ_BILLING, *billing())
        parts = Gbz.decode(WORLD.opened(octets).payload).components
        self.assertEqual(len(parts), 24)
        self.assertLessEqual(len(octets), 1499)
        statuses = [part.payload for part in parts if part.frame_counter is None]
        self.assertEqual(statuses[0], bytes((6, INSUFFICIENT_SPACE)))
        self.assertEqual(set(statuses[1:]), {b"\xff\x01"})


class ClockTest(unittest.TestCase):
    def ask(self, home, payload):
        return home.device.receive(WORLD.command(SET_CLOCK, 1, body=payload, signed=True), NOW)

    def test_the_clock_is_set_as_der_says(self):
        for start, status in (("20141231233000Z", 0), ("20991231233000Z", None)):
            home = Home()
            period = b"\x18\x0f" + start.encode() + b"\x18\x0f20971231233000Z"
            answer = self.ask(home, bytes((0x30, len(period))) + period)
            if status is None:  # ends before it starts
                self.assertIsNone(answer)
                continue
            self.assertEqual(WORLD.opened(answer).payload[-3:], bytes((2, 1, status)))
            self.assertEqual(home.store.get("clock"), b"set")


class ErrorTest(unittest.TestCase):
    def test_no_payload_crashes(self):
        for payload in (b"", b"\x01\x09", b"\x01\x09\xff", b"\x01\x09\x01\x01\x07\x02\x00\x00"):
            with self.assertRaises(DecodeError):
                Gbz.decode(payload)
            home = Home()
            command = WORLD.command(READ_REGISTER, 1, body=payload)
            home.clusters.values = dict(REGISTER_VALUES)
            self.assertIsNone(home.device.receive(command, NOW))


if __name__ == "__main__":
    unittest.main()

import sys
import unittest

from smets.crypto.zigbee_suite import ZigbeeSuite
from smets.zigbee import cbke
from smets.zigbee.cbke import Initiator, Responder
from tests.smets.zigbee.cbke_exchange import (
    engine,
    exchange,
    flipped,
    identity,
    pair,
    with_payload,
)
from tests.smets.zigbee.cbke_vectors import examples


@unittest.skipIf(sys.platform == "webassembly", "its garbage is collected only between programs")
class RefusalTest(unittest.TestCase):
    def refused(self, status, initiator, responder, change):
        """Whoever finds the fault says so with this status, and neither has a key."""
        sent = exchange(initiator, responder, change)
        suite = initiator._identity.number
        self.assertEqual(sent[-1], (cbke.TERMINATE, bytes((status, 0, suite, 0))))
        for side in (initiator, responder):
            self.assertEqual(side.link_key, None)
            self.assertEqual(side.ended.status, status)
            self.assertEqual(side.deadline, None)
        self.assertEqual(initiator.ended.by_partner, not responder.ended.by_partner)
        self.assertEqual(initiator.ended.reason, cbke.REASONS[status])

    def test_certificates_by_another_ca(self):
        for example in examples():
            # By name: the issuer is another; suite 1 has it at 30, suite 2 at 11.
            at = 4 + {1: 30, 2: 11}[example.suite]
            for step in (1, 2):
                change = with_payload(step, lambda old, at=at: flipped(old, at))
                self.refused(cbke.UNKNOWN_ISSUER, *pair(example), change)

    def test_a_ca_of_the_same_name_makes_another_key(self):
        for example in examples():
            initiator, responder = pair(example)
            # Any other point of the curve is the other CA's key.
            responder._identity.ca_public_key = example.v.public_key
            self.refused(cbke.BAD_KEY_CONFIRM, initiator, responder, lambda step, command: command)

    def test_certificates_of_somebody_else(self):
        for example in examples():
            u, v = example.u, example.v
            initiator = engine(Initiator, example, u, v.eui)
            responder = engine(Responder, example, v, bytes(8))
            self.refused(
                cbke.INVALID_CERTIFICATE, initiator, responder, lambda step, command: command
            )

    def test_one_changed_bit_of_a_certificate(self):
        for example in examples():
            for at, octet in enumerate(example.u.certificate):
                initiator, responder = pair(example)
                change = with_payload(1, lambda old, at=at: flipped(old, 4 + at))
                last = exchange(initiator, responder, change)[-1]
                self.assertEqual(last[0], cbke.TERMINATE, (example.suite, at, octet))
                self.assertEqual(initiator.link_key, None)
                self.assertEqual(responder.link_key, None)

    def test_a_changed_confirmation(self):
        for example in examples():
            for step in (5, 6):
                for at in range(cbke.MAC_SIZE):
                    change = with_payload(step, lambda old, at=at: flipped(old, at))
                    self.refused(cbke.BAD_KEY_CONFIRM, *pair(example), change)
                break
            change = with_payload(6, lambda old: flipped(old, 15))
            self.refused(cbke.BAD_KEY_CONFIRM, *pair(example), change)

    def test_a_reflected_confirmation(self):
        for example in examples():
            mac = example.u.mac
            change = with_payload(6, lambda old, mac=mac: mac)
            self.refused(cbke.BAD_KEY_CONFIRM, *pair(example), change)

    def test_ephemeral_data_that_is_no_point(self):
        for example in examples():
            size = len(example.u.ephemeral_public_key)
            wrongs = (
                bytes(size),
                b"\x02" + bytes(size - 1),
                b"\x04" + example.u.ephemeral_public_key[1:],
                b"\x02" + b"\xff" * (size - 1),
            )
            for wrong in wrongs:
                for step in (3, 4):
                    change = with_payload(step, lambda old, wrong=wrong: wrong)
                    self.refused(cbke.BAD_MESSAGE, *pair(example), change)

    def test_payloads_of_another_length(self):
        for example in examples():
            for step in range(1, 7):
                for change in (lambda old: old[:-1], lambda old: old + b"\x00", lambda old: b""):
                    self.refused(cbke.BAD_MESSAGE, *pair(example), with_payload(step, change))

    def test_another_suite(self):
        for example in examples():
            for step in (1, 2):
                for suites in (b"\x00\x00", b"\x03\x00", b"\x04\x00", b"\x00\x01"):
                    change = with_payload(step, lambda old, suites=suites: suites + old[2:])
                    self.refused(cbke.UNSUPPORTED_SUITE, *pair(example), change)

    def test_a_time_without_end(self):
        for example in examples():
            change = with_payload(1, lambda old: old[:2] + b"\xff\x01" + old[4:])
            self.refused(cbke.BAD_MESSAGE, *pair(example), change)

    def test_commands_out_of_turn(self):
        for example in examples():
            for step in range(1, 7):
                for other in (0, 1, 2, 4, 0xFF):
                    initiator, responder = pair(example)
                    seen = []

                    def change(at, command, step=step, other=other, seen=seen):
                        if at != step or command[0] == other:
                            return command
                        seen.append(other)
                        return other, command[1]

                    if step > 2 and other > 2:
                        continue
                    sent = exchange(initiator, responder, change)
                    if seen:
                        suite = example.suite
                        expected = (cbke.TERMINATE, bytes((cbke.BAD_MESSAGE, 0, suite, 0)))
                        self.assertEqual(sent[-1], expected)
                        self.assertEqual(initiator.link_key, None)

    def test_certificates_out_of_their_time(self):
        example = list(examples())[1]
        valid_from = 0x5292A38A
        initiator, responder = pair(example, unix_time=valid_from - 1)
        self.refused(cbke.INVALID_CERTIFICATE, initiator, responder, lambda step, command: command)
        initiator, responder = pair(example, unix_time=valid_from)
        exchange(initiator, responder)
        self.assertEqual(initiator.link_key, example.link_key)

    def test_too_little_memory(self):
        def no_memory(count):
            raise MemoryError

        example = next(examples())
        u, v = example.u, example.v
        initiator = engine(Initiator, example, u, v.eui)
        responder = Responder(ZigbeeSuite(), identity(example, v), u.eui, no_memory)
        self.refused(cbke.NO_RESOURCES, initiator, responder, lambda step, command: command)


if __name__ == "__main__":
    unittest.main()

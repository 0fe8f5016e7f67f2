import unittest

from smets.crypto.zigbee_suite import ZigbeeSuite
from smets.zigbee import cbke
from tests.smets.zigbee.cbke_exchange import START, exchange, flipped, pair, with_payload
from tests.smets.zigbee.cbke_vectors import examples

LATER = START + 3600


class VectorTest(unittest.TestCase):
    def test_the_published_examples(self):
        for example in examples():
            initiator, responder = pair(example)
            sent = exchange(initiator, responder)
            head = bytes((example.suite, 0)) + bytes(cbke.GENERATE_TIMES)
            u, v = example.u, example.v
            self.assertEqual(
                sent,
                [
                    (cbke.INITIATE, head + u.certificate),
                    (cbke.INITIATE, head + v.certificate),
                    (cbke.EPHEMERAL_DATA, u.ephemeral_public_key),
                    (cbke.EPHEMERAL_DATA, v.ephemeral_public_key),
                    (cbke.CONFIRM_KEY, u.mac),
                    (cbke.CONFIRM_KEY, v.mac),
                ],
            )
            for side in (initiator, responder):
                self.assertEqual(side.link_key, example.link_key)
                self.assertEqual(side.ended, None)
                self.assertEqual(side.deadline, None)

    def test_the_published_secrets(self):
        suite = ZigbeeSuite()
        for example in examples():
            u, v = example.u, example.v
            for own, other in ((u, v), (v, u)):
                self.assertEqual(
                    suite.curve_public_key(example.suite, own.private_key), own.public_key
                )
                secret = suite.mqv(
                    example.suite,
                    (own.private_key, own.ephemeral_private_key, own.ephemeral_public_key),
                    (other.public_key, other.ephemeral_public_key),
                )
                self.assertEqual(secret, example.secret)
            self.assertEqual(suite.mmo(example.secret + bytes((0, 0, 0, 1))), example.mac_key)


class TerminateTest(unittest.TestCase):
    def test_every_status_is_told_apart(self):
        example = next(examples())
        reasons = set()
        for status in range(1, 7):
            initiator, _ = pair(example)
            initiator.start(START)
            command = cbke.terminate(status, 30, example.suite)
            self.assertEqual(initiator.receive(*command, START), None)
            ended = initiator.ended
            self.assertEqual((ended.status, ended.by_partner, ended.wait_time), (status, True, 30))
            reasons.add(ended.reason)
        self.assertEqual(len(reasons), 6)

    def test_terminate_that_is_malformed_or_unheard_of(self):
        example = next(examples())
        for payload, status in ((b"", cbke.BAD_MESSAGE), (b"\xee\x00\x01\x00", 0xEE)):
            initiator, _ = pair(example)
            initiator.start(START)
            self.assertEqual(initiator.receive(cbke.TERMINATE, payload, START), None)
            self.assertEqual(initiator.ended.status, status)
            self.assertTrue(initiator.ended.reason)

    def test_nothing_is_answered_after_the_end(self):
        example = next(examples())
        initiator, responder = pair(example)
        exchange(initiator, responder, with_payload(3, lambda old: b""))
        for side in (initiator, responder):
            for command in range(5):
                self.assertEqual(side.receive(command, b"\x01", START), None)

    def test_only_the_responder_can_be_told_to_give_the_key_back(self):
        example = next(examples())
        initiator, responder = pair(example)
        exchange(initiator, responder)
        for side in (initiator, responder):
            self.assertEqual(side.receive(cbke.CONFIRM_KEY, example.u.mac, START), None)
            self.assertEqual(side.link_key, example.link_key)
            side.receive(*cbke.terminate(cbke.BAD_KEY_CONFIRM, 0, 1), START)
        self.assertEqual(initiator.link_key, example.link_key)
        self.assertEqual(responder.link_key, None)


class TimeTest(unittest.TestCase):
    def test_who_waits_too_long_ends(self):
        example = next(examples())
        for steps in range(1, 6):
            sides = pair(example, times=(3, 7))
            command = sides[0].start(START)
            waits = sides[0]
            for step in range(1, steps):
                waits = sides[step % 2]
                command = waits.receive(command[0], command[1], START)
            phase = (0, 0, 3, 3, 7)[steps - 1]
            deadline = START + phase + cbke.TRANSPORT_TIME
            # The first wait is the initiator's, for a partner that has announced nothing yet.
            if steps == 2:
                deadline = START + 3 + cbke.TRANSPORT_TIME
            if steps == 4:
                deadline = START + 7 + cbke.TRANSPORT_TIME
            self.assertEqual(waits.deadline, deadline)
            waits.poll(deadline)
            self.assertEqual(waits.ended, None)
            waits.poll(deadline + 1)
            self.assertEqual(waits.ended.status, cbke.TIME_OUT)
            self.assertEqual(waits.ended.by_partner, False)
            self.assertEqual(waits.receive(cbke.INITIATE, b"", LATER), None)

    def test_an_answer_that_is_late_is_none(self):
        example = next(examples())
        initiator, responder = pair(example)
        command = responder.receive(*initiator.start(START), START)
        self.assertEqual(initiator.receive(*command, LATER), None)
        self.assertEqual(initiator.ended.status, cbke.TIME_OUT)


class SecrecyTest(unittest.TestCase):
    def test_no_engine_keeps_more_than_the_link_key(self):
        for example in examples():
            succeeded, failed = pair(example), pair(example)
            exchange(*succeeded)
            exchange(*failed, with_payload(5, lambda old: flipped(old, 0)))
            for side in succeeded + failed:
                for name in ("_private_key", "_mac_key", "_unconfirmed"):
                    self.assertEqual(getattr(side, name), b"")


if __name__ == "__main__":
    unittest.main()

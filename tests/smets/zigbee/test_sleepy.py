"""A meter that sleeps: its wakes, its mirror, its framed messages."""

import unittest

from smets.zigbee import stages, zcl_attributes, zcl_data
from tests.smets.zigbee.hub import METERING, SLEEP, STEP, TUNNELING
from tests.smets.zigbee.test_node import joined_lab

VM_HEAP_KIB = 160
TUNNEL_MESSAGE = 1 << 21


class Mirror:
    """What a gas meter leaves with the hub."""

    def __init__(self):
        self.pending = [b"snapshot"]
        self.reports_had = 0

    def reports(self):
        metering = [(0, zcl_data.UINT48, 12345)]
        metering += [(0x0100 + at, zcl_data.UINT48, at) for at in range(12)]
        return [
            (cluster, [zcl_attributes.values([record]) for record in records])
            for cluster, records in ((0x0705, [(0, 0x19, 1)]), (METERING, metering))
        ]

    def reported(self):
        self.reports_had += 1

    def snapshots(self):
        return self.pending

    def published(self):
        self.pending = []


def sleepy_lab():
    one = joined_lab(interval=SLEEP)
    one.owner.mirror = Mirror()
    return one


def asleep(one):
    return lambda: one.node.asleep


class Sleepy(unittest.TestCase):
    def test_it_polls_while_it_is_awake_alone(self):
        one = sleepy_lab()
        self.assertTrue(one.run(60, asleep(one)))
        polls = one.radio.polls
        self.assertGreater(polls, 3)
        one.run(60)
        self.assertEqual(one.radio.polls, polls)
        self.assertTrue(one.radio.idle())

    def test_it_wakes_on_its_schedule(self):
        one = sleepy_lab()
        self.assertTrue(one.run(60, asleep(one)))
        for _ in range(2):
            last = one.owner.clock
            self.assertTrue(one.run(SLEEP + 10, lambda: not one.node.asleep))
            self.assertEqual(one.owner.clock % SLEEP // 2, 0)
            self.assertLessEqual(one.owner.clock - last, SLEEP)
            self.assertTrue(one.run(60, asleep(one)))

    def test_its_mirror_is_asked_for_once_and_filled_at_every_wake(self):
        one = sleepy_lab()
        self.assertTrue(one.run(60, asleep(one)))
        self.assertEqual(one.hub.asked.count((METERING, 0x01)), 1)
        found = {}
        for cluster, records in one.hub.reports:
            for number, _, value in records:
                found[cluster, number] = value
        self.assertEqual(found[METERING, 0], 12345)
        self.assertEqual(found[METERING, 0x010B], 11)
        self.assertEqual(found[0x0705, 0], 1)
        statuses = [records[-1][2] for _, records in one.hub.reports]
        self.assertEqual(statuses, [0] * (len(statuses) - 1) + [1])
        self.assertEqual(one.hub.snapshots, [b"snapshot"])
        self.assertEqual(one.owner.mirror.pending, [])
        self.assertEqual(one.owner.mirror.reports_had, 1)
        reports = len(one.hub.reports)
        self.assertTrue(one.run(SLEEP + 10, lambda: not one.node.asleep))
        self.assertTrue(one.run(60, asleep(one)))
        self.assertEqual(len(one.hub.reports), 2 * reports)
        self.assertEqual(one.hub.asked.count((METERING, 0x01)), 1)

    def test_it_asks_for_messages_only_when_told_that_some_wait(self):
        one = sleepy_lab()
        self.assertTrue(one.run(60, asleep(one)))
        self.assertNotIn((TUNNELING, 0x02), one.hub.asked)

    def test_messages_that_wait_are_fetched_at_the_next_wake_and_answered(self):
        one = sleepy_lab()
        self.assertTrue(one.run(60, asleep(one)))
        one.hub.queue = [b"first", b"second", b"third" * 200]
        one.hub.flags = TUNNEL_MESSAGE
        one.run(60)
        self.assertEqual(one.owner.taken, [])
        one.owner.says = []
        self.assertTrue(one.run(SLEEP, lambda: not one.hub.queue))
        self.assertEqual(one.owner.taken, [b"first", b"second", b"third" * 200])
        self.assertTrue(one.run(60, asleep(one)))

    def test_a_message_that_takes_long_on_the_air_is_asked_for_once(self):
        one = sleepy_lab()
        self.assertTrue(one.run(60, asleep(one)))
        one.hub.queue = [b"third" * 200]
        one.hub.flags = TUNNEL_MESSAGE
        one.radio.block_every = 2 * 1000 // STEP  # s
        self.assertTrue(one.run(SLEEP + 60, lambda: (TUNNELING, 0x02) in one.hub.asked))
        self.assertTrue(one.run(60, lambda: not one.hub.queue))
        self.assertEqual(one.hub.asked.count((TUNNELING, 0x02)), 1)
        self.assertTrue(one.run(60, asleep(one)))

    def test_a_message_whose_blocks_stop_is_asked_for_again(self):
        one = sleepy_lab()
        self.assertTrue(one.run(60, asleep(one)))
        one.hub.queue = [b"third" * 200]
        one.hub.flags = TUNNEL_MESSAGE
        one.radio.block_every = 2 * 1000 // STEP
        self.assertTrue(one.run(SLEEP + 60, lambda: (TUNNELING, 0x02) in one.hub.asked))
        one.run(5)
        one.radio.lose()
        one.radio.block_every = 0
        self.assertTrue(one.run(20, lambda: not one.hub.queue))
        self.assertEqual(one.hub.asked.count((TUNNELING, 0x02)), 2)
        self.assertEqual(one.owner.taken, [b"third" * 200])

    def test_what_it_has_to_say_is_framed(self):
        one = sleepy_lab()
        self.assertTrue(one.run(60, asleep(one)))
        one.owner.says = [b"an alert"]
        self.assertTrue(one.run(60, lambda: not one.owner.says))
        self.assertEqual(one.hub.got, [b"\x03an alert"])

    def test_a_message_that_is_not_stored_waits_in_the_hub(self):
        one = sleepy_lab()
        one.hub.queue = [b"first"]
        one.hub.flags = TUNNEL_MESSAGE
        one.owner.takes = False
        self.assertTrue(one.run(60, asleep(one)))
        self.assertEqual(one.hub.queue, [b"first"])
        one.owner.takes = True
        self.assertTrue(one.run(SLEEP + 60, lambda: not one.hub.queue))
        self.assertEqual(one.owner.taken, [b"first"])

    def test_a_hub_that_is_gone_is_looked_for_at_the_next_wake(self):
        one = sleepy_lab()
        self.assertTrue(one.run(60, asleep(one)))
        one.hub.deaf = True
        self.assertTrue(
            one.run(SLEEP + 90, lambda: (stages.JOINED, stages.NO_ANSWER) in one.owner.stages)
        )
        one.hub.deaf = False
        self.assertTrue(one.run(300, asleep(one)))

    def test_frames_that_are_none_of_gbcs_are_passed_over(self):
        one = sleepy_lab()
        for data in (b"\x03message", b"\x02", b"\x07\x00", b"\x01"):
            one.hub.transfer(one.radio, data)
        one.run(5)
        self.assertEqual(one.owner.taken, [])
        self.assertGreaterEqual(one.node.refused, 3)


if __name__ == "__main__":
    unittest.main()

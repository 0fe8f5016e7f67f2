"""A meter that never sleeps, from the radio's start to messages, and what can go wrong."""

import unittest

from smets.codec.ticks import TICKS
from smets.zigbee import cbke, driver, stages
from smets.zigbee.clusters import KEY_ESTABLISHMENT
from smets.zigbee.driver import Capabilities
from smets.zigbee.joining import LINK_KEY, TRUST_CENTRE
from tests.smets.zigbee.cbke_vectors import examples
from tests.smets.zigbee.hub import TUNNELING, Lab

VM_HEAP_KIB = 160
SUITE_1 = 1


def example(suite):
    for each in examples():
        if each.suite == suite:
            return each
    raise AssertionError(suite)


def lab(suite=SUITE_1, **settings):
    return Lab(example(suite), **settings)


def joined_lab(**settings):
    """A lab whose meter has a key from before: no curve is worked."""
    one = lab(**settings)
    one.owner.store.commit([(LINK_KEY, bytes(16))])
    one.radio.remembers = True
    assert one.run(60, one.joined)
    return one


class Joining(unittest.TestCase):
    def test_every_stage_is_entered_in_turn(self):
        one = lab()
        self.assertTrue(one.run(60, one.joined))
        self.assertEqual(one.owner.stages, [(stage, 0) for stage in range(7)])
        self.assertEqual(one.radio.log, ["start", "join"])
        self.assertEqual(one.radio.link_key, one.hub.agreed)
        self.assertEqual(one.owner.store.get(LINK_KEY), one.hub.agreed)
        self.assertEqual(one.owner.store.get(TRUST_CENTRE), one.hub.eui)
        self.assertIsNotNone(one.owner.clock)
        self.assertEqual(set(one.hub.unsecured), {KEY_ESTABLISHMENT})
        self.assertLessEqual(one.radio.largest, 82)

    def test_suite_2(self):
        one = lab(2)
        self.assertTrue(one.run(60, one.joined))
        self.assertEqual(one.radio.link_key, one.hub.agreed)

    def test_a_meter_that_has_joined_comes_back_without_key_establishment(self):
        one = joined_lab()
        self.assertEqual(one.radio.log, ["start", "rejoin"])
        self.assertFalse([each for each in one.hub.asked if each[0] == KEY_ESTABLISHMENT])

    def test_ticks_may_wrap_while_it_joins(self):
        one = lab(ticks=TICKS - 400)
        self.assertTrue(one.run(60, one.joined))

    def failure(self, one, seconds=200):
        self.assertTrue(one.run(seconds, lambda: any(reason for _, reason in one.owner.stages)))
        return next(each for each in one.owner.stages if each[1])

    def test_a_failure_names_its_stage_and_its_reason(self):
        for reason, stage in (
            (driver.NO_NETWORK, stages.ASSOCIATION),
            (driver.NOT_PERMITTED, stages.ASSOCIATION),
            (driver.NOT_ASSOCIATED, stages.ASSOCIATION),
            (driver.NO_NETWORK_KEY, stages.NETWORK_KEY),
            (driver.UNSECURED_KEY, stages.NETWORK_KEY),
        ):
            with self.subTest(reason=reason):
                one = lab()
                one.hub.refuses = reason
                self.assertEqual(self.failure(one), (stage, reason))

    def test_another_install_code(self):
        one = lab()
        one.owner.code = bytes(16)
        self.assertEqual(self.failure(one), (stages.NETWORK_KEY, driver.NO_NETWORK_KEY))

    def test_a_radio_that_does_not_answer(self):
        one = lab()
        one.hub.radio_works = False
        expected = (stages.RADIO, stages.RADIO_FAILED + driver.NO_ANSWER)
        self.assertEqual(self.failure(one), expected)

    def test_a_radio_of_another_device(self):
        one = lab()
        one.radio.eui = bytes(8)
        self.assertEqual(self.failure(one), (stages.RADIO, stages.WRONG_EUI))

    def test_a_device_without_certificate(self):
        one = lab()
        one.owner.example.u.certificate = None
        self.assertEqual(self.failure(one), (stages.KEY_ESTABLISHMENT, stages.NOT_PROVISIONED))

    def test_a_device_without_install_code(self):
        one = lab()
        one.owner.code = None
        self.assertEqual(self.failure(one), (stages.ASSOCIATION, stages.NOT_PROVISIONED))

    def test_a_hub_of_another_ca(self):
        one = lab()
        certificate = bytearray(one.hub.example.v.certificate)
        certificate[30] ^= 1
        one.hub.example.v.certificate = bytes(certificate)
        stage, reason = self.failure(one)
        self.assertEqual(stage, stages.KEY_ESTABLISHMENT)
        self.assertEqual(reason, stages.KEY_ESTABLISHMENT_ENDED + cbke.UNKNOWN_ISSUER)

    def test_a_hub_with_another_private_key(self):
        one = lab()
        one.hub.example.v.private_key = one.hub.example.u.private_key
        stage, reason = self.failure(one)
        self.assertEqual(stage, stages.KEY_ESTABLISHMENT)
        self.assertEqual(reason, stages.KEY_ESTABLISHMENT_ENDED + cbke.BAD_KEY_CONFIRM)
        self.assertIsNone(one.owner.store.get(LINK_KEY))

    def test_a_hub_that_says_nothing(self):
        for cluster, stage, reason in (
            (KEY_ESTABLISHMENT, stages.KEY_ESTABLISHMENT, stages.KEY_ESTABLISHMENT_ENDED),
            (0x000A, stages.TUNNEL, stages.NO_ANSWER),
            (TUNNELING, stages.TUNNEL, stages.NO_ANSWER),
        ):
            with self.subTest(cluster=cluster):
                one = lab()
                one.hub.silent = [cluster]
                self.assertEqual(self.failure(one), (stage, reason))

    def test_a_radio_that_takes_no_key(self):
        one = lab()
        one.hub.takes_keys = False
        expected = (stages.KEY_ESTABLISHMENT, stages.KEY_NOT_INSTALLED)
        self.assertEqual(self.failure(one), expected)

    def test_a_hub_that_has_no_time(self):
        one = lab()
        one.hub.time_status = 0
        self.assertEqual(self.failure(one), (stages.TUNNEL, stages.NO_TIME))

    def test_a_hub_that_refuses_the_tunnel(self):
        one = lab()
        one.hub.tunnel_status = 1
        self.assertEqual(self.failure(one), (stages.TUNNEL, stages.TUNNEL_REFUSED))

    def test_it_tries_again_until_it_is_let_in(self):
        one = lab()
        one.hub.refuses = driver.NOT_PERMITTED
        one.run(30)
        self.assertGreater(one.radio.log.count("join"), 3)
        one.hub.refuses = None
        self.assertTrue(one.run(90, one.joined))

    def test_a_meter_put_out_joins_anew(self):
        one = lab()
        self.assertTrue(one.run(60, one.joined))
        one.radio.remembers = one.radio.networked = False
        one.radio.leave()
        one.hub.refuses = driver.NOT_PERMITTED
        one.run(5)
        self.assertIn((stages.JOINED, stages.PUT_OUT), one.owner.stages)
        one.hub.refuses = None
        self.assertTrue(one.run(400, one.joined))

    def test_a_hub_that_knows_the_hash_of_the_key_alone(self):
        one = lab()
        key = bytes(range(16))
        one.owner.store.commit([(LINK_KEY, key)])
        one.hub.install_keys = [one.hub.suite.mmo(key)]
        self.assertTrue(one.run(200, one.joined))

    def test_no_key_is_in_what_is_told(self):
        one = lab()
        one.hub.takes_keys = False
        self.failure(one)
        self.assertNotIn(one.hub.agreed.hex(), repr(one.owner.stages))


class Messages(unittest.TestCase):
    def test_messages_go_both_ways_as_they_are(self):
        one = joined_lab()
        one.hub.transfer(one.radio, b"a command")
        one.owner.says = [b"an answer"]
        self.assertTrue(one.run(5, lambda: not one.owner.says))
        self.assertEqual(one.owner.taken, [b"a command"])
        self.assertEqual(one.hub.got, [b"an answer"])
        self.assertEqual([payload for _, _, payload in one.hub.statuses], [b"\x01\x00"])

    def test_large_messages_are_cut_and_joined(self):
        one = joined_lab()
        large = bytes(range(200)) * 7
        one.hub.transfer(one.radio, large)
        one.owner.says = [large]
        self.assertTrue(one.run(30, lambda: bool(one.hub.got)))
        self.assertEqual(one.owner.taken, [large])
        self.assertEqual(one.hub.got, [large])
        self.assertLessEqual(one.radio.largest, 82)

    def test_a_radio_that_fragments_is_given_messages_whole(self):
        one = joined_lab(capabilities=Capabilities(82, True, True, False, False))
        one.owner.says = [bytes(1000)]
        self.assertTrue(one.run(30, lambda: bool(one.hub.got)))
        self.assertGreater(one.radio.largest, 1000)

    def test_what_is_not_stored_is_not_acknowledged(self):
        one = joined_lab()
        one.owner.takes = False
        one.hub.transfer(one.radio, b"a command")
        one.run(3)
        self.assertEqual(one.hub.statuses, [])
        one.owner.takes = True
        one.hub.transfer(one.radio, b"a command")
        one.run(3)
        self.assertEqual(len(one.hub.statuses), 1)

    def test_what_the_hub_does_not_store_is_sent_again(self):
        one = joined_lab()
        one.hub.stores = False
        one.owner.says = [b"an alert"]
        one.run(20)
        self.assertEqual(one.owner.says, [b"an alert"])
        one.hub.stores = True
        self.assertTrue(one.run(90, lambda: not one.owner.says))
        self.assertEqual(one.hub.got, [b"an alert"])

    def test_without_link_key_security_nothing_counts(self):
        one = joined_lab()
        one.hub.transfer(one.radio, b"a command", secured=False)
        one.run(3)
        self.assertEqual(one.owner.taken, [])
        self.assertEqual(one.node.refused, 1)

    def test_another_tunnel_is_told_apart(self):
        one = joined_lab()
        one.hub.transfer(one.radio, b"a command", tunnel=0x7777)
        one.run(3)
        self.assertEqual(one.owner.taken, [])
        self.assertIn((TUNNELING, 0x03), one.hub.asked)

    def test_a_hub_that_started_anew_is_asked_for_another_tunnel(self):
        one = joined_lab()
        one.hub.tunnel += 5
        one.owner.says = [b"an alert"]
        self.assertTrue(one.run(90, lambda: not one.owner.says))
        self.assertEqual(one.hub.got, [b"an alert"])

    def test_a_message_too_long_for_any_transfer_is_dropped_and_counted(self):
        one = joined_lab()
        one.owner.says = [bytes(2049), b"the next"]
        self.assertTrue(one.run(10, lambda: bool(one.hub.got)))
        self.assertEqual(one.node.tunnel.lost, 1)

    def test_a_board_that_starts_anew_goes_on(self):
        one = joined_lab()
        one.hub.stores = False
        one.owner.says = [b"an alert"]
        one.run(2)
        one.start()
        one.hub.stores = True
        self.assertTrue(one.run(60, lambda: not one.owner.says))
        self.assertEqual(one.hub.got, [b"an alert"])


class Staying(unittest.TestCase):
    def test_the_trust_centre_is_asked_whether_it_is_there(self):
        one = joined_lab()
        one.run(1000)
        self.assertIn((0x0025, 0x00), one.hub.asked)

    def test_a_trust_centre_that_is_gone_is_looked_for(self):
        one = joined_lab()
        one.hub.deaf = True
        one.run(1500)
        self.assertIn((stages.JOINED, stages.TRUST_CENTRE_LOST), one.owner.stages)
        one.hub.deaf = False
        self.assertTrue(one.run(300, one.joined))

    def test_the_clock_is_set_every_hour(self):
        one = joined_lab()
        one.hub.now += 1000
        one.run(3700)
        self.assertLess(abs(one.owner.clock - one.hub.now), 3)


if __name__ == "__main__":
    unittest.main()

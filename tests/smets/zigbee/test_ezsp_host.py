import random
import unittest

from smets.zigbee import ash, driver, ezsp, ezsp_host, ezsp_status
from smets.zigbee.driver import Datagram
from tests.smets.zigbee.scripted_ncp import BEACON, EUI, HUB, KEY, Bench, ScriptedNcp


class TestStart(unittest.TestCase):
    def test_every_version(self):
        for version in (13, 14, 16, 18, 19):
            bench = Bench(version)
            self.assertEqual(bench.listener.told, [("started", EUI)])
            endpoint = bench.values(ezsp_host.ADD_ENDPOINT)[0]
            self.assertEqual((endpoint["profile"], endpoint["inputs"]), (0x0109, [0, 0x0702]))
            self.assertTrue(bench.host.idle())

    def test_another_version_is_told_apart(self):
        for version in (8, 12, 20):
            ncp_version = Bench(13)
            ncp_version.ncp.version = version
            ncp_version.listener.told = []
            ncp_version.host.start(driver.ROUTER, [])
            ncp_version.run()
            self.assertEqual(ncp_version.listener.told, [("failed", driver.WRONG_VERSION)])

    def test_a_refused_setting(self):
        bench = Bench()
        bench.ncp.answers[ezsp_host.SET_POLICY] = {"status": ezsp_status.INVALID_PARAMETER}
        bench.listener.told = []
        bench.host.start(driver.ROUTER, [])
        bench.run()
        self.assertEqual(bench.listener.told, [("failed", driver.REFUSED)])

    def test_a_radio_that_says_nothing(self):
        bench = Bench()
        bench.listener.told = []
        bench.ncp.receive = lambda octets: b""
        bench.host.start(driver.ROUTER, [])
        for _ in range(2):
            bench.pass_time(2500)
            self.assertEqual(bench.listener.told, [])
        bench.pass_time(2500)
        self.assertEqual(bench.listener.told, [("failed", driver.NO_ANSWER)])

    def test_a_radio_that_acknowledges_and_does_not_answer(self):
        bench = Bench()
        bench.ncp.silent = True
        bench.host.poll()
        bench.run()
        bench.pass_time(9999)
        self.assertEqual(bench.listener.told[-1:], [("started", EUI)])
        bench.pass_time(1)
        self.assertEqual(bench.listener.told[-1:], [("failed", driver.NO_ANSWER)])

    def test_a_radio_that_restarts_or_fails(self):
        for action, reason in (
            (lambda end: end.restart(), driver.RESTARTED),
            (lambda end: end.fail(ash.CODE_ASSERT), driver.NO_ANSWER),
        ):
            bench = Bench().joined()
            action(bench.ncp.ash)
            bench.run()
            self.assertEqual(bench.listener.told[-1:], [("failed", reason)])


class TestWatch(unittest.TestCase):
    def test_a_radio_that_started_anew_unheard_is_missed(self):
        bench = Bench(role=driver.ROUTER).joined()
        bench.pass_time(ezsp_host.WATCH)
        self.assertEqual(len(bench.values(ezsp_host.NOP)), 1)
        bench.ncp.ash = ash.Ash(ncp=True)
        bench.pass_time(ezsp_host.WATCH)
        self.assertEqual(bench.listener.told[-1], ("failed", driver.RESTARTED))

    def test_a_radio_that_is_busy_or_asleep_is_not_asked(self):
        busy = Bench(role=driver.ROUTER).joined()
        for _ in range(3):
            busy.pass_time(ezsp_host.WATCH - 1)
            busy.host.poll()
            busy.run()
        asleep = Bench().joined()
        asleep.pass_time(2 * ezsp_host.WATCH)
        for bench in (busy, asleep):
            self.assertEqual(bench.values(ezsp_host.NOP), [])


class TestJoin(unittest.TestCase):
    def test_with_a_preconfigured_link_key(self):
        bench = Bench().joined()
        self.assertEqual(bench.listener.told[-1:], [("joined", False)])
        network = bench.listener.network
        self.assertEqual((network.address, network.parent, network.pan_id), (0x4321, 0, 0x1A62))
        self.assertEqual((network.extended_pan_id, network.trust_centre), (HUB, HUB))
        self.assertEqual(bench.values(ezsp_host.SET_SECURITY)[0]["preconfigured_key"], KEY)
        joining = bench.values(ezsp_host.JOIN_NETWORK)[0]
        self.assertEqual((joining["node_type"], joining["channel"]), (4, 15))
        self.assertTrue(bench.host.idle())

    def test_the_strongest_of_the_wanted_networks_is_joined(self):
        bench = Bench()
        other = dict(BEACON, extended_pan_id=EUI, pan_id=1, lqi=255)
        strong = dict(BEACON, pan_id=2, channel=20, lqi=201)
        bench.ncp.then = {
            ezsp_host.START_SCAN: [
                (ezsp_host.NETWORK_FOUND, other),
                (ezsp_host.NETWORK_FOUND, strong),
                (ezsp_host.NETWORK_FOUND, BEACON),
                (ezsp_host.SCAN_COMPLETE, {"channel": 15, "status": 0}),
            ]
        }
        bench.host.join(KEY, HUB, 0x07FFF800)
        bench.run()
        self.assertEqual(bench.values(ezsp_host.JOIN_NETWORK)[0]["pan_id"], 2)
        self.assertFalse(bench.host.idle())

    def test_why_it_fails(self):
        closed = dict(BEACON, permit_joining=False)
        foreign = dict(BEACON, extended_pan_id=EUI)
        for beacons, status, reason in (
            ([], None, driver.NO_NETWORK),
            ([foreign], None, driver.NO_NETWORK),
            ([closed], None, driver.NOT_PERMITTED),
            ([BEACON], ezsp_status.NOT_JOINED, driver.NOT_ASSOCIATED),
            ([BEACON], ezsp_status.NO_NETWORK_KEY_RECEIVED, driver.NO_NETWORK_KEY),
            ([BEACON], ezsp_status.RECEIVED_KEY_IN_THE_CLEAR, driver.UNSECURED_KEY),
        ):
            for version in (13, 14):
                bench = Bench(version)
                found = [(ezsp_host.NETWORK_FOUND, dict(beacon, lqi=9)) for beacon in beacons]
                found.append((ezsp_host.SCAN_COMPLETE, {"channel": 26, "status": 0}))
                bench.ncp.then[ezsp_host.START_SCAN] = found
                bench.ncp.then[ezsp_host.JOIN_NETWORK] = [
                    (ezsp_host.STACK_STATUS, {"status": status or 0})
                ]
                bench.host.join(KEY, HUB, 1 << 15)
                bench.run()
                self.assertEqual(bench.listener.told[-1:], [("join failed", reason)])
                self.assertTrue(bench.host.idle())

    def test_a_join_that_never_ends(self):
        bench = Bench()
        bench.ncp.then[ezsp_host.START_SCAN] = [
            (ezsp_host.NETWORK_FOUND, BEACON),
            (ezsp_host.SCAN_COMPLETE, {"channel": 26, "status": 0}),
        ]
        bench.host.join(KEY, None, 1 << 15)
        bench.run()
        bench.pass_time(ezsp_host.JOIN_TIME)
        self.assertEqual(bench.listener.told[-1:], [("join failed", driver.NOT_ASSOCIATED)])

    def test_going_back_after_a_restart_and_after_the_parent_was_lost(self):
        bench = Bench()
        up = [(ezsp_host.STACK_STATUS, {"status": ezsp_status.NETWORK_UP})]
        bench.ncp.then = {ezsp_host.NETWORK_INIT: up, ezsp_host.FIND_AND_REJOIN: up}
        bench.host.rejoin()
        bench.run()
        self.assertEqual(bench.listener.told[-1:], [("joined", True)])
        bench.ncp.call_back(ezsp_host.STACK_STATUS, {"status": ezsp_status.NETWORK_DOWN})
        bench.run()
        self.assertEqual(bench.listener.told[-1:], [("left",)])
        bench.host.rejoin()
        bench.run()
        self.assertEqual(bench.listener.told[-1:], [("joined", True)])
        self.assertEqual(len(bench.values(ezsp_host.NETWORK_INIT)), 1)
        self.assertEqual(len(bench.values(ezsp_host.FIND_AND_REJOIN)), 1)

    def test_nothing_to_go_back_to(self):
        bench = Bench()
        bench.ncp.answers[ezsp_host.NETWORK_INIT] = {"status": ezsp_status.NOT_JOINED}
        bench.host.rejoin()
        bench.run()
        self.assertEqual(bench.listener.told[-1:], [("join failed", driver.NO_NETWORK)])

    def test_leaving(self):
        bench = Bench().joined()
        down = (ezsp_host.STACK_STATUS, {"status": ezsp_status.NETWORK_DOWN})
        bench.ncp.then[ezsp_host.LEAVE_NETWORK] = [down]
        bench.host.leave()
        bench.run()
        self.assertEqual(bench.listener.told[-1:], [("left",)])
        self.assertTrue(bench.host.idle())


def sent(tag, status):
    return {
        "type": 0,
        "destination": 0,
        "profile": 0x0109,
        "cluster": 0x0704,
        "source_endpoint": 1,
        "destination_endpoint": 1,
        "options": 0,
        "group": 0,
        "aps_sequence": 77,
        "tag": tag,
        "status": status,
        "message": b"",
    }


class TestMessages(unittest.TestCase):
    def test_a_secured_message_is_sent_and_its_fate_told(self):
        for version in (13, 18):
            for status in (ezsp_status.OK, ezsp_status.DELIVERY_FAILED):
                bench = Bench(version).joined()
                bench.ncp.then = {
                    ezsp_host.SEND_UNICAST: [(ezsp_host.MESSAGE_SENT, sent(5, status))]
                }
                bench.host.send(5, Datagram(0, 0x0109, 0x0704, 1, 1, b"hello", secured=True))
                bench.run()
                values = bench.values(ezsp_host.SEND_UNICAST)[0]
                self.assertEqual(values["options"], 0x0160)
                self.assertEqual((values["tag"], values["message"]), (5, b"hello"))
                self.assertEqual(bench.listener.told[-1:], [("sent", 5, status == 0)])
                self.assertTrue(bench.host.idle())

    def test_a_message_that_is_not_taken(self):
        bench = Bench().joined()
        bench.ncp.answers[ezsp_host.SEND_UNICAST] = {"status": ezsp_status.MESSAGE_TOO_LONG}
        bench.host.send(6, Datagram(0, 0x0109, 0x0704, 1, 1, bytes(80)))
        bench.run()
        self.assertEqual(bench.listener.told[-1:], [("sent", 6, False)])

    def test_blocks_share_the_counter_of_the_first(self):
        bench = Bench().joined()
        bench.ncp.then = {ezsp_host.SEND_UNICAST: [(ezsp_host.MESSAGE_SENT, sent(7, 0))]}
        for block in range(3):
            part = Datagram(0, 0x0109, 0x0704, 1, 1, b"part", block=block, blocks=3)
            bench.host.send(7, part)
            bench.run()
        blocks = bench.values(ezsp_host.SEND_UNICAST)
        self.assertEqual([values["group"] for values in blocks], [0x0300, 1, 2])
        self.assertEqual([values["aps_sequence"] for values in blocks], [0, 77, 77])
        self.assertEqual([values["options"] & 0x8000 for values in blocks], [0x8000] * 3)

    def test_a_broadcast(self):
        for version in (13, 14):
            bench = Bench(version).joined()
            bench.host.send(8, Datagram(0xFFFD, 0, 0x13, 0, 0, b"annce", broadcast=True))
            bench.run()
            self.assertEqual(bench.values(ezsp_host.SEND_BROADCAST)[0]["destination"], 0xFFFD)

    def test_what_comes_in(self):
        for version in (13, 18):
            bench = Bench(version).joined()
            values = dict(sent(0, 0), source=0x1234, options=0x60, message=b"data", lqi=1, rssi=-2)
            values.update({"binding_index": 255, "address_index": 255, "eui": EUI, "timestamp": 0})
            bench.ncp.call_back(ezsp_host.INCOMING, values)
            bench.run()
            datagram = bench.listener.datagram
            self.assertEqual((datagram.peer, datagram.payload), (0x1234, b"data"))
            self.assertTrue(datagram.secured and datagram.acknowledged)
            self.assertEqual((datagram.block, datagram.blocks), (driver.NO_BLOCK, 0))
            self.assertEqual(bench.values(ezsp_host.SEND_REPLY), [])

    def test_blocks_that_come_in_are_acknowledged(self):
        bench = Bench().joined()
        values = dict(sent(0, 0), source=0x1234, options=0x8040, message=b"part", lqi=1, rssi=-2)
        values.update(
            {"binding_index": 255, "address_index": 255, "source_endpoint": 3, "type": 0}
        )
        got = []
        for group in (0x0200, 0x0001):
            bench.ncp.call_back(ezsp_host.INCOMING, dict(values, group=group))
            bench.run()
            got.append((bench.listener.datagram.block, bench.listener.datagram.blocks))
        self.assertEqual(got, [(0, 2), (1, 0)])
        replies = bench.values(ezsp_host.SEND_REPLY)
        self.assertEqual([reply["group"] for reply in replies], [0xFF00, 0xFF01])
        self.assertEqual(
            (replies[0]["destination"], replies[0]["destination_endpoint"]), (0x1234, 3)
        )

    def test_polling(self):
        for status, answered in (
            (ezsp_status.OK, True),
            (ezsp_status.MAC_NO_DATA, True),
            (ezsp_status.DELIVERY_FAILED, False),
        ):
            bench = Bench().joined()
            bench.ncp.then = {ezsp_host.POLL: [(ezsp_host.POLL_COMPLETE, {"status": status})]}
            bench.host.poll()
            bench.run()
            self.assertEqual(bench.listener.told[-1:], [("polled", answered)])

    def test_a_sleepy_device_fetches_the_acknowledgement_of_what_it_sent(self):
        for role, polls in ((driver.SLEEPY_END_DEVICE, 2), (driver.END_DEVICE, 0)):
            bench = Bench(role=role).joined()
            bench.host.send(5, Datagram(0, 0x0109, 0x0704, 1, 1, b"hello"))
            bench.run()
            for _ in range(6):
                bench.pass_time(ezsp_host.AWAKE_POLL // 3 + 1)
            self.assertEqual(len(bench.values(ezsp_host.POLL)), polls)
            bench.ncp.call_back(ezsp_host.MESSAGE_SENT, sent(5, 0))
            bench.run()
            bench.pass_time(10 * ezsp_host.AWAKE_POLL)
            self.assertEqual(len(bench.values(ezsp_host.POLL)), polls)

    def test_a_link_key_replaces_that_of_the_partner(self):
        for held, index in ((0xFF, 0), (2, 2)):
            bench = Bench().joined()
            bench.ncp.answers[ezsp_host.FIND_KEY] = {"index": held}
            bench.host.set_link_key(HUB, KEY)
            bench.run()
            stored = bench.values(ezsp_host.IMPORT_LINK_KEY)
            self.assertEqual(stored, [{"index": index, "eui": HUB, "key": KEY}])
            self.assertEqual(bench.listener.told[-1:], [("link key", True)])


def any_values(fields):
    """Values of chance; statuses are often good."""
    values = {}
    for code, parameter, name in fields:
        kind = code & ~ezsp.OPTIONAL
        if kind in {ezsp.EMBER, ezsp.EZSP, ezsp.SL}:
            values[name] = random.choice(STATUSES)
        elif kind in {ezsp.OCTETS, ezsp.OCTETS32, ezsp.PRESENT32}:
            values[name] = bytes([random.getrandbits(8) for _ in range(random.getrandbits(4))])
        elif kind == ezsp.EUI:
            values[name] = random.choice((EUI, HUB, bytes(8)))
        elif kind == ezsp.FIXED:
            values[name] = bytes(parameter)
        elif kind in {ezsp.U16S, ezsp.U16S_COUNTED, ezsp.U16S_FIXED}:
            values[name] = [0] * (parameter if kind == ezsp.U16S_FIXED else 0)
        else:
            values[name] = random.choice((0, 1, 2, 5, random.getrandbits(8)))
    return values


STATUSES = (
    0,
    0,
    0,
    ezsp_status.NETWORK_UP,
    ezsp_status.NETWORK_DOWN,
    ezsp_status.NOT_JOINED,
    ezsp_status.FAIL,
)
CALLBACKS = (
    ezsp_host.STACK_STATUS,
    ezsp_host.NETWORK_FOUND,
    ezsp_host.SCAN_COMPLETE,
    ezsp_host.MESSAGE_SENT,
    ezsp_host.POLL_COMPLETE,
    ezsp_host.INCOMING,
    ezsp.INVALID_COMMAND,
)


class RandomNcp(ScriptedNcp):
    """Answers anything, in the right form, and tells what never happened."""

    def command(self, octets):
        self.sequence, _, code, _, _ = ezsp.parse(octets, response=False)
        settles = code in {ezsp_host.SET_CONFIGURATION, ezsp_host.SET_POLICY}
        if code == ezsp.VERSION or (settles and random.getrandbits(5)):
            ScriptedNcp.command(self, octets)
            return
        frame = self.frames.find(code)
        if random.getrandbits(6) == 0:
            frame = self.frames.find(ezsp.INVALID_COMMAND)
        self.ash.send(
            ezsp.header(self.sequence, 0x80, frame.id)
            + self.frames.encode(frame.response, any_values(frame.response))
        )
        if random.getrandbits(1):
            frame = self.frames.find(random.choice(CALLBACKS))
            self.call_back(frame.id, any_values(frame.response))


HELLO = Datagram(0, 0x0109, 0x0704, 1, 1, b"hello", secured=True)
ACTIONS = (
    lambda host: host.join(KEY, None, 1 << 15),
    lambda host: host.rejoin(),
    lambda host: host.poll(),
    lambda host: host.leave(),
    lambda host: host.send(3, HELLO),
    lambda host: host.set_link_key(HUB, KEY),
)


class TestHostile(unittest.TestCase):
    def test_a_radio_that_says_anything_does_not_stop_the_driver(self):
        random.seed(3)
        for version in (13, 18):
            bench = Bench(version)
            bench.ncp = RandomNcp(version)
            told = set()
            for _ in range(200):
                if any(event[0] == "failed" for event in bench.listener.told):
                    bench.host.start(driver.SLEEPY_END_DEVICE, [])
                else:
                    random.choice(ACTIONS)(bench.host)
                bench.listener.told = []
                bench.run()
                bench.pass_time(random.getrandbits(12))
                told.update([event[0] for event in bench.listener.told])
            for event in ("started", "join failed", "left", "message", "sent", "failed"):
                self.assertIn(event, told)

    def test_a_message_too_large_for_a_frame_is_not_sent(self):
        bench = Bench().joined()
        bench.host.send(6, Datagram(0, 0x0109, 0x0704, 1, 1, bytes(300)))
        bench.run()
        self.assertEqual(bench.listener.told[-1:], [("sent", 6, False)])
        self.assertEqual(bench.values(ezsp_host.SEND_UNICAST), [])

    def test_frames_that_are_none_are_refused_and_the_next_is_taken(self):
        for octets in (b"\x01", b"\x01\x80\x01\x34\x00", b"\x01\x00\x01\x34\x00", bytes(40)):
            bench = Bench().joined()
            bench.ncp.ash.send(octets)
            bench.run()
            self.assertEqual(bench.host._link.refused, 1)
            bench.ncp.then = {ezsp_host.POLL: [(ezsp_host.POLL_COMPLETE, {"status": 0})]}
            bench.host.poll()
            bench.run()
            self.assertEqual(bench.listener.told[-1:], [("polled", True)])

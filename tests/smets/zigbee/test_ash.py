import random
import unittest

from smets.zigbee import ash
from smets.zigbee.ash import DATA, ERROR, RESET, Ash


def connected():
    """A host and an NCP behind the reset."""
    host, ncp = Ash(), Ash(ncp=True)
    host.reset()
    events = ncp.receive(host.output(0), 0)
    assert events == [(RESET, b"")]
    ncp.restart()
    assert host.receive(ncp.output(0), 0) == [(RESET, bytes((ash.CODE_SOFTWARE,)))]
    return host, ncp


class TestFrames(unittest.TestCase):
    """The frames that UG101 prints."""

    def test_a_reset_is_preceded_by_a_cancel(self):
        host = Ash()
        host.reset()
        self.assertEqual(host.output(0), bytes.fromhex("1ac038bc7e"))

    def test_the_acknowledgement_of_a_reset_names_version_and_cause(self):
        ncp = Ash(ncp=True)
        ncp.restart(ash.CODE_POWER_ON)
        self.assertEqual(ncp.output(0), bytes.fromhex("c102029b7b7e"))

    def test_data_are_randomised(self):
        # DATA(2, 5, 0) with the EZSP frame 00 00 00 02 opens as printed
        _host, ncp = connected()
        ncp._receive_number = 2
        ncp._sent = [b"old"] * 2
        ncp._first = 3
        events = ncp.receive(bytes.fromhex("254221a856a6097e"), 0)
        self.assertEqual(events, [(DATA, bytes.fromhex("00000002"))])

    def test_acknowledgements_and_rejections(self):
        host, ncp = connected()
        ncp.send(b"\x00\x80\x00\x02\x02\x11\x30")
        host.receive(ncp.output(0), 0)
        self.assertEqual(host.output(0), bytes.fromhex("8160597e"))
        host._receive_number = 6
        host.receive(b"\x05garbled\x7e", 0)
        self.assertEqual(host.output(0), bytes.fromhex("a634dc7e"))


class TestLink(unittest.TestCase):
    def test_reserved_octets_pass(self):
        host, ncp = connected()
        frame = bytes(range(256))
        host.send(frame)
        line = host.output(0)
        self.assertEqual(
            [line.count(bytes((octet,))) for octet in b"\x11\x13\x18\x1a\x7e"], [0, 0, 0, 0, 1]
        )
        self.assertEqual(ncp.receive(line, 0), [(DATA, frame)])

    def test_an_answer_acknowledges_the_command(self):
        host, ncp = connected()
        host.send(b"command")
        ncp.receive(host.output(0), 0)
        ncp.send(b"answer")
        self.assertEqual(host.receive(ncp.output(0), 0), [(DATA, b"answer")])
        self.assertEqual(host.wake(), None)
        self.assertEqual(ncp.receive(host.output(0), 0), [])
        self.assertEqual(ncp.wake(), None)

    def test_no_more_than_the_window_is_under_way(self):
        _, ncp = connected()
        for number in range(ash.WINDOW + 3):
            ncp.send(bytes((number,)))
        self.assertEqual(ncp.output(0).count(b"\x7e"), ash.WINDOW)
        self.assertEqual(ncp.unsent, 3)

    def test_a_lost_frame_is_sent_again_with_all_behind_it(self):
        host, ncp = connected()
        for number in range(3):
            ncp.send(bytes((number,)))
        frames = ncp.output(0).split(b"\x7e")
        got = host.receive(frames[0] + b"\x7e" + frames[2] + b"\x7e", 0)
        self.assertEqual(got, [(DATA, b"\x00")])
        ncp.receive(host.output(0), 0)  # holds a rejection
        self.assertEqual(host.receive(ncp.output(0), 0), [(DATA, b"\x01"), (DATA, b"\x02")])
        self.assertEqual(ncp.repeated, 2)

    def test_a_lost_acknowledgement_delivers_nothing_twice(self):
        host, ncp = connected()
        host.send(b"once")
        self.assertEqual(ncp.receive(host.output(0), 0), [(DATA, b"once")])
        ncp.output(0)
        due = host.wake()
        self.assertEqual(host.tick(due), [])
        self.assertEqual(ncp.receive(host.output(due), due), [])
        host.receive(ncp.output(due), due)
        self.assertEqual(host.wake(), None)

    def test_a_dead_link_fails_after_five_timeouts(self):
        for ncp_fails in (False, True):
            sender = connected()[ncp_fails]
            sender.send(b"anyone")
            sent = 0
            events = []
            now = 0
            while not events:
                sent += len(sender.output(now)) > 0
                now = sender.wake()
                events = sender.tick(now)
            self.assertEqual(sent, 5)
            self.assertEqual(events, [(ERROR, bytes((ash.CODE_ACKNOWLEDGEMENT_TIMEOUT,)))])
            self.assertEqual(len(sender.output(now)) > 0, ncp_fails)

    def test_a_failed_ncp_answers_everything_with_its_error_until_it_is_reset(self):
        host, ncp = connected()
        ncp.fail(ash.CODE_ASSERT)
        ncp.output(0)
        host.send(b"hello")
        ncp.receive(host.output(0), 0)
        self.assertEqual(host.receive(ncp.output(0), 0), [(ERROR, bytes((ash.CODE_ASSERT,)))])
        host.reset()
        self.assertEqual(ncp.receive(host.output(0), 0), [(RESET, b"")])

    def test_an_ncp_that_started_unheard_says_so_to_a_host_that_speaks_to_the_one_before(self):
        host, _ = connected()
        ncp = ash.Ash(ncp=True)
        host.send(b"hello")
        self.assertEqual(ncp.receive(host.output(0), 0), [])
        self.assertEqual(host.receive(ncp.output(0), 0), [(RESET, bytes((ash.CODE_POWER_ON,)))])
        host.reset()
        self.assertEqual(ncp.receive(host.output(0), 0), [(RESET, b"")])

    def test_a_host_that_is_not_ready_gets_answers_but_no_callbacks(self):
        host, ncp = connected()
        ncp.receive(b"\x88" + ash.check(b"\x88") + b"\x7e", 100)
        ncp.send(b"callback", callback=True)
        ncp.send(b"answer")
        self.assertEqual(host.receive(ncp.output(200), 200), [(DATA, b"answer")])
        self.assertEqual(host.receive(ncp.output(1099), 1099), [])
        ncp.tick(1100)
        self.assertEqual(host.receive(ncp.output(1100), 1100), [(DATA, b"callback")])

    def test_substitute_and_cancel_drop_what_surrounds_them(self):
        host, ncp = connected()
        host.send(b"good")
        line = host.output(0)
        self.assertEqual(ncp.receive(b"\x05junk\x1a" + line, 0), [(DATA, b"good")])
        host.send(b"more")
        line = host.output(0)
        self.assertEqual(ncp.receive(line[:3] + b"\x18" + line[3:], 0), [])

    def test_a_longer_frame_is_refused(self):
        with self.assertRaises(ValueError):
            connected()[0].send(bytes(ash.LONGEST + 1))


class TestCheck(unittest.TestCase):
    def test_the_check_value_of_crc_16_ibm_3740(self):
        self.assertEqual(ash.check(b"123456789"), bytes.fromhex("29b1"))
        self.assertEqual(ash._crc(b"123456789", 0xFFFF), 0x29B1)


class TestBadLine(unittest.TestCase):
    def test_every_frame_arrives_once_and_in_order_over_a_line_that_spoils_octets(self):
        random.seed(7)
        host, ncp = connected()
        ends = (host, ncp)
        wanted = [[bytes((index, side, 0x7E)) for index in range(60)] for side in range(2)]
        got = [[], []]
        for side in range(2):
            for frame in wanted[side]:
                ends[side].send(frame)
        now = 0
        for _ in range(20000):
            now += 20
            for side in range(2):
                events = ends[side].tick(now)
                line = bytearray(ends[side].output(now))
                for index in range(len(line)):
                    if random.getrandbits(8) < 4:
                        line[index] ^= 1 << random.getrandbits(3)
                events += ends[1 - side].receive(bytes(line), now)
                for kind, data in events:
                    self.assertEqual(kind, DATA)
                    got[side].append(data)
            if got == wanted:
                break
        self.assertEqual(got, wanted)
        self.assertTrue(host.damaged + ncp.damaged > 10)

    def test_no_octets_raise(self):
        random.seed(11)
        host, ncp = connected()
        for round_number in range(300):
            line = bytes([random.getrandbits(8) for _ in range(random.getrandbits(5))])
            if random.getrandbits(1):
                line += ash._framed(line)
            host.receive(line, round_number)
            ncp.receive(line, round_number)
            host.output(round_number)
            ncp.output(round_number)
        for _ in range(100):
            ncp.receive(bytes([0x55]) * 50, 0)
        self.assertTrue(len(ncp._content) <= 2 * (ash.LONGEST + 3) + 1)
        self.assertTrue(host.damaged > 0)

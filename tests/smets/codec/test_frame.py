import unittest

from smets.codec.frame import LIMIT, Deframer, fcs16, frame


class TestFrameCheckSequence(unittest.TestCase):
    def test_the_check_value_of_the_catalogue_of_parametrised_crc_algorithms(self):
        # CRC-16/IBM-SDLC, also known as X-25: check value over "123456789"
        self.assertEqual(fcs16(b"123456789"), 0x906E)

    def test_hdlc_frames_of_dlms_meters_carry_the_same_sequence(self):
        # An SNRM, the UA that answers it, and a GET request, each between its flags
        for octets in (
            "a0070321930f01",
            "a007032393bf32",
            "a01e2303737bcf818012050180060180070400000001080400000001533b",
            "a019032332dfebe6e600c001c100080000010000ff0200601a",
        ):
            covered = bytes.fromhex(octets)
            self.assertEqual(fcs16(covered[:-2]).to_bytes(2, "little"), covered[-2:])

    def test_nothing_has_the_complement_of_the_initial_value(self):
        self.assertEqual(fcs16(b""), 0)


class TestFrame(unittest.TestCase):
    def test_an_lcp_configure_request_as_ppp_sends_it(self):
        # RFC 1662's own framing of an LCP packet, every control octet left as it is
        content = bytes.fromhex("ff03c0210101000a0305c22305")
        octets = frame(content)
        self.assertEqual(octets[:1] + octets[-1:], b"\x7e\x7e")
        self.assertEqual(octets[1:-3], content)
        self.assertEqual(int.from_bytes(octets[-3:-1], "little"), fcs16(content))

    def test_flag_and_escape_octets_are_escaped(self):
        octets = frame(b"\x7e\x7d\x11")
        self.assertEqual(octets[1:6], b"\x7d\x5e\x7d\x5d\x11")
        self.assertEqual(octets.count(b"\x7e"), 2)

    def test_contents_that_do_not_fit_are_refused(self):
        for content in (b"", bytes(LIMIT + 1)):
            with self.assertRaises(ValueError):
                frame(content)


class TestDeframer(unittest.TestCase):
    def setUp(self):
        self.deframer = Deframer()

    def test_a_frame_in_one_piece(self):
        self.assertEqual(self.deframer.feed(frame(b"hello")), [b"hello"])

    def test_every_octet_value_survives_one_octet_at_a_time(self):
        content = bytes(range(256)) * 8
        found = []
        for octet in frame(content):
            found += self.deframer.feed(bytes((octet,)))
        self.assertEqual(found, [content])
        self.assertEqual(self.deframer.dropped, 0)

    def test_frames_may_share_a_flag(self):
        octets = frame(b"one") + frame(b"two")[1:]
        self.assertEqual(self.deframer.feed(octets), [b"one", b"two"])

    def test_idle_flags_are_no_frames(self):
        self.assertEqual(self.deframer.feed(b"\x7e" * 5), [])
        self.assertEqual(self.deframer.dropped, 0)

    def test_an_escape_that_the_sender_need_not_make_is_understood(self):
        content = b"\x11\x13"
        octets = b"\x7e\x7d\x31\x7d\x33" + frame(content)[3:]
        self.assertEqual(self.deframer.feed(octets), [content])

    def test_any_changed_bit_drops_the_frame(self):
        octets = frame(b"0123456789")
        for index in range(1, len(octets) - 1):
            for bit in range(8):
                broken = bytearray(octets)
                broken[index] ^= 1 << bit
                deframer = Deframer()
                self.assertEqual(deframer.feed(bytes(broken)), [])
                self.assertGreaterEqual(deframer.dropped, 1)
                self.assertEqual(deframer.feed(frame(b"next")), [b"next"])

    def test_an_escape_before_a_flag_aborts_the_frame(self):
        octets = frame(b"hello")
        self.assertEqual(self.deframer.feed(octets[:-1] + b"\x7d\x7e"), [])
        self.assertEqual(self.deframer.dropped, 1)

    def test_a_frame_shorter_than_its_check_sequence_is_dropped(self):
        self.assertEqual(self.deframer.feed(b"\x7e\x00\x7e"), [])
        # RFC 1662 C.2: the FCS of nothing is 0000, yet a frame has content
        self.assertEqual(self.deframer.feed(b"\x7e\x00\x00\x7e"), [])
        self.assertEqual(self.deframer.dropped, 2)

    def test_the_longest_frame_passes_and_one_octet_more_is_dropped(self):
        self.assertEqual(self.deframer.feed(frame(bytes(LIMIT))), [bytes(LIMIT)])
        deframer = Deframer(limit=4)
        self.assertEqual(deframer.feed(frame(b"12345")), [])
        self.assertEqual(deframer.dropped, 1)
        self.assertEqual(deframer.feed(frame(b"1234")), [b"1234"])

    def test_endless_rubbish_fills_no_memory_and_raises_nothing(self):
        state = 1
        for _ in range(200):
            rubbish = bytearray(100)
            for index in range(len(rubbish)):
                state = (state * 1103515245 + 12345) & 0x7FFFFFFF
                rubbish[index] = state >> 16 & 0xFF
            self.assertEqual(self.deframer.feed(bytes(rubbish).replace(b"\x7e", b"\x00")), [])
        self.assertEqual(self.deframer.feed(b"\x7e" + frame(b"hello")), [b"hello"])
        self.assertEqual(self.deframer.dropped, 1)


if __name__ == "__main__":
    unittest.main()

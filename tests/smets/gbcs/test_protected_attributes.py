import unittest

from smets.codec.errors import DecodeError
from smets.codec.reader import Reader
from smets.dlms import data as axdr
from smets.gbcs.grouping import COMMAND, RESPONSE
from smets.gbcs.message import Message
from smets.gbcs.protected_attributes import (
    ProtectedAttribute,
    ProtectedRequest,
    encode_response,
    parameters,
)
from tests.smets.gbcs.test_rtds_messages import messages

OBJECT = b"\x00\x1e\x00\x00\x2b"  # class 30 and the start of its logical names
RESPONSE_START = b"\x02\x02\x01\x01\x02\x02\x16\x02"
DEVICE, PARTY = bytes(8), b"\x01" * 8


class ReferenceTest(unittest.TestCase):
    def test_requests_are_written_as_they_were_read(self):
        count = 0
        for name, octets in messages():
            message = Message.decode(octets)
            if message.header.cra_flag != COMMAND or OBJECT not in message.payload:
                continue
            if message.payload[0] != 0xD9 or "PRECOMMAND" in name:
                continue
            reader = Reader(message.payload, message.payload.index(b"\x02\x02\x01", 10))
            data = axdr.skip(reader)
            request = ProtectedRequest.decode(data)
            self.assertEqual(request.encode(), data, name)
            self.assertEqual(request.device, message.header.recipient)
            count += 1
        self.assertGreater(count, 15)

    def test_responses_are_written_as_the_reference_writes_them(self):
        count = 0
        for name, octets in messages():
            message = Message.decode(octets)
            start = message.payload.find(RESPONSE_START)
            if message.header.cra_flag != RESPONSE or start < 0:
                continue
            data = axdr.skip(Reader(message.payload, start))
            ciphered = axdr.decode(data)[1][1][1]
            header = message.header
            written = encode_response(
                header.originator_counter, header.originator, header.recipient, ciphered
            )
            self.assertEqual(written, data, name)
            count += 1
        self.assertGreater(count, 8)


class FormTest(unittest.TestCase):
    def request(self):
        whole = ProtectedAttribute(1, b"\x00\x00\x5e\x2c\x22\x0a", 2)
        part = ProtectedAttribute(7, b"\x00\x00\x63\x01\x00\xff", 2, (86400, 172800))
        return ProtectedRequest((whole, part), 0x0102030405060708, PARTY, DEVICE)

    def test_what_was_written_is_read(self):
        read = ProtectedRequest.decode(self.request().encode())
        self.assertEqual(read.attributes[0].period, None)
        self.assertEqual(read.attributes[1].period, (86400, 172800))
        self.assertEqual(read.originator_counter, 0x0102030405060708)
        self.assertEqual((read.requester, read.device), (PARTY, DEVICE))

    def test_any_octet_changed_is_refused_or_read_as_another_request(self):
        good = self.request().encode()
        for at in range(len(good)):
            for flip in (0x01, 0x80):
                changed = bytearray(good)
                changed[at] ^= flip
                try:
                    read = ProtectedRequest.decode(bytes(changed))
                except DecodeError:
                    continue
                self.assertEqual(read.encode(), changed, at)

    def test_truncated_ones_are_refused(self):
        good = self.request().encode()
        for octets in [good[:end] for end in range(len(good))] + [good + b"\0"]:
            with self.assertRaises(DecodeError):
                ProtectedRequest.decode(octets)

    def test_requests_for_nothing_are_refused(self):
        with self.assertRaises(DecodeError):
            ProtectedRequest.decode(ProtectedRequest((), 1, PARTY, DEVICE).encode())

    def test_parameters_name_counter_and_parties(self):
        octets = parameters(5, DEVICE, PARTY)
        self.assertIn(b"\x04" + (5).to_bytes(8, "big"), octets)
        self.assertLess(octets.index(DEVICE), octets.index(PARTY))


if __name__ == "__main__":
    unittest.main()

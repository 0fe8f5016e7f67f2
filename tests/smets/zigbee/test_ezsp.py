import unittest

from smets.codec.errors import DecodeError
from smets.zigbee import ezsp, ezsp_status
from tests.smets.zigbee.ezsp_table import table

SEND_UNICAST = 0x0034
GET_TOKEN_DATA = 0x0102
MESSAGE = {
    "type": 0,
    "destination": 0x1A2B,
    "profile": 0x0109,
    "cluster": 0x0702,
    "source_endpoint": 1,
    "destination_endpoint": 2,
    "options": 0x0140,
    "group": 0,
    "aps_sequence": 9,
    "tag": 0x55,
    "message": b"\x01\x02\x03",
}


def frames(version):
    return ezsp.Frames(table(), version)


class TestFrames(unittest.TestCase):
    def test_a_unicast_of_each_layout(self):
        aps = "0901020701024001000009"
        for version, octets in (
            (13, "002b1a" + aps + "5503010203"),
            (14, "002b1a" + aps + "550003010203"),
        ):
            table = frames(version)
            frame = table.find(SEND_UNICAST)
            self.assertEqual(frame.name, "sendUnicast")
            self.assertEqual(table.encode(frame.request, MESSAGE).hex(), octets)
            self.assertEqual(table.decode(frame.request, bytes.fromhex(octets)), MESSAGE)

    def test_the_width_of_a_status(self):
        for version, octets in ((13, "7409"), (18, "3800000009")):
            table = frames(version)
            fields = table.find(SEND_UNICAST).response
            values = {"status": ezsp_status.MESSAGE_TOO_LONG, "sequence": 9}
            self.assertEqual(table.encode(fields, values).hex(), octets)
            self.assertEqual(table.decode(fields, bytes.fromhex(octets)), values)

    def test_a_status_of_one_octet_that_is_not_known_is_a_failure(self):
        table = frames(13)
        fields = table.find(SEND_UNICAST).response
        self.assertEqual(table.decode(fields, b"\xf7\x00")["status"], ezsp_status.FAIL)
        self.assertEqual(table.encode(fields, {"status": 0x7777, "sequence": 0}), b"\x01\x00")

    def test_the_value_of_a_token_is_there_only_when_it_is(self):
        values = {"status": ezsp_status.NOT_FOUND, "data": b""}
        for version, octets in ((13, "0300000000"), (14, "2d000000")):
            table = frames(version)
            fields = table.find(GET_TOKEN_DATA).response
            self.assertEqual(table.encode(fields, values, fill=True)[:1].hex(), octets[:2])
            self.assertEqual(table.decode(fields, bytes.fromhex(octets)), values)

    def test_a_frame_id_that_was_used_again(self):
        names = [frames(version).find(0x005F) for version in (13, 14, 16, 17, 19)]
        self.assertEqual(
            [frame and frame.name for frame in names],
            ["getAddressTableRemoteNodeId", None, None, "gpClearProxyTable", "gpClearProxyTable"],
        )

    def test_callbacks_have_no_request(self):
        self.assertEqual(frames(13).find(0x0045).request, None)
        self.assertEqual(frames(13).find(0x0026).request, ())

    def test_truncated_fields_are_refused(self):
        table = frames(13)
        frame = table.find(SEND_UNICAST)
        octets = table.encode(frame.request, MESSAGE)
        for length in range(len(octets)):
            with self.assertRaises(DecodeError):
                table.decode(frame.request, octets[:length])

    def test_numbers_too_large_for_their_field_are_refused(self):
        table = frames(13)
        with self.assertRaises(OverflowError):
            table.encode(table.find(SEND_UNICAST).request, dict(MESSAGE, destination=0x10000))


class TestHeaders(unittest.TestCase):
    def test_the_first_command_has_the_old_header(self):
        octets = ezsp.old_header(0, ezsp.COMMAND) + b"\x04"
        self.assertEqual(octets.hex(), "00000004")
        self.assertEqual(ezsp.parse(octets, response=False), (0, 0, 0, b"\x04", True))

    def test_headers_of_version_8_and_later(self):
        octets = ezsp.header(7, ezsp.COMMAND, 0x0114) + b"\xaa"
        self.assertEqual(octets.hex(), "0700011401aa")
        self.assertEqual(ezsp.parse(octets, response=False), (7, 0, 0x0114, b"\xaa", False))
        self.assertTrue(ezsp.is_callback(0x90))
        self.assertFalse(ezsp.is_callback(0x80))

    def test_what_is_no_frame_is_refused(self):
        for octets in ("", "00", "0080", "008001", "00000204", "008001", "0000810000", "00000114"):
            with self.assertRaises(DecodeError):
                ezsp.parse(bytes.fromhex(octets), response=False)

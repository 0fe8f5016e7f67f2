"""ZCL frames, data types and the commands of all clusters."""

import unittest

from smets.codec.errors import DecodeError
from smets.codec.reader import Reader
from smets.zigbee import zcl, zcl_attributes, zcl_data

# ZCL 2.6.2: type, value, octets.
VALUES = (
    (0x00, None, ""),
    (0x08, 0x7F, "7f"),
    (0x10, 1, "01"),
    (0x18, 0x81, "81"),
    (0x1F, 1 << 63, "0000000000000080"),
    (0x20, 255, "ff"),
    (0x22, 0x010203, "030201"),
    (0x25, 0x0102030405FF, "ff0504030201"),
    (0x27, (1 << 64) - 1, "ffffffffffffffff"),
    (0x28, -1, "ff"),
    (0x28, 127, "7f"),
    (0x2A, -2, "feffff"),
    (0x2B, -2147483648, "00000080"),
    (0x2F, -(1 << 63), "0000000000000080"),
    (0x30, 6, "06"),
    (0x31, 0x0203, "0302"),
    (0x39, b"\x00\x00\x80\x3f", "0000803f"),
    (0x41, b"", "00"),
    (0x41, b"\x01\xff", "0201ff"),
    (0x41, None, "ff"),
    (0x42, b"Reset", "055265736574"),
    (0x43, b"\x05", "010005"),
    (0x44, None, "ffff"),
    (0x48, (0x21, [1, 2]), "21020001000200"),
    (0x4C, [(0x20, 9), (0x41, b"a")], "02002009410161"),
    (0x50, (0x10, []), "100000"),
    (0xE2, 0x1C374A80, "804a371c"),
    (0xE8, 0x0702, "0207"),
    (0xF0, bytes(range(8)), "0706050403020100"),
    (0xF1, bytes(range(16)), "000102030405060708090a0b0c0d0e0f"),
    (0xFF, None, ""),
)
MALFORMED = (
    (0x21, "01"),
    (0x11, "00"),
    (0x40, "00"),
    (0x41, "0201"),
    (0x43, "ff"),
    (0x48, "ffffff"),
    (0x48, "48010048010048010048010048010020010001"),
    (0x4C, "0100"),
    (0x99, "00"),
)


class DataTypes(unittest.TestCase):
    def test_values_and_octets_are_turned_into_each_other(self) -> None:
        for data_type, value, octets in VALUES:
            with self.subTest(data_type=data_type, value=value):
                out = bytearray()
                zcl_data.write(out, data_type, value)
                self.assertEqual(out.hex() if out else "", octets)
                reader = Reader(bytes.fromhex(octets))
                self.assertEqual(zcl_data.read(reader, data_type), value)
                reader.finish()

    def test_what_is_malformed_is_refused(self) -> None:
        for data_type, octets in MALFORMED:
            with self.subTest(data_type=data_type, octets=octets), self.assertRaises(DecodeError):
                zcl_data.read(Reader(bytes.fromhex(octets)), data_type)

    def test_a_value_out_of_its_types_range_is_refused(self) -> None:
        for data_type, value in ((0x20, 256), (0x28, 128), (0x28, -129), (0x41, bytes(255))):
            with self.subTest(data_type=data_type), self.assertRaises(OverflowError):
                zcl_data.write(bytearray(), data_type, value)
        with self.assertRaises(ValueError):
            zcl_data.write(bytearray(), 0xF0, bytes(7))


class Frames(unittest.TestCase):
    def test_a_cluster_command(self) -> None:
        frame = zcl.Frame.decode(bytes.fromhex("014200060017010005dc"))
        self.assertTrue(frame.is_cluster_command)
        self.assertFalse(frame.to_client)
        self.assertEqual((frame.transaction, frame.command), (0x42, 0x00))
        self.assertEqual(frame.encode().hex(), "014200060017010005dc")

    def test_a_manufacturers_command(self) -> None:
        frame = zcl.Frame.decode(bytes.fromhex("0d5f110102aa"))
        self.assertEqual((frame.manufacturer, frame.transaction, frame.command), (0x115F, 1, 2))
        self.assertEqual(frame.encode().hex(), "0d5f110102aa")
        answer = frame.response(0x0B, b"\x02\x00", False)
        self.assertEqual(answer.encode().hex(), "145f11010b0200")

    def test_what_is_no_frame_is_refused(self) -> None:
        for octets in ("", "01", "0100", "04000001", "020000", "030000"):
            with self.subTest(octets=octets), self.assertRaises(DecodeError):
                zcl.Frame.decode(bytes.fromhex(octets))

    def test_a_default_response_turns_the_direction(self) -> None:
        command = zcl.Frame.decode(bytes.fromhex("010702"))
        answer = command.default_response(zcl.SUCCESS)
        assert answer is not None
        self.assertEqual(answer.encode().hex(), "18070b0200")
        answer = zcl.Frame.decode(bytes.fromhex("090702")).default_response(zcl.FAILURE)
        assert answer is not None
        self.assertEqual(answer.encode().hex(), "10070b0201")

    def test_no_default_response_where_none_is_due(self) -> None:
        silent = zcl.Frame.decode(bytes.fromhex("110702"))
        self.assertIsNone(silent.default_response(zcl.SUCCESS))
        self.assertIsNotNone(silent.default_response(zcl.FAILURE))
        response = zcl.Frame.decode(bytes.fromhex("08070b0200"))
        self.assertIsNone(response.default_response(zcl.FAILURE))


class Attributes(unittest.TestCase):
    def test_reading(self) -> None:
        self.assertEqual(zcl_attributes.identifiers(0, 0xFFFE).hex(), "0000feff")
        self.assertEqual(zcl_attributes.read_identifiers(b"\x00\x00\xfe\xff"), [0, 0xFFFE])
        records = [(0, 0, 0x25, 5), (1, 0x86, 0, None)]
        octets = zcl_attributes.statuses(records)
        self.assertEqual(octets.hex(), "00000025050000000000010086")
        self.assertEqual(zcl_attributes.read_statuses(octets), records)

    def test_reporting_and_writing(self) -> None:
        records = [(0x0200, 0x18, 3), (0xFFFE, 0x30, 1)]
        octets = zcl_attributes.values(records)
        self.assertEqual(octets.hex(), "00021803feff3001")
        self.assertEqual(zcl_attributes.read_values(octets), records)
        self.assertEqual(zcl_attributes.write_statuses([(0, 1), (0x88, 2)]).hex(), "880200")
        self.assertEqual(zcl_attributes.write_statuses([(0, 1)]).hex(), "00")
        self.assertEqual(zcl_attributes.read_write_statuses(b"\x88\x02\x00"), [(0x88, 2)])
        self.assertEqual(zcl_attributes.read_write_statuses(b"\x00"), [])

    def test_discovering(self) -> None:
        octets = zcl_attributes.discovered(True, [(0, 0x25), (0x0200, 0x18)])
        self.assertEqual(octets.hex(), "01000025000218")
        self.assertEqual(
            zcl_attributes.read_discovered(octets), (True, [(0, 0x25), (0x0200, 0x18)])
        )

    def test_what_is_malformed_is_refused(self) -> None:
        for read, octets in (
            (zcl_attributes.read_identifiers, "00"),
            (zcl_attributes.read_statuses, "0000"),
            (zcl_attributes.read_statuses, "00000025"),
            (zcl_attributes.read_values, "000020"),
            (zcl_attributes.read_write_statuses, ""),
            (zcl_attributes.read_write_statuses, "8802"),
            (zcl_attributes.read_discovered, ""),
            (zcl_attributes.read_discovered, "020000"),
        ):
            with self.subTest(octets=octets), self.assertRaises(DecodeError):
                read(bytes.fromhex(octets))


if __name__ == "__main__":
    unittest.main()

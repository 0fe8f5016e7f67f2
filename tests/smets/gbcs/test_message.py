import unittest

from smets.codec.errors import DecodeError
from smets.gbcs.grouping import ALERT, COMMAND, RESPONSE, GroupingHeader
from smets.gbcs.message import Message

SUPPLIER = bytes.fromhex("90b3d51f30010000")
BROKER = bytes.fromhex("90b3d51f30000002")
METER = bytes.fromhex("00db1234567890a0")


def header(**named):
    fields = {
        "cra_flag": COMMAND,
        "originator_counter": 1000,
        "originator": SUPPLIER,
        "recipient": METER,
        "message_code": 0x27,
    }
    fields.update(named)
    return GroupingHeader(**fields)


class ShapeTest(unittest.TestCase):
    def test_the_header_stands_as_the_standard_has_it(self):
        message = Message(header(), b"\xab", None)
        self.assertEqual(
            message.encode().hex(),
            "df0901000000000000 03e8".replace(" ", "")
            + "0890b3d51f300100000800db1234567890a00002002701ab",
        )

    def test_every_shape_is_read_and_written(self):
        payload = b"\x55" * 300
        for fields in (
            {},
            {"cra_flag": RESPONSE, "date_time": b"\x07\xdf\x01\x01\xff" + bytes(7)},
            {"cra_flag": ALERT, "supplementary_remote_party": SUPPLIER},
            {
                "originator": BROKER,
                "supplementary_remote_party": SUPPLIER,
                "supplementary_remote_party_counter": 1,
            },
            {
                "supplementary_remote_party": SUPPLIER,
                "supplementary_remote_party_counter": 1,
                "supplementary_originator_counter": 2,
            },
            {
                "supplementary_remote_party": SUPPLIER,
                "supplementary_remote_party_counter": 1,
                "supplementary_certificate": b"\x30" * 406,
            },
        ):
            for signature in (None, b"", b"\x11" * 64):
                for mac in (None, b"\x22" * 12):
                    if mac and signature is None:
                        continue
                    message = Message(header(**fields), payload, signature, mac)
                    octets = message.encode()
                    again = Message.decode(octets)
                    self.assertEqual(again.encode(), octets)
                    self.assertEqual((again.signature, again.mac), (signature, mac))
                    for name, value in fields.items():
                        self.assertEqual(getattr(again.header, name), value)

    def test_what_is_signed_and_what_is_authenticated(self):
        message = Message(header(), b"\xab", b"\x11" * 64, b"\x22" * 12)
        octets = message.encode()
        self.assertEqual(octets[:7].hex(), "dd000000000000")
        self.assertEqual(octets[7], len(octets) - 8)
        self.assertEqual(message.to_be_signed(), octets[octets.index(b"\xdf") + 1 : -12 - 65])
        self.assertEqual(message.authenticated(), octets[octets.index(b"\xdf") : -12])


class RefusalTest(unittest.TestCase):
    def test_every_truncation_and_extension_is_refused(self):
        for message in (
            Message(header(), b"\xab\xcd", b"\x11" * 64, b"\x22" * 12),
            Message(header(), b"\xab\xcd", b"", b"\x22" * 12),
        ):
            octets = message.encode()
            for size in range(1, len(octets)):
                with self.assertRaises(DecodeError):
                    Message.decode(octets[:size])
            with self.assertRaises(DecodeError):
                Message.decode(octets + b"\x00")
        with self.assertRaises(DecodeError):
            Message.decode(b"")

    def test_malformed_fields_are_refused(self):
        good = Message(header(), b"\xab", b"").encode().hex()
        for old, new in (
            ("df09", "df08"),
            ("df0901", "df0904"),
            ("0890b3d51f30010000", "0790b3d51f300100"),
            ("00020027", "01000227"),
            ("00020027", "0003002700"),
            ("00020027", "000100"),
            ("ab00", "ab01ff"),
            ("01ab00", "8101ab00"),
        ):
            changed = good.replace(old, new)
            self.assertNotEqual(changed, good)
            with self.assertRaises(DecodeError):
                Message.decode(bytes.fromhex(changed))


if __name__ == "__main__":
    unittest.main()

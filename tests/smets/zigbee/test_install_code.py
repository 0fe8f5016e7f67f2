import unittest

from smets.codec.errors import DecodeError
from smets.crypto.zigbee_suite import ZigbeeSuite
from smets.zigbee import install_code, security

# Zigbee base device behaviour 10.1 and Smart Energy; the last one is DCC's published sample.
# Code, CRC, link key.
CODES = (
    ("83fed3407a93", "2b70", "cd4fa064773f46941ec986c09963d1a8"),
    ("83fed3407a939738", "c552", "a833a77434f3bfbd7a7ab97942149287"),
    ("83fed3407a939723a5c639ff", "4c12", "58c1828cf7f1c3fe29e7b1024ad84bfa"),
    ("83fed3407a939723a5c639b26916d505", "c3b5", "66b6900981e1ee3ca4206b6b861c02bb"),
    ("30313233343536373839414243444546", "f596", "17e92caaa342c367e8eddc58eeba69ed"),
)
# Link key, key-transport key, key-load key, verify key hash.
DERIVED = (
    (
        b"ZigBeeAlliance09".hex(),
        "4bab0f173e1434a2d572e1c1ef478782",
        "c5a47035c332ccbf251571d8baded188",
        "1ab128df1639a1246aaba72a6a559124",
    ),
    (
        "66b6900981e1ee3ca4206b6b861c02bb",
        "3c6cca8977eb189efd1614c3e7f75989",
        "1177a0ee2600d0020dba82d7049f53bc",
        "62161e9be4c0972895860ad568fa8fdd",
    ),
)


class InstallCodeTest(unittest.TestCase):
    def test_codes_of_every_length(self):
        for text, crc, key in CODES:
            code = bytes.fromhex(text)
            self.assertEqual(install_code.crc(code).hex(), crc)
            self.assertEqual(install_code.with_crc(code).hex(), text + crc)
            self.assertEqual(install_code.without_crc(code + bytes.fromhex(crc)), code)
            self.assertEqual(install_code.link_key(ZigbeeSuite(), code).hex(), key)

    def test_every_mistyped_bit_is_noticed(self):
        for code, crc, _ in CODES:
            labelled = bytes.fromhex(code + crc)
            for bit in range(8 * len(labelled)):
                wrong = bytearray(labelled)
                wrong[bit >> 3] ^= 1 << (bit & 7)
                with self.assertRaises(DecodeError):
                    install_code.without_crc(bytes(wrong))

    def test_other_sizes_are_refused(self):
        for size in range(24):
            if size not in install_code.SIZES:
                code = bytes(size)
                with self.assertRaises(DecodeError):
                    install_code.with_crc(code)
                with self.assertRaises(DecodeError):
                    install_code.link_key(ZigbeeSuite(), code)
                with self.assertRaises(DecodeError):
                    install_code.without_crc(code + install_code.crc(code))
        for short in (b"", b"\x00", b"\x00\x00"):
            with self.assertRaises(DecodeError):
                install_code.without_crc(short)

    def test_keys_derived_from_a_link_key(self):
        suite = ZigbeeSuite()
        for row in DERIVED:
            key, transport, load, verify = [bytes.fromhex(text) for text in row]
            for identifier, derived in (
                (security.LINK, key),
                (security.KEY_TRANSPORT, transport),
                (security.KEY_LOAD, load),
            ):
                self.assertEqual(security.derived_key(suite, key, identifier), derived)
            self.assertEqual(security.verify_hash(suite, key), verify)


if __name__ == "__main__":
    unittest.main()

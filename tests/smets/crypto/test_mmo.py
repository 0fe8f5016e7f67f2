import unittest

from smets.crypto import aes
from smets.crypto.mmo import keyed_hash, mmo

CIPHERS = [aes.aes]
try:
    from smets.crypto import aes_cryptolib

    CIPHERS.append(aes_cryptolib.aes)
except ImportError:
    pass

# Zigbee specification, C.5 and C.6.
DIGESTS = (
    (b"\xc0", "ae3a102a28d43ee0d4a09e22788b206c"),
    (bytes(range(0xC0, 0xD0)), "a7977e88bc0b61e8210827109a228f2d"),
    # C.5.5: 65528 bits, the longest message with a length of 16 bits.
    ((bytes(range(256)) * 32)[:8191], "24ec2fe75bbffcb34789bc0610e7f165"),
    # C.5.6: 65536 bits, the shortest with one of 32.
    (bytes(range(256)) * 32, "dc6b0687f09f8607131c170b3bd31591"),
)


class MmoTest(unittest.TestCase):
    def test_published_digests(self):
        for cipher in CIPHERS:
            for data, digest in DIGESTS:
                self.assertEqual(mmo(cipher, data).hex(), digest)

    def test_the_published_keyed_hash(self):
        key = bytes(range(0x40, 0x50))
        for cipher in CIPHERS:
            self.assertEqual(
                keyed_hash(cipher, key, b"\xc0").hex(), "4512807bf94cb3400f0e2c25fb76e999"
            )

    def test_no_two_lengths_have_one_digest(self):
        for cipher in CIPHERS:
            digests = {mmo(cipher, bytes(size)) for size in range(70)}
            self.assertEqual(len(digests), 70)


if __name__ == "__main__":
    unittest.main()

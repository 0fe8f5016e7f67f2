import unittest

from smets.codec.errors import AuthenticationError, DecodeError
from smets.crypto import aes
from smets.crypto.ccm import MIC_LENGTHS, open_, seal

CIPHERS = [aes.aes]
try:
    from smets.crypto import aes_cryptolib

    CIPHERS.append(aes_cryptolib.aes)
except ImportError:
    pass

KEY = bytes(range(0xC0, 0xD0))
# Nonce, associated data, plaintext, ciphertext and MIC of 8 octets: RFC 3610, packet vectors 1
# to 3, then Zigbee specification, C.3.
CASES = (
    ("00000003020100a0a1a2a3a4a5", bytes(range(8)), bytes(range(8, 31)),
     "588c979a61c663d2f066d0c2c0f989806d5f6b61dac38417e8d12cfdf926e0"),
    ("00000004030201a0a1a2a3a4a5", bytes(range(8)), bytes(range(8, 32)),
     "72c91a36e135f8cf291ca894085c87e3cc15c439c9e43a3ba091d56e10400916"),
    ("00000005040302a0a1a2a3a4a5", bytes(range(8)), bytes(range(8, 33)),
     "51b1e5f44a197d1da46b0f8e2d282ae871e838bb64da8596574adaa76fbd9fb0c5"),
    ("a0a1a2a3a4a5a6a70302010006", bytes(range(8)), bytes(range(8, 31)),
     "1a55a36abb6c610d066b3375649cef10d4664ecad854a80a895cc1d8ff9469"),
)  # fmt: skip


class CcmTest(unittest.TestCase):
    def test_published_cases_seal_and_open(self):
        for cipher in CIPHERS:
            for nonce_text, aad, plaintext, sealed_text in CASES:
                nonce, sealed = bytes.fromhex(nonce_text), bytes.fromhex(sealed_text)
                self.assertEqual(seal(cipher, KEY, nonce, aad, plaintext, 8), sealed)
                self.assertEqual(open_(cipher, KEY, nonce, aad, sealed, 8), plaintext)

    def test_all_lengths_open_to_what_was_sealed(self):
        nonce = bytes(13)
        for cipher in CIPHERS:
            for mic_length in MIC_LENGTHS:
                for size in (0, 1, 15, 16, 17, 82):
                    for aad in (b"", bytes(13), bytes(14), bytes(30)):
                        plaintext = bytes(range(size))
                        sealed = seal(cipher, KEY, nonce, aad, plaintext, mic_length)
                        self.assertEqual(len(sealed), size + mic_length)
                        opened = open_(cipher, KEY, nonce, aad, sealed, mic_length)
                        self.assertEqual(opened, plaintext)

    def test_one_wrong_bit_anywhere_is_noticed(self):
        nonce, aad, plaintext = bytes(range(13)), b"head", b"twenty octets of it."
        for cipher in CIPHERS:
            for mic_length in (4, 8, 16):
                sealed = seal(cipher, KEY, nonce, aad, plaintext, mic_length)
                right = (KEY, nonce, aad, sealed)
                for part in range(4):
                    for at in range(len(right[part])):
                        wrong = list(right)
                        octets = bytearray(right[part])
                        octets[at] ^= 0x10
                        wrong[part] = bytes(octets)
                        with self.assertRaises(AuthenticationError):
                            open_(cipher, *wrong, mic_length)

    def test_other_sizes_are_refused(self):
        cipher, nonce = CIPHERS[-1], bytes(13)
        for sizes in ((15, 13, 0, 4), (32, 13, 0, 4), (16, 12, 0, 4), (16, 13, 0, 6)):
            key, iv, aad = bytes(sizes[0]), bytes(sizes[1]), bytes(sizes[2])
            with self.assertRaises(DecodeError):
                seal(cipher, key, iv, aad, b"", sizes[3])
            with self.assertRaises(DecodeError):
                open_(cipher, key, iv, aad, bytes(16), sizes[3])
        for size in range(4):
            with self.assertRaises(AuthenticationError):
                open_(cipher, KEY, nonce, b"", bytes(size), 4)


if __name__ == "__main__":
    unittest.main()

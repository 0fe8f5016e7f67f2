import sys
import unittest

from smets.codec.errors import AuthenticationError, DecodeError
from smets.crypto import aes, gcm, ghash
from smets.crypto.gcm import Gcm

CIPHERS = [aes.aes]
HASHES = [ghash.Ghash]
try:
    from smets.crypto import aes_cryptolib

    CIPHERS.append(aes_cryptolib.aes)
except ImportError:
    pass
try:
    from smets.crypto import ghash_viper

    HASHES.append(ghash_viper.Ghash)
except (ImportError, SyntaxError):
    pass

# FIPS 197, appendices B and C.1: key, plaintext, ciphertext.
BLOCKS = (
    (
        "2b7e151628aed2a6abf7158809cf4f3c",
        "3243f6a8885a308d313198a2e0370734",
        "3925841d02dc09fbdc118597196a0b32",
    ),
    (
        "000102030405060708090a0b0c0d0e0f",
        "00112233445566778899aabbccddeeff",
        "69c4e0d86a7b0430d8cdb78070b4c55a",
    ),
)

# McGrew and Viega, The Galois/Counter Mode of Operation, appendix B, cases 1 to 6:
# key, initialisation vector, plaintext, additional data, ciphertext, tag.
KEY = "feffe9928665731c6d6a8f9467308308"
IV = "cafebabefacedbaddecaf888"
PLAINTEXT = (
    "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
    "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b391aafd255"
)
CIPHERTEXT = (
    "42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e"
    "21d514b25466931c7d8f6a5aac84aa051ba30b396a0aac973d58e091473f5985"
)
AAD = "feedfacedeadbeeffeedfacedeadbeefabaddad2"
LONG_IV = (
    "9313225df88406e555909c5aff5269aa6a7a9538534f7da1e4c303d2a318a728"
    "c3c0c95156809539fcf0e2429a6b525416aedbf5a0de6a57a637b39b"
)
CASES = (
    ("00" * 16, "00" * 12, "", "", "", "58e2fccefa7e3061367f1d57a4e7455a"),
    ("00" * 16, "00" * 12, "00" * 16, "", "0388dace60b6a392f328c2b971b2fe78",
     "ab6e47d42cec13bdf53a67b21257bddf"),
    (KEY, IV, PLAINTEXT, "", CIPHERTEXT, "4d5c2af327cd64a62cf35abd2ba6fab4"),
    (KEY, IV, PLAINTEXT[:120], AAD, CIPHERTEXT[:120], "5bc94fbc3221a5db94fae95ae7121a47"),
    (KEY, IV[:16], PLAINTEXT[:120], AAD,
     "61353b4c2806934a777ff51fa22a4755699b2a714fcdc6f83766e5f97b6c7423"
     "73806900e49f24b22b097544d4896b424989b5e1ebac0f07c23f4598",
     "3612d2e79e3b0785561be14aaca2fccb"),
    (KEY, LONG_IV, PLAINTEXT[:120], AAD,
     "8ce24998625615b603a033aca13fb894be9112a5c3a211a8ba262a3cca7e2ca7"
     "01e4a9a4fba43c90ccdcb281d48c7c6fd62875d2aca417034c34aee5",
     "619cc5aefffe0bfa462af43c1699d050"),
)  # fmt: skip


def octets(case):
    return [bytes.fromhex(text) for text in case]


def combinations():
    return [Gcm(cipher, running_hash) for cipher in CIPHERS for running_hash in HASHES]


class PartsTest(unittest.TestCase):
    def test_a_native_vm_brings_both_fast_parts(self):
        native = sys.implementation.name == "micropython" and sys.platform != "webassembly"
        self.assertEqual(len(CIPHERS), 2 if native else 1)
        self.assertEqual(len(HASHES), 2 if native else 1)

    def test_blocks_of_fips_197(self):
        for cipher in CIPHERS:
            for case in BLOCKS:
                key, plaintext, ciphertext = octets(case)
                encrypt = cipher(key)
                self.assertEqual(encrypt(plaintext), ciphertext)
                self.assertEqual(encrypt(plaintext + bytes(16) + plaintext)[32:], ciphertext)

    def test_the_hash_of_case_2(self):
        for running_hash in HASHES:
            running = running_hash(bytes.fromhex("66e94bd4ef8a2c3b884cfa59ca342b2e"))
            running.update(bytes.fromhex("0388dace60b6a392f328c2b971b2fe78"))
            running.update(bytes(15) + b"\x80")
            self.assertEqual(running.digest().hex(), "f38cbb1ad69223dcc3457ae5b6b0f885")

    def test_every_hash_agrees_on_every_length(self):
        subkey = bytes(range(200, 216))
        for size in range(50):
            digests = set()
            for running_hash in HASHES:
                running = running_hash(subkey)
                running.update(bytes(range(size)))
                filled = running_hash(subkey)
                filled.update(bytes(range(size)) + bytes(-size % 16))
                digests.add(running.digest())
                digests.add(filled.digest())
            self.assertEqual(len(digests), 1)


class GcmTest(unittest.TestCase):
    def test_published_cases_seal_and_open(self):
        for mode in combinations():
            for case in CASES:
                key, iv, plaintext, aad, ciphertext, tag = octets(case)
                self.assertEqual(mode.seal(key, iv, plaintext, aad), ciphertext + tag)
                for size in (12, 13, 14, 15, 16):
                    opened = mode.open(key, iv, ciphertext, tag[:size], aad)
                    self.assertEqual(opened, plaintext)

    def test_one_wrong_bit_anywhere_is_noticed(self):
        case = octets(CASES[3])
        for mode in combinations():
            for part in range(6):
                changed = list(case)
                changed[part] = changed[part][:-1] + bytes([changed[part][-1] ^ 1])
                key, iv, _, aad, ciphertext, tag = changed
                if part == 2:
                    continue
                with self.assertRaises(AuthenticationError):
                    mode.open(key, iv, ciphertext, tag, aad)

    def test_every_octet_of_a_tag_counts(self):
        key, iv, _, aad, ciphertext, tag = octets(CASES[3])
        for mode in combinations():
            for size in (12, 16):
                for at in range(size):
                    wrong = bytearray(tag[:size])
                    wrong[at] ^= 0x80
                    with self.assertRaises(AuthenticationError):
                        mode.open(key, iv, ciphertext, bytes(wrong), aad)

    def test_other_sizes_are_refused(self):
        key, iv, plaintext, aad, ciphertext, tag = octets(CASES[3])
        for mode in combinations():
            for wrong in (b"", tag[:4], tag[:11], tag + b"\x00"):
                with self.assertRaises(AuthenticationError):
                    mode.open(key, iv, ciphertext, wrong, aad)
            for wrong in (b"", key[:15], key + b"\x00", key + bytes(16)):
                with self.assertRaises(DecodeError):
                    mode.seal(wrong, iv, plaintext, aad)
            with self.assertRaises(DecodeError):
                mode.seal(key, b"", plaintext, aad)

    def test_a_long_message_in_chunks_is_the_same_message(self):
        key, iv, _, aad, _, _ = octets(CASES[3])
        plaintext = bytes(range(256)) * 5 + b"tail"
        results = set()
        whole = gcm.CHUNK
        try:
            for mode in combinations():
                for chunk in (16, 512, 4096):
                    gcm.CHUNK = chunk
                    results.add(mode.seal(key, iv, plaintext, aad))
        finally:
            gcm.CHUNK = whole
        self.assertEqual(len(results), 1)

    def test_the_counter_wraps_in_its_32_bits(self):
        # The counter block after ff..ff ends in zeros and leaves the other 96 bits alone.
        key = bytes(range(16))
        for cipher in CIPHERS:
            encrypt = cipher(key)
            stream = gcm._counter_mode(encrypt, b"\xff" * 16, bytes(32))
            expected = encrypt(b"\xff" * 12 + bytes(4)) + encrypt(
                b"\xff" * 12 + b"\x00\x00\x00\x01"
            )
            self.assertEqual(stream, expected)


if __name__ == "__main__":
    unittest.main()

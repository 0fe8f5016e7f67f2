import sys
import unittest

from smets.codec.errors import AuthenticationError, DecodeError
from smets.crypto import aes, comb, ghash, suite
from smets.crypto.cache import Cache
from smets.crypto.p256 import N
from smets.crypto.suite import Suite

VM_HEAP_KIB = 64  # far below the gate, whose rest belongs to the meter

ONE = bytes(31) + b"\x01"
GENERATOR = bytes.fromhex(
    "046b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296"
    "4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5"
)
ALICE, BOB = bytes(31) + b"\xa1", b"\x7f" + bytes(30) + b"\xb0"
# The x-coordinate of 0xa1 * (0x7f << 248 | 0xb0) times the generator.
SHARED = "df65e39fe6b2ebd777cf68d85fe35a463060f1d6c1b55c63587978553bd7518c"


class FakeOs:
    """A random source that gives what it was told to."""

    def __init__(self, answers):
        self.answers = answers

    def urandom(self, size):
        assert size == 32
        return self.answers.pop(0)


class SuiteTest(unittest.TestCase):
    def setUp(self):
        self.suite = Suite()

    def test_the_fast_parts_are_used_where_there_are_any(self):
        native = sys.implementation.name == "micropython" and sys.platform != "webassembly"
        self.assertEqual(suite.aes is not aes.aes, native)
        self.assertEqual(suite.Ghash is not ghash.Ghash, native)

    def test_the_digest_of_fips_180(self):
        expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        self.assertEqual(self.suite.sha256(b"abc").hex(), expected)

    def test_new_private_keys_are_in_range_and_differ(self):
        keys = {self.suite.generate() for _ in range(20)}
        self.assertEqual(len(keys), 20)
        for key in keys:
            self.assertTrue(len(key) == 32 and 0 < int.from_bytes(key, "big") < N)

    def test_random_numbers_out_of_range_are_thrown_away(self):
        real = suite.os
        try:
            suite.os = FakeOs([b"\xff" * 32, N.to_bytes(32, "big"), bytes(32), ONE])
            self.assertEqual(self.suite.generate(), ONE)
            self.assertEqual(suite.os.answers, [])
        finally:
            suite.os = real

    def test_public_keys(self):
        self.assertEqual(self.suite.public_key(ONE), GENERATOR)
        for bad in (bytes(32), N.to_bytes(32, "big"), b"\x01"):
            with self.assertRaises(DecodeError):
                self.suite.public_key(bad)

    def test_both_sides_share_one_secret(self):
        secret = self.suite.shared_secret(ALICE, self.suite.public_key(BOB))
        self.assertEqual(secret.hex(), SHARED)
        self.assertEqual(self.suite.shared_secret(BOB, self.suite.public_key(ALICE)), secret)
        self.assertEqual(self.suite.shared_secret(ALICE, self.suite.public_key(BOB)), secret)

    def test_a_remembered_secret_belongs_to_both_keys(self):
        public = self.suite.public_key(BOB)
        first = self.suite.shared_secret(ALICE, public)
        self.assertNotEqual(self.suite.shared_secret(BOB, public), first)
        self.assertNotEqual(self.suite.shared_secret(ALICE, GENERATOR), first)

    def test_bad_keys_share_nothing(self):
        with self.assertRaises(DecodeError):
            self.suite.shared_secret(bytes(32), GENERATOR)
        with self.assertRaises(DecodeError):
            self.suite.shared_secret(ONE, GENERATOR[:-1] + b"\x00")

    def test_what_is_remembered_is_not_computed_again(self):
        public = self.suite.public_key(BOB)
        secret = self.suite.shared_secret(ALICE, public)
        signature = self.suite.sign(BOB, b"message")
        self.assertTrue(self.suite.verify(public, b"message", signature))
        real = comb.comb_table
        try:
            comb.comb_table = None
            self.assertEqual(self.suite.shared_secret(ALICE, public), secret)
            self.assertTrue(self.suite.verify(public, b"message", signature))
        finally:
            comb.comb_table = real

    def test_signatures_with_and_without_remembered_tables(self):
        forgetful = Suite(secrets=0, tables=0)
        public = self.suite.public_key(ALICE)
        signature = self.suite.sign(ALICE, b"message")
        self.assertEqual(len(signature), 64)
        self.assertEqual(forgetful.sign(ALICE, b"message"), signature)
        for each in (self.suite, forgetful, self.suite):
            self.assertTrue(each.verify(public, b"message", signature))
            self.assertFalse(each.verify(public, b"massage", signature))
            self.assertFalse(each.verify(GENERATOR, b"message", signature))
        with self.assertRaises(DecodeError):
            self.suite.verify(public[:-1], b"message", signature)
        with self.assertRaises(DecodeError):
            self.suite.sign(bytes(32), b"message")

    def test_sealing_and_opening(self):
        key, iv = bytes(range(16)), bytes(12)
        sealed = self.suite.gcm_seal(key, iv, b"text", b"head")
        ciphertext, tag = sealed[:4], sealed[4:]
        self.assertEqual(len(tag), 16)
        self.assertEqual(self.suite.gcm_open(key, iv, ciphertext, tag[:12], b"head"), b"text")
        with self.assertRaises(AuthenticationError):
            self.suite.gcm_open(key, iv, ciphertext, tag[:12], b"tail")
        for wrong in (b"", bytes(8), bytes(13), bytes(16)):
            with self.assertRaises(DecodeError):
                self.suite.gcm_seal(key, wrong, b"text", b"head")
            with self.assertRaises(DecodeError):
                self.suite.gcm_open(key, wrong, ciphertext, tag, b"head")


class CacheTest(unittest.TestCase):
    def test_the_longest_unused_goes_first(self):
        cache = Cache(2)
        cache.put(b"a", 1)
        cache.put(b"b", 2)
        self.assertEqual(cache.get(b"a"), 1)
        cache.put(b"c", 3)
        self.assertEqual([cache.get(key) for key in (b"a", b"b", b"c")], [1, None, 3])

    def test_a_cache_of_nothing_holds_nothing(self):
        cache = Cache(0)
        cache.put(b"a", 1)
        self.assertEqual(cache.get(b"a"), None)


if __name__ == "__main__":
    unittest.main()

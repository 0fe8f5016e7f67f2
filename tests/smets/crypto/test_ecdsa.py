import unittest
from hashlib import sha256

from smets.crypto import rfc6979
from smets.crypto.comb import comb_table, generator, multiply
from smets.crypto.ecdsa import sign, verify
from smets.crypto.p256 import N, decode_point, to_affine

# RFC 6979 A.2.5: private key, public key, then message, k, r and s for SHA-256.
PRIVATE = 0xC9AFA9D845BA75166B5C215767B1D6934E50C3DB36E89B127B8A622B120F6721
PUBLIC = bytes.fromhex(
    "0460fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6"
    "7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299"
)
SIGNATURES = (
    (
        b"sample",
        0xA6E3C57DD01ABE90086538398355DD4C3B17AA873382B0F24D6129493D8AAD60,
        "efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716"
        "f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8",
    ),
    (
        b"test",
        0xD16B6AE827F17175E040871A1C7EC3500192C4C92677336EC2537ACAEE0008E0,
        "f1abb023518351cd71d881567b1ea663ed3efcf6c5132b354f28d3b0b7d38367"
        "019f4113742a2b14bd25926b49c649155f267e60d3814b4c0cc84250e46f0083",
    ),
)
OCTETS = PRIVATE.to_bytes(32, "big")
TABLE = comb_table(*decode_point(PUBLIC))


class NonceTest(unittest.TestCase):
    def test_hmac_of_rfc_4231(self):
        # RFC 4231 case 1: a key of 20 octets is the same key filled up with zeros.
        key = b"\x0b" * 20 + bytes(12)
        expected = "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"
        self.assertEqual(rfc6979.hmac(key, b"Hi There").hex(), expected)

    def test_nonces_of_rfc_6979(self):
        for message, nonce, _ in SIGNATURES:
            candidates = rfc6979.nonces(OCTETS, sha256(message).digest())
            self.assertEqual(next(candidates), nonce)

    def test_a_digest_above_the_order_is_reduced(self):
        # RFC 6979 2.3.4, bits2octets.
        above, below = N + 5, 5
        pairs = [rfc6979.nonces(OCTETS, value.to_bytes(32, "big")) for value in (above, below)]
        self.assertEqual(next(pairs[0]), next(pairs[1]))

    def test_candidates_out_of_range_are_passed_over(self):
        digest = bytes(32)
        order = rfc6979.N
        candidates = rfc6979.nonces(OCTETS, digest)
        expected = [nonce for nonce in [next(candidates) for _ in range(12)] if nonce < 1 << 255]
        try:
            rfc6979.N = 1 << 255
            lower = rfc6979.nonces(OCTETS, digest)
            found = [next(lower) for _ in expected]
        finally:
            rfc6979.N = order
        self.assertTrue(0 < len(expected) < 12)
        self.assertEqual(found, expected)


class SignatureTest(unittest.TestCase):
    def test_signatures_of_rfc_6979(self):
        for message, nonce, signature in SIGNATURES:
            digest = sha256(message).digest()
            self.assertEqual(sign(PRIVATE, digest, [nonce]).hex(), signature)
            self.assertTrue(verify(TABLE, digest, bytes.fromhex(signature)))

    def test_any_changed_bit_is_noticed(self):
        message, _, text = SIGNATURES[0]
        digest, signature = sha256(message).digest(), bytes.fromhex(text)
        for at in (0, 31, 32, 63):
            changed = bytearray(signature)
            changed[at] ^= 1
            self.assertFalse(verify(TABLE, digest, bytes(changed)))
        self.assertFalse(verify(TABLE, sha256(b"samplf").digest(), signature))
        self.assertFalse(verify(generator(), digest, signature))

    def test_sizes_and_ranges(self):
        message, _, text = SIGNATURES[0]
        digest, signature = sha256(message).digest(), bytes.fromhex(text)
        r, s = signature[:32], signature[32:]
        order = N.to_bytes(32, "big")
        for bad in (b"", signature[:-1], signature + b"\x00", bytes(64), bytes(32) + s,
                    r + bytes(32), order + s, r + order, b"\xff" * 64):  # fmt: skip
            self.assertFalse(verify(TABLE, digest, bad))

    def test_a_small_s_is_not_shortened(self):
        # The hash is chosen so that s is 5.
        nonce = SIGNATURES[0][1]
        r = to_affine(multiply([(nonce, generator())]))[0] % N
        digest = ((5 * nonce - r * PRIVATE) % N).to_bytes(32, "big")
        signature = sign(PRIVATE, digest, [nonce])
        self.assertEqual(signature[32:], bytes(31) + b"\x05")
        self.assertTrue(verify(TABLE, digest, signature))
        for shorter in (signature[:32] + signature[33:], signature[:32] + b"\x05"):
            self.assertFalse(verify(TABLE, digest, shorter))

    def test_a_sum_at_infinity_is_no_signature(self):
        # u1 G + u2 Q = 0 for the hash -r d.
        r = s = 7
        digest = (-r * PRIVATE % N).to_bytes(32, "big")
        self.assertFalse(verify(TABLE, digest, r.to_bytes(32, "big") + s.to_bytes(32, "big")))

    def test_a_nonce_that_leaves_s_zero_is_not_used(self):
        unlucky, good = 11, SIGNATURES[0][1]
        r = to_affine(multiply([(unlucky, generator())]))[0] % N
        digest = (-r * PRIVATE % N).to_bytes(32, "big")
        self.assertEqual(sign(PRIVATE, digest, [unlucky, good]), sign(PRIVATE, digest, [good]))
        with self.assertRaises(ValueError):
            sign(PRIVATE, digest, [unlucky])


if __name__ == "__main__":
    unittest.main()

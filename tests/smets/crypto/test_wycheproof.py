"""Wycheproof's vectors (C2SP, testvectors_v1). Each test asserts how many of them it used.

Not applicable: AES with keys of 192 and 256 bits (GBCS has AES-128 alone). One ECDH vector is
"acceptable": a compressed point, which GBCS never sends and which is refused here.
"""

import unittest

from smets.codec.errors import AuthenticationError, DecodeError
from smets.crypto.suite import Suite
from tests.smets.crypto.test_gcm import combinations
from tests.vm.vectors import vectors

SLOW = True

NOT_APPLICABLE = {"aes_gcm_test": 208, "aes_gmac_test": 276}


def check_ecdh(suite):
    """How many (shared, refused); AssertionError names the first vector that goes wrong."""
    shared = refused = 0
    for vector in vectors("wycheproof/ecdh_secp256r1_ecpoint_test"):
        number = int(vector["private"], 16)
        try:
            secret = suite.shared_secret(
                number.to_bytes(32, "big"), bytes.fromhex(vector["public"])
            )
        except DecodeError:
            assert vector["result"] != "valid", vector["tcId"]
            refused += 1
        else:
            assert vector["result"] == "valid", vector["tcId"]
            assert secret.hex() == vector["shared"], vector["tcId"]
            shared += 1
    return shared, refused


def check_ecdsa(suite):
    """How many (good, bad) signatures."""
    good = bad = 0
    for vector in vectors("wycheproof/ecdsa_secp256r1_sha256_p1363_test"):
        public = bytes.fromhex(vector["publicKey"]["uncompressed"])
        signature = bytes.fromhex(vector["sig"])
        verdict = suite.verify(public, bytes.fromhex(vector["msg"]), signature)
        assert verdict == (vector["result"] == "valid"), vector["tcId"]
        good += verdict
        bad += not verdict
    return good, bad


def check_gcm(seal, open_sealed, name, iv_bits=None):
    """How many (opened, refused) by `seal` and `open_sealed`, with any size of IV or one alone."""
    opened = refused = 0
    for vector in vectors("wycheproof/" + name, keySize=128):
        if iv_bits not in {None, vector["ivSize"]}:
            continue
        key, iv, tag = [bytes.fromhex(vector[part]) for part in ("key", "iv", "tag")]
        # A GMAC vector has its message where GCM has the additional data.
        aad = bytes.fromhex(vector.get("aad", vector["msg"]))
        plaintext = bytes.fromhex(vector["msg"] if "ct" in vector else "")
        ciphertext = bytes.fromhex(vector.get("ct", ""))
        try:
            assert open_sealed(key, iv, ciphertext, tag, aad) == plaintext, vector["tcId"]
        except (AuthenticationError, DecodeError):
            assert vector["result"] == "invalid", vector["tcId"]
            refused += 1
        else:
            assert vector["result"] == "valid", vector["tcId"]
            assert seal(key, iv, plaintext, aad) == ciphertext + tag, vector["tcId"]
            assert open_sealed(key, iv, ciphertext, tag[:12], aad) == plaintext, vector["tcId"]
            opened += 1
    return opened, refused


def count(name):
    """How many vectors a file has, and how many of them are for AES-128."""
    sizes = [vector["keySize"] for vector in vectors("wycheproof/" + name)]
    return len(sizes), sizes.count(128)


class WycheproofTest(unittest.TestCase):
    def test_ecdh(self):
        self.assertEqual(check_ecdh(Suite()), (330, 25))

    def test_ecdsa(self):
        self.assertEqual(check_ecdsa(Suite()), (173, 89))

    def test_gcm(self):
        for mode in combinations():
            self.assertEqual(check_gcm(mode.seal, mode.open, "aes_gcm_test"), (79, 29))
        suite = Suite()
        self.assertEqual(
            check_gcm(suite.gcm_seal, suite.gcm_open, "aes_gcm_test", iv_bits=96), (40, 27)
        )

    def test_gmac(self):
        for mode in combinations():
            self.assertEqual(check_gcm(mode.seal, mode.open, "aes_gmac_test"), (30, 108))

    def test_what_does_not_apply(self):
        for name, left_out in NOT_APPLICABLE.items():
            total, used = count(name)
            self.assertEqual(total - used, left_out)


if __name__ == "__main__":
    unittest.main()

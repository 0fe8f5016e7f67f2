"""The same primitives against the examples of GBCS tools and of the DLMS Green Book."""

import unittest

from smets.codec.errors import AuthenticationError
from smets.crypto.suite import Suite
from tests.vm.vectors import vectors


def check_gbcs(suite):
    """How many encrypted or authenticated messages open, with the tag of 12 octets of GBCS."""
    opened = 0
    for vector in vectors("crypto_vectors", section="gcm"):
        key, aad = bytes.fromhex(vector["key"]), bytes.fromhex(vector["aad"])
        iv = bytes.fromhex(vector["originator"]) + bytes(4)
        plaintext = bytes.fromhex(vector["plaintext"])
        ciphertext, tag = bytes.fromhex(vector["ciphertext"]), bytes.fromhex(vector["tag"])
        assert suite.gcm_seal(key, iv, plaintext, aad)[:-4] == ciphertext + tag
        assert suite.gcm_open(key, iv, ciphertext, tag, aad) == plaintext
        try:
            suite.gcm_open(key, iv, ciphertext, tag, aad + b"\x00")
        except AuthenticationError:
            opened += 1
    return opened


def check_dlms_gcm(suite):
    """How many of the Green Book's ciphered APDUs agree; without authentication no tag counts."""
    agreed = 0
    for vector in vectors("dlms/suite0_aes_gcm"):
        if "aad" not in vector:  # the one example that was not published
            continue
        key = bytes.fromhex(vector["keys"]["ek"])
        iv = bytes.fromhex(vector["system_title"] + vector["invocation_counter"])
        aad = bytes.fromhex(vector["aad"])
        plaintext = bytes.fromhex(vector["plaintext"])
        expected = vector["expected"]
        if "tag" in expected:
            ours, theirs = suite.gcm_seal(key, iv, b"", aad)[:12], expected["tag"]
        elif "ciphertext" in expected:
            ours = suite.gcm_seal(key, iv, plaintext, aad)[:-16]
            theirs = expected["ciphertext"]
        else:
            ours = suite.gcm_seal(key, iv, plaintext, aad)[:-4]
            theirs = expected["ciphertext_and_tag"]
        assert ours == bytes.fromhex(theirs), vector["name"]
        agreed += 1
    return agreed


def check_dlms_curve(suite):
    """How many (secrets, signatures) of the Green Book's examples agree."""
    secrets = signatures = 0
    for vector in vectors("dlms/suite1_ecdh_ecdsa_kdf"):
        name, expected = vector["name"], vector["expected"]
        if name.startswith("ECDH"):
            public = b"\x04" + bytes.fromhex(vector["keys"]["peer_public_xy"])
            private = bytes.fromhex(vector["keys"]["private"])
            assert suite.shared_secret(private, public) == bytes.fromhex(expected), name
            secrets += 1
        elif name.startswith("ECDSA"):
            public = b"\x04" + bytes.fromhex(vector["keys"]["public_xy"])
            assert suite.public_key(bytes.fromhex(vector["keys"]["private"])) == public
            message = bytes.fromhex(vector["message"])
            assert suite.verify(public, message, bytes.fromhex(expected))
            signatures += 1
    return secrets, signatures


class PublishedTest(unittest.TestCase):
    def test_gbcs(self):
        self.assertEqual(check_gbcs(Suite()), 2)

    def test_ciphered_apdus_of_the_green_book(self):
        self.assertEqual(check_dlms_gcm(Suite()), 4)

    def test_curve_examples_of_the_green_book(self):
        self.assertEqual(check_dlms_curve(Suite()), (4, 1))


if __name__ == "__main__":
    unittest.main()

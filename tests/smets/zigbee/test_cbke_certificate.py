import unittest

from smets.codec.errors import DecodeError
from smets.crypto.zigbee_suite import ZigbeeSuite
from smets.zigbee import cbke_certificate
from smets.zigbee.cbke import Identity
from tests.smets.zigbee.cbke_exchange import flipped
from tests.smets.zigbee.cbke_vectors import examples

# Octets whose every value but a few is refused: suite, offset, values that are not.
FIXED = (
    (1, 0, (2, 3)),
    (1, 38, (0x01,)),
    (1, 39, (0x09,)),
    (2, 0, (0x00,)),
    (2, 9, (0x0D,)),
    (2, 10, (0x08,)),
    (2, 36, (0x08, 0x88)),
    (2, 37, (2, 3)),
)


def by_suite():
    return {example.suite: example for example in examples()}


class CertificateTest(unittest.TestCase):
    def test_the_published_ones(self):
        for suite, example in by_suite().items():
            for side in (example.u, example.v):
                found = cbke_certificate.decode(suite, side.certificate)
                self.assertEqual((found.suite, found.subject), (suite, side.eui))
                key = cbke_certificate.public_key(
                    ZigbeeSuite(), side.certificate, suite, example.ca_public_key
                )
                self.assertEqual(key, side.public_key)

    def test_what_suite_1_says(self):
        found = cbke_certificate.decode(1, by_suite()[1].u.certificate)
        self.assertEqual(found.issuer, b"TESTSECA")
        self.assertEqual((found.serial, found.valid_from, found.key_usage), (None, None, None))
        self.assertTrue(found.is_valid_at(0))

    def test_what_suite_2_says(self):
        certificate = by_suite()[2].u.certificate
        found = cbke_certificate.decode(2, certificate)
        self.assertEqual(found.encode(), certificate)
        self.assertEqual(found.serial.hex(), "84a933b37f018dec")
        self.assertEqual(found.issuer.hex(), "1112131415161718")
        self.assertEqual((found.valid_from, found.validity), (0x5292A38A, 0xFFFFFFFF))
        self.assertEqual(found.key_usage, 0x88)

    def test_validity(self):
        certificate = bytearray(by_suite()[2].u.certificate)
        certificate[24:28] = bytes((0, 0, 0, 100))
        found = cbke_certificate.decode(2, bytes(certificate))
        start = 0x5292A38A
        valid = [found.is_valid_at(start + after) for after in (-1, 0, 100, 101)]
        self.assertEqual(valid, [False, True, True, False])

    def test_octets_that_are_fixed(self):
        given = by_suite()
        for suite, offset, allowed in FIXED:
            for value in range(256):
                changed = bytearray(given[suite].u.certificate)
                changed[offset] = value
                if value in allowed:
                    cbke_certificate.decode(suite, bytes(changed))
                else:
                    with self.assertRaises(DecodeError):
                        cbke_certificate.decode(suite, bytes(changed))

    def test_other_sizes_and_suites(self):
        given = by_suite()
        for suite in (0, 1, 2, 3):
            for size in (0, 1, 47, 49, 73, 75):
                with self.assertRaises(DecodeError):
                    cbke_certificate.decode(suite, bytes(size))
        with self.assertRaises(DecodeError):
            cbke_certificate.decode(1, given[2].u.certificate)
        with self.assertRaises(DecodeError):
            cbke_certificate.decode(2, given[1].u.certificate)

    def test_a_changed_octet_stands_for_another_key_or_none(self):
        example = by_suite()[2]
        side = example.u
        for at in (1, 11, 19, 24, 28, 37, 40, 73):
            changed = flipped(side.certificate, at)
            try:
                key = cbke_certificate.public_key(ZigbeeSuite(), changed, 2, example.ca_public_key)
            except DecodeError:
                continue
            self.assertNotEqual(key, side.public_key)


class IdentityTest(unittest.TestCase):
    def test_it_is_stored_and_read_back(self):
        for suite, example in by_suite().items():
            side = example.u
            given = Identity(suite, side.certificate, side.private_key, example.ca_public_key)
            found = Identity.decode(suite, given.encode())
            self.assertEqual((found.number, found.eui), (suite, side.eui))
            self.assertEqual(found.certificate, side.certificate)
            self.assertEqual(found.private_key, side.private_key)
            self.assertEqual(found.ca_public_key, example.ca_public_key)
            for wrong in (b"", given.encode()[:-1], given.encode() + b"\x00"):
                with self.assertRaises(DecodeError):
                    Identity.decode(suite, wrong)


if __name__ == "__main__":
    unittest.main()

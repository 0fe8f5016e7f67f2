import os
import unittest
from binascii import a2b_base64

from smets.codec.errors import DecodeError
from smets.gbcs import der
from smets.gbcs.x509 import Certificate, is_on_curve

Z1 = "from_cs02b/71872bdbc82789bc1401ce01ba06ada3"
SUPPLIER = "keystore/90b3d51f30010000-ds"
DEVICE = "keystore/00db1234567890a0-ka"
LOAD_CONTROLLER = "keystore/90b3d51f30010008-ka"
# Their signatures have an integer with a leading zero too many: not DER.
NOT_DER = ("00db123456789023-ka.pem", "00db12345678909b-ds.pem")
# It is another party's.
MISNAMED = ("90b3d51f30000007-ka.pem",)


def folder():
    return (os.getenv("HANLAB_DATA") or "../shared") + "/rtds/"


def certificate(name):
    """The DER of a PEM file, None when it holds a bare key; without the data: skipped."""
    try:
        with open(folder() + name) as file:
            text = file.read()
    except OSError:
        reason = "no reference certificates in " + folder() + "; set HANLAB_DATA"
        if os.getenv("CI"):
            raise AssertionError(reason) from None
        raise unittest.SkipTest(reason) from None
    if "CERTIFICATE" not in text:
        return None
    lines = [line for line in text.split("\n") if "-----" not in line]
    return a2b_base64("".join(lines).encode())


class ReferenceTest(unittest.TestCase):
    def test_an_organisation(self):
        found = Certificate(certificate(SUPPLIER + ".pem"))
        self.assertEqual(found.role, 2)
        self.assertEqual(found.eui.hex(), "90b3d51f30010000")
        self.assertEqual(found.identifier.hex(), "44899792d196f4b8")
        self.assertEqual(found.authority.hex(), "4f5688d7ec933be2")
        self.assertTrue(found.may(0))
        self.assertFalse(found.may(4))
        self.assertFalse(found.is_authority)
        self.assertEqual(found.not_before, 499478400)  # 2015-10-30
        self.assertEqual(found.not_after, 815097599)  # 2025-10-29 23:59:59
        self.assertEqual(len(found.public_key), 65)
        self.assertEqual(len(found.signature), 64)

    def test_an_authority(self):
        found = Certificate(certificate(Z1 + ".pem"))
        self.assertTrue(found.is_authority)
        self.assertEqual((found.role, found.eui), (7, b""))
        self.assertTrue(found.may(5))
        self.assertEqual(found.identifier.hex(), "4f5688d7ec933be2")
        self.assertEqual(found.authority.hex(), "48cf1b32697c4669")
        issued = Certificate(certificate(SUPPLIER + ".pem"))
        self.assertEqual(issued.issuer, found.subject)

    def test_a_device(self):
        found = Certificate(certificate(DEVICE + ".pem"))
        self.assertIsNone(found.role)
        self.assertEqual(found.eui.hex(), "00db1234567890a0")
        self.assertTrue(found.may(4))
        self.assertEqual(found.not_after, der.FOREVER)

    def test_one_valid_beyond_2050(self):
        found = Certificate(certificate(LOAD_CONTROLLER + ".pem"))
        self.assertEqual(found.role, 8)
        self.assertEqual(found.authority, b"")

    def test_all_of_them_but_two_that_are_not_der(self):
        certificate(SUPPLIER + ".pem")
        read, refused = 0, []
        for part in ("keystore/", "from_cs02b/"):
            for name in sorted(os.listdir(folder() + part)):
                octets = certificate(part + name) if name.endswith(".pem") else None
                if octets is None:
                    continue
                try:
                    found = Certificate(octets)
                except DecodeError:
                    refused.append(name)
                    continue
                read += 1
                if part == "keystore/" and name not in MISNAMED:
                    self.assertEqual(found.eui.hex(), name[:16])
                    self.assertTrue(found.may(0 if name[17:19] == "ds" else 4), name)
        self.assertEqual(sorted(refused), sorted(NOT_DER))
        self.assertEqual(read, 435)

    def test_the_signatures_of_the_authority_verify(self):
        from smets.crypto.suite import Suite

        issuer = Certificate(certificate(Z1 + ".pem"))
        suite = Suite()
        for name in (SUPPLIER, "keystore/90b3d51f30000002-ka"):
            issued = Certificate(certificate(name + ".pem"))
            self.assertTrue(suite.verify(issuer.public_key, issued.signed, issued.signature))

    def test_any_octet_changed_is_noticed_or_changes_what_is_read(self):
        good = certificate(SUPPLIER + ".pem")
        before = Certificate(good)
        for at in range(len(good)):
            changed = bytearray(good)
            changed[at] ^= 0x01
            try:
                found = Certificate(bytes(changed))
            except DecodeError:
                continue
            self.assertNotEqual(
                (found.signed, found.signature), (before.signed, before.signature), at
            )

    def test_truncated_ones_and_those_with_more_behind_are_refused(self):
        good = certificate(SUPPLIER + ".pem")
        for octets in [good[:end] for end in range(0, len(good), 7)] + [good + b"\0"]:
            with self.assertRaises(DecodeError):
                Certificate(octets)


def rewritten(octets, old, new):
    """`old` inside a certificate replaced by `new` of the same size."""
    old, new = bytes.fromhex(old), bytes.fromhex(new)
    assert len(old) == len(new)
    assert octets.count(old) >= 1, old
    return octets.replace(old, new)


class ProfileTest(unittest.TestCase):
    def refused(self, name, *changes):
        good = certificate(name + ".pem")
        for old, new in changes:
            with self.subTest(old), self.assertRaises(DecodeError):
                Certificate(rewritten(good, old, new))

    def test_organisations_outside_the_profile_are_refused(self):
        self.refused(
            SUPPLIER,
            ("a003020102", "a003020101"),  # version
            ("2a8648ce3d040302", "2a8648ce3d040303"),  # algorithm
            ("2a8648ce3d030107", "2a8648ce3d030106"),  # curve
            ("0603551d0f0101ff", "0603551d0f010100"),  # false, the default, encoded
            ("0603551d0f0101ff", "0603551d0e0101ff"),  # an extension twice
            ("0603551d200101ff", "0603551d210101ff"),  # an unknown one
            ("03020780", "03020880"),  # unused bits
            ("03020780", "03020204"),  # keyCertSign
            ("03020780", "03020640"),  # another use
            ("0c023032", "0c023037"),  # an authority's
            ("0c023032", "0c02307a"),
            ("0c023032", "16023032"),  # no text of the profile
            ("030900", "030901"),  # unused bits
            ("060355042d", "060355042e"),  # an unknown name
            ("80084f56", "81084f56"),  # AKI with another part
        )

    def test_authorities_outside_the_profile_are_refused(self):
        self.refused(
            Z1,
            ("300601" + "01ff020100", "300601" + "0100020100"),
            ("03020106", "03020780"),
            ("13023037", "13023032"),
        )

    def test_devices_outside_the_profile_are_refused(self):
        self.refused(
            DEVICE,
            ("06082b06010505070804", "06082b06010505070805"),
            ("040800db1234567890a0", "050800db1234567890a0"),
            ("0603551d110101ff", "0603551d110101fe"),
        )

    def test_points_off_the_curve(self):
        point = Certificate(certificate(SUPPLIER + ".pem")).public_key
        self.assertTrue(is_on_curve(point))
        self.assertFalse(is_on_curve(point[:64] + bytes((point[64] ^ 1,))))
        self.assertFalse(is_on_curve(b"\x02" + point[1:]))
        self.assertFalse(is_on_curve(point[:33]))
        self.assertFalse(is_on_curve(b"\x04" + b"\xff" * 64))
        self.assertFalse(is_on_curve(b"\x04" + bytes(64)))


if __name__ == "__main__":
    unittest.main()

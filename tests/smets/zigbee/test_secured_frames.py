"""Secured frames made by another program with AES-CCM of OpenSSL, which Wireshark decrypts."""

import unittest

from smets.codec.errors import AuthenticationError
from smets.crypto.zigbee_suite import ZigbeeSuite
from smets.zigbee import aps, mac, nwk, security

METER = bytes.fromhex("00124b00bb660002")
HUB = bytes.fromhex("00124b00aa550001")
NETWORK_KEY = bytes.fromhex("0123456789abcdef0123456789abcdef")
LINK_KEY = bytes.fromhex("66b6900981e1ee3ca4206b6b861c02bb")

READ = bytes.fromhex(
    "618801ca5e2b1a000008022b1a00001e012801100000010055aa004b120000"
    "d6dadaca79106e1cf64be12bb6886e3fc1"
)
READ_RESPONSE = bytes.fromhex(
    "618802ca5e00002b1a080200002b1a1e022801200000020066bb004b120000"
    "d610d0777ff1fe98154b2d3480e7984cdebe380cad109d1d9c74a506cf0b65215d8fc7b495c33102b79e"
)
TRANSPORT_KEY = bytes.fromhex(
    "618804ca5e2b1a000008002b1a0000010421093003000000010055aa004b1200"
    "5c2fa91fcee073bfb683c8a688b4e5b24cb0a535bf02f62219ae3b9a89c21deeca01310b539756"
)
TRANSFER_DATA = bytes.fromhex(
    "618805ca5e2b1a000008022b1a00001e052802100000010055aa004b120000"
    "b87d3c17edf719080b9923e95a4db06f75f8a41ae1c1fd6e3303e8bf011403d7e7c58c3316"
)


class TestSecuredFrames(unittest.TestCase):
    def setUp(self):
        self.suite = ZigbeeSuite()

    def open_nwk(self, octets):
        frame = nwk.NwkFrame.decode(mac.MacFrame.decode(octets).payload)
        auxiliary, sealed = security.split(frame.payload)
        payload = security.unseal(
            self.suite, NETWORK_KEY, frame.header(), auxiliary, sealed, auxiliary.source
        )
        again = security.seal(
            self.suite, NETWORK_KEY, frame.header(), auxiliary, payload, auxiliary.source
        )
        self.assertEqual(again, octets[9:])
        return auxiliary, aps.ApsFrame.decode(payload)

    def open_aps(self, frame, link_key, source):
        auxiliary, sealed = security.split(frame.payload)
        key = security.derived_key(self.suite, link_key, auxiliary.key_identifier)
        source = auxiliary.source or source
        payload = security.unseal(self.suite, key, frame.header(), auxiliary, sealed, source)
        again = security.seal(self.suite, key, frame.header(), auxiliary, payload, source)
        self.assertEqual(again, frame.encode())
        return auxiliary, payload

    def test_under_the_network_key(self):
        auxiliary, frame = self.open_nwk(READ)
        self.assertEqual(auxiliary.frame_counter, 0x1001)
        self.assertEqual((frame.cluster, frame.profile), (0x0702, 0x0109))
        self.assertEqual(frame.payload.hex(), "0001000000")

    def test_under_network_and_link_key(self):
        _, frame = self.open_nwk(READ_RESPONSE)
        self.assertTrue(frame.secured)
        auxiliary, payload = self.open_aps(frame, LINK_KEY, METER)
        self.assertEqual(auxiliary.frame_counter, 7)
        self.assertEqual(payload[-6:], (123456).to_bytes(6, "little"))
        _, frame = self.open_nwk(TRANSFER_DATA)
        _, payload = self.open_aps(frame, LINK_KEY, HUB)
        self.assertEqual(payload[-3:].hex(), "df0901")

    def test_the_network_key_under_the_key_transport_key(self):
        frame = nwk.NwkFrame.decode(mac.MacFrame.decode(TRANSPORT_KEY).payload)
        self.assertFalse(frame.secured)
        command = aps.ApsFrame.decode(frame.payload)
        auxiliary, payload = self.open_aps(command, LINK_KEY, HUB)
        self.assertEqual(auxiliary.key_identifier, security.KEY_TRANSPORT)
        identifier, values = aps.read_command(payload)
        self.assertEqual(identifier, aps.TRANSPORT_KEY)
        self.assertEqual(values, (1, NETWORK_KEY, 0, METER, HUB))

    def test_one_bit_anywhere_and_it_stays_closed(self):
        # Addresses, radius, sequence; then all after the security control, whose level is 0 anyway
        for at in list(range(11, 17)) + list(range(18, len(READ))):
            forged = bytearray(READ)
            forged[at] ^= 1
            frame = nwk.NwkFrame.decode(bytes(forged[9:]))
            auxiliary, sealed = security.split(frame.payload)
            with self.assertRaises(AuthenticationError):
                security.unseal(
                    self.suite, NETWORK_KEY, frame.header(), auxiliary, sealed, auxiliary.source
                )

    def test_derived_keys(self):
        transport = security.derived_key(self.suite, LINK_KEY, security.KEY_TRANSPORT)
        load = security.derived_key(self.suite, LINK_KEY, security.KEY_LOAD)
        self.assertEqual(transport.hex(), "3c6cca8977eb189efd1614c3e7f75989")
        self.assertEqual(load.hex(), "1177a0ee2600d0020dba82d7049f53bc")
        proof = security.verify_hash(self.suite, LINK_KEY)
        self.assertEqual(proof.hex(), "62161e9be4c0972895860ad568fa8fdd")


if __name__ == "__main__":
    unittest.main()

"""Frames that tshark dissects and decrypts without complaint, taken apart and put together."""

import unittest

from smets.codec.errors import AuthenticationError, DecodeError
from smets.zigbee import aps, mac, nwk, security, zdo
from smets.zigbee.layout import turned

METER = bytes.fromhex("00124b00bb660002")
HUB = bytes.fromhex("00124b00aa550001")

# Secured with the network key 0123..ef: Read Attributes of Metering from hub to meter.
READ = bytes.fromhex("618801ca5e2b1a000008022b1a00001e012801100000010055aa004b1200")


class TestMac(unittest.TestCase):
    def test_the_check_value_of_the_catalogue_of_parametrised_crc_algorithms(self):
        # CRC-16/KERMIT over "123456789"
        self.assertEqual(mac.fcs(b"123456789"), 0x2189)

    def test_a_data_frame_within_its_pan(self):
        frame = mac.MacFrame.decode(READ)
        self.assertEqual(
            (frame.kind, frame.sequence, frame.destination_pan, frame.destination, frame.source),
            (mac.DATA, 1, 0x5ECA, 0x1A2B, 0x0000),
        )
        self.assertTrue(frame.ack_request)
        self.assertEqual(frame.encode(), READ)

    def test_an_association(self):
        request = mac.MacFrame(
            mac.COMMAND, 7, 0x5ECA, 0, 0xFFFF, METER, mac.command(1, 0x8C), ack_request=True
        )
        self.assertEqual(request.encode(), bytes.fromhex("23c807ca5e0000ffff020066bb004b1200018c"))
        self.assertEqual(mac.MacFrame.decode(request.encode()).command(), (1, (0x8C,)))
        response = mac.MacFrame(
            mac.COMMAND, 8, 0x5ECA, METER, 0x5ECA, HUB, mac.command(2, 0x1A2B, 0), ack_request=True
        )
        self.assertEqual(
            response.encode(),
            bytes.fromhex("63cc08ca5e020066bb004b1200010055aa004b1200022b1a00"),
        )

    def test_acknowledgement_and_beacon_request(self):
        self.assertEqual(mac.MacFrame(mac.ACK, 9, pending=True).encode(), b"\x12\x00\x09")
        asked = mac.MacFrame(
            mac.COMMAND, 3, 0xFFFF, mac.BROADCAST, payload=mac.command(mac.BEACON_REQUEST)
        )
        self.assertEqual(asked.encode(), bytes.fromhex("030803ffffffff07"))

    def test_a_beacon(self):
        octets = bytes.fromhex("ffcf0000002284dd43f4d4a4b8d40affffff00")
        beacon = mac.Beacon.decode(octets)
        self.assertEqual(beacon.extended_pan_id.hex(), "0ad4b8a4d4f443dd")
        self.assertTrue(beacon.permit_joining)
        self.assertTrue(beacon.coordinator)
        self.assertTrue(beacon.router_capacity)
        self.assertTrue(beacon.end_device_capacity)
        self.assertEqual(beacon.encode(), octets)

    def test_what_zigbee_does_not_use_is_refused(self):
        for octets in ("", "61", "6988", "0004ff", "020000ff", "414001ca5e", "0008000000"):
            with self.assertRaises(DecodeError):
                mac.MacFrame.decode(bytes.fromhex(octets))

    def test_a_wrong_check_sequence_is_refused(self):
        octets = mac.with_fcs(READ)
        self.assertEqual(mac.without_fcs(octets), READ)
        with self.assertRaises(DecodeError):
            mac.without_fcs(octets[:-1] + bytes((octets[-1] ^ 1,)))


class TestNwk(unittest.TestCase):
    def test_a_secured_data_frame(self):
        frame = nwk.NwkFrame.decode(mac.MacFrame.decode(READ).payload)
        self.assertEqual((frame.destination, frame.source), (0x1A2B, 0))
        self.assertEqual((frame.radius, frame.sequence), (30, 1))
        self.assertTrue(frame.secured)
        auxiliary, sealed = security.split(frame.payload + b"\x00")
        self.assertEqual(auxiliary.key_identifier, security.NETWORK)
        self.assertEqual(auxiliary.frame_counter, 0x1001)
        self.assertEqual(auxiliary.source, HUB)
        self.assertEqual(sealed, b"")
        self.assertEqual(frame.encode(), READ[9:])

    def test_every_part_of_a_header(self):
        frame = nwk.NwkFrame(
            nwk.COMMAND, 1, 2, 3, 4, b"\x05", True, HUB, METER, True, (1, (5, 6)), True
        )
        octets = frame.encode()
        self.assertEqual(
            octets.hex(),
            "493e010002000304" + turned(HUB).hex() + turned(METER).hex() + "02010500060005",
        )
        self.assertEqual(nwk.NwkFrame.decode(octets).encode(), octets)

    def test_commands(self):
        for octets, values in (
            ("0100073412 00", (0x00, 7, 0x1234, 0)),
            ("0120073412 00" + turned(METER).hex(), (0x20, 7, 0x1234, 0, METER)),
            (
                "0230072143 3412 05" + turned(HUB).hex() + turned(METER).hex(),
                (0x30, 7, 0x4321, 0x1234, 5, HUB, METER),
            ),
            ("0440", (0x40,)),
            ("068e", (0x8E,)),
            ("07341200", (0x1234, 0)),
            ("0b0800", (8, 0)),
        ):
            payload = bytes.fromhex(octets.replace(" ", ""))
            self.assertEqual(nwk.read_command(payload), (payload[0], values))
            self.assertEqual(nwk.write_command(payload[0], *values), payload)

    def test_link_status(self):
        payload = nwk.link_status(((0, 1, 3), (0x1234, 7, 7)))
        self.assertEqual(payload.hex(), "0862" + "000031" + "341277")
        _, values = nwk.read_command(payload)
        self.assertEqual(nwk.links(values), ((0, 1, 3), (0x1234, 7, 7)))
        with self.assertRaises(DecodeError):
            nwk.links((0x63, b"\x00\x00\x11"))

    def test_other_protocols_are_refused(self):
        for octets in ("0400", "0b00", "480100", "8908000000001e01", "0804010002001e010201"):
            with self.assertRaises(DecodeError):
                nwk.NwkFrame.decode(bytes.fromhex(octets))
        for octets in ("", "99", "0100", "044000"):
            with self.assertRaises(DecodeError):
                nwk.read_command(bytes.fromhex(octets))


class TestAps(unittest.TestCase):
    def test_data(self):
        octets = bytes.fromhex("40010207090 10a01".replace(" ", "")) + b"zcl"
        frame = aps.ApsFrame.decode(octets)
        self.assertEqual(
            (frame.destination_endpoint, frame.cluster, frame.profile, frame.source_endpoint),
            (1, 0x0702, 0x0109, 10),
        )
        self.assertEqual((frame.counter, frame.payload), (1, b"zcl"))
        self.assertTrue(frame.ack_request)
        self.assertEqual(frame.encode(), octets)

    def test_fragments_and_acknowledgements(self):
        for block, octets in (
            (aps.Block(aps.FIRST_FRAGMENT, 5), "c001040709010a070105"),
            (aps.Block(aps.NEXT_FRAGMENT, 4), "c001040709010a070204"),
        ):
            frame = aps.ApsFrame(
                aps.DATA, 7, b"", aps.UNICAST, 1, 10, 0x0704, 0x0109, None, False, True, block
            )
            self.assertEqual(frame.encode().hex(), octets)
            read = aps.ApsFrame.decode(frame.encode())
            assert read.block is not None
            self.assertEqual(read.block.number, block.number)
        ack = aps.ApsFrame.decode(bytes.fromhex("820a04070901010702000f"[:22]))
        assert ack.block is not None
        self.assertEqual((ack.block.number, ack.block.received), (0, 15))
        self.assertEqual(aps.ApsFrame(aps.ACK, 3).encode(), b"\x12\x03")
        self.assertIsNone(aps.ApsFrame.decode(b"\x12\x03").cluster)

    def test_commands(self):
        key = bytes(range(16))
        for identifier, values, size in (
            (aps.TRANSPORT_KEY, (1, key, 0, METER, HUB), 35),
            (aps.TRANSPORT_KEY, (4, key, METER, HUB), 34),
            (aps.TRANSPORT_KEY, (3, key, METER, 1), 27),
            (aps.UPDATE_DEVICE, (METER, 0x1A2B, 1), 12),
            (aps.REMOVE_DEVICE, (METER,), 9),
            (aps.REQUEST_KEY, (4,), 2),
            (aps.REQUEST_KEY, (2, METER), 10),
            (aps.SWITCH_KEY, (1,), 2),
            (aps.TUNNEL, (METER, b"frame"), 14),
            (aps.VERIFY_KEY, (4, METER, key), 26),
            (aps.CONFIRM_KEY, (0, 4, METER), 11),
        ):
            payload = aps.write_command(identifier, *values)
            self.assertEqual(len(payload), size)
            self.assertEqual(aps.read_command(payload), (identifier, values))
        for octets in ("", "05", "0509", "070102", "99"):
            with self.assertRaises(DecodeError):
                aps.read_command(bytes.fromhex(octets))

    def test_what_is_not_used_here_is_refused(self):
        for octets in ("", "03", "04", "10", "800a", "8001020709010a0105", "c1010100"):
            with self.assertRaises(DecodeError):
                aps.ApsFrame.decode(bytes.fromhex(octets))


class TestZdo(unittest.TestCase):
    def test_descriptors(self):
        simple = zdo.simple_descriptor(1, 0x0109, 0x0501, 0, (0, 0x0702), (0x0704,))
        self.assertEqual(simple.hex(), "010901010500020000020701" + "0407")
        self.assertEqual(
            zdo.read_simple_descriptor(simple), (1, 0x0109, 0x0501, 0, (0, 0x0702), (0x0704,))
        )
        node = zdo.node_descriptor(zdo.COORDINATOR, 0x8F, 0x1234, 82, 1500)
        self.assertEqual(node.hex(), "00408f341252dc05012cdc0500")

    def test_requests_and_responses(self):
        for cluster, values, octets in (
            (0x0006, (0xFFFD, 0x0109, (0x0800,), ()), "07fdff0901010008" + "00"),
            (0x8006, (0, 0x1A2B, b"\x01"), "07002b1a0101"),
            (0x8004, (0x82, 0x1A2B, b""), "07822b1a00"),
            (0x8036, (0,), "0700"),
            (0x0013, (0x1A2B, METER, 0x80), "072b1a" + turned(METER).hex() + "80"),
        ):
            payload = zdo.write(cluster, 7, *values)
            self.assertEqual(payload.hex(), octets)
            self.assertEqual(zdo.read(cluster, payload), (7, values))
        with self.assertRaises(DecodeError):
            zdo.read(0x7777, b"\x01\x02")
        with self.assertRaises(DecodeError):
            zdo.read(0x0002, b"\x01\x02")
        self.assertEqual(zdo.read(0x8002, b"\x01\x81"), (1, (0x81,)))


class TestAuxiliaryHeader(unittest.TestCase):
    def test_the_level_is_in_the_nonce_but_not_on_the_air(self):
        auxiliary = security.AuxiliaryHeader(security.NETWORK, 0x1001, HUB, 0)
        self.assertEqual(auxiliary.encode().hex(), "28" + "01100000" + turned(HUB).hex() + "00")
        self.assertEqual(auxiliary.nonce(HUB).hex(), turned(HUB).hex() + "01100000" + "2d")

    def test_reserved_bits_and_a_missing_mic_are_refused(self):
        with self.assertRaises(DecodeError):
            security.split(b"\xc0" + bytes(20))
        auxiliary = security.AuxiliaryHeader(security.LINK, 0, HUB)
        with self.assertRaises(DecodeError):
            security.unseal(None, bytes(16), b"", auxiliary, b"abc", HUB)


class TestSealing(unittest.TestCase):
    """The seam is called with what annex A says; the primitives have their own vectors."""

    class Suite:
        def ccm_seal(self, key, nonce, aad, plaintext, mic_length):
            return plaintext + nonce[:mic_length]

        def ccm_open(self, key, nonce, aad, sealed, mic_length):
            if sealed[-mic_length:] != nonce[:mic_length]:
                raise AuthenticationError("wrong MIC")
            return sealed[:-mic_length]

        def keyed_hash(self, key, data):
            return key[:15] + data

    def test_keys_by_identifier(self):
        suite, key = self.Suite(), bytes(16)
        self.assertEqual(security.derived_key(suite, key, security.LINK), key)
        self.assertEqual(security.derived_key(suite, key, security.KEY_TRANSPORT)[-1], 0)
        self.assertEqual(security.derived_key(suite, key, security.KEY_LOAD)[-1], 2)
        self.assertEqual(security.verify_hash(suite, key)[-1], 3)

    def test_a_sealed_frame_opens_for_its_source_only(self):
        suite, header = self.Suite(), b"header"
        auxiliary = security.AuxiliaryHeader(security.LINK, 1)
        frame = security.seal(suite, bytes(16), header, auxiliary, b"payload", HUB)
        read, sealed = security.split(frame[len(header) :])
        self.assertIsNone(read.source)
        opened = security.unseal(suite, bytes(16), header, read, sealed, HUB)
        self.assertEqual(opened, b"payload")
        with self.assertRaises(AuthenticationError):
            security.unseal(suite, bytes(16), header, read, sealed, METER)


if __name__ == "__main__":
    unittest.main()

"""What others ask of a meter: descriptors and attributes, and octets that mean nothing."""

import unittest

from smets.zigbee import driver, zcl, zcl_attributes, zdo
from smets.zigbee.driver import Datagram
from tests.smets.zigbee.hub import ADDRESS, CHF, METERING
from tests.smets.zigbee.test_node import joined_lab

VM_HEAP_KIB = 160


def tables(name):
    """The board's own on a board."""
    try:
        from smets.codec.table_text import in_memory
        from smets.zigbee.clusters_text import packed
    except ImportError:
        from board.tables import open_table

        return open_table(name)
    assert name == "zigbee/clusters"
    return in_memory(packed())


def asked(one, cluster, payload, secured=True, profile=driver.SMART_ENERGY, endpoint=1):
    """The answers to a datagram of the hub."""
    one.hub.answers, one.hub.statuses = [], []
    one.radio.deliver(Datagram(0, profile, cluster, CHF, endpoint, payload, secured))
    one.run(1)
    return one.hub.answers + one.hub.statuses


class Descriptors(unittest.TestCase):
    def ask(self, one, cluster, *values):
        payload = zdo.write(cluster, 9, *values)
        return asked(one, cluster, payload, profile=driver.ZDO_PROFILE, endpoint=0)[0][1]

    def test_what_a_coordinator_asks(self):
        one = joined_lab()
        eui = one.owner.eui
        for cluster, values, answer in (
            (zdo.NETWORK_ADDRESS_REQUEST, (eui, 0, 0), (0, eui, ADDRESS, b"")),
            (zdo.IEEE_ADDRESS_REQUEST, (ADDRESS, 0, 0), (0, eui, ADDRESS, b"")),
            (zdo.ACTIVE_ENDPOINTS_REQUEST, (ADDRESS,), (0, ADDRESS, b"\x01")),
            (
                zdo.MATCH_DESCRIPTOR_REQUEST,
                (ADDRESS, 0x0109, (METERING,), ()),
                (0, ADDRESS, b"\x01"),
            ),
            (zdo.MATCH_DESCRIPTOR_REQUEST, (ADDRESS, 0x0104, (METERING,), ()), (0, ADDRESS, b"")),
            (zdo.SIMPLE_DESCRIPTOR_REQUEST, (ADDRESS, 7), (zdo.NOT_ACTIVE, ADDRESS)),
            (zdo.SIMPLE_DESCRIPTOR_REQUEST, (ADDRESS, 0), (zdo.INVALID_ENDPOINT, ADDRESS)),
            (zdo.ACTIVE_ENDPOINTS_REQUEST, (0x5555,), (zdo.DEVICE_NOT_FOUND, 0x5555)),
            (zdo.POWER_DESCRIPTOR_REQUEST, (ADDRESS,), (0, ADDRESS, 0xC110)),
        ):
            with self.subTest(cluster=cluster, values=values):
                found = self.ask(one, cluster, *values)
                self.assertEqual(found[0], 9)
                self.assertEqual(found[1][: len(answer)], answer)

    def test_the_simple_descriptor_names_the_clusters(self):
        one = joined_lab()
        values = self.ask(one, zdo.SIMPLE_DESCRIPTOR_REQUEST, ADDRESS, 1)[1]
        described = zdo.read_simple_descriptor(values[2])
        self.assertEqual(described[:3], (1, 0x0109, 0x0501))
        self.assertIn(METERING, described[4])

    def test_the_node_descriptor_says_what_it_is(self):
        for interval, kind in ((0, 1), (1800, 2)):
            with self.subTest(interval=interval):
                one = joined_lab(interval=interval)
                values = self.ask(one, zdo.NODE_DESCRIPTOR_REQUEST, ADDRESS)[1]
                self.assertEqual(values[2][0] & 7, kind)


class Attributes(unittest.TestCase):
    def ask(self, one, cluster, command, payload, control=0, **how):
        octets = zcl.Frame(control, 0x33, command, payload).encode()
        return asked(one, cluster, octets, **how)[0]

    def test_reading(self):
        one = joined_lab(tables=tables)
        payload = zcl_attributes.identifiers(0x0000, 0x0200, 0x0999)
        _, frame = self.ask(one, METERING, zcl.READ_ATTRIBUTES, payload)
        self.assertEqual((frame.transaction, frame.to_client), (0x33, True))
        self.assertEqual(
            zcl_attributes.read_statuses(frame.payload),
            [
                (0x0000, 0, 0x25, 12345),
                (0x0200, zcl.UNSUPPORTED_ATTRIBUTE, 0, None),
                (0x0999, zcl.UNSUPPORTED_ATTRIBUTE, 0, None),
            ],
        )

    def test_what_may_be_read_without_a_link_key(self):
        one = joined_lab(tables=tables)
        payload = zcl_attributes.identifiers(0x0011)
        _, frame = self.ask(one, 0x0000, zcl.READ_ATTRIBUTES, payload, secured=False)
        self.assertEqual(zcl_attributes.read_statuses(frame.payload), [(0x0011, 0, 0x30, 1)])
        _, _, status = self.ask(one, METERING, zcl.READ_ATTRIBUTES, payload, secured=False)
        self.assertEqual(status, bytes((zcl.READ_ATTRIBUTES, zcl.NOT_AUTHORIZED)))

    def test_discovering(self):
        one = joined_lab(tables=tables)
        _, frame = self.ask(one, METERING, zcl.DISCOVER_ATTRIBUTES, b"\x00\x00\x05")
        self.assertEqual(zcl_attributes.read_discovered(frame.payload), (True, [(0, 0x25)]))

    def test_nothing_is_written(self):
        one = joined_lab(tables=tables)
        payload = zcl_attributes.values([(0x0011, 0x30, 2)])
        _, frame = self.ask(one, 0x0000, zcl.WRITE_ATTRIBUTES, payload)
        self.assertEqual(zcl_attributes.read_write_statuses(frame.payload), [(0x88, 0x0011)])

    def test_what_is_not_supported_is_answered_so(self):
        one = joined_lab(tables=tables)
        for cluster, command, payload, control, status in (
            (0x0006, zcl.READ_ATTRIBUTES, b"", 0, zcl.UNSUPPORTED_CLUSTER),
            (METERING, 0x06, b"", 0, zcl.UNSUPPORTED_GENERAL_COMMAND),
            (METERING, 0x70, b"", 0x01, zcl.UNSUPPORTED_CLUSTER_COMMAND),
            (METERING, 0x70, b"", 0x05, zcl.UNSUPPORTED_MANUFACTURER_CLUSTER_COMMAND),
            (METERING, 0x00, b"", 0x04, zcl.UNSUPPORTED_MANUFACTURER_GENERAL_COMMAND),
            (METERING, zcl.READ_ATTRIBUTES, b"\x00", 0, zcl.MALFORMED_COMMAND),
            (METERING, zcl.WRITE_ATTRIBUTES, b"\x00\x00\x99", 0, zcl.MALFORMED_COMMAND),
        ):
            with self.subTest(cluster=cluster, command=command):
                found = self.ask(one, cluster, command, payload, control)
                self.assertEqual(found[2], bytes((command, status)))

    def test_a_hub_whose_time_jumps_says_so(self):
        one = joined_lab(tables=tables)
        report = zcl_attributes.values([(0, 0xE2, 900_000_000)])
        self.ask(one, 0x000A, zcl.REPORT_ATTRIBUTES, report, zcl.TO_CLIENT)
        self.assertLess(one.owner.clock - 900_000_000, 3)


class Hostile(unittest.TestCase):
    def test_any_octets_of_any_cluster_leave_a_meter_that_works(self):
        one = joined_lab(tables=tables)
        state = 1
        for _ in range(400):
            octets = bytearray()
            for _ in range(state >> 4 & 0x1F):
                state = state * 1103515245 + 12345 & 0x7FFFFFFF
                octets.append(state >> 16 & 0xFF)
            state = state * 1103515245 + 12345 & 0x7FFFFFFF
            cluster = (0x0000, 0x000A, 0x0025, METERING, 0x0704, 0x0800, 0x0006)[state % 7]
            profile = driver.ZDO_PROFILE if state >> 8 & 3 == 0 else driver.SMART_ENERGY
            if profile == driver.ZDO_PROFILE:
                cluster = state >> 12 & 0x803F
            one.radio.deliver(
                Datagram(
                    state >> 5 & 1, profile, cluster, CHF, 1, bytes(octets), bool(state & 0x40)
                )
            )
            if state >> 9 & 1:
                block = Datagram(0, profile, cluster, CHF, 1, bytes(octets), True)
                block.block, block.blocks = state >> 10 & 0x3F, state >> 17 & 0x3F
                one.radio.later(one.node.on_message, block)
            one.node.step(one.ticks)
            one.hub.asked, one.hub.statuses, one.hub.answers = [], [], []
        one.run(200, one.joined)
        one.hub.got = []
        one.owner.says = [b"still here"]
        self.assertTrue(one.run(200, lambda: b"still here" in one.hub.got))
        self.assertEqual([each for each in one.owner.taken if len(each) > 40], [])


if __name__ == "__main__":
    unittest.main()

"""The gas meter's attributes and commands, over its registers and logs."""

import unittest

from smets.device.ram_flash import RamFlash
from smets.device.zigbee_objects import (
    INVALID_VALUE,
    NOT_FOUND,
    UNSUPPORTED_ATTRIBUTE,
    UNSUPPORTED_COMMAND,
    ZclFailure,
)
from smets.meter import gsme
from smets.meter import gsme_registers as g
from tests.smets.meter import gas_support
from tests.smets.meter.conservation import START, word
from tests.smets.meter.gas_conservation import rows
from tests.smets.meter.gas_support import call, number

VM_HEAP_KIB = 512  # the flash lies in memory here

MIDNIGHT = START - START % 86400
DAY = 86400
METERING, PREPAYMENT, EVENTS, MANAGEMENT, PRICE = 0x0702, 0x0705, 0x0709, 0x0708, 0x0700
FOREVER = 0xFFFFFFFF


def little(octets):
    return int.from_bytes(octets, "little")


class GsmeTest(unittest.TestCase):
    def setUp(self):
        self.flash = RamFlash()
        self.meter = gas_support.meter(self.flash)
        self.meter.poll(MIDNIGHT)

    def fails(self, status, *arguments, **how):
        with self.assertRaises(ZclFailure) as raised:
            call(self.meter, *arguments, **how)
        self.assertEqual(raised.exception.status, status)


class AttributeTest(GsmeTest):
    def test_the_register_is_of_48_bits_and_as_of_now(self):
        value = self.meter.read(METERING, 0x0000, MIDNIGHT + 10 * 3600 + 7)
        self.assertEqual((value[0], len(value)), (0x25, 7))
        self.assertGreater(number(value), 0)
        self.assertEqual(number(value), self.meter.registers[g.CONSUMPTION])

    def test_it_says_cubic_metres_of_thousandths(self):
        read = [self.meter.read(METERING, each, MIDNIGHT) for each in (0x300, 0x301, 0x302)]
        self.assertEqual(read, [b"\x30\x01", b"\x22\x01\x00\x00", b"\x22\xe8\x03\x00"])

    def test_what_is_not_there_is_unsupported(self):
        self.assertFalse(self.meter.has_attribute(METERING, 0x0001))
        with self.assertRaises(ZclFailure) as raised:
            self.meter.read(METERING, 0x0001, MIDNIGHT)
        self.assertEqual(raised.exception.status, UNSUPPORTED_ATTRIBUTE)
        self.assertFalse(self.meter.has_command((METERING, 0x00, False)))
        self.assertFalse(self.meter.has_command((METERING, 0x0B, True)))
        self.fails(UNSUPPORTED_COMMAND, METERING, 0x00, [], MIDNIGHT)

    def test_the_mprn_is_set_and_kept(self):
        fields = [0, 0, 0, b"9876543210"]
        self.assertEqual(call(self.meter, MANAGEMENT, 3, fields, MIDNIGHT, True), [])
        self.assertEqual(self.meter.read(METERING, 0x0307, MIDNIGHT), b"\x41\x0a9876543210")
        longest = [0, 0, 0, b"x" * 33]
        self.fails(INVALID_VALUE, MANAGEMENT, 3, longest, MIDNIGHT, to_client=True)
        self.assertEqual(self.meter.read(METERING, 0x0307, MIDNIGHT), b"\x41\x0a9876543210")

    def test_calorific_value_and_conversion_factor_are_set(self):
        call(self.meter, PRICE, 2, [0, 0, 102300, 0x50], MIDNIGHT, True)
        call(self.meter, PRICE, 3, [0, 0, 401, 1, 0x10], MIDNIGHT, True)
        self.assertEqual(number(self.meter.read(PRICE, 0x0302, MIDNIGHT)), 102300)
        self.assertEqual(number(self.meter.read(PRICE, 0x0304, MIDNIGHT)), 401)

    def test_a_change_that_is_not_committed_is_none(self):
        changes = []
        fields = [0, 0, 0, 0, 0, 1]
        self.meter.call((METERING, 0x0B, False), fields, MIDNIGHT, changes)
        self.meter.security_event(0x8F3E, MIDNIGHT)
        self.assertTrue(self.meter.supplied())


class ValveTest(GsmeTest):
    def change(self, status, now=MIDNIGHT):
        return call(self.meter, METERING, 0x0B, [1, 2, 3, 4, status, 1], now)

    def test_the_answer_repeats_what_it_is_about_and_tells_the_state(self):
        closed = bytes.fromhex("010000000200000004000000") + b"\x00"
        self.assertEqual(self.change(0), [(0x0C, closed)])
        self.assertEqual(self.change(1)[0][1][-1], 1)
        self.assertFalse(self.meter.supplied())

    def test_an_open_valve_is_not_armed(self):
        self.assertEqual(self.change(1)[0][1][-1], 2)
        self.assertTrue(self.meter.supplied())

    def test_only_an_armed_valve_is_opened_at_the_meter(self):
        self.change(0)
        self.assertFalse(self.meter.enable_supply(MIDNIGHT))
        self.change(1)
        self.assertTrue(self.meter.enable_supply(MIDNIGHT))

    def test_a_supplier_does_not_open_it(self):
        self.change(0)
        self.fails(INVALID_VALUE, METERING, 0x0B, [0, 0, 0, 0, 2, 1], MIDNIGHT)
        self.assertFalse(self.meter.supplied())

    def test_switching_is_in_the_event_log(self):
        self.change(0, MIDNIGHT + 5)
        self.change(1, MIDNIGHT + 6)
        self.meter.poll(MIDNIGHT + 7)
        events = rows(self.meter, gsme.EVENT_LOG)
        self.assertEqual(
            [row[4:9] for row in events], [b"\x81\x54\x02\x00\x81", b"\x81\x54\x02\x00\x85"]
        )


class ClockTest(GsmeTest):
    def set(self, start, end):
        changes = []
        reliable = self.meter.set_clock(start, end, MIDNIGHT, changes)
        self.meter.state.store.commit(changes)
        return reliable

    def test_it_is_reliable_once_it_is_found_right(self):
        self.assertEqual(self.meter.data_time(0x0074, MIDNIGHT), (MIDNIGHT, 2))
        self.assertTrue(self.set(MIDNIGHT, MIDNIGHT))
        self.assertTrue(self.meter.knows_the_time(MIDNIGHT))
        self.assertEqual(self.meter.data_time(0x0074, MIDNIGHT), (MIDNIGHT, 0))
        self.assertFalse(self.set(MIDNIGHT + 1, MIDNIGHT + 2))
        self.assertFalse(self.meter.knows_the_time(MIDNIGHT))


class LogTest(GsmeTest):
    def samples(self, answer):
        payload = answer[0][1]
        count = little(payload[9:11])
        self.assertEqual(len(payload), 11 + 3 * count)
        return little(payload[2:6]), [
            little(payload[at : at + 3]) for at in range(11, len(payload), 3)
        ]

    def test_the_profile_is_read_from_the_moment_asked_for(self):
        now = MIDNIGHT + 2 * DAY + 1000
        self.meter.poll(now)
        self.meter.poll(now)
        answer = call(self.meter, METERING, 8, [0, MIDNIGHT + DAY + 1, 0, 48], now)
        self.assertEqual(answer[0][0], 0x07)
        first, amounts = self.samples(answer)
        self.assertEqual((first, len(amounts)), (MIDNIGHT + DAY + 1800, 48))
        kept = {word(row, 0): word(row, 1) for row in rows(self.meter, gsme.PROFILE_LOG)}
        self.assertEqual(amounts, [kept[first + 1800 * at] for at in range(48)])
        self.fails(NOT_FOUND, METERING, 8, [0, now + 1800, 0, 48], now)
        self.fails(NOT_FOUND, METERING, 8, [9, MIDNIGHT, 0, 0], now)

    def test_an_outage_leaves_samples_that_are_none(self):
        self.meter.poll(MIDNIGHT + 7200)
        self.meter = gas_support.meter(self.flash)
        back = MIDNIGHT + 4 * 7200
        self.meter.poll(back)
        self.meter.poll(back + 3600)
        first, amounts = self.samples(call(self.meter, METERING, 8, [0, 0, 0, 400], back + 3600))
        self.assertEqual(first, MIDNIGHT + 1800)
        self.assertEqual(amounts[4:16], [0xFFFFFF] * 12)
        self.assertEqual(len(amounts), 18)

    def test_daily_reads_are_snapshots_oldest_first(self):
        for day in range(4):
            self.meter.poll(MIDNIGHT + day * DAY + 60)
        now = MIDNIGHT + 3 * DAY + 60
        seen = []
        for offset in range(3):
            fields = [MIDNIGHT, FOREVER, offset, 1]
            ((code, payload),) = call(self.meter, METERING, 6, fields, now)
            self.assertEqual((code, len(payload)), (6, 72))
            self.assertEqual(payload[8:11], bytes((3, 0, 1)))  # found, the only command
            seen.append((little(payload[4:8]), little(payload[16:22])))
        self.assertEqual([time for time, _ in seen], [MIDNIGHT + day * DAY for day in (1, 2, 3)])
        self.assertEqual(
            seen[2][1], sum([word(row, 1) for row in rows(self.meter, gsme.PROFILE_LOG)])
        )
        self.fails(NOT_FOUND, METERING, 6, [MIDNIGHT, FOREVER, 3, 1], now)
        self.fails(NOT_FOUND, METERING, 6, [MIDNIGHT, FOREVER, 0, 4], now)
        ((code, payload),) = call(self.meter, PREPAYMENT, 7, [MIDNIGHT, FOREVER, 0, 1], now)
        self.assertEqual((code, len(payload), payload[16:]), (1, 40, bytes(24)))

    def test_network_data_are_sampled_from_now_on(self):
        self.fails(INVALID_VALUE, METERING, 7, [0, 0, 0, 7, 41], MIDNIGHT)
        self.fails(INVALID_VALUE, METERING, 7, [0, 0, 0, 0, 41], MIDNIGHT)
        start = MIDNIGHT + 7 * 3600
        for _ in range(2):  # the second time anew
            start += DAY
            self.assertEqual(
                call(self.meter, METERING, 7, [0, 0, 0, 360, 41], start), [(0x0D, b"\x02\x00")]
            )
            self.fails(NOT_FOUND, METERING, 8, [2, 0, 0, 41], start)
            self.meter.poll(start + 5 * 3600)
            first, amounts = self.samples(
                call(self.meter, METERING, 8, [2, 0, 0, 41], start + 5 * 3600)
            )
            self.assertEqual((first, len(amounts)), (start + 360, 41))
        self.assertGreater(sum(amounts), 0)

    def test_the_event_log_is_cleared_and_the_security_log_is_not(self):
        for at in range(20):
            call(self.meter, METERING, 0x0B, [0, 0, 0, 0, at % 2, 1], MIDNIGHT + at)
            self.meter.security_event(0x8F3E, MIDNIGHT + at)
        self.meter.poll(MIDNIGHT + 20)
        now = MIDNIGHT + 20
        answers = call(self.meter, EVENTS, 0, [0x13, 0, 0, FOREVER, 0, 0], now)
        self.assertEqual(
            [payload[:5] for _, payload in answers],
            [
                bytes((20, 0, 0, 2, 0xF0)),
                bytes((20, 0, 1, 2, 0x50)),
            ],
        )
        few = call(self.meter, EVENTS, 0, [0x03, 0, 0, FOREVER, 2, 5], now)
        self.assertEqual(few[0][1][:5], bytes((20, 0, 0, 1, 0x20)))
        self.assertEqual(len(few[0][1]), 5 + 2 * 8)
        self.fails(NOT_FOUND, EVENTS, 0, [0x03, 0x1234, 0, FOREVER, 0, 0], now)
        self.assertEqual(call(self.meter, EVENTS, 1, [4], now), [(2, b"\x00")])
        self.assertEqual(call(self.meter, EVENTS, 1, [3], now), [(2, b"\x08")])
        self.fails(NOT_FOUND, EVENTS, 0, [0x13, 0, 0, FOREVER, 0, 0], now)
        answers = call(self.meter, EVENTS, 0, [0x14, 0, 0, FOREVER, 0, 0], now)
        self.assertEqual(little(answers[0][1][:2]), 20)
        call(self.meter, METERING, 0x0B, [0, 0, 0, 0, 0, 1], now)
        self.meter.poll(now + 1)
        self.assertEqual(len(rows(self.meter, gsme.EVENT_LOG)), 1)


class HostileTest(GsmeTest):
    def test_no_fields_break_it(self):
        extremes = (0, 1, 0x7F, 0xFF, 0xFFFF, 0xFFFFFFFF)
        counts = ((METERING, 6, 4), (METERING, 7, 5), (METERING, 8, 4), (METERING, 0x0B, 6))
        counts += ((PREPAYMENT, 7, 4), (EVENTS, 0, 6), (EVENTS, 1, 1))
        statuses = set()
        sizes = {6: (4, 4, 1, 4), 7: (4, 4, 1, 2, 2), 8: (2, 4, 1, 2)}
        for cluster, command, count in counts:
            widths = sizes.get(command, (4,) * count) if cluster != EVENTS else (1, 2, 4, 4, 1, 2)
            for place in range(count):
                for base in (0, 1, 0xFFFFFFFF):
                    for extreme in extremes:
                        fields = [base] * count
                        fields[place] = extreme
                        for at in range(count):
                            fields[at] &= (1 << 8 * widths[at]) - 1
                        try:
                            call(self.meter, cluster, command, fields, MIDNIGHT)
                        except ZclFailure as failure:
                            statuses.add(failure.status)
            self.meter.poll(MIDNIGHT + 3600)
        self.assertEqual(statuses, {NOT_FOUND, INVALID_VALUE})


if __name__ == "__main__":
    unittest.main()

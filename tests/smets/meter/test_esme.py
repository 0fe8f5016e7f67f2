"""The meter's objects: what may be done to them, and what then is so."""

import unittest

from smets.device.objects import (
    OBJECT_UNDEFINED,
    OTHER_REASON,
    READ_WRITE_DENIED,
    TYPE_UNMATCHED,
    AccessFailure,
)
from smets.dlms import data as axdr
from smets.dlms import date_time
from smets.meter import registers as r
from tests.smets.meter import support

VM_HEAP_KIB = 256  # the flash lies in memory here

NOW = date_time.days_since_2000(2015, 1, 1) * 86400 + 36000
HALF_HOUR = 1800

CLOCK = (8, bytes((0, 0, 1, 0, 0, 255)))
SCRIPTS = (9, bytes((0, 0, 10, 0, 106, 255)), 1)
SUPPLY = (70, bytes((0, 0, 96, 3, 10, 255)), 3)
IMPORT = (1, bytes((0, 0, 94, 44, 34, 10)), 2)
TOU = (1, bytes((0, 0, 94, 44, 34, 1)), 2)
POWER = (1, bytes((0, 0, 94, 44, 34, 20)), 2)
MPAN = (1, bytes((0, 0, 94, 44, 34, 11)), 2)
THRESHOLDS = (21, bytes((0, 0, 16, 0, 0, 255)), 2)
PROFILE = (7, bytes((0, 0, 99, 1, 0, 255)), 2)
EVENTS = (7, bytes((0, 0, 99, 98, 0, 255)), 2)
VOLTAGE = bytes((1, 0, 32, 24, 0, 255))
SECURITY = (7, bytes((0, 0, 99, 98, 1, 255)), 2)
CONSUMPTION = (7, bytes((0, 0, 99, 1, 3, 255)), 2)
DAYS = (20, bytes((0, 0, 13, 0, 0, 255)), 5)
CLOSE, OPEN, ARM = b"\x12\x00\x33", b"\x12\x00\x34", b"\x12\x00\x36"


def clock(member):
    return CLOCK[0], CLOCK[1], member


class MeterTest(unittest.TestCase):
    def setUp(self):
        self.meter = support.meter()
        self.now = NOW
        self.meter.poll(self.now)

    def get(self, member):
        return self.meter.get(*member, self.now)

    def get_range(self, log, start, end):
        return axdr.expand(axdr.decode(self.meter.get_range(*log, start, end, self.now))[1])

    def set(self, member, data):
        changes = []
        self.meter.set(*member, data, self.now, changes)
        self.meter.state.store.commit(changes)

    def act(self, member, data):
        changes = []
        returned = self.meter.act(*member, data, self.now, changes)
        self.meter.state.store.commit(changes)
        return returned

    def restart(self):
        self.meter = support.meter(self.meter.state.store._flash)

    def imported(self):
        return axdr.decode(self.get(IMPORT))[1][0][1]

    def fails(self, result, function, *arguments):
        with self.assertRaises(AccessFailure) as caught:
            function(*arguments)
        self.assertEqual(caught.exception.result, result)


class AccessTest(MeterTest):
    def test_what_is_not_there_or_not_allowed_is_refused(self):
        self.fails(OBJECT_UNDEFINED, self.get, (1, bytes(6), 2))
        self.fails(OBJECT_UNDEFINED, self.get, (MPAN[0], MPAN[1], 3))
        self.fails(OBJECT_UNDEFINED, self.act, clock(1), b"\x0f\x00")
        self.fails(READ_WRITE_DENIED, self.set, POWER, b"\x06\0\0\0\0")
        self.fails(READ_WRITE_DENIED, self.get, PROFILE)
        self.fails(READ_WRITE_DENIED, self.get_range, MPAN, 0, 1)

    def test_a_value_that_is_set_is_read_back_also_after_a_restart(self):
        value = b"\x09\x0d1234567890123"
        self.set(MPAN, value)
        self.assertEqual(self.get(MPAN), value)
        self.restart()
        self.assertEqual(self.get(MPAN), value)

    def test_a_value_of_another_type_or_length_is_refused(self):
        for value in (
            b"\x09\x0c123456789012",
            b"\x0a\x0d1234567890123",
            b"\x09\x0d123456789012",
            b"\x09\x0d12345678901234",
            b"\x00",
            b"",
        ):
            self.fails(TYPE_UNMATCHED, self.set, MPAN, value)
        u32 = b"\x06\0\0\0\1"
        for value in (
            b"\x01\x01" + u32,
            b"\x01\x03" + u32 * 3,
            b"\x02\x02" + u32 * 2,
            b"\x01\x02" + u32 + b"\x05\0\0\0\1",
        ):
            self.fails(TYPE_UNMATCHED, self.set, THRESHOLDS, value)
        self.set(THRESHOLDS, b"\x01\x02" + u32 * 2)
        self.assertEqual(self.get(THRESHOLDS), b"\x01\x02" + u32 * 2)

    def test_nothing_changes_before_the_engine_commits_but_the_same_command_sees_it(self):
        changes = []
        before = self.get(THRESHOLDS)
        value = b"\x01\x02\x06\0\0\0\1\x06\0\0\0\2"
        self.meter.set(*THRESHOLDS, value, self.now, changes)
        self.assertEqual(self.get(THRESHOLDS), value)
        self.assertEqual(len(changes), 1)
        self.restart()
        self.assertEqual(self.get(THRESHOLDS), before)

    def test_a_member_is_an_attribute_or_a_method(self):
        self.assertTrue(self.meter.has(*MPAN, False))
        self.assertFalse(self.meter.has(*MPAN, True))
        self.assertTrue(self.meter.has(*SCRIPTS, True))
        self.assertFalse(self.meter.has(*SCRIPTS, False))

    def test_a_refusal_is_in_the_security_log_and_undoes_what_was_staged(self):
        before = self.get(THRESHOLDS)
        self.meter.set(*THRESHOLDS, b"\x01\x02\x06\0\0\0\1\x06\0\0\0\2", self.now, [])
        self.meter.security_event(0x8F3E, self.now)
        self.assertEqual(self.get(THRESHOLDS), before)
        entries = self.get_range(SECURITY, self.now, self.now)
        self.assertEqual([entry[1][1][1] for entry in entries], [0x8F3E])

    def test_the_identity_is_the_identifier_it_was_made_with(self):
        identity = self.get((1, bytes((0, 0, 96, 1, 1, 255)), 2))
        self.assertEqual(identity, b"\x09\x08" + support.IDENTIFIER)


class RegisterTest(MeterTest):
    def test_registers_move_all_the_time_and_end_as_the_half_hours_say(self):
        readings = []
        for _ in range(13):
            readings.append(self.imported())
            self.now += 300
        self.assertEqual(readings, sorted(readings))
        self.assertGreater(readings[3], 0)
        self.now = NOW + 2 * HALF_HOUR
        energy = [self.meter.load_model.half_hour(NOW // HALF_HOUR + i)[0] for i in range(2)]
        self.assertEqual(self.imported(), sum(energy))
        rows = self.get_range(PROFILE, NOW, self.now)
        self.assertEqual([row[1][1][1] for row in rows], energy)
        self.assertEqual([row[1][0][1] for row in rows], [NOW + HALF_HOUR, NOW + 2 * HALF_HOUR])

    def test_time_ranges_include_both_ends(self):
        self.now += 49 * HALF_HOUR
        first = NOW + HALF_HOUR
        self.assertEqual(len(self.get_range(PROFILE, first, first + 86400)), 49)
        self.assertEqual(len(self.get_range(PROFILE, first + 1, first + 86399)), 47)
        self.assertEqual(len(self.get_range(PROFILE, first, first)), 1)
        self.assertEqual(self.get_range(PROFILE, first + 1, first), ())

    def test_economy_7_splits_a_half_hour_to_the_second(self):
        schedule = b"\x01\x01\x02\x02\x11\x01\x01\x02"
        for hour, minute, selector in ((0, 0, 1), (10, 10, 2)):
            schedule += (
                bytes((2, 3, 9, 4, hour, minute, 0, 0)) + b"\x09\x06\x00\x00\x0a\x00\x64\xff"
            )
            schedule += bytes((18, 0, selector))
        self.meter.load(*DAYS, schedule)
        self.now += HALF_HOUR
        energy = self.meter.load_model.half_hour(NOW // HALF_HOUR)[0]
        tou = [register[1] for register in axdr.decode(self.get(TOU))[1][0][1]]
        self.assertEqual(tou[:3], [energy // 3, energy - energy // 3, 0])

    def test_blocks_fill_up_to_their_thresholds(self):
        selector = b"\x12\x00\x65"  # 101: register 1 with blocks
        schedule = b"\x01\x01\x02\x02\x11\x01\x01\x01\x02\x03\x09\x04\0\0\0\0"
        self.meter.load(*DAYS, schedule + b"\x09\x06\x00\x00\x0a\x00\x64\xff" + selector)
        thresholds = b"\x06\0\0\0\x0a\x06\0\0\0\x1e\x06\0\0\0\x1e"
        self.meter.load(21, bytes((0, 0, 16, 0, 11, 255)), 2, b"\x01\x03" + thresholds)
        self.now += 3 * HALF_HOUR
        blocks = axdr.decode(self.get((1, bytes((0, 0, 94, 44, 34, 2)), 2)))[1][0][1]
        filled = [blocks[block * r.BLOCK_TOU_COUNT][1] for block in range(4)]
        self.assertEqual(filled, [10, 20, 0, self.imported() - 30])
        self.assertEqual(axdr.decode(self.get(TOU))[1][0][1][0][1], self.imported())

    def test_a_selector_that_names_no_register_counts_in_the_first(self):
        schedule = b"\x01\x01\x02\x02\x11\x01\x01\x01\x02\x03\x09\x04\0\0\0\0"
        script = b"\x09\x06\x00\x00\x0a\x00\x64\xff\x12\x00\xc9"
        self.meter.load(*DAYS, schedule + script)
        self.now += HALF_HOUR
        self.assertEqual(axdr.decode(self.get(TOU))[1][0][1][0][1], self.imported())

    def test_voltage_is_logged_at_its_own_period_and_counted_outside_the_thresholds(self):
        self.set((7, VOLTAGE, 4), b"\x06\0\0\x02\x58")
        self.set((1, bytes((1, 0, 32, 35, 0, 4)), 2), b"\x06\0\0\0\1")
        self.now += 3 * HALF_HOUR
        volts = [row[1][1][1] for row in self.get_range((7, VOLTAGE, 2), NOW + 1, self.now)]
        self.assertEqual(len(volts), 9)
        self.assertEqual([220 < volt < 260 for volt in volts], [True] * 9)
        over, under = [(3, bytes((1, 0, 32, field, 0, 4)), 2) for field in (36, 32)]
        self.assertEqual(self.get(over), b"\x06\0\0\0\x09")
        self.assertEqual(self.get(under), b"\x06\0\0\0\0")
        self.set((1, bytes((1, 0, 32, 31, 0, 4)), 2), b"\x06\0\0\1\x90")
        self.now += HALF_HOUR
        self.assertEqual(self.get(under), b"\x06\0\0\0\3")

    def test_loaded_registers_count_on_and_the_day_counts_what_was_used(self):
        value = bytes.fromhex(
            "0204 06000f4240 02020f00161e 0600000000 02020f001620".replace(" ", "")
        )
        self.meter.load(*IMPORT, value)
        self.assertEqual(self.get(IMPORT), value)
        self.now += 20 * HALF_HOUR
        used = self.imported() - 1000000
        self.assertGreater(used, 500)
        self.now += 8 * HALF_HOUR
        midnight = self.now
        day = self.get_range(CONSUMPTION, midnight, midnight)[0][1][1][1]
        self.assertEqual(day, self.imported() - 1000000)
        self.fails(TYPE_UNMATCHED, self.meter.load, *IMPORT, b"\x06\0\0\0\0")

    def test_a_loaded_live_value_stands_still_until_null_is_loaded(self):
        value = b"\x02\x03\x06\0\0\0\x0a\x02\x02\x0f\x00\x16\x1b\x06\0\0\0\x0a"
        self.meter.load(*POWER, value)
        self.now += 3600
        self.assertEqual(self.get(POWER), value)
        self.meter.load(*POWER, b"\x00")
        watts = axdr.decode(self.get(POWER))[1][0][1]
        self.assertEqual(watts, self.meter.load_model.power(self.now))

    def test_loaded_rows_are_of_the_logs_type(self):
        for rows in (
            b"\x13\x02\x01\x06\x00",
            b"\x13\x02\x02\x06\x06\x02\0\0",
            b"\x13\x02\x02\x06\x06\x09" + bytes(8),
            b"\x13\x02\x02\x06\x06\x10\0\0\0\2" + bytes(12),
            b"\x00",
        ):
            self.fails(TYPE_UNMATCHED, self.meter.load_rows, *PROFILE[:2], rows)
        long_string = b"\x13\x02\x03\x06\x12\x09\x10" + bytes(6) + b"\x09" + bytes(9)
        self.fails(TYPE_UNMATCHED, self.meter.load_rows, *EVENTS[:2], long_string)
        self.fails(OBJECT_UNDEFINED, self.meter.load, 1, bytes(6), 2, b"\0")

    def test_loaded_rows_are_not_measured_again(self):
        at = (NOW + HALF_HOUR).to_bytes(4, "big")
        self.meter.load_rows(*PROFILE[:2], b"\x13\x02\x02\x06\x06\x08" + at + b"\0\0\0\x07")
        self.now += 2 * HALF_HOUR
        rows = self.get_range(PROFILE, 0, self.now)
        self.assertEqual(len(rows), 2)
        self.assertEqual(rows[0][1][1][1], 7)


class TimeTest(MeterTest):
    def test_a_long_jump_is_gone_through_a_day_at_a_poll_and_at_once_by_a_read(self):
        self.now += 3 * 86400
        self.meter.poll(self.now)
        self.assertEqual(self.meter.registers[r.ACCRUED_TO], NOW + 86400)
        self.assertEqual(
            len(self.meter.get_range(*PROFILE, 0, self.now, self.now)), 8 + 3 * 48 * 8
        )

    def test_a_clock_that_steps_back_writes_no_row_twice(self):
        self.now += 10 * HALF_HOUR
        before = self.imported()
        self.now -= 5 * HALF_HOUR
        self.assertEqual(self.imported(), before)
        self.now += 7 * HALF_HOUR
        rows = self.get_range(PROFILE, 0, self.now)
        self.assertEqual(
            [row[1][0][1] for row in rows], [NOW + HALF_HOUR * n for n in range(1, 13)]
        )

    def test_an_outage_has_no_rows_and_is_an_event(self):
        self.now += 5 * HALF_HOUR + 600
        self.meter.poll(self.now)
        before = self.imported()
        self.restart()
        self.now += 20 * 3600
        accrued = self.meter.registers[r.IMPORT]
        self.assertEqual(self.imported(), accrued)
        self.assertEqual(accrued, before)
        rows = self.get_range(PROFILE, 0, self.now)
        self.assertEqual(len(rows), 6)
        self.assertEqual(sum([row[1][1][1] for row in rows]), before)
        events = self.get_range(EVENTS, 0, self.now)
        self.assertEqual([event[1][1][1] for event in events], [0x8F36])
        midnight = NOW - NOW % 86400 + 86400
        self.assertEqual(len(self.get_range(CONSUMPTION, midnight, midnight)), 1)

    def test_a_restart_is_no_outage(self):
        self.now += 5 * HALF_HOUR + 600
        self.meter.poll(self.now)
        before = self.imported()
        self.restart()
        self.now += 60
        self.assertGreaterEqual(self.imported(), before)
        self.assertEqual(self.get_range(EVENTS, 0, self.now), ())

    def test_a_jump_beyond_the_logs_is_an_outage(self):
        self.now += 400 * 86400
        self.meter.poll(self.now)
        self.assertEqual(self.imported(), 0)
        self.assertEqual(len(self.get_range(EVENTS, 0, self.now)), 1)


class SupplyTest(MeterTest):
    def test_an_open_switch_lets_nothing_through(self):
        self.now += 600
        before = self.imported()
        self.assertGreater(before, 0)
        self.assertEqual(self.act(SCRIPTS, OPEN), b"\0")
        self.assertEqual(self.get(SUPPLY), b"\x16\0")
        self.now += 3000
        self.assertEqual(self.imported(), before)
        self.assertEqual(axdr.decode(self.get(POWER))[1][0][1], 0)
        rows = self.get_range(PROFILE, 0, self.now)
        self.assertEqual([row[1][1][1] for row in rows], [before, 0])
        self.act(SCRIPTS, CLOSE)
        self.assertEqual(self.get(SUPPLY), b"\x16\1")
        self.now += 600
        self.assertGreater(self.imported(), before)

    def test_only_an_open_switch_is_armed(self):
        self.act(SCRIPTS, ARM)
        self.assertEqual(self.get(SUPPLY), b"\x16\1")
        self.act(SCRIPTS, OPEN)
        self.act(SCRIPTS, ARM)
        self.assertEqual(self.get(SUPPLY), b"\x16\2")
        before = self.imported()
        self.now += 3600
        self.assertEqual(self.imported(), before)

    def test_what_was_done_is_logged_once_with_its_message_code(self):
        for script in (OPEN, ARM, CLOSE):
            self.now += 7
            self.act(SCRIPTS, script)
        self.restart()
        self.meter.poll(self.now)
        self.meter.poll(self.now)
        events = [event[1] for event in self.get_range(EVENTS, 0, self.now)]
        self.assertEqual([event[1][1] for event in events], [0x8154] * 3)
        self.assertEqual([event[2][1] for event in events], [b"\0\x50", b"\0\x51", b"\0\x4f"])
        self.assertEqual([event[0][1] for event in events], [NOW + 7, NOW + 14, NOW + 21])

    def test_what_is_done_twice_within_a_second_is_logged_twice(self):
        for _ in range(2):
            self.act(SCRIPTS, OPEN)
        for _ in range(3):
            self.restart()
            self.meter.poll(self.now)
        self.assertEqual(len(self.get_range(EVENTS, 0, self.now)), 2)

    def test_what_one_command_does_twice_is_logged_twice(self):
        changes = []
        for script in (OPEN, ARM):
            self.meter.act(*SCRIPTS, script, self.now, changes)
        self.meter.state.store.commit(changes)
        for _ in range(2):
            self.restart()
            self.meter.poll(self.now)
        events = [event[1][2][1] for event in self.get_range(EVENTS, 0, self.now)]
        self.assertEqual(events, [b"\0\x50", b"\0\x51"])

    def test_an_unknown_script_is_refused(self):
        self.fails(OTHER_REASON, self.act, SCRIPTS, b"\x12\x00\x35")
        self.fails(TYPE_UNMATCHED, self.act, SCRIPTS, b"\x11\x33")


class ClockTest(MeterTest):
    def synchronise(self, start, end):
        never = b"\x09\x0c\xff\xff\xff\xff\xff\xff\xff\xff\xff\x80\x00\xff"
        limits = [b"\x09\x0c" + date_time.encode(limit) for limit in (start, end)]
        changes = []
        self.meter.set(*CLOCK, 9, b"\x16\x05", self.now, changes)
        preset = b"\x02\x03" + never + limits[0] + limits[1]
        self.meter.act(*CLOCK, 5, preset, self.now, changes)
        self.meter.act(*CLOCK, 4, b"\x0f\x00", self.now, changes)
        seen = self.meter.get(*CLOCK, 4, self.now)
        self.meter.state.store.commit(changes)
        return seen

    def test_the_time_is_unreliable_until_it_lies_in_a_valid_range(self):
        self.assertEqual(self.get(clock(4)), b"\x11\x02")
        self.assertEqual(self.synchronise(self.now - 20, self.now - 1), b"\x11\x02")
        self.assertEqual(self.synchronise(self.now, self.now), b"\x11\x00")
        self.restart()
        self.now += 60
        self.assertEqual(self.get(clock(4)), b"\x11\x00")
        self.assertEqual(self.synchronise(self.now + 1, self.now + 9), b"\x11\x02")

    def test_the_time_is_utc(self):
        self.assertEqual(self.get(clock(2)), b"\x09\x0c" + date_time.encode(self.now))

    def test_without_a_valid_range_the_time_cannot_be_adjusted(self):
        self.fails(OTHER_REASON, self.act, clock(4), b"\x0f\x00")
        anything = b"\x09\x0c" + b"\xff" * 12
        self.act(clock(5), b"\x02\x03" + anything * 3)
        self.fails(OTHER_REASON, self.act, clock(4), b"\x0f\x00")
        self.fails(TYPE_UNMATCHED, self.act, clock(5), b"\x02\x02" + anything * 2)


if __name__ == "__main__":
    unittest.main()

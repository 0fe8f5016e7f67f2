"""The board's end of the link, frame by frame."""

import json

import pytest

from board.clock import Clock
from board.endpoint import REPEAT, Endpoint
from board.receiving import ATTEMPTS, OUTBOX_FULL
from smets.codec.link import (
    ACK,
    CLOCK,
    GET,
    GET_RESPONSE,
    IDENTIFY,
    LONGEST_MESSAGE,
    PUT,
    STATUS,
    numbered,
)
from smets.codec.ticks import TICKS, elapsed
from smets.device.ram_flash import RamFlash
from tests.board.ledger_device import LedgerDevice, command, number

IDENTITY = bytes.fromhex("00db1234567890a0") + b"\x01"
WHO_I_AM = bytes((IDENTIFY,)) + IDENTITY + b"\x01"
NOON = 850_000_000


def clock(now):
    return bytes((CLOCK,)) + now.to_bytes(4, "big")


class Bench:
    """An endpoint and what it sends."""

    def __init__(self, get_interval=0, flash=None):
        self.flash = flash or RamFlash()
        self.sent = []
        self.clock = Clock(None)
        self.endpoint = Endpoint(
            IDENTITY,
            lambda: LedgerDevice(self.flash),
            self.clock,
            self.sent.append,
            get_interval,
        )

    def restarted(self):
        return Bench(flash=self.flash)

    def say(self, *contents):
        for content in contents:
            self.endpoint.receive(content)
        return self.heard()

    def step(self, ticks):
        self.endpoint.step(ticks)
        return self.heard()

    def heard(self):
        heard, self.sent[:] = list(self.sent), []
        return heard

    def device(self):
        return LedgerDevice(self.flash)


@pytest.fixture
def bench():
    """One that knows the time, minute by minute without an alert."""
    bench = Bench()
    bench.say(clock(NOON))
    bench.step(0)
    first = bench.endpoint._device.outbox.head()
    bench.say(numbered(ACK, first))
    bench.heard()
    return bench


class TestIdentify:
    def test_it_says_who_it_is_each_second_until_somebody_answers(self):
        bench = Bench()
        assert bench.step(0) == [WHO_I_AM]
        assert bench.step(REPEAT - 1) == []
        assert bench.step(REPEAT) == [WHO_I_AM]
        bench.say(clock(NOON))
        assert WHO_I_AM not in bench.step(2 * REPEAT)

    def test_ticks_may_wrap(self):
        bench = Bench()
        bench.step(TICKS - 10)
        assert bench.step(REPEAT - 11) == []
        assert bench.step(REPEAT - 10) == [WHO_I_AM]

    def test_it_answers_who_are_you(self, bench):
        assert bench.say(bytes((IDENTIFY,))) == [WHO_I_AM]


class TestPut:
    def test_a_message_is_acknowledged_and_answered(self, bench):
        assert bench.say(numbered(PUT, 7, command(1))) == [numbered(ACK, 7)]
        (answer,) = bench.step(0)
        assert answer[0] == PUT
        assert answer[5:] == b"R" + number(1)

    def test_a_repeated_one_is_acknowledged_and_no_more(self, bench):
        bench.say(numbered(PUT, 7, command(1)))
        bench.step(0)
        again = bench.restarted()
        again.say(clock(NOON))
        assert again.say(numbered(PUT, 7, command(2))) == [numbered(ACK, 7)]
        assert again.device().applied == 1

    def test_nothing_is_taken_before_the_time_is_known(self):
        assert Bench().say(numbered(PUT, 7, command(1))) == []

    def test_nothing_is_taken_while_the_outbox_is_full(self, bench):
        for counter in range(1, OUTBOX_FULL + 1):
            assert bench.say(numbered(PUT, counter, command(counter))) != []
        assert bench.say(numbered(PUT, 999, command(999))) == []
        bench.say(numbered(ACK, bench.endpoint._device.outbox.head()))
        assert bench.say(numbered(PUT, 999, command(999))) == [numbered(ACK, 999)]

    @pytest.mark.parametrize("content", [b"\x03", b"\x03\x00\x00\x00\x01", b"\x02\x00", b"\x99"])
    def test_what_makes_no_sense_is_passed_over(self, bench, content):
        assert bench.say(content) == []


class TestOutbox:
    def test_the_head_is_repeated_until_it_is_acknowledged(self, bench):
        bench.say(numbered(PUT, 7, command(1)), numbered(PUT, 8, command(2)))
        (first,) = bench.step(0)
        assert bench.step(REPEAT - 1) == []
        assert bench.step(REPEAT) == [first]
        stranger = int.from_bytes(first[1:5], "big") + 1
        bench.say(numbered(ACK, stranger), b"\x06\x00")
        assert bench.step(2 * REPEAT) == [first]
        bench.say(bytes((ACK,)) + first[1:5])
        (second,) = bench.step(2 * REPEAT)
        assert second[5:] == b"R" + number(2)
        bench.say(bytes((ACK,)) + second[1:5])
        assert bench.step(9 * REPEAT) == []

    def test_it_is_there_after_a_restart(self, bench):
        bench.say(numbered(PUT, 7, command(1)))
        (answer,) = bench.step(0)
        again = bench.restarted()
        again.say(clock(NOON))
        assert again.step(0) == [answer]

    def test_a_message_that_no_frame_can_carry_is_counted_and_given_up(self, bench):
        long = command(1, size=LONGEST_MESSAGE)
        bench.endpoint._device.receive(long, NOON)
        assert bench.step(0) == []
        assert bench.endpoint.lost == 1
        assert bench.step(0) == []


class TestSleeping:
    def test_it_asks_now_and_then_and_again_while_messages_remain(self):
        bench = Bench(get_interval=60)
        bench.say(clock(NOON))
        assert bytes((GET,)) in bench.step(0)
        assert bench.step(59_000)[1:] == []
        found = numbered(GET_RESPONSE, 7, b"\x01" + command(1))
        assert bench.say(found) == [numbered(ACK, 7)]
        assert bytes((GET,)) in bench.step(59_000)
        bench.say(numbered(GET_RESPONSE, 8, b"\x00" + command(2)))
        assert bytes((GET,)) not in bench.step(59_001)
        bench.say(bytes((GET_RESPONSE,)))
        assert bytes((GET,)) in bench.step(119_000)
        assert bench.device().applied == 2


class TestFailure:
    def test_a_message_that_always_fails_is_given_up_after_some_starts(self, bench):
        for _ in range(ATTEMPTS):
            with pytest.raises(RuntimeError):
                bench.say(numbered(PUT, 7, b"X"))
            bench = bench.restarted()
            bench.say(clock(NOON))
        assert bench.say(numbered(PUT, 7, b"X")) == [numbered(ACK, 7)]
        assert bench.say(numbered(PUT, 8, command(1))) == [numbered(ACK, 8)]

    def test_a_message_that_fails_once_is_dealt_with_afterwards(self, bench):
        device = bench.endpoint._device

        def fail(*_):
            raise MemoryError

        device.receive = fail
        with pytest.raises(MemoryError):
            bench.say(numbered(PUT, 7, command(1)))
        again = bench.restarted()
        again.say(clock(NOON))
        assert again.say(numbered(PUT, 7, command(1))) == [numbered(ACK, 7)]
        assert again.device().applied == 1


class TestTime:
    def test_each_new_time_lets_the_device_do_what_is_due(self, bench):
        for minute in (1, 1, 2):
            bench.say(clock(NOON + 60 * minute))
        assert bench.device().alerts == 3

    def test_a_clock_of_another_length_is_passed_over(self, bench):
        bench.say(b"\x10\x00")
        assert bench.clock.now() == NOON

    def test_a_running_clock_goes_on_between_two_tellings(self):
        now = [TICKS - 500]
        running = Clock(lambda: now[0])
        assert running.now() is None
        running.set(NOON)
        now[0] = 600
        assert running.now() == NOON + 1
        now[0] = 1500
        assert running.now() == NOON + 2
        assert elapsed(TICKS - 500, 600) == 1100


def test_the_status_tells_what_matters(bench):
    bench.endpoint.report = lambda: {"heap": 1}
    (status,) = bench.say(bytes((STATUS,)))
    assert status[0] == STATUS
    wanted = {"heap": 1, "now": NOON, "outbox": 0, "failed": None, "lost": 0}
    assert json.loads(status[1:]) == wanted

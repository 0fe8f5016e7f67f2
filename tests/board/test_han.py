"""The device's side of a board in the HAN: once, never lost, at a start what had no room."""

import pytest

from board import receiving
from board.clock import Clock
from board.deferred import resume
from board.han import Han, endpoints
from board.receiving import ATTEMPTS
from board.restart import Restart
from smets.device.ram_flash import RamFlash
from smets.device.store import Store
from tests.board.ledger_device import LedgerDevice, applied, command

NOW = 845_000_000
EUI = bytes.fromhex("00db1234567890a0")
METERING_DEVICE_TYPE = (0x0702, 0x0306)


def han(flash, now=NOW, interval=0, gas=False, device=LedgerDevice):
    """A board that has started."""
    clock = Clock(None)
    if now is not None:
        clock.set(now)
    return Han(EUI, device(flash), clock, interval, gas, dict)


def test_a_message_is_applied_once_however_often_it_comes():
    flash = RamFlash()
    one = han(flash)
    for _ in range(3):
        assert one.receive(memoryview(command(1)))
    assert han(flash).receive(memoryview(command(1)))  # a start later
    assert applied(flash) == [1]
    assert one.receive(memoryview(command(2)))
    assert applied(flash) == [1, 2]


def test_without_the_time_or_room_nothing_is_acknowledged(monkeypatch):
    assert not han(RamFlash(), now=None).receive(memoryview(command(1)))
    monkeypatch.setattr("board.han.OUTBOX_FULL", 1)
    flash = RamFlash()
    one = han(flash)
    assert one.receive(memoryview(command(1)))
    assert not one.receive(memoryview(command(2)))
    one.delivered(one.waiting())
    assert one.receive(memoryview(command(2)))
    assert applied(flash) == [1, 2]


LONG = 1024


class FullHeapDevice(LedgerDevice):
    """There is no room for any message."""

    def receive(self, message, now, also=()):
        raise MemoryError


def test_a_message_without_room_is_dealt_with_at_the_next_start():
    flash = RamFlash()
    long = memoryview(command(1, LONG))
    with pytest.raises(Restart):
        han(flash, device=FullHeapDevice).receive(long)
    assert applied(flash) == []
    device = LedgerDevice(flash)
    assert resume(device)
    assert applied(flash) == [1]
    assert device.outbox.message(device.outbox.head()) == b"R" + bytes(long)[1:]
    assert not resume(LedgerDevice(flash))
    assert han(flash).receive(long)  # the hub sends it again, and hears that it is stored
    assert applied(flash) == [1]


def test_a_message_without_room_that_fails_at_every_start_is_given_up():
    flash = RamFlash()
    long = memoryview(b"X" + bytes(LONG))
    with pytest.raises(Restart):
        han(flash, device=FullHeapDevice).receive(long)
    for _ in range(ATTEMPTS - 1):  # the one before the start counts
        with pytest.raises(RuntimeError):
            resume(LedgerDevice(flash))
    assert not resume(LedgerDevice(flash))
    assert Store(flash).get(receiving.FAILED)[-1] == ATTEMPTS
    assert han(flash).receive(long)


def test_a_clock_that_is_right_does_not_step():
    one = han(RamFlash())
    one.set_clock(NOW - 5)
    assert one.now() == NOW
    one.set_clock(NOW + 60)
    assert one.now() == NOW + 60


def test_what_others_read_of_a_meter():
    assert han(RamFlash()).attribute(*METERING_DEVICE_TYPE) == 0
    assert han(RamFlash(), interval=1800, gas=True).attribute(*METERING_DEVICE_TYPE) == 1
    assert han(RamFlash()).attribute(0x0702, 0x7777) is None
    assert {0x0000, 0x0702, 0x0800} <= set(endpoints()[0].inputs)

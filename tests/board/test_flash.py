"""The flash, and what is left of it when the power goes at any moment of a transaction."""

import builtins
import contextlib
import os
from pathlib import Path

import pytest

import board.flash
from board.flash import Flash


@pytest.fixture
def folder(tmp_path):
    return str(tmp_path / "state")


def content(flash):
    return {name: flash.read_at(name, 0, 1 << 20) for name in flash.names()}


class TestReading:
    def test_a_slot_that_was_never_written_is_none(self, folder):
        assert Flash(folder).read("slot") is None
        assert Flash(folder).length("slot") == 0

    def test_what_was_written_is_there_for_the_next_flash(self, folder):
        Flash(folder).write("slot", b"content")
        assert Flash(folder).read("slot") == b"content"

    def test_an_empty_slot_differs_from_none(self, folder):
        flash = Flash(folder)
        flash.write("slot", b"")
        assert flash.read("slot") == b""
        flash.erase("slot")
        assert flash.read("slot") is None

    def test_a_log_is_read_at_an_offset(self, folder):
        flash = Flash(folder)
        flash.append("log", b"01234")
        flash.append("log", b"56789")
        assert flash.read_at("log", 3, 4) == b"3456"
        assert flash.read_at("log", 8, 4) == b"89"
        assert flash.read_at("log", 10, 4) == b""
        assert flash.length("log") == 10

    def test_names_leave_out_what_the_flash_needs_itself(self, folder):
        flash = Flash(folder)
        flash.write("b", b"")
        flash.append("a", b"1")
        Path(folder, "journal.new").write_bytes(b"torn")
        assert Flash(folder).names() == ["a", "b"]


class TestTransaction:
    def test_readers_inside_see_what_is_not_yet_durable(self, folder):
        flash = Flash(folder)
        flash.append("log", b"01234")
        flash.write("old", b"old")
        flash.begin()
        flash.append("log", b"567")
        flash.append("log", b"89")
        flash.write("slot", b"new")
        flash.erase("old")
        assert flash.read_at("log", 3, 4) == b"3456"
        assert flash.read_at("log", 6, 10) == b"6789"
        assert flash.length("log") == 10
        assert flash.read("slot") == b"new"
        assert flash.length("slot") == 3
        assert flash.read("old") is None
        assert flash.names() == ["log", "slot"]
        assert content(Flash(folder)) == {"log": b"01234", "old": b"old"}

    def test_rollback_forgets(self, folder):
        flash = Flash(folder)
        flash.write("slot", b"old")
        flash.begin()
        flash.write("slot", b"new")
        flash.append("log", b"1")
        flash.rollback()
        assert content(flash) == {"slot": b"old"}
        flash.write("slot", b"alone")
        assert content(Flash(folder)) == {"slot": b"alone"}

    def test_a_log_erased_and_begun_again(self, folder):
        flash = Flash(folder)
        flash.append("log", b"01234")
        flash.begin()
        flash.erase("log")
        flash.append("log", b"ab")
        flash.write("slot", b"1")
        flash.commit()
        assert content(Flash(folder)) == {"log": b"ab", "slot": b"1"}

    def test_a_torn_journal_is_forgotten(self, folder):
        flash = Flash(folder)
        flash.write("slot", b"old")
        Path(folder, "journal").write_bytes(
            b"\x01\x04slot\x00\x00\x00\x00\x00\x00\x00\x03new" + bytes(32)
        )
        assert content(Flash(folder)) == {"slot": b"old"}
        assert not Path(folder, "journal").exists()


class PowerCutError(Exception):
    pass


class Power:
    """Stands in for `os` and `open` of the flash and goes away after `last` operations."""

    def __init__(self, last):
        self.left = last

    def spend(self):
        if self.left <= 0:
            raise PowerCutError
        self.left -= 1

    def __getattr__(self, name):
        return getattr(os, name)

    def rename(self, source, target):
        self.spend()
        Path(source).rename(target)

    def remove(self, path):
        self.spend()
        Path(path).unlink()

    def open(self, path, mode):
        self.spend()
        return TornFile(builtins.open(path, mode, buffering=0), self)


class TornFile:
    def __init__(self, file, power):
        self.file = file
        self.power = power

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.file.close()

    def __getattr__(self, name):
        return getattr(self.file, name)

    def write(self, content):
        try:
            self.power.spend()
        except PowerCutError:
            self.file.write(content[: len(content) // 2])
            raise
        return self.file.write(content)


def lose_power(monkeypatch, last):
    power = Power(last)
    monkeypatch.setattr(board.flash, "os", power)
    monkeypatch.setattr(board.flash, "open", power.open, raising=False)
    return power


BEFORE = {"counter": b"0007", "gone": b"gone", "log": b"0123"}
AFTER = {"counter": b"0008", "log": b"01234567", "response": b"response"}


def prepare(folder):
    flash = Flash(folder)
    for name, octets in BEFORE.items():
        flash.write(name, octets)


def change(flash):
    flash.begin()
    flash.write("counter", b"0008")
    flash.write("response", b"response")
    flash.append("log", b"4567")
    flash.erase("gone")
    flash.commit()


def test_power_lost_at_every_moment_of_a_transaction(tmp_path, monkeypatch):
    """At whatever moment of it, and of the recovery after it, all is done or nothing."""
    outcomes = []
    for last in range(100):
        folder = str(tmp_path / str(last))
        prepare(folder)
        with monkeypatch.context() as patch:
            power = lose_power(patch, last)
            with contextlib.suppress(PowerCutError):
                change(Flash(folder))
            done = power.left > 0
        for recovery in range(4):
            with monkeypatch.context() as patch:
                lose_power(patch, recovery)
                try:
                    Flash(folder)
                except PowerCutError:
                    continue
        found = content(Flash(folder))
        assert found in (BEFORE, AFTER)
        outcomes.append(found == AFTER)
        if done:
            break
    assert done
    assert outcomes == sorted(outcomes)
    assert outcomes.count(False) > 3
    assert outcomes.count(True) > 5


def test_power_lost_at_every_moment_of_replacing_one_slot(tmp_path, monkeypatch):
    for last in range(20):
        folder = str(tmp_path / str(last))
        prepare(folder)
        with monkeypatch.context() as patch:
            power = lose_power(patch, last)
            with contextlib.suppress(PowerCutError):
                Flash(folder).write("counter", b"0008")
            done = power.left > 0
        assert Flash(folder).read("counter") in (b"0007", b"0008")
        if done:
            break
    assert done
    assert Flash(folder).read("counter") == b"0008"

"""What the hub keeps: queues, numbers and flashes, through restarts and failures."""

import asyncio
import sqlite3
import stat

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from host.hub import han_queue, wan_box
from host.hub.database import Database
from host.hub.device_log import DeviceLog
from host.hub.group_commit import GroupCommit
from host.hub.han_queue import HanQueue
from host.hub.local_flash import LocalFlash
from host.hub.wan_box import WanBox
from host.hub.wan_pump import REPEAT, WINDOW, WanPump
from smets.device.ram_flash import RamFlash

METER = "00db1234567890a0"
OTHER = "00db1234567890a1"


def test_the_file_is_for_its_owner_alone(tmp_path, database):
    assert stat.S_IMODE((tmp_path / "hub.sqlite").stat().st_mode) == 0o600


def test_commits_are_flushed(database):
    assert database.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert database.execute("PRAGMA synchronous").fetchone() == (2,)


class TestHanQueue:
    def test_numbers_follow_each_other_for_each_device(self, database):
        queue = HanQueue(database)
        for message in (b"1", b"2", b"3"):
            queue.add(METER, message)
            queue.add(OTHER, message)
        number, message = queue.head(METER)
        assert message == b"1"
        queue.delivered(METER, number)
        assert HanQueue(database).head(METER) == ((number + 1) % (1 << 32), b"2")
        assert queue.waiting(OTHER) == 3

    def test_a_repeated_message_is_known_after_a_restart(self, database):
        assert HanQueue(database).receive(METER, 0xFFFFFFFF)
        assert HanQueue(database).receive(METER, 0)
        assert not HanQueue(database).receive(METER, 0xFFFFFFFF)
        assert not HanQueue(database).receive(METER, 0)
        assert HanQueue(database).receive(METER, 1)

    def test_a_board_with_a_new_store_is_heard(self, database):
        queue = HanQueue(database)
        assert queue.receive(METER, 5000)
        assert queue.receive(METER, 77)

    def test_it_fills_up(self, database, monkeypatch):
        monkeypatch.setattr(han_queue, "LONGEST", 2)
        queue = HanQueue(database)
        queue.add(METER, b"1")
        assert not queue.is_full(METER)
        queue.add(METER, b"2")
        assert queue.is_full(METER)

    def test_a_device_that_is_removed_leaves_nothing(self, database):
        queue, device_log = HanQueue(database), DeviceLog(database)
        device_log.add(METER, 1)
        queue.add(METER, b"1")
        device_log.remove(METER)
        assert queue.head(METER) is None


class TestWanBox:
    def test_an_id_is_never_used_again(self, database, tmp_path):
        box = WanBox(database)
        box.add(METER, b"1")
        (first,) = box.after(0, 9)
        box.acknowledged(first.id)
        box.add(METER, b"2")
        (second,) = WanBox(database).after(0, 9)
        assert second.id != first.id
        other = Database(tmp_path / "other.sqlite")
        other_box = WanBox(other)
        other_box.add(METER, b"1")
        assert other_box.after(0, 9)[0].id != first.id
        other.close()

    def test_ids_of_somebody_else_are_passed_over(self, database):
        box = WanBox(database)
        box.add(METER, b"1")
        ours = box.after(0, 9)[0].id
        for identifier in ("", "1", "x-1", ours + "0", ours + 40 * "0", ours.upper() + "x"):
            box.acknowledged(identifier)
        assert len(box.after(0, 9)) == 1

    def test_ids_are_remembered_up_to_a_number(self, database, monkeypatch):
        monkeypatch.setattr(wan_box, "REMEMBERED", 3)
        box = WanBox(database)
        assert [box.receive(str(number)) for number in range(5)] == [True] * 5
        assert not box.receive("4")
        assert not box.receive("2")
        assert box.receive("1")


class TestWanPump:
    def test_each_message_goes_once_until_the_link_is_new(self, database):
        box = WanBox(database)
        pump = WanPump(box)
        for _ in range(3):
            box.add(METER, b"x")
        assert len(pump.due(0)) == 3
        assert pump.due(1) == []
        pump.restart(2)
        assert len(pump.due(2)) == 3

    def test_no_more_than_the_window_is_under_way(self, database):
        box = WanBox(database)
        pump = WanPump(box)
        for _ in range(WINDOW + 10):
            box.add(METER, b"x")
        sent = pump.due(0)
        assert len(sent) == WINDOW
        assert pump.due(0) == []
        for outgoing in sent[:4]:
            pump.acknowledged(outgoing.id, 0)
        assert len(pump.due(0)) == 4

    def test_silence_makes_it_start_again(self, database):
        box = WanBox(database)
        pump = WanPump(box)
        box.add(METER, b"x")
        pump.due(0)
        assert pump.due(REPEAT - 1) == []
        assert len(pump.due(REPEAT)) == 1


class TestGroupCommit:
    async def test_one_piece_that_fails_leaves_the_others(self, database):
        commits = GroupCommit(database)
        queue = HanQueue(database)

        def fail():
            queue.add(METER, b"half")
            raise KeyError("on purpose")

        good = commits.run(lambda: queue.add(OTHER, b"whole"))
        bad = commits.run(fail)
        outcomes = await asyncio.gather(good, bad, return_exceptions=True)
        assert isinstance(outcomes[1], KeyError)
        assert queue.waiting(METER) == 0
        assert queue.waiting(OTHER) == 1
        assert not commits.failure.done()

    async def test_a_database_that_cannot_store_stops_the_hub(self, database):
        commits = GroupCommit(database)
        database.execute("PRAGMA query_only = 1")
        with pytest.raises(sqlite3.Error):
            await commits.run(lambda: HanQueue(database).add(METER, b"1"))
        with pytest.raises(sqlite3.Error):
            await commits.failure


CALLS = st.one_of(
    st.tuples(st.just("write"), st.sampled_from("ab"), st.integers(0, 20), st.binary(max_size=9)),
    st.tuples(st.just("truncate"), st.sampled_from("ab")),
    st.tuples(st.just("sync")),
)


@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(calls=st.lists(CALLS, max_size=20))
def test_a_local_flash_holds_what_a_flash_in_memory_holds(calls, database):
    database.execute("DELETE FROM flash")
    flash, memory = LocalFlash(database, METER), RamFlash()
    other = LocalFlash(database, OTHER)
    for call, *arguments in calls:
        if call == "write" and arguments[1] > memory.size(arguments[0]):
            with pytest.raises(ValueError, match="gap"):
                flash.write(*arguments)
        else:
            getattr(flash, call)(*arguments)
            getattr(memory, call)(*arguments)
        for name in "ab":
            assert flash.size(name) == memory.size(name)
            assert flash.read(name, 0, 99) == memory.read(name, 0, 99)
            assert flash.read(name, 3, 4) == memory.read(name, 3, 4)
            assert other.size(name) == 0

"""The board's flash beside one in memory, through any sequence of calls."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from board.flash import OPEN, Flash
from smets.device.ram_flash import RamFlash

NAMES = [f"file-{index}" for index in range(OPEN + 2)]

CALLS = st.one_of(
    st.tuples(st.just("write"), st.sampled_from(NAMES), st.integers(0, 20), st.binary(max_size=9)),
    st.tuples(st.just("truncate"), st.sampled_from(NAMES)),
    st.tuples(st.just("sync")),
    st.tuples(st.just("start anew")),
)


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(calls=st.lists(CALLS, max_size=30))
@pytest.mark.slow
def test_it_holds_what_a_flash_in_memory_holds(calls, tmp_path_factory):
    folder = str(tmp_path_factory.mktemp("flash"))
    flash, memory = Flash(folder), RamFlash()
    for call, *arguments in calls:
        if call == "start anew":
            flash.close()
            flash = Flash(folder)
        elif call == "write" and arguments[1] > memory.size(arguments[0]):
            with pytest.raises(ValueError, match="gap"):
                flash.write(*arguments)
        else:
            getattr(flash, call)(*arguments)
            getattr(memory, call)(*arguments)
        for name in NAMES:
            assert flash.size(name) == memory.size(name)
            assert flash.read(name, 0, 99) == memory.read(name, 0, 99)
            assert flash.read(name, 3, 4) == memory.read(name, 3, 4)
    flash.close()


def test_what_is_synced_is_in_the_file(tmp_path):
    flash = Flash(str(tmp_path / "state"))
    flash.write("a", 0, b"content")
    flash.sync()
    found = Path(tmp_path, "state", "a").read_bytes()
    flash.close()
    assert found == b"content"


def test_reading_makes_no_file(tmp_path):
    flash = Flash(str(tmp_path / "state"))
    assert flash.read("a", 0, 10) == b""
    assert list(Path(tmp_path, "state").iterdir()) == []


def test_a_folder_that_cannot_be_is_told(tmp_path):
    (tmp_path / "state").write_bytes(b"")
    with pytest.raises(OSError, match="state"):
        Flash(str(tmp_path / "state" / "below"))

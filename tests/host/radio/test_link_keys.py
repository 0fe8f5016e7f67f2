"""The table of link keys, and the keys that expire."""

import pytest

from host.radio.stack.keys import ANY, Keys
from host.radio.stack.types import Limits, LinkKey, StackError, Status
from tests.host.radio.han import ESME, GSME, IHD

KEY, OTHER = bytes(range(16)), bytes(16)


class Table:
    def __init__(self) -> None:
        self.changes = 0
        self.keys = Keys(
            Limits(link_keys=2, transient_keys=2, transient_key_timeout=10), self.tick
        )

    def tick(self) -> None:
        self.changes += 1


@pytest.fixture
def table():
    return Table()


def test_rows_stay_where_they_are(table):
    keys = table.keys
    assert keys.put(ESME, KEY) == 0
    assert keys.put(GSME, KEY) == 1
    assert keys.put(ESME, OTHER) == 0
    assert (keys.find(ESME).key, keys.index_of(GSME), len(keys)) == (OTHER, 1, 2)
    with pytest.raises(StackError) as refused:
        keys.put(IHD, KEY)
    assert refused.value.status is Status.TABLE_FULL
    assert keys.erase(0)
    assert not keys.erase(0)
    assert keys.at(0) is None
    assert keys.put(GSME, KEY, 0) == 0
    assert keys.at(1) is None
    assert table.changes == 5
    keys.clear()
    assert len(keys) == 0
    with pytest.raises(StackError):
        keys.put(ESME, KEY, 2)


def test_a_new_key_begins_its_counters_the_same_key_does_not(table):
    keys = table.keys
    keys.put(ESME, KEY)
    keys.heard(ESME, 41)
    assert keys.expected(ESME) == 42
    keys.put(ESME, KEY)
    assert keys.expected(ESME) == 42
    keys.put(ESME, OTHER)
    assert keys.expected(ESME) == 0
    keys.heard(GSME, 9)
    assert keys.expected(GSME) == 10
    keys.restart(GSME)
    assert keys.expected(GSME) == 0
    assert keys.find(ESME) == LinkKey(ESME, OTHER)


def test_transient_keys_expire_and_have_their_bound(table):
    keys = table.keys
    keys.put_transient(ESME, KEY, 0)
    assert keys.find_transient(ESME, 9.9) == KEY
    assert keys.find_transient(GSME, 0) is None
    keys.put_transient(ANY, OTHER, 5)
    assert keys.find_transient(GSME, 6) == OTHER
    assert keys.find_transient(ESME, 6) == KEY
    assert [(partner, left) for partner, _, left in keys.transients(6)] == [(ESME, 4), (ANY, 9)]
    with pytest.raises(StackError) as refused:
        keys.put_transient(GSME, KEY, 6)
    assert refused.value.status is Status.TABLE_FULL
    keys.put_transient(GSME, KEY, 10)
    assert keys.find_transient(ESME, 10) == OTHER
    keys.clear_transient(GSME)
    keys.clear_transient()
    assert keys.transients(10) == ()

"""Handing reads over: every check, revisions, gaps, and order."""

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from host.settlement.components import Direction
from host.settlement.errors import InputError, SettlementError
from host.settlement.half_hours import HALF_HOUR, TIME_LIMIT, start_of
from host.settlement.meter_days import MeterDay, Superseded
from host.settlement.mpan import mpan_core
from host.settlement.reads import HalfHourRead, Reason
from host.settlement.store import HandOver, SettlementStore

from .samples import LATER, METER, MPAN, read, registered, utc_day

DAY = date(2026, 1, 15)
START = start_of(DAY, 1)
EXPORT = Direction.EXPORT

REJECTED = {
    Reason.MPAN_MALFORMED: [
        read(START, 1, mpan="1200000000010"),
        read(START, 1, mpan=MPAN[:-1]),
        read(START, 1, mpan=""),
    ],
    Reason.DEVICE_MALFORMED: [read(START, 1, device=METER[:7]), read(START, 1, device=b"")],
    Reason.TIME_OUT_OF_RANGE: [
        read(-HALF_HOUR, 1),
        read(TIME_LIMIT - TIME_LIMIT % 1800 + 1800, 1),
    ],
    Reason.OFF_THE_HALF_HOUR: [read(START + 1, 1), read(START + 900, 1)],
    Reason.NOT_YET_ENDED: [read(LATER, 1), read(LATER - HALF_HOUR + 1800, 1)],
    Reason.MPAN_UNKNOWN: [
        read(START, 1, mpan=mpan_core("12", 2)),
        read(start_of(date(2024, 12, 31), 48), 1),
    ],
    Reason.WRONG_DIRECTION: [HalfHourRead(MPAN, METER, EXPORT, START, 1)],
    Reason.NEGATIVE: [read(START, -1)],
    Reason.ABOVE_MAXIMUM: [read(START, 12_651), read(START, 2**32)],
    Reason.CONTRADICTORY: [read(START, 7), read(START, 8)],
}


@pytest.fixture
def store() -> SettlementStore:
    made = SettlementStore()
    made.registrations.register(registered())
    return made


def test_every_reason_has_its_reads() -> None:
    assert set(REJECTED) == set(Reason)


@pytest.mark.parametrize("reason", Reason)
def test_a_bad_read_is_kept_with_its_reason_and_stores_nothing(
    store: SettlementStore, reason: Reason
) -> None:
    outcome = store.hand_over(REJECTED[reason], LATER)
    assert [r.reason for r in outcome.rejected] == [reason] * len(REJECTED[reason])
    assert (outcome.new, outcome.unchanged, outcome.revised) == (0, 0, 0)
    kept = store.rejected_reads()
    assert {(r.read, r.reason) for r in kept} == {(r, reason) for r in REJECTED[reason]}
    assert store.meter_day(MPAN, DAY) is None
    again = store.hand_over(REJECTED[reason] * 2, LATER)
    assert len(again.rejected) == 2 * len(REJECTED[reason])
    assert store.rejected_reads() == kept


def test_the_greatest_value_and_the_last_ended_half_hour_are_accepted(
    store: SettlementStore,
) -> None:
    outcome = store.hand_over([read(START, 12_650), read(START + HALF_HOUR, 0)], START + 3600)
    assert (outcome.new, outcome.rejected) == (2, ())


def test_a_bad_read_does_not_hold_back_the_good_ones(store: SettlementStore) -> None:
    outcome = store.hand_over(
        [read(START, 5), read(START + 1, 5), *REJECTED[Reason.NEGATIVE]], LATER
    )
    assert (outcome.new, len(outcome.rejected)) == (1, 2)


def test_rejected_reads_are_listed_by_settlement_date(store: SettlementStore) -> None:
    # 23:30 UTC of a summer date is the next London date.
    store.hand_over([read(start_of(date(2026, 7, 14), 48), -1)], LATER)
    assert store.rejected_reads(date(2026, 7, 14)) == []
    assert len(store.rejected_reads(date(2026, 7, 15))) == 1


def test_numbers_no_column_can_keep_are_refused_at_once() -> None:
    for start, wh in ((2**63, 1), (START, 2**63), (START, -(2**63) - 1)):
        with pytest.raises(InputError):
            read(start, wh)


def test_a_log_row_carries_the_end_of_its_half_hour(store: SettlementStore) -> None:
    # A log read from midnight to midnight has 49 rows; the first belongs to the day before.
    rows = [
        HalfHourRead.from_log_row(MPAN, METER, Direction.IMPORT, START + n * HALF_HOUR, 100 + n)
        for n in range(49)
    ]
    store.hand_over(rows, START + 48 * HALF_HOUR)
    whole = store.meter_day(MPAN, DAY)
    before = store.meter_day(MPAN, date(2026, 1, 14))
    assert whole is not None
    assert before is not None
    assert whole.wh == tuple(range(101, 149))
    assert before.wh == (*[None] * 47, 100)


def test_gaps_stay_gaps(store: SettlementStore) -> None:
    values = [5, None, 0, *[None] * 44, 9]
    store.hand_over(utc_day(DAY, values), LATER)
    day = store.meter_day(MPAN, DAY)
    assert day is not None
    assert day.wh == tuple(values)
    assert day.actual == 1 | 1 << 2 | 1 << 47
    stored = store.connection.execute("SELECT actual, h02, h03 FROM meter_day").fetchall()
    assert stored == [(day.actual, None, 0)]


def test_the_same_again_changes_nothing(store: SettlementStore) -> None:
    store.hand_over(utc_day(DAY, range(48)), LATER)
    before = store.meter_day(MPAN, DAY)
    outcome = store.hand_over(utc_day(DAY, range(48)) * 2, LATER + 1)
    assert (outcome.new, outcome.unchanged, outcome.revised) == (0, 48, 0)
    assert store.meter_day(MPAN, DAY) == before
    assert store.superseded_reads(MPAN) == []


def test_a_revision_replaces_and_the_old_value_is_kept_with_its_version(
    store: SettlementStore,
) -> None:
    for wh in (10, 11, 10):
        store.hand_over([read(START, wh), read(START + HALF_HOUR, 3)], LATER)
    day = store.meter_day(MPAN, DAY)
    assert day == MeterDay(MPAN, DAY, METER.hex(), 3, revised=1, wh=(10, 3, *[None] * 46))
    assert store.superseded_reads(MPAN) == [
        Superseded(MPAN, DAY, 1, 1, 10),
        Superseded(MPAN, DAY, 1, 2, 11),
    ]


def test_a_failed_write_leaves_nothing_behind(
    store: SettlementStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(SettlementStore, "_next_hand_over_id", lambda _: "not a number")
        with pytest.raises(Exception, match="not a number"):
            store.hand_over([read(START, 1)], LATER)
    assert store.meter_day(MPAN, DAY) is None
    assert store.hand_over([read(START, 1)], LATER).hand_over_id == 1


def test_the_file_keeps_what_was_handed_over(tmp_path: Path) -> None:
    path = tmp_path / "settlement.duckdb"
    with SettlementStore(path) as store:
        store.registrations.register(registered())
        store.hand_over([read(START, 1), read(START, 2), read(START + HALF_HOUR, 3)], LATER)
        day, rejected = store.meter_day(MPAN, DAY), store.rejected_reads()
    with SettlementStore(path) as store:
        assert (store.meter_day(MPAN, DAY), store.rejected_reads()) == (day, rejected)
        assert store.hand_over([], LATER) == HandOver(2, 0, 0, 0, ())


def test_a_file_that_is_no_store_is_named(tmp_path: Path) -> None:
    path = tmp_path / "settlement.duckdb"
    path.write_bytes(b"no database" * 1000)
    with pytest.raises(SettlementError, match=r"settlement\.duckdb cannot be opened"):
        SettlementStore(path)


slots = st.dictionaries(
    st.tuples(st.sampled_from([mpan_core("12", n) for n in (1, 2)]), st.integers(0, 100)),
    st.integers(0, 12_650),
    max_size=30,
)


def snapshot(store: SettlementStore) -> list[tuple[object, ...]]:
    # Every column but the version, which counts hand-overs.
    return store.connection.execute(
        "SELECT * EXCLUDE (version) FROM meter_day ORDER BY mpan, utc_date"
    ).fetchall()


@settings(deadline=None, max_examples=20)
@given(st.data(), slots)
@pytest.mark.slow
def test_neither_order_nor_batches_matter(
    data: st.DataObject, values: dict[tuple[str, int], int]
) -> None:
    reads = [read(START + n * HALF_HOUR, wh, mpan) for (mpan, n), wh in values.items()]
    shuffled = data.draw(st.permutations(reads + reads[:5]))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(shuffled)), max_size=3)))
    batches = [shuffled[a:b] for a, b in zip([0, *cuts], [*cuts, len(shuffled)], strict=True)]
    with SettlementStore() as whole, SettlementStore() as pieces:
        for store in (whole, pieces):
            for n in (1, 2):
                store.registrations.register(registered(mpan_core("12", n)))
        whole.hand_over(reads, LATER)
        for batch in batches:
            pieces.hand_over(batch, LATER)
        assert snapshot(pieces) == snapshot(whole)
        assert pieces.superseded_reads(MPAN) == []


@settings(deadline=None, max_examples=20)
@given(st.lists(st.dictionaries(st.integers(1, 48), st.integers(0, 3), max_size=6), max_size=6))
@pytest.mark.slow
def test_the_last_hand_over_stands_and_history_loses_nothing(
    hand_overs: list[dict[int, int]],
) -> None:
    with SettlementStore() as store:
        store.registrations.register(registered())
        expected: dict[int, list[int]] = {}
        for values in hand_overs:
            store.hand_over([read(start_of(DAY, n), wh) for n, wh in values.items()], LATER)
            for n, wh in values.items():
                if expected.setdefault(n, [wh])[-1] != wh:
                    expected[n].append(wh)
        day = store.meter_day(MPAN, DAY) or MeterDay(MPAN, DAY)
        assert {n: wh for n, wh in enumerate(day.wh, 1) if wh is not None} == {
            n: history[-1] for n, history in expected.items()
        }
        assert day.revised == sum(1 << (n - 1) for n, h in expected.items() if len(h) > 1)
        replaced = store.superseded_reads(MPAN)
        for n, history in expected.items():
            assert [s.wh for s in replaced if s.half_hour == n] == history[:-1]

"""Settlement runs from reads to stored documents and published files."""

import csv
import json
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from host.settlement import runs, synthetic
from host.settlement.components import Direction
from host.settlement.errors import InputError, NoDataError, NotSupportedError
from host.settlement.half_hours import start_of
from host.settlement.mpan import mpan_core
from host.settlement.periods import period_count
from host.settlement.publication import FACTOR_COLUMNS, VOLUME_COLUMNS, publish
from host.settlement.results import RunResult
from host.settlement.run_calendar import RUNS
from host.settlement.store import SettlementStore

from .samples import AUTUMN, DAYS, LATER, MPAN, SPRING, WINTER, read, registered, utc_day

METERS = (
    (mpan_core("12", 1), "AAAA", Direction.IMPORT),
    (mpan_core("12", 2), "BBBB", Direction.IMPORT),
    (mpan_core("12", 3), "AAAA", Direction.EXPORT),
    (mpan_core("17", 4), "BBBB", Direction.IMPORT),
)


def store_of(day: date, *, backwards: bool = False, gap: int | None = None) -> SettlementStore:
    """Four meters in two GSP groups with two days of reads around a settlement date."""
    store = SettlementStore()
    meters = METERS[::-1] if backwards else METERS
    for mpan, supplier, direction in meters:
        store.registrations.register(registered(mpan, supplier, direction=direction))
    for mpan, _, direction in meters:
        for utc_date in (day - timedelta(days=1), day):
            values = [int(mpan[-3:-1]) * 10 + 7 * n % 300 for n in range(48)]
            if gap is not None:
                values[gap] = None  # type: ignore[call-overload]
            reads = utc_day(utc_date, values, mpan, direction)
            store.hand_over(reads[::-1] if backwards else reads, LATER)
    return store


def check_conservation(result: RunResult) -> None:
    for group in result.groups:
        for period, take in enumerate(group.take_wh):
            assert sum(s.corrected_milli_wh[period] for s in group.suppliers) == take * 1000
            assert sum(s.corrected_wh[period] for s in group.suppliers) == take
            for s in group.suppliers:
                assert abs(s.corrected_wh[period] * 1000 - s.corrected_milli_wh[period]) < 1000
    takes = [sum(t) for t in zip(*(g.take_wh for g in result.groups), strict=True)]
    assert [sum(v) for v in zip(*result.supplier_wh.values(), strict=True)] == takes


@pytest.mark.parametrize("day", DAYS)
def test_a_run_settles_every_period_of_its_day(day: date) -> None:
    with store_of(day) as store:
        result = runs.run(store, day).result
    assert result.periods == period_count(day) == len(result.supplier_wh["AAAA"])
    assert [group.gsp_group for group in result.groups] == ["_C", "_P"]
    assert set(result.supplier_wh) == {"AAAA", "BBBB"}
    check_conservation(result)


@settings(deadline=None, max_examples=15)
@given(st.data())
@pytest.mark.slow
def test_given_takes_are_met_exactly(data: st.DataObject) -> None:
    take = data.draw(st.lists(st.integers(-(10**6), 10**9), min_size=46, max_size=46))
    llfs = data.draw(st.lists(st.integers(500, 1500), min_size=46, max_size=46))
    with store_of(SPRING) as store:
        store.inputs.give_group_take("_C", SPRING, take)
        store.inputs.give_line_loss_factors(("12", "001"), SPRING, llfs)
        result = runs.run(store, SPRING).result
    assert list(result.groups[0].take_wh) == take
    assert result.group_take_sources == {"_C": "given", "_P": "synthetic"}
    assert result.line_loss_factor_sources == {"12/001": "given", "17/001": "synthetic"}
    check_conservation(result)


def test_one_meter_by_hand() -> None:
    # 1000 Wh at LLF 1.080 against a take of 1200 Wh: 1080 Wh x 10/9.
    with SettlementStore() as store:
        store.registrations.register(registered())
        store.hand_over(utc_day(WINTER, [1000] * 48), LATER)
        store.inputs.give_line_loss_factors(("12", "001"), WINTER, [1080] * 48)
        store.inputs.give_group_take("_C", WINTER, [1200] * 48)
        result = runs.run(store, WINTER).result
    (group,) = result.groups
    (supplier,) = group.suppliers
    assert supplier.metered_milli_wh == (1_000_000,) * 48
    assert supplier.losses_milli_wh == (80_000,) * 48
    assert supplier.corrected_wh == (1200,) * 48
    assert [float(f) for f in group.factors(1)] == pytest.approx([10 / 9] * 48)
    assert group.unusual_periods == tuple(range(1, 49))
    assert result.half_hours == (48, 0)


def test_a_take_against_no_volume_is_refused_with_its_period() -> None:
    with SettlementStore() as store:
        store.registrations.register(registered())
        store.hand_over(utc_day(WINTER, [5, 0, *[5] * 46]), LATER)
        store.inputs.give_group_take("_C", WINTER, [5] * 48)
        with pytest.raises(InputError, match="_C, period 2: the take is 5 Wh and no volume"):
            runs.run(store, WINTER)
        assert store.runs.find() == []


def test_what_is_missing_is_estimated_flagged_and_counted() -> None:
    with store_of(WINTER, gap=10) as store:
        result = runs.run(store, WINTER).result
        total, estimated = result.half_hours
        assert (total, estimated) == (4 * 48, 4)
        for group in result.groups:
            for supplier in group.suppliers:
                periods = [p for p, n in enumerate(supplier.estimated_half_hours) if n]
                assert periods == [10]
                assert [p for p, wh in enumerate(supplier.estimated_milli_wh) if wh] == [10]
        for utc_date in (WINTER, WINTER - timedelta(days=1)):
            assert store.meter_day(MPAN, utc_date).wh[10] is None  # type: ignore[union-attr]


def test_the_same_reads_in_another_order_give_the_same_octets() -> None:
    with store_of(AUTUMN) as one, store_of(AUTUMN, backwards=True) as other:
        documents = [runs.run(store, AUTUMN) for store in (one, other)]
        assert documents[0].stored == documents[1].stored
        texts = [s.runs.document(AUTUMN, "SF", 1) for s in (one, other)]
    assert texts[0] == texts[1] == documents[0].result.document()


def test_a_run_repeated_is_the_same_version_and_a_revision_makes_the_next() -> None:
    with store_of(WINTER) as store:
        first = runs.run(store, WINTER).stored
        text = store.runs.document(WINTER, "SF", 1)
        assert runs.run(store, WINTER).stored == first
        store.hand_over([read(start_of(WINTER, 1), 999)], LATER)
        second = runs.run(store, WINTER).stored
        assert (first.version, second.version) == (1, 2)
        assert store.runs.document(WINTER, "SF", 1) == text
        assert (
            json.loads(text)["supplier_wh"]
            != json.loads(store.runs.document(WINTER, "SF", 2))["supplier_wh"]
        )
        other = runs.run(store, WINTER - timedelta(days=1)).stored
        assert store.runs.find() == [other, first, second]
        assert store.runs.find(WINTER) == [first, second]
        with pytest.raises(NoDataError, match="version 3"):
            store.runs.document(WINTER, "SF", 3)


def test_another_seed_is_another_take_and_says_so() -> None:
    with store_of(WINTER) as store:
        one, other = (runs.run(store, WINTER, seed=seed).result for seed in (0, 1))
    assert one.groups[0].take_wh != other.groups[0].take_wh
    assert [r.to_json()["inputs"]["seed"] for r in (one, other)] == [0, 1]


def test_nothing_to_settle_says_what_to_do() -> None:
    with SettlementStore() as store:
        with pytest.raises(NoDataError, match="no MPAN is registered on 2026-01-15: register"):
            runs.run(store, WINTER)
        store.registrations.register(registered())
        store.hand_over(utc_day(WINTER - timedelta(days=2), [1]), LATER)
        with pytest.raises(NoDataError, match="no read of 2026-01-15"):
            runs.run(store, WINTER)


def test_the_calendar_has_the_legacy_working_days_and_only_sf_is_calculated() -> None:
    assert [(r.code, r.working_days) for r in RUNS] == [
        ("II", 5),
        ("SF", 16),
        ("R1", 39),
        ("R2", 84),
        ("R3", 154),
        ("RF", 292),
        ("DF", None),
    ]
    with store_of(WINTER) as store:
        for row in RUNS:
            if row.supported:
                assert runs.run(store, WINTER, row.code).result.run == row.code == "SF"
            else:
                with pytest.raises(NotSupportedError, match=f"run {row.code} .* use SF"):
                    runs.run(store, WINTER, row.code)
        with pytest.raises(InputError, match="no run 'XX': the calendar has II, SF"):
            runs.run(store, WINTER, "XX")


@pytest.mark.parametrize("values", [[1] * 47, [1] * 48, [2**53] * 46])
def test_impossible_takes_are_refused(values: list[int]) -> None:
    with SettlementStore() as store, pytest.raises(InputError):
        store.inputs.give_group_take("_C", SPRING, values)


def test_impossible_inputs_are_refused() -> None:
    with SettlementStore() as store:
        with pytest.raises(InputError, match="'_I' is none of _A"):
            store.inputs.give_group_take("_I", SPRING, [1] * 46)
        for factors in ([0] * 46, [10_000] * 46, [1080] * 48):
            with pytest.raises(InputError):
                store.inputs.give_line_loss_factors(("12", "001"), SPRING, factors)
        assert store.inputs.group_takes(SPRING) == store.inputs.line_loss_factors(SPRING) == {}


@given(st.integers(0, 100), st.lists(st.integers(-(10**9), 10**9), min_size=48, max_size=48))
def test_synthetic_takes_stay_near_the_demand(seed: int, demand: list[int]) -> None:
    take = synthetic.group_take(seed, "_C", WINTER, demand)
    assert take == synthetic.group_take(seed, "_C", WINTER, demand)
    for wh, milli_wh in zip(take, demand, strict=True):
        ends = sorted((milli_wh * 0.995 / 1000, milli_wh * 1.035 / 1000))
        assert ends[0] - 0.51 <= wh <= ends[1] + 0.51


@pytest.mark.parametrize(("day", "night"), [(SPRING, 12), (WINTER, 14), (AUTUMN, 16)])
def test_synthetic_losses_follow_the_clock_on_the_wall(day: date, night: int) -> None:
    # 00:00 to 07:00 local is 12 half hours when an hour is left out, 16 when it comes twice.
    factors = synthetic.line_loss_factors(day)
    assert len(factors) == period_count(day)
    assert factors[:night] == (factors[0],) * night
    assert factors[night] > factors[0]
    assert max(factors) == factors[night + 18]


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def test_the_published_files_say_what_the_run_says(tmp_path: Path) -> None:
    with store_of(AUTUMN) as store:
        finished = runs.run(store, AUTUMN)
    volumes, factors = publish(finished, tmp_path / "settlement")
    assert volumes.name == "supplier-volumes-2026-10-25-SF-1.csv"
    assert factors.name == "correction-factors-2026-10-25-SF-1.csv"
    table = rows(volumes)
    assert tuple(table[0]) == VOLUME_COLUMNS
    assert (table[0]["start_utc"], table[-1]["start_utc"]) == (
        "2026-10-24T23:00:00Z",
        "2026-10-25T23:30:00Z",
    )
    totals: dict[str, list[int]] = {}
    for row in table:
        wh = totals.setdefault(row["supplier"], [0] * 50)
        wh[int(row["settlement_period"]) - 1] += int(row["corrected_wh"])
    assert totals == finished.result.supplier_wh
    first = publish(finished, tmp_path / "again")[0].read_bytes()
    assert first == volumes.read_bytes()


def test_the_correction_factor_file_has_the_six_columns_importers_read(tmp_path: Path) -> None:
    with store_of(AUTUMN) as store:
        finished = runs.run(store, AUTUMN)
    path = publish(finished, tmp_path)[1]
    lines = path.read_text(encoding="ascii").splitlines()
    assert lines[0] == ",".join(FACTOR_COLUMNS)
    assert len(lines) == 1 + 50 * 2 * 2
    by_type: dict[str, list[float]] = {"mhhs_import_gcf": [], "mhhs_export_gcf": []}
    for line in lines[1:]:
        day, run, period, gsp_group, gcf_type, value = line.split(",")
        assert (date.fromisoformat(day), run) == (AUTUMN, "SF")
        assert 1 <= int(period) <= 50
        assert gsp_group in {"_C", "_P"}
        by_type[gcf_type].append(float(value))
    pairs = list(zip(*by_type.values(), strict=True))
    assert len(pairs) == 100
    assert all(abs(imported + exported - 2) < 1e-8 for imported, exported in pairs)

"""The SQL kernel against a plain Python reckoning of the same day, and merging of cubes."""

from collections import Counter
from datetime import date, timedelta
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from host.settlement.aggregation import aggregate
from host.settlement.components import Direction, Quality
from host.settlement.cube import Cell, Cube, Volume, merge
from host.settlement.database import insert_rows
from host.settlement.half_hours import utc_half_hour
from host.settlement.mpan import mpan_core
from host.settlement.periods import period_count, period_start
from host.settlement.store import SettlementStore

from .samples import AUTUMN, DAYS, LATER, MPAN, SUMMER, WINTER, registered, utc_day

METERS = [
    (mpan_core("12", 1), "AAAA", Direction.IMPORT),
    (mpan_core("12", 2), "AAAA", Direction.IMPORT),
    (mpan_core("12", 3), "AAAA", Direction.EXPORT),
    (mpan_core("17", 4), "BBBB", Direction.IMPORT),
]

Values = dict[date, list[int | None]]  # one meter's watt-hours by UTC date and half hour


def reckon(day: date, meters: dict[str, Values]) -> dict[tuple[object, ...], list[int]]:
    """What each cell holds per period: plain loops over the rule, no SQL."""
    cells: dict[tuple[object, ...], list[int]] = {}
    for mpan, supplier, direction in METERS:
        values = meters[mpan]
        for period in range(1, period_count(day) + 1):
            utc_date, n = utc_half_hour(period_start(day, period))
            wh = values.get(utc_date, [None] * 48)[n - 1]
            quality = Quality.ESTIMATED if wh is None else Quality.ACTUAL
            if wh is None:
                others = [row for other, row in values.items() if other != utc_date]
                own = [row[n - 1] for row in others if row[n - 1] is not None]
                known = own or [v for row in others for v in row if v is not None]
                # Half up: int() of a positive fraction rounds down.
                wh = (
                    int(Fraction(sum(map(int, known)), len(known)) + Fraction(1, 2))
                    if known
                    else 0
                )
            group = "_C" if mpan.startswith("12") else "_P"
            key = (group, supplier, direction, quality)
            cells.setdefault(key, [0] * period_count(day))[period - 1] += wh
    return cells


def sparse_days(day: date) -> st.SearchStrategy[Values]:
    row = st.lists(st.none() | st.integers(0, 12_650), min_size=48, max_size=48)
    dates = st.sampled_from([day + timedelta(days=n) for n in (-2, -1, 0, 1)])
    return st.dictionaries(dates, row, max_size=4)


@settings(deadline=None, max_examples=15)
@given(st.sampled_from(DAYS), st.data())
@pytest.mark.slow
def test_the_cube_is_what_plain_loops_reckon(day: date, data: st.DataObject) -> None:
    meters = {mpan: data.draw(sparse_days(day)) for mpan, _, _ in METERS}
    with SettlementStore() as store:
        for mpan, supplier, direction in METERS:
            store.registrations.register(registered(mpan, supplier, direction=direction))
            for utc_date, row in meters[mpan].items():
                store.hand_over(utc_day(utc_date, row, mpan, direction), LATER)
        cube = aggregate(store.connection, day)
    expected = reckon(day, meters)
    found = {
        (c.gsp_group, c.supplier, c.direction, c.quality): list(v.wh) for c, v in cube.items()
    }
    assert found == expected
    # Every meter point counts once in every period, read or not.
    counted: Counter[tuple[str, Direction, int]] = Counter()
    for cell, volume in cube.items():
        for period, half_hours in enumerate(volume.half_hours):
            counted[cell.supplier, cell.direction, period] += half_hours
    for period in range(period_count(day)):
        assert counted["AAAA", Direction.IMPORT, period] == 2
        assert counted["AAAA", Direction.EXPORT, period] == 1
        assert counted["BBBB", Direction.IMPORT, period] == 1


def test_sums_pass_32_bits_without_wrapping() -> None:
    greatest = 2**31 - 1  # of an INTEGER column, far above what validation lets in
    with SettlementStore() as store:
        rows = []
        for number in range(3):
            mpan = mpan_core("12", number)
            store.registrations.register(registered(mpan))
            rows.append((mpan, WINTER, "", 1, 2**48 - 1, 0, *[greatest] * 48))
        insert_rows(store.connection, "meter_day", rows)
        ((_, volume),) = aggregate(store.connection, WINTER).items()
    assert volume.wh == (3 * greatest,) * 48


def test_the_supplier_of_the_settlement_date_has_the_whole_london_day() -> None:
    # From 15 July the new supplier; its day starts at 23:00 UTC of the 14th.
    with SettlementStore() as store:
        store.registrations.register(registered(supplier="OLDS"))
        store.registrations.register(registered(supplier="NEWS", effective_from=SUMMER))
        store.hand_over(utc_day(SUMMER - timedelta(days=1), range(1, 49)), LATER)
        store.hand_over(utc_day(SUMMER, range(101, 149)), LATER)
        new = aggregate(store.connection, SUMMER)
        old = aggregate(store.connection, SUMMER - timedelta(days=1))
    assert [(c.supplier, v.wh) for c, v in new.items()] == [("NEWS", (47, 48, *range(101, 147)))]
    # The old day's first two half hours lie in the date before: estimated from the other two.
    assert sorted((c.supplier, c.quality, v.wh) for c, v in old.items()) == [
        ("OLDS", Quality.ACTUAL, (0, 0, *range(1, 47))),
        ("OLDS", Quality.ESTIMATED, (97, 98, *[0] * 46)),
    ]


def test_a_lapsed_registration_is_not_settled() -> None:
    with SettlementStore() as store:
        store.registrations.register(registered(effective_to=WINTER - timedelta(days=1)))
        assert aggregate(store.connection, WINTER) == {}


@pytest.mark.parametrize(
    ("other_days", "estimate"),
    [
        ([], 0),
        ([[None, 8]], 8),  # no other day has this half hour: the mean of what there is
        ([[10, 0], [None, 0], [15, 0]], 13),  # 12.5, half up
        ([[0, 99]], 0),
    ],
)
def test_the_estimation_rule(other_days: list[list[int | None]], estimate: int) -> None:
    with SettlementStore() as store:
        store.registrations.register(registered())
        store.hand_over(utc_day(WINTER, [None, 500]), LATER)
        for n, values in enumerate(other_days, start=1):
            store.hand_over(utc_day(WINTER + timedelta(days=n), values), LATER)
        cube = aggregate(store.connection, WINTER)
        assert store.meter_day(MPAN, WINTER).wh[0] is None  # type: ignore[union-attr]
    (volume,) = [v for c, v in cube.items() if c.quality is Quality.ESTIMATED]
    assert volume.wh[0] == estimate
    assert volume.half_hours == (1, 0, *[1] * 46)
    assert volume.wh[1] == 0


cells = st.builds(
    Cell,
    st.sampled_from(["_A", "_C"]),
    st.sampled_from(["AAAA", "BBBB"]),
    st.just("12"),
    st.just("001"),
    st.sampled_from(Direction),
    st.sampled_from(Quality),
)
numbers = st.tuples(*[st.integers(0, 2**40)] * 3)
cubes = st.dictionaries(cells, st.builds(Volume, numbers, numbers), max_size=6)


@given(cubes, cubes, cubes)
@pytest.mark.slow
def test_merging_is_associative_commutative_and_has_a_zero(a: Cube, b: Cube, c: Cube) -> None:
    assert merge(merge(a, b), c) == merge(a, merge(b, c))
    assert merge(a, b) == merge(b, a)
    assert merge(a, {}) == a


@given(cubes, cubes)
def test_merging_keeps_every_watt_hour(a: Cube, b: Cube) -> None:
    def total(cube: Cube) -> int:
        return sum(sum(v.wh) + sum(v.half_hours) for v in cube.values())

    assert total(merge(a, b)) == total(a) + total(b)


@settings(deadline=None, max_examples=5)
@given(st.lists(st.integers(0, 2), min_size=len(METERS), max_size=len(METERS)))
@pytest.mark.slow
def test_parts_of_the_meters_merge_to_the_cube_of_all(share: list[int]) -> None:
    # The same meters in one store, and spread over three that are merged.
    with SettlementStore() as whole:
        pieces = [SettlementStore() for _ in range(3)]
        for (mpan, supplier, direction), piece in zip(METERS, share, strict=True):
            for store in (whole, pieces[piece]):
                store.registrations.register(registered(mpan, supplier, direction=direction))
                day = utc_day(AUTUMN, range(int(mpan[-2:]), int(mpan[-2:]) + 40), mpan, direction)
                store.hand_over(day, LATER)
        cube: Cube = {}
        for store in pieces:
            cube = merge(cube, aggregate(store.connection, AUTUMN))
            store.close()
        assert cube == aggregate(whole.connection, AUTUMN)

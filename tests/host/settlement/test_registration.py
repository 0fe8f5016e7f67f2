"""MPANs, GSP groups and the registration table."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from host.settlement.errors import InputError
from host.settlement.gsp_groups import GSP_GROUPS
from host.settlement.mpan import is_valid, mpan_core
from host.settlement.registration import Registration
from host.settlement.store import SettlementStore

from .samples import MPAN, registered

# Cores that the independent library mpan 2.1.0 accepts.
VALID = (
    "1096119848938",
    "1223374467303",
    "1768887841253",
    "2388713789051",
    "2478918696092",
    "3897038515883",
)


@pytest.mark.parametrize("mpan", VALID)
def test_published_rule_accepts_and_makes_the_core(mpan: str) -> None:
    assert is_valid(mpan)
    assert mpan_core(mpan[:2], int(mpan[2:12])) == mpan


@given(st.sampled_from(VALID), st.integers(1, 9))
def test_another_check_digit_is_refused(mpan: str, off: int) -> None:
    assert not is_valid(mpan[:-1] + str((int(mpan[-1]) + off) % 10))


@pytest.mark.parametrize(
    "mpan", ["", "12", VALID[0] + "0", "x" + VALID[0][1:], "\u0661" * 13, " " * 13]
)
def test_what_is_not_thirteen_digits_is_refused(mpan: str) -> None:
    assert not is_valid(mpan)


@pytest.mark.parametrize(
    ("distributor", "number"), [("1", 1), ("1x", 1), ("12", 10**10), ("12", -1)]
)
def test_no_core_is_made_of_wrong_parts(distributor: str, number: int) -> None:
    with pytest.raises(InputError):
        mpan_core(distributor, number)


def test_there_are_fourteen_groups_each_with_its_own_distributor() -> None:
    letters = [group.identifier for group in GSP_GROUPS]
    assert letters == [f"_{letter}" for letter in "ABCDEFGHJKLMNP"]
    assert {group.distributor_id for group in GSP_GROUPS} == {str(n) for n in range(10, 24)}


@pytest.mark.parametrize("group", GSP_GROUPS)
def test_the_group_follows_from_the_distributor(group: object) -> None:
    identifier, distributor_id, _ = group  # type: ignore[misc]
    assert registered(mpan_core(distributor_id, 5)).gsp_group == identifier


def test_an_independent_network_names_its_group() -> None:
    independent = mpan_core("24", 7)
    assert registered(independent, gsp_group="_K").gsp_group == "_K"
    with pytest.raises(InputError, match="name one of _A"):
        registered(independent)


def test_the_fuse_sets_the_most_energy_of_a_half_hour() -> None:
    assert registered(fuse_rating_amperes=100).maximum_wh == 12_650
    assert registered(fuse_rating_amperes=100, phases=3).maximum_wh == 37_950


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("mpan", "1200000000010"),
        ("supplier", "HNL"),
        ("supplier", "hnlb"),
        ("llf_class", "01"),
        ("effective_to", date(2024, 12, 31)),
        ("gsp_group", "_A"),
        ("gsp_group", "_I"),
        ("fuse_rating_amperes", 0),
        ("phases", 4),
    ],
)
def test_an_impossible_registration_is_refused(field: str, value: object) -> None:
    with pytest.raises(InputError):
        replace(registered(), **{field: value})  # type: ignore[arg-type]


def in_effect(store: SettlementStore, day: date) -> list[str]:
    return [r.supplier for r in store.registrations.of({MPAN})[MPAN] if r.covers(day)]


def test_change_of_supplier_ends_the_open_registration_the_day_before() -> None:
    with SettlementStore() as store:
        store.registrations.register(registered(supplier="OLDS"))
        store.registrations.register(registered(supplier="NEWS", effective_from=date(2026, 4, 1)))
        assert in_effect(store, date(2026, 3, 31)) == ["OLDS"]
        assert in_effect(store, date(2026, 4, 1)) == ["NEWS"]
        assert store.registrations.count(date(2026, 4, 1)) == 1
        assert store.registrations.count(date(2024, 4, 1)) == 0


def test_registering_again_replaces_and_reads_back_whole() -> None:
    row = registered(
        supplier="HNLB", effective_to=date(2026, 6, 30), fuse_rating_amperes=60, phases=3
    )
    with SettlementStore() as store:
        store.registrations.register(registered(supplier="OLDS"))
        store.registrations.register(row)
        assert store.registrations.of({MPAN, "none"}) == {MPAN: [row], "none": []}


@pytest.mark.parametrize(
    ("first", "last"),
    [
        (date(2025, 12, 1), None),
        (date(2025, 12, 1), date(2026, 1, 1)),
        (date(2026, 2, 1), date(2026, 2, 2)),
        (date(2026, 3, 31), None),
    ],
)
def test_two_registrations_never_cover_one_date(first: date, last: date | None) -> None:
    closed = registered(
        supplier="OLDS", effective_from=date(2026, 1, 1), effective_to=date(2026, 3, 31)
    )
    other = Registration(MPAN, "NEWS", "001", first, last)
    with SettlementStore() as store:
        store.registrations.register(closed)
        with pytest.raises(InputError, match="registered to OLDS from 2026-01-01"):
            store.registrations.register(other)
        assert store.registrations.of({MPAN}) == {MPAN: [closed]}

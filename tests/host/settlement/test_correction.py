"""Line losses, group correction and rounding, in exact integers."""

from fractions import Fraction

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from host.settlement.components import COMPONENT_CLASSES, Direction, Quality, Quantity
from host.settlement.correction import apportion, correct
from host.settlement.cube import Cell, Volume
from host.settlement.errors import InputError
from host.settlement.results import factor_text
from host.settlement.volumes import component_volumes

# (volume with its sign, weight): demand positive, export negative with weight -1
parts = st.lists(
    st.one_of(
        st.tuples(st.integers(0, 10**12), st.just(1)),
        st.tuples(st.integers(-(10**12), 0), st.just(-1)),
    ),
    min_size=1,
    max_size=30,
)


@given(parts, st.integers(-(10**12), 10**12))
def test_corrected_volumes_sum_to_the_take_exactly(
    components: list[tuple[int, int]], take: int
) -> None:
    assume(any(volume for volume, _ in components))
    volumes, weights = zip(*components, strict=True)
    residual, corrected = correct(volumes, weights, take)
    assert sum(corrected) == take
    for volume, weight, value in zip(volumes, weights, corrected, strict=True):
        assert abs(value - volume * (1 + residual * weight)) < 1


@given(parts)
def test_a_take_equal_to_what_was_metered_changes_nothing(
    components: list[tuple[int, int]],
) -> None:
    volumes, weights = zip(*components, strict=True)
    assert correct(volumes, weights, sum(volumes)) == (0, list(volumes))


def test_a_take_above_the_metered_demand_lifts_import_and_lowers_export() -> None:
    # 1000 in, 200 out, 900 taken: r = (900 - 800) / 1200
    assert correct([1000, -200], [1, -1], 900) == (Fraction(1, 12), [1083, -183])


def test_import_alone_is_scaled_by_the_factor() -> None:
    assert correct([500, 300, 200], [1, 1, 1], 1480) == (Fraction(12, 25), [740, 444, 296])


def test_a_class_of_weight_zero_is_left_as_metered() -> None:
    assert correct([500, 300], [0, 1], 950) == (Fraction(1, 2), [500, 450])


@pytest.mark.parametrize(("volumes", "weights"), [([], []), ([0, 0], [1, -1]), ([500], [0])])
def test_a_take_that_no_volume_carries_is_refused(volumes: list[int], weights: list[int]) -> None:
    with pytest.raises(InputError, match="no volume"):
        correct(volumes, weights, 7)


def test_no_volume_and_no_take_is_a_factor_of_one() -> None:
    assert correct([0], [1], 0) == (0, [0])


@given(
    st.lists(st.integers(-(10**9), 10**9), min_size=1, max_size=20),
    st.integers(-1000, 1000).filter(bool),
    st.integers(-(10**6), 10**6),
)
def test_apportioned_parts_sum_and_stay_within_one_unit(
    numerators: list[int], denominator: int, total: int
) -> None:
    numerators[-1] += total * denominator - sum(numerators)
    rounded = apportion(numerators, denominator, total)
    assert sum(rounded) == total
    assert all(
        abs(value - Fraction(n, denominator)) < 1
        for value, n in zip(rounded, numerators, strict=True)
    )


def test_missing_units_go_to_the_largest_remainders_the_earlier_first() -> None:
    assert apportion([3, 7, 5, 5], 10, 2) == [0, 1, 1, 0]
    assert apportion([-3, -7], 10, -1) == [0, -1]
    assert apportion([3, 7], -10, -1) == [0, -1]


def test_parts_that_do_not_sum_are_refused() -> None:
    with pytest.raises(ValueError, match="do not sum"):
        apportion([1, 2], 10, 1)


def test_every_combination_has_one_component_class() -> None:
    keys = [(c.direction, c.quality, c.quantity) for c in COMPONENT_CLASSES]
    assert len(set(keys)) == len(keys) == len(Direction) * len(Quality) * len(Quantity)
    for c in COMPONENT_CLASSES:
        assert c.sign == (1 if c.direction is Direction.IMPORT else -1)


def test_losses_come_by_class_and_period_with_the_sign_of_the_direction() -> None:
    def cell(llf_class: str, direction: Direction) -> Cell:
        return Cell("_C", "HNLB", "12", llf_class, direction, Quality.ACTUAL)

    cube = {
        cell("001", Direction.IMPORT): Volume((100, 200), (1, 1)),
        cell("002", Direction.IMPORT): Volume((10, 0), (1, 1)),
        cell("001", Direction.EXPORT): Volume((0, 50), (1, 1)),
    }
    factors = {("12", "001"): (1080, 1100), ("12", "002"): (995, 995)}
    volumes = component_volumes(cube, factors)["_C"]
    found = {
        (c.component_class.direction, c.component_class.quantity): v for c, v in volumes.items()
    }
    assert found == {
        (Direction.IMPORT, Quantity.CONSUMPTION): [110_000, 200_000],
        (Direction.IMPORT, Quantity.LOSSES): [100 * 80 - 10 * 5, 200 * 100],
        (Direction.EXPORT, Quantity.CONSUMPTION): [0, -50_000],
        (Direction.EXPORT, Quantity.LOSSES): [0, -50 * 100],
    }


@pytest.mark.parametrize(
    ("factor", "text"),
    [
        (Fraction(1), "1.000000000"),
        (Fraction(1, 3), "0.333333333"),
        (Fraction(-2, 3), "-0.666666667"),
        (Fraction(5, 10**10), "0.000000000"),
        (Fraction(15, 10**10), "0.000000002"),
    ],
)
def test_factors_are_written_with_nine_places(factor: Fraction, text: str) -> None:
    assert factor_text(factor) == text

"""The conservation of gas over any life that hypothesis can think of; CPython alone."""

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.smets.meter.gas_conservation import GasLife, violations
from tests.smets.meter.test_conservation_property import Choices

VM = False


@settings(max_examples=150, deadline=None)
@given(st.lists(st.integers(0, 999), min_size=10, max_size=120))
def test_half_hours_register_and_reads_agree_after_any_life(numbers: list[int]) -> None:
    choices = Choices(numbers)
    life = GasLife(choices.choose)
    while choices.at < len(numbers):
        life.step()
    life.settle()
    assert violations(life.meter) == []

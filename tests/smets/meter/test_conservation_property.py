"""The conservation of energy over any life that hypothesis can think of; CPython alone."""

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.smets.meter.conservation import Life, violations

VM = False


class Choices:
    """A life's choices, taken from a list; after its end always the first one."""

    def __init__(self, numbers: list[int]) -> None:
        self.numbers = numbers
        self.at = 0

    def choose(self, count: int) -> int:
        self.at += 1
        return self.numbers[self.at - 1] % count if self.at <= len(self.numbers) else 0


@settings(max_examples=150, deadline=None)
@given(st.lists(st.integers(0, 999), min_size=10, max_size=120), st.sampled_from((0, 4000)))
def test_half_hours_registers_and_daily_rows_agree_after_any_life(
    numbers: list[int], solar: int
) -> None:
    choices = Choices(numbers)
    life = Life(choices.choose, solar)
    while choices.at < len(numbers):
        life.step()
    life.settle()
    assert violations(life.meter) == []

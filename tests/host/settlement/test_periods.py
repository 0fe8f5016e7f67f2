"""Settlement periods against known days, and against the wall clock of London."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from host.settlement.half_hours import (
    HALF_HOUR,
    TIME_LIMIT,
    from_datetime,
    start_of,
    to_datetime,
    utc_half_hour,
)
from host.settlement.periods import (
    LONDON,
    day_bounds,
    period_count,
    period_of,
    period_start,
    utc_parts,
)

days = st.dates(date(2000, 1, 2), date(2099, 12, 31))


def seconds(text: str) -> int:
    return from_datetime(datetime.fromisoformat(text))


@pytest.mark.parametrize(
    ("day", "count", "start", "end"),
    [
        ("2026-03-29", 46, "2026-03-29T00:00Z", "2026-03-29T23:00Z"),
        ("2026-10-25", 50, "2026-10-24T23:00Z", "2026-10-26T00:00Z"),
        ("2027-03-28", 46, "2027-03-28T00:00Z", "2027-03-28T23:00Z"),
        ("2027-10-31", 50, "2027-10-30T23:00Z", "2027-11-01T00:00Z"),
        ("2026-01-15", 48, "2026-01-15T00:00Z", "2026-01-16T00:00Z"),
        ("2026-07-15", 48, "2026-07-14T23:00Z", "2026-07-15T23:00Z"),
    ],
)
def test_known_days_have_their_length_and_bounds(
    day: str, count: int, start: str, end: str
) -> None:
    settlement_date = date.fromisoformat(day)
    assert period_count(settlement_date) == count
    assert day_bounds(settlement_date) == (seconds(start), seconds(end))
    assert period_of(seconds(end) - 1) == (settlement_date, count)
    assert period_of(seconds(end)) == (settlement_date + timedelta(days=1), 1)


@given(st.integers(2000, 2099))
def test_a_year_has_one_short_day_in_march_and_one_long_day_in_october(year: int) -> None:
    year_days = [date(year, 1, 2) + timedelta(days=n) for n in range(363)]
    changes = [(d.month, d.weekday(), period_count(d)) for d in year_days if period_count(d) != 48]
    assert changes == [(3, 6, 46), (10, 6, 50)]


@settings(deadline=None)
@given(days)
def test_the_wall_clock_shows_the_periods_in_order(day: date) -> None:
    # The London date changes exactly at the bounds, and no half hour is left out or doubled.
    start, end = day_bounds(day)
    moments = [
        datetime(2000, 1, 1, tzinfo=UTC) + timedelta(seconds=s)
        for s in range(start, end, HALF_HOUR)
    ]
    assert {m.astimezone(LONDON).date() for m in moments} == {day}
    assert (moments[0] - timedelta(seconds=1)).astimezone(LONDON).date() < day
    assert (moments[-1] + timedelta(seconds=1800)).astimezone(LONDON).date() > day
    assert [period_of(from_datetime(m)) for m in moments] == [
        (day, p) for p in range(1, period_count(day) + 1)
    ]


@given(st.integers(0, TIME_LIMIT - 1))
def test_every_second_has_one_period_and_back(second: int) -> None:
    start = second - second % HALF_HOUR
    assert period_start(*period_of(second)) == start
    assert start_of(*utc_half_hour(second)) == start


@given(days)
def test_utc_parts_cover_the_day_once(day: date) -> None:
    covered = [
        (part.first_period + n - part.first, start_of(part.utc_date, n))
        for part in utc_parts(day)
        for n in part.half_hours
    ]
    assert covered == [(p, period_start(day, p)) for p in range(1, period_count(day) + 1)]


def test_a_summer_day_is_two_half_hours_of_the_date_before_and_46_of_its_own() -> None:
    before, own = utc_parts(date(2026, 7, 15))
    assert (before.utc_date, list(before.half_hours)) == (date(2026, 7, 14), [47, 48])
    assert (own.utc_date, list(own.half_hours)) == (date(2026, 7, 15), list(range(1, 47)))


def test_half_hour_names_are_plain_utc() -> None:
    assert utc_half_hour(0) == (date(2000, 1, 1), 1)
    assert utc_half_hour(seconds("2026-10-25T23:30Z")) == (date(2026, 10, 25), 48)
    assert to_datetime(seconds("2026-10-25T00:30+01:00")) == datetime(
        2026, 10, 24, 23, 30, tzinfo=UTC
    )


@pytest.mark.parametrize("period", [0, 47, 50])
def test_a_period_that_the_day_lacks_is_refused(period: int) -> None:
    with pytest.raises(ValueError, match="has periods 1 to 46"):
        period_start(date(2026, 3, 29), period)


@pytest.mark.parametrize("half_hour", [0, 49])
def test_a_utc_date_has_48_half_hours_also_when_clocks_change(half_hour: int) -> None:
    with pytest.raises(ValueError, match="1 to 48"):
        start_of(date(2026, 10, 25), half_hour)

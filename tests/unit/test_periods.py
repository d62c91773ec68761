"""Billing periods, against an arithmetic that counts one day at a time and knows nothing of the product's."""

from __future__ import annotations

import itertools
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from webapp.services.periods import (
    HALF_YEARLY,
    MONTHLY,
    MONTHS,
    QUARTERLY,
    YEARLY,
    Period,
    add_months,
    next_start,
    period_of,
    periods,
)

KINDS = (MONTHLY, QUARTERLY, HALF_YEARLY, YEARLY)
LENGTHS = {2: 1, 3: 3, 4: 6, 5: 12}
DAY = timedelta(days=1)
starts = st.one_of(
    st.dates(date(2019, 1, 1), date(2028, 12, 31)),
    st.builds(date, st.sampled_from([2023, 2024, 2028]), st.sampled_from([1, 3, 5, 7, 8, 10, 12]), st.sampled_from([29, 30, 31])),
    st.sampled_from([date(2024, 2, 29), date(2023, 2, 28), date(2026, 1, 31), date(2024, 8, 30)]),
)


def slow_starts(start: date, months: int, until: date) -> list[date]:
    """Every start of a period up to ``until``: each calendar month has one day that is "the same day" or else its last, and
    every so many months it counts."""
    found, day, seen = [], start, set()
    while day <= until:
        tomorrow = day + DAY
        is_last_of_month = tomorrow.month != day.month
        same_day = day.day == start.day or (is_last_of_month and day.day < start.day)
        if same_day and (day.year, day.month) not in seen:
            seen.add((day.year, day.month))
            if (len(seen) - 1) % months == 0:
                found.append(day)
        day = tomorrow
    return found


@pytest.mark.parametrize("kind", KINDS)
@given(start=starts, after=st.integers(0, 900))
@settings(deadline=None, max_examples=30)
def test_the_period_of_a_day_is_what_counting_days_gives(kind: int, start: date, after: int) -> None:
    day = start + timedelta(days=after)
    begun = slow_starts(start, LENGTHS[kind], day + timedelta(days=400))
    first = max(each for each in begun if each <= day)
    following = min(each for each in begun if each > day)
    assert period_of(start, kind, day) == Period(first, following - DAY)
    assert next_start(start, kind, day) == following


@pytest.mark.parametrize("kind", KINDS)
@given(start=starts)
@settings(deadline=None, max_examples=15)
def test_periods_follow_each_other_without_a_gap(kind: int, start: date) -> None:
    found = list(itertools.islice(periods(start, kind), 30))
    assert found[0].start == start
    assert all(before.end + DAY == after.start for before, after in itertools.pairwise(found))
    counted = slow_starts(start, LENGTHS[kind], start + timedelta(days=3 * 366))
    assert [period.start for period in found][: len(counted)] == counted[:30]


@pytest.mark.parametrize(
    ("start", "kind", "found"),
    [
        (date(2026, 1, 31), MONTHLY, ["2026-01-31", "2026-02-28", "2026-03-31", "2026-04-30", "2026-05-31"]),
        (date(2024, 1, 30), MONTHLY, ["2024-01-30", "2024-02-29", "2024-03-30", "2024-04-30", "2024-05-30"]),
        (date(2023, 1, 29), MONTHLY, ["2023-01-29", "2023-02-28", "2023-03-29", "2023-04-29", "2023-05-29"]),
        (date(2025, 11, 30), QUARTERLY, ["2025-11-30", "2026-02-28", "2026-05-30", "2026-08-30", "2026-11-30"]),
        (date(2025, 8, 31), HALF_YEARLY, ["2025-08-31", "2026-02-28", "2026-08-31", "2027-02-28", "2027-08-31"]),
        (date(2024, 2, 29), YEARLY, ["2024-02-29", "2025-02-28", "2026-02-28", "2027-02-28", "2028-02-29"]),
    ],
)
def test_a_shorter_month_does_not_move_the_periods_after_it(start: date, kind: int, found: list[str]) -> None:
    assert [period.start.isoformat() for period in itertools.islice(periods(start, kind), 5)] == found


def test_the_first_and_the_last_day_belong_to_a_period() -> None:
    start = date(2026, 1, 15)
    assert period_of(start, MONTHLY, date(2026, 2, 14)) == Period(date(2026, 1, 15), date(2026, 2, 14))
    assert period_of(start, MONTHLY, date(2026, 2, 15)) == Period(date(2026, 2, 15), date(2026, 3, 14))
    assert Period(date(2026, 2, 15), date(2026, 3, 14)).days == 28


def test_before_the_contract_there_is_no_period_and_its_start_comes_next() -> None:
    start = date(2026, 12, 1)
    assert period_of(start, MONTHLY, date(2026, 11, 30)) is None
    assert next_start(start, MONTHLY, date(2026, 11, 30)) == start
    assert next_start(start, MONTHLY, start) == date(2027, 1, 1)


@pytest.mark.parametrize("kind", [0, 1, 6, -2, 99])
def test_a_type_of_no_known_length_has_no_periods(kind: int) -> None:
    assert kind not in MONTHS
    assert period_of(date(2026, 1, 1), kind, date(2026, 5, 5)) is None
    assert next_start(date(2026, 1, 1), kind, date(2026, 5, 5)) is None


@pytest.mark.parametrize("kind", KINDS)
def test_the_end_of_the_calendar_is_no_exception(kind: int) -> None:
    last = date(9999, 12, 31)
    assert period_of(date(9999, 12, 1), kind, last) is None
    assert next_start(date(9999, 12, 1), kind, last) is None
    assert next(iter(periods(date(9998, 11, 1), MONTHLY))).start == date(9998, 11, 1)


@given(day=starts, months=st.integers(0, 40))
def test_some_months_later_is_never_a_later_day_of_the_month(day: date, months: int) -> None:
    found = add_months(day, months)
    assert found.day <= day.day
    assert (found.year * 12 + found.month) - (day.year * 12 + day.month) == months
    assert found.day == day.day or (found + DAY).month != found.month

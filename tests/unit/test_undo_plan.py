"""From which day a change can be taken back, and what stays billed until then."""

from __future__ import annotations

from datetime import date

import pytest

from webapp.domain import Reason
from webapp.services.undo_plan import next_allowed, remainder, unit_price

TODAY = date(2026, 11, 23)
START, END = date(2026, 1, 1), date(2026, 12, 31)
NOVEMBER = (date(2026, 11, 1), date(2026, 11, 30))


@pytest.mark.parametrize(
    ("since", "used", "expected"),
    [
        (date(2026, 11, 20), {date(2026, 11, 20)}, TODAY),
        (TODAY, {TODAY}, date(2026, 11, 24)),
        (TODAY, {TODAY, date(2026, 11, 24)}, date(2026, 11, 25)),
        (date(2026, 12, 1), {date(2026, 12, 1)}, date(2026, 12, 2)),  # the change itself is still to come
    ],
)
def test_a_change_is_taken_back_on_the_first_day_that_no_change_of_the_line_has_used(
    since: date, used: set[date], expected: date
) -> None:
    assert next_allowed(today=TODAY, since=since, used=used, start=START, end=END) == expected


def test_behind_the_end_of_the_contract_there_is_no_such_day() -> None:
    last_day = date(2026, 12, 31)
    found = next_allowed(today=last_day, since=last_day, used={last_day}, start=START, end=END)
    assert found == Reason("contract_ended", {"date": "2026-12-31"})


def test_a_contract_without_dates_has_no_such_day() -> None:
    found = next_allowed(today=TODAY, since=TODAY, used=(), start=START, end=None)
    assert isinstance(found, Reason)
    assert found.key == "contract_invalid"


def test_what_stays_billed_is_the_share_of_the_period_between_the_two_dates() -> None:
    found = remainder(units=3, effective=date(2026, 11, 20), undo_on=date(2026, 11, 23), price=10.0, period=NOVEMBER)
    assert found is not None
    assert (found.first, found.last, found.days, found.period_days) == (date(2026, 11, 20), date(2026, 11, 22), 3, 30)
    assert found.amount == pytest.approx(3.0)


def test_a_decrease_that_is_taken_back_leaves_a_credit() -> None:
    found = remainder(units=-3, effective=date(2026, 11, 20), undo_on=date(2026, 11, 23), price=10.0, period=NOVEMBER)
    assert found is not None
    assert found.amount == pytest.approx(-3.0)


@pytest.mark.parametrize(
    ("price", "period"), [(None, NOVEMBER), (10.0, (None, None)), (10.0, (date(2026, 10, 1), date(2026, 10, 31)))]
)
def test_without_price_or_period_only_the_days_are_known(price: float | None, period: tuple[date | None, date | None]) -> None:
    found = remainder(units=3, effective=date(2026, 11, 20), undo_on=date(2026, 11, 23), price=price, period=period)
    assert found is not None
    assert (found.days, found.amount) == (3, None)


def test_taken_back_on_its_own_day_nothing_stays_billed() -> None:
    assert remainder(units=3, effective=TODAY, undo_on=TODAY, price=10.0, period=NOVEMBER) is None


@pytest.mark.parametrize(
    ("before", "after", "expected"), [(5.0, 5.0, 5.0), (60.0, 75.0, 5.0), (None, 5.0, 5.0), (5.0, None, 5.0), (None, None, None)]
)
def test_the_price_of_one_unit_is_found_in_both_ways_that_autotask_may_mean_it(
    before: float | None, after: float | None, expected: float | None
) -> None:
    assert unit_price(before=before, after=after, units_before=12, units_after=15) == expected

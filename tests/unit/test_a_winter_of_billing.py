"""A winter of daily planning, day by day, against a few lines of arithmetic that know only usage, way and dates.

Usage moves as it likes; each day the plan is made as a run makes it and posted as Autotask takes it. In the end every day of each
month must have been billed at what the billing way says, to the licence.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.books import DayBooks
from tests.unit.drawn_contracts import Case
from tests.unit.plans import BAKERY, CONTRACT, facts, line, used
from tests.unit.test_periods import slow_starts
from webapp.domain import Billing, Month
from webapp.services.billing_dates import Occasion
from webapp.services.plan_facts import Limits

DAY = timedelta(days=1)
FIRST, LAST = date(2026, 10, 1), date(2027, 2, 8)
DAYS = [FIRST + number * DAY for number in range((LAST - FIRST).days + 1)]
ROOMY = Limits(increase_units=99, decrease_units=99, decrease_percent=99)
Usage = dict[date, int]
usages = st.dictionaries(st.sampled_from(DAYS), st.integers(1, 25), max_size=14)


def filled(moves: Usage) -> Usage:
    """Usage of every day: it stays until it moves."""
    found, figure = {}, 10
    for day in DAYS:
        figure = found[day] = moves.get(day, figure)
    return found


class Winter:
    """A line that is planned every day: inside the window the month before as closed, then the running month."""

    def __init__(self, way: Billing, usage: Usage) -> None:
        self.usage = usage
        start, end = date(2026, 1, 1), date(2027, 12, 31)
        self.books = DayBooks(start, end, slow_starts(start, 1, end), 10)
        what = facts(line(None, period_type=2), billing=way, contract=replace(CONTRACT, start_date=start, end_date=end))
        self.case = Case(what, Occasion(Month.of(FIRST), FIRST), ROOMY, {101: self.books})
        self.decided: set[Month] = set()

    def go_by(self) -> None:
        for day in DAYS:
            month = Month.of(day)
            if 2 <= day.day <= 7 and month.previous.last_day in self.usage:
                self._plan(Occasion(month.previous, day, closed=True), self.usage[month.previous.last_day])
            self._plan(Occasion(month, day), self.usage[day])

    def _plan(self, occasion: Occasion, figure: int) -> None:
        case = self.case
        lines = tuple(replace(each, decided=occasion.month in self.decided) for each in case.facts.lines)
        case.occasion, case.facts = occasion, replace(case.facts, usage=(used(figure, by=BAKERY),), lines=lines)
        plans = case.plan()
        case.apply(plans)
        if any(each.decided for each in plans):
            self.decided.add(occasion.month)


def months() -> list[Month]:
    """The months of the winter that are wholly past and closed."""
    return [Month(2026, 10), Month(2026, 11), Month(2026, 12), Month(2027, 1)]


@given(usages)
@settings(deadline=None, max_examples=12)
def test_arrears_bills_every_day_of_a_month_at_what_the_month_used_in_the_end(moves: Usage) -> None:
    winter = Winter(Billing.ARREARS, filled(moves))
    winter.go_by()
    for month in months():
        for day in (month.first_day, month.first_day + 14 * DAY, month.last_day):
            assert winter.books.units(day) == winter.usage[month.last_day]


@given(usages)
@settings(deadline=None, max_examples=12)
def test_monthly_bills_every_day_of_a_month_at_what_was_used_on_the_last_day_before_it(moves: Usage) -> None:
    winter = Winter(Billing.MONTHLY, filled(moves))
    winter.go_by()
    for month in months()[1:]:
        for day in (month.first_day, month.first_day + 14 * DAY, month.last_day):
            assert winter.books.units(day) == winter.usage[month.previous.last_day]


def high_water(usage: Usage) -> Usage:
    """What ``daily`` bills on each day: it rises with usage, once a day; on the 2nd the month before is closed, and what it used
    fewer counts from the 1st, unless the 1st asked for more itself."""
    found, units = {}, 10
    for day in DAYS:
        rose, before = False, found.get(day - DAY)
        last = usage.get(day.replace(day=1) - DAY)
        if day.day == 2 and last is not None and before is not None:
            rose_on_the_first = before > found.get(day - 2 * DAY, before)
            if last > units:
                units, rose = last, True
            elif last < units and not rose_on_the_first:
                units = found[day - DAY] = last
        if usage[day] > units and not rose:
            units = usage[day]
        found[day] = units
    return found


@given(usages)
@settings(deadline=None, max_examples=30)
def test_daily_bills_the_high_water_mark_of_the_month_from_where_the_month_before_ended(moves: Usage) -> None:
    winter = Winter(Billing.DAILY, filled(moves))
    winter.go_by()
    expected = high_water(winter.usage)
    assert {day: winter.books.units(day) for day in DAYS} == expected


@pytest.mark.parametrize(
    ("moves", "day", "units"),
    [
        ({date(2026, 11, 10): 14, date(2026, 11, 12): 11}, date(2026, 11, 30), 14),
        ({date(2026, 11, 10): 14, date(2026, 11, 12): 11}, date(2026, 12, 1), 11),
        ({date(2026, 11, 10): 14, date(2026, 12, 1): 16}, date(2026, 12, 1), 16),
    ],
)
def test_the_arithmetic_of_the_test_says_what_a_person_would(moves: Usage, day: date, units: int) -> None:
    assert high_water(filled(moves))[day] == units

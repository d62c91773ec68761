"""Reading unit rows: the one that covers the day, and later ones that somebody else must have made."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from tests.unit.plans import TODAY, unit_row
from webapp.services.unit_rows import row_in_force, unexplained

NOVEMBER = unit_row(12)
OCTOBER = unit_row(40, start=date(2026, 10, 1), end=date(2026, 10, 31))
DECEMBER = unit_row(12, start=date(2026, 12, 1), end=date(2026, 12, 31))


def test_the_row_that_covers_the_day_counts_wherever_it_stands() -> None:
    assert row_in_force([DECEMBER, NOVEMBER, OCTOBER], TODAY) == NOVEMBER
    assert row_in_force([OCTOBER, DECEMBER], TODAY) is None


def test_first_and_last_day_belong_to_a_row() -> None:
    assert row_in_force([NOVEMBER], date(2026, 11, 1)) == row_in_force([NOVEMBER], date(2026, 11, 30)) == NOVEMBER


def test_on_a_shared_boundary_the_row_that_begins_there_counts() -> None:
    until_today, from_today = replace(NOVEMBER, end_date=TODAY), replace(NOVEMBER, id=2, start_date=TODAY, units=15)
    assert row_in_force([from_today, until_today], TODAY) == from_today


def test_two_rows_that_begin_on_one_day_say_nothing() -> None:
    assert row_in_force([NOVEMBER, replace(NOVEMBER, id=2, units=99)], TODAY) is None


def test_rows_without_dates_cover_nothing() -> None:
    assert row_in_force([replace(NOVEMBER, start_date=None), replace(NOVEMBER, end_date=None)], TODAY) is None


def test_later_rows_with_todays_units_are_explained() -> None:
    assert unexplained([DECEMBER], units=12, own={}) is None


def test_the_first_later_row_that_differs_is_given() -> None:
    january = unit_row(20, start=date(2027, 1, 1), end=date(2027, 1, 31))
    assert unexplained([january, replace(DECEMBER, units=9)], units=12, own={}) == replace(DECEMBER, units=9)


def test_own_changes_explain_the_rows_from_their_date_on() -> None:
    own = {date(2026, 12, 1): -4}
    assert unexplained([replace(DECEMBER, units=8)], units=12, own=own) is None
    assert unexplained([DECEMBER], units=12, own=own) == DECEMBER


def test_a_later_row_that_cannot_be_read_is_not_explained() -> None:
    for row in (replace(DECEMBER, units=None), replace(DECEMBER, start_date=None)):
        assert unexplained([row], units=12, own={}) == row

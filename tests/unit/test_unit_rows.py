"""Reading unit rows: the one that covers the day, and later ones that somebody else must have made."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

from tests.unit.plans import TODAY, unit_row
from webapp.domain import UnitRow
from webapp.services.plan_facts import OwnChange, Step
from webapp.services.unit_rows import expected_units, row_in_force, unexplained

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


def first_step(later: list[UnitRow], **more: Any) -> Step | None:
    return unexplained(later, after=TODAY, units=12, own=more.pop("own", ()), **more)


def test_later_rows_with_todays_units_are_explained() -> None:
    assert first_step([DECEMBER]) is None


def test_the_first_later_row_that_differs_is_given() -> None:
    january = unit_row(20, start=date(2027, 1, 1), end=date(2027, 1, 31))
    assert first_step([january, replace(DECEMBER, units=9)]) == Step(date(2026, 12, 1), -3)


def test_own_changes_explain_the_rows_from_their_date_on() -> None:
    own = (OwnChange(date(2026, 12, 1), -4, 8),)
    assert first_step([replace(DECEMBER, units=8)], own=own) is None
    assert first_step([DECEMBER], own=own) == Step(date(2026, 12, 1), 4)


def test_a_step_that_a_person_decided_about_is_explained_until_it_changes() -> None:
    january = unit_row(20, start=date(2027, 1, 1), end=date(2027, 1, 31))
    rows = [replace(DECEMBER, units=20), january]
    assert first_step(rows, known=Step(date(2026, 12, 1), 8)) is None
    assert first_step(rows, known=Step(date(2026, 12, 1), 7)) == Step(date(2026, 12, 1), 8)
    assert first_step([*rows[:1], replace(january, units=21)], known=Step(date(2026, 12, 1), 8)) == Step(date(2027, 1, 1), 1)


def test_a_later_row_that_cannot_be_read_is_not_explained() -> None:
    assert first_step([replace(DECEMBER, units=None)]) == Step(date(2026, 12, 1), None)
    assert first_step([replace(DECEMBER, start_date=None)]) == Step(date.max, None)


def test_expected_units_are_those_of_the_newest_own_change_up_to_the_day() -> None:
    raised, lowered_before = OwnChange(date(2026, 12, 3), 1, 13, 0), OwnChange(date(2026, 12, 1), -2, 10, 1)
    assert expected_units([raised], date(2026, 12, 2)) is None
    assert expected_units([raised], date(2026, 12, 3)) == 13
    assert expected_units([raised, lowered_before], date(2026, 12, 2)) == 10
    assert expected_units([raised, lowered_before], date(2026, 12, 4)) == 11

"""What a change will about cost: the whole period, or the days that are left of it."""

from __future__ import annotations

from datetime import date

from webapp.services.preview_lines import ExpectedLine, Share, share_of, totals

START, END = date(2026, 11, 1), date(2026, 11, 30)


def line(delta: int, day: date | None = START, *, price: float | None = 5.0, end: date | None = END) -> ExpectedLine:
    return ExpectedLine("Intercept X", "Managed Security", ("Bakery",), 10, 10 + delta, delta, day, START, end, price)


def test_a_change_on_the_first_day_of_its_period_is_billed_in_full() -> None:
    assert share_of(START, START, END) == Share(30, 30)
    assert line(3).amount == 15.0


def test_a_later_change_is_billed_for_the_days_that_are_left_both_ends_counted() -> None:
    assert line(3, date(2026, 11, 12)).share == Share(19, 30)
    assert line(3, date(2026, 11, 12)).amount == 9.5
    assert line(3, END).share == Share(1, 30)


def test_a_decrease_is_worth_less_than_nothing() -> None:
    assert line(-2).amount == -10.0


def test_a_period_that_the_contract_cuts_short_counts_with_its_days() -> None:
    assert line(2, date(2026, 11, 6), end=date(2026, 11, 10)).share == Share(5, 10)


def test_without_a_price_or_a_period_there_are_units_alone() -> None:
    assert line(3, price=None).amount is None
    assert line(3, None).share is None
    assert line(3, end=None).amount is None
    assert line(3, date(2026, 12, 1)).share is None


def test_sums_are_rounded_once() -> None:
    found = totals([line(1, date(2026, 11, 30), price=0.1)] * 3)
    assert found.amount == 0.01
    assert [line(1, date(2026, 11, 30), price=0.1).amount] == [0.0]


def test_totals_tell_more_from_fewer_and_full_from_prorated() -> None:
    found = totals([line(3), line(4, date(2026, 11, 12)), line(-2), line(1, price=None)])
    assert (found.lines, found.more, found.fewer) == (4, 8, -2)
    assert (found.full, found.prorated, found.unpriced) == (3, 1, 1)
    assert found.amount == round(15 + 4 * 5 * 19 / 30 - 10, 2)


def test_no_lines_are_worth_nothing_that_could_be_told() -> None:
    assert totals([]).amount is None

"""The values that everything shares: months and roles."""

from __future__ import annotations

from datetime import date

import pytest

from webapp.domain import Month, Role


@pytest.mark.parametrize(
    "text", ["", "2026", "2026-1", "2026-13", "2026-00", "26-11", "2026/11", "2026-11-01", "٢٠٢٦-١١", "0000-05"]
)
def test_only_a_month_of_the_calendar_is_a_month(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - the text is the whole message
        Month.parse(text)


def test_a_month_reads_as_it_is_written() -> None:
    month = Month.parse("2026-11")
    assert (str(month), month.first_day) == ("2026-11", date(2026, 11, 1))
    assert month == Month.of(date(2026, 11, 30))


def test_december_is_followed_by_january_and_january_comes_after_december() -> None:
    assert str(Month.parse("2026-12").following) == "2027-01"
    assert str(Month.parse("2027-01").previous) == "2026-12"
    assert str(Month.parse("2026-11").following) == "2026-12"
    assert str(Month.parse("2026-12").previous) == "2026-11"


def test_each_role_may_do_what_the_one_before_it_may() -> None:
    assert [[one.allows(other) for other in Role] for one in Role] == [
        [True, False, False],
        [True, True, False],
        [True, True, True],
    ]

"""When a change of a line takes effect: the design's table of the three ways, cell by cell, as worked examples."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from webapp.domain import Billing, Month
from webapp.services.billing_dates import Occasion, When, full_period, when
from webapp.services.periods import HALF_YEARLY, MONTHLY, QUARTERLY, YEARLY, Period

DAILY, AT_BILLING_DAY, ARREARS = Billing.DAILY, Billing.MONTHLY, Billing.ARREARS
FIRST, FIFTEENTH, LAST = "2026-01-01", "2026-01-15", "2026-01-31"
"""The day on which a contract began."""


def day(text: str) -> date:
    return date.fromisoformat(text)


def dates(
    month: str,
    today: str,
    way: Billing,
    *,
    start: str = FIRST,
    closed: bool = False,
    kind: int | None = MONTHLY,
    **more: int | bool,
) -> When:
    own = bool(more.pop("own", False))
    occasion = Occasion(Month.parse(month), day(today), closed=closed, **more)
    found = when(occasion, start=day(start), period_type=kind, billing=way, own_setting=own)
    assert found is not None
    return found


def said(found: When) -> tuple[str, str | None, str | None]:
    """Date of an increase, date of a decrease (None: not decided now), and the day before which nothing is posted."""
    decrease, waits = found.decrease, found.waits_until
    return found.increase.isoformat(), decrease.isoformat() if decrease else None, waits.isoformat() if waits else None


# --- the running month ----------------------------------------------------------------------------------------------------

RUNNING = [
    # way, contract's start, today, increase, decrease, waits until
    (DAILY, FIRST, "2026-11-01", "2026-11-01", None, None),
    (DAILY, FIRST, "2026-11-23", "2026-11-23", None, None),
    (DAILY, FIFTEENTH, "2026-11-23", "2026-11-23", None, None),
    (DAILY, FIRST, "2026-11-30", "2026-11-30", None, None),
    (AT_BILLING_DAY, FIRST, "2026-11-01", "2026-12-01", None, "2026-11-30"),
    (AT_BILLING_DAY, FIRST, "2026-11-29", "2026-12-01", None, "2026-11-30"),
    (AT_BILLING_DAY, FIRST, "2026-11-30", "2026-12-01", "2026-12-01", None),
    (AT_BILLING_DAY, FIFTEENTH, "2026-11-30", "2026-12-15", "2026-12-15", None),
    (AT_BILLING_DAY, LAST, "2026-11-30", "2026-12-31", "2026-12-31", None),  # the last November period begins on the 30th itself
    (AT_BILLING_DAY, LAST, "2026-02-28", "2026-03-31", "2026-03-31", None),
    (ARREARS, FIRST, "2026-11-23", "2026-11-01", None, "2026-12-02"),
    (ARREARS, FIFTEENTH, "2026-11-10", "2026-11-15", None, "2026-12-02"),  # the period that holds the month's last day
    (ARREARS, LAST, "2026-11-23", "2026-11-30", None, "2026-12-02"),
]


@pytest.mark.parametrize(("way", "start", "today", "increase", "decrease", "waits"), RUNNING)
def test_the_running_month(way: Billing, start: str, today: str, increase: str, decrease: str | None, waits: str | None) -> None:
    assert said(dates(today[:7], today, way, start=start)) == (increase, decrease, waits)


@pytest.mark.parametrize(
    ("billing_day", "today", "waits"),
    [
        (15, "2026-11-14", "2026-11-15"),
        (15, "2026-11-15", None),
        (15, "2026-11-20", None),  # later the same month a missed billing day is caught up
        (31, "2026-11-29", "2026-11-30"),
        (31, "2028-02-28", "2028-02-29"),
        (30, "2026-02-27", "2026-02-28"),
        (30, "2026-02-28", None),
        (1, "2026-11-01", None),
    ],
)
def test_the_billing_day_of_a_shorter_month_is_its_last(billing_day: int, today: str, waits: str | None) -> None:
    found = dates(today[:7], today, AT_BILLING_DAY, billing_day=billing_day)
    assert said(found)[2] == waits
    assert found.decides is (waits is None)


def test_an_early_billing_day_starts_with_the_next_period_after_it() -> None:
    assert said(dates("2026-11", "2026-11-10", AT_BILLING_DAY, start=FIFTEENTH, billing_day=10)) == ("2026-11-15",) * 2 + (None,)
    assert said(dates("2026-11", "2026-11-15", AT_BILLING_DAY, start=FIFTEENTH, billing_day=15)) == ("2026-12-15",) * 2 + (None,)


def test_a_lower_figure_says_when_it_is_decided() -> None:
    assert dates("2026-11", "2026-11-23", DAILY).lower_on == day("2026-12-02")
    assert dates("2026-11", "2026-11-23", DAILY, close_from_day=5).lower_on == day("2026-12-05")
    assert dates("2026-11", "2026-11-23", AT_BILLING_DAY).lower_on == day("2026-11-30")
    assert dates("2026-12", "2026-12-23", ARREARS).lower_on == day("2027-01-02")


# --- the close ------------------------------------------------------------------------------------------------------------

CLOSES = [
    (DAILY, FIRST, "2026-12-02", "2026-12-02", "2026-12-01"),
    (DAILY, FIRST, "2026-12-07", "2026-12-07", "2026-12-01"),
    (DAILY, FIFTEENTH, "2026-12-02", "2026-12-02", "2026-12-15"),
    (DAILY, LAST, "2026-12-02", "2026-12-02", "2026-12-31"),
    (AT_BILLING_DAY, FIRST, "2026-12-02", "2026-12-01", "2026-12-01"),
    (AT_BILLING_DAY, FIFTEENTH, "2026-12-02", "2026-12-15", "2026-12-15"),
    (ARREARS, FIRST, "2026-12-02", "2026-11-01", "2026-11-01"),
    (ARREARS, FIRST, "2026-12-07", "2026-11-01", "2026-11-01"),
    (ARREARS, FIFTEENTH, "2026-12-02", "2026-11-15", "2026-11-15"),
    (ARREARS, LAST, "2026-12-02", "2026-11-30", "2026-11-30"),
]


@pytest.mark.parametrize(("way", "start", "today", "increase", "decrease"), CLOSES)
def test_the_close_of_november(way: Billing, start: str, today: str, increase: str, decrease: str) -> None:
    assert said(dates("2026-11", today, way, start=start, closed=True)) == (increase, decrease, None)


def test_the_close_of_december_is_in_the_next_year() -> None:
    assert said(dates("2026-12", "2027-01-03", DAILY, closed=True)) == ("2027-01-03", "2027-01-01", None)
    assert said(dates("2026-12", "2027-01-03", ARREARS, closed=True)) == ("2026-12-01", "2026-12-01", None)


def test_the_close_of_february_for_a_contract_that_began_on_the_31st() -> None:
    assert said(dates("2026-02", "2026-03-02", DAILY, start=LAST, closed=True))[1] == "2026-03-31"
    assert said(dates("2026-02", "2026-03-02", ARREARS, start=LAST, closed=True))[:2] == ("2026-02-28", "2026-02-28")


def test_only_a_close_that_comes_after_the_month_can_tell_what_the_month_missed() -> None:
    assert dates("2026-11", "2026-12-02", DAILY, closed=True).month_end == day("2026-11-30")
    assert dates("2026-11", "2026-11-23", DAILY, closed=True).month_end is None
    assert dates("2026-11", "2026-11-23", DAILY, closed=True, kind=YEARLY).month_end is None


# --- a past month by hand -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("way", list(Billing))
@pytest.mark.parametrize(("start", "own"), [(FIRST, "2026-09-01"), (FIFTEENTH, "2026-09-15"), (LAST, "2026-09-30")])
def test_a_past_month_by_hand_is_planned_on_its_own_period(way: Billing, start: str, own: str) -> None:
    found = dates("2026-09", "2026-11-23", way, start=start)
    assert said(found) == (own, own, None)
    assert found.increase_at_start
    assert found.decrease_at_start


# --- longer periods -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [QUARTERLY, HALF_YEARLY, YEARLY])
@pytest.mark.parametrize("way", list(Billing))
def test_longer_periods_without_an_own_setting_are_changed_today_and_each_change_is_held(way: Billing, kind: int) -> None:
    running = dates("2026-11", "2026-11-23", way, kind=kind)
    assert (said(running), running.hold_period) == (("2026-11-23", None, None), True)
    closed = dates("2026-11", "2026-12-02", way, kind=kind, closed=True)
    assert (said(closed), closed.hold_period) == (("2026-12-02", "2026-12-02", None), True)


@pytest.mark.parametrize(
    ("way", "kind", "increase", "decrease"),
    [
        (DAILY, QUARTERLY, "2026-12-02", "2027-01-01"),
        (DAILY, HALF_YEARLY, "2026-12-02", "2027-01-01"),
        (DAILY, YEARLY, "2026-12-02", "2027-01-01"),
        (AT_BILLING_DAY, QUARTERLY, "2027-01-01", "2027-01-01"),
        (ARREARS, QUARTERLY, "2026-10-01", "2026-10-01"),
        (ARREARS, HALF_YEARLY, "2026-07-01", "2026-07-01"),
        (ARREARS, YEARLY, "2026-01-01", "2026-01-01"),
    ],
)
def test_longer_periods_with_an_own_setting_go_by_the_rules(way: Billing, kind: int, increase: str, decrease: str) -> None:
    found = dates("2026-11", "2026-12-02", way, kind=kind, closed=True, own=True)
    assert (said(found), found.hold_period) == ((increase, decrease, None), False)


def test_a_contract_without_a_period_type_is_taken_for_monthly() -> None:
    assert said(dates("2026-11", "2026-12-02", ARREARS, closed=True, kind=None)) == ("2026-11-01", "2026-11-01", None)


def test_a_period_of_no_known_length_has_no_start_that_could_be_named() -> None:
    occasion = Occasion(Month(2026, 11), day("2026-12-02"), closed=True)
    for way in Billing:
        assert when(occasion, start=day(FIRST), period_type=9, billing=way, own_setting=True) is None


# --- whatever the calendar ------------------------------------------------------------------------------------------------


@given(
    start=st.dates(date(2020, 1, 1), date(2026, 12, 31)),
    today=st.dates(date(2026, 1, 1), date(2028, 12, 31)),
    way=st.sampled_from(list(Billing)),
    kind=st.sampled_from([2, 3, 4, 5]),
    closed=st.booleans(),
    own=st.booleans(),
    back=st.integers(0, 3),
    billing_day=st.integers(1, 31),
)
@settings(deadline=None, max_examples=150)
def test_the_dates_keep_the_rules_of_the_way(
    start: date, today: date, way: Billing, kind: int, closed: bool, own: bool, back: int, billing_day: int
) -> None:
    month = Month.of(today)
    for _ in range(back):
        month = month.previous
    occasion = Occasion(month, today, closed=closed, billing_day=billing_day)
    found = when(occasion, start=start, period_type=kind, billing=way, own_setting=own)
    if found is None:  # only before the contract's first day there is no period
        assert start > month.last_day
        return
    if occasion.is_running and found.way is not Billing.MONTHLY:
        assert found.decrease is None
    for each, at_start in ((found.increase, found.increase_at_start), (found.decrease, found.decrease_at_start)):
        if each is not None and at_start:
            period = full_period(start, kind, each)
            assert isinstance(period, Period)
            assert period.start == each
    if found.way is Billing.DAILY and not occasion.by_hand:
        assert found.increase == today
        assert found.decrease is None or found.decrease > month.last_day or found.hold_period
    if found.waits_until:
        assert found.decrease is None
        assert not closed
    assert found.way is Billing.DAILY or found.hold_period or occasion.by_hand or found.increase_at_start

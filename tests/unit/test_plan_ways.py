"""What each billing way makes of a line, sentence by sentence of the design: the running month and the close."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.unit.plans import (
    CONTRACT,
    WAYS,
    close,
    day,
    effect,
    months,
    of,
    on,
    only,
    said,
    standing,
)
from webapp.domain import Billing, LineState, Month
from webapp.services.plan_facts import Facts, OwnChange

# --- daily ---


def test_the_running_month_raises_today_and_leaves_a_lower_figure_to_the_close() -> None:
    assert effect(only(of(months(12), 15, Billing.DAILY), on=day("2026-11-23"))) == ("planned", "2026-11-23", 3)
    lower = only(of(months(12), 10, Billing.DAILY), on=day("2026-11-23"))
    assert (said(lower), lower.reason.params["date"]) == (("lower_so_far", None, "fewer_so_far"), "2026-12-02")


def test_the_close_lowers_from_the_start_of_the_next_period() -> None:
    assert effect(only(of(months(12), 10, Billing.DAILY), occasion=close())) == ("planned", "2026-12-01", -2)


def test_the_close_lowers_at_the_first_period_that_is_not_posted_and_tells_what_the_posted_one_has_too_many() -> None:
    found = only(of(months(12, posted=["2026-11-01", "2026-12-01"]), 10, Billing.DAILY), occasion=close())
    assert effect(found) == ("planned", "2027-01-01", -2)
    assert (found.missed, found.missed_from) == (-2, day("2026-12-01"))


def test_what_a_posted_period_has_too_many_is_told_also_after_the_change_was_made() -> None:
    made = standing(("2026-12-01", 12), ("2027-01-01", 10), posted=["2026-12-01"], own=(OwnChange(day("2027-01-01"), -2, 10),))
    found = only(of(made, 10, Billing.DAILY), occasion=close("2026-12-03"))
    assert (found.state, found.missed, found.missed_from) == (LineState.IN_STEP, -2, day("2026-12-01"))


def test_an_increase_found_at_the_close_is_dated_today_and_what_the_month_missed_is_told() -> None:
    found = only(of(months(12), 15, Billing.DAILY), occasion=close("2026-12-04"))
    assert effect(found) == ("planned", "2026-12-04", 3)
    assert (found.missed, found.missed_from) == (3, day("2026-11-30"))


def test_what_the_month_missed_is_told_also_where_december_has_it_already() -> None:
    raised = standing(("2026-11-01", 12), ("2026-12-01", 12), ("2026-12-02", 15), ("2027-01-01", 15))
    found = only(of(raised, 15, Billing.DAILY), occasion=close("2026-12-04"))
    assert (found.state, found.missed) == (LineState.IN_STEP, 3)


def test_the_increase_is_compared_before_the_decrease() -> None:
    """Lower from today on, yet not enough at the start of the month: today counts first."""
    dipped = standing(("2026-11-01", 12), ("2026-12-01", 20), ("2026-12-02", 9), ("2027-01-01", 9))
    own = (OwnChange(day("2026-12-02"), -11, 9),)
    found = only(of(replace(dipped, own=own), 10, Billing.DAILY), occasion=close("2026-12-04"))
    assert effect(found) == ("planned", "2026-12-04", 1)


def test_in_step_at_both_dates_writes_nothing() -> None:
    assert effect(only(of(months(12), 12, Billing.DAILY), occasion=close())) == ("in_step", None, 0)


def test_the_close_lowers_nothing_that_kontor_raised_since() -> None:
    """On 1 December the running month asked for 14: the close of November must not take them away again."""
    raised = standing(("2026-11-01", 12), ("2026-12-01", 14), ("2027-01-01", 14), own=(OwnChange(day("2026-12-01"), 2, 14),))
    found = only(of(raised, 10, Billing.DAILY), occasion=close())
    assert (said(found), found.effective_date) == (("lower_so_far", None, "raised_since"), None)
    later = standing(("2026-11-01", 12), ("2026-12-01", 12), ("2026-12-03", 14), own=(OwnChange(day("2026-12-03"), 2, 14),))
    assert said(only(of(later, 10, Billing.DAILY), occasion=close("2026-12-05")))[2] == "raised_since"


def test_a_decrease_of_a_period_in_the_middle_of_the_month_lies_in_the_future() -> None:
    contract = replace(CONTRACT, start_date=day("2026-01-15"))
    units = standing(("2026-11-15", 12), ("2026-12-15", 12), ("2027-01-15", 12))
    assert effect(only(of(units, 10, Billing.DAILY, contract=contract), occasion=close())) == ("planned", "2026-12-15", -2)


def test_a_second_decrease_on_the_same_period_is_deferred_and_told() -> None:
    again = months(10, used_dates=frozenset({day("2026-12-01")}))
    found = only(of(again, 9, Billing.DAILY), occasion=close("2026-12-04"))
    assert (said(found), effect(found)) == (("deferred", None, "already_today"), ("deferred", "2027-01-01", -1))
    assert (found.missed, found.missed_from) == (-1, day("2026-12-01"))


def test_the_close_of_a_month_before_the_contract_began_says_nothing_of_it() -> None:
    contract = replace(CONTRACT, start_date=day("2026-12-01"))
    units = standing(("2026-12-01", 12), ("2027-01-01", 12))
    for way in (Billing.DAILY, Billing.ARREARS):
        assert said(only(of(units, 15, way, contract=contract), occasion=close()))[1] == "contract_not_started"
    assert effect(only(of(units, 15, Billing.MONTHLY, contract=contract), occasion=close())) == ("planned", "2026-12-01", 3)


def test_a_close_that_comes_months_late_is_for_a_person_to_decide() -> None:
    for usage in (15, 10):
        found = only(of(months(12), usage, Billing.DAILY), occasion=close("2026-12-02", Month(2026, 9)))
        assert said(found) == ("held", None, "hold_past_month")


# --- monthly ---


def test_before_the_billing_day_a_higher_figure_waits_and_a_lower_one_too() -> None:
    more = only(of(months(12), 15, Billing.MONTHLY), occasion=on("2026-11-23"))
    assert (said(more), more.waits_until, more.is_due) == (("planned", None, "waits_for_billing_day"), day("2026-11-30"), False)
    assert (more.effective_date, more.delta) == (day("2026-12-01"), 3)
    fewer = only(of(months(12), 10, Billing.MONTHLY), occasion=on("2026-11-23"))
    assert (said(fewer), fewer.is_due) == (("lower_so_far", None, "fewer_until_billing_day"), False)
    assert fewer.reason.params["date"] == "2026-11-30"


@pytest.mark.parametrize(("usage", "delta"), [(15, 3), (10, -2)])
def test_the_billing_day_decides_both_ways_from_the_next_period(usage: int, delta: int) -> None:
    found = only(of(months(12), usage, Billing.MONTHLY), occasion=on("2026-11-30"))
    assert (effect(found), found.decided, found.is_due) == (("planned", "2026-12-01", delta), True, True)


@pytest.mark.parametrize(("usage", "delta"), [(15, 3), (10, -2)])
def test_the_close_catches_up_where_the_billing_day_missed_the_line(usage: int, delta: int) -> None:
    assert effect(only(of(months(12), usage, Billing.MONTHLY), occasion=close())) == ("planned", "2026-12-01", delta)


@pytest.mark.parametrize("usage", [15, 10])
def test_what_the_billing_day_decided_stands_at_the_close(usage: int) -> None:
    found = only(of(months(12, decided=True), usage, Billing.MONTHLY), occasion=close())
    assert (said(found), found.is_due) == (("in_step", None, "decided_on_billing_day"), False)


def test_what_an_early_billing_day_decided_stands_for_the_rest_of_the_month() -> None:
    decided = of(months(12, decided=True), 15, Billing.MONTHLY)
    assert said(only(decided, occasion=on("2026-11-20", billing_day=15)))[2] == "decided_on_billing_day"
    assert effect(only(decided, occasion=on("2026-11-15", billing_day=15))) == ("planned", "2026-12-01", 3)
    missed = of(months(12), 15, Billing.MONTHLY)
    assert effect(only(missed, occasion=on("2026-11-20", billing_day=15))) == ("planned", "2026-12-01", 3)


@pytest.mark.parametrize(
    ("usage", "state", "key"),
    [(12, "in_step", "equal"), (10, "lower_so_far", "lower_at_the_end"), (15, "blocked", "contract_ended")],
)
def test_in_the_last_period_of_a_contract_only_more_usage_than_units_is_a_failure(usage: int, state: str, key: str) -> None:
    last = replace(CONTRACT, end_date=day("2026-11-30"))
    found = only(of(standing(("2026-11-01", 12)), usage, Billing.MONTHLY, contract=last), occasion=on("2026-11-23"))
    assert (found.state.value, found.reason.key, found.before) == (state, key, 12 if state != "blocked" else None)


def test_a_billing_day_on_a_posted_next_period_goes_on_to_the_one_after() -> None:
    found = only(of(months(12, posted=["2026-11-01", "2026-12-01"]), 15, Billing.MONTHLY), occasion=on("2026-11-30"))
    assert (effect(found), found.missed, found.missed_from) == (("planned", "2027-01-01", 3), 3, day("2026-12-01"))


# --- arrears ---


def test_in_arrears_the_running_month_waits_for_its_close_and_tells_nothing_as_missed_yet() -> None:
    for posted in ([], ["2026-11-01"]):
        more = only(of(months(12, posted=posted), 15, Billing.ARREARS), occasion=on("2026-11-23"))
        assert (said(more), more.waits_until) == (("planned", None, "waits_for_close"), day("2026-12-02"))
        assert (more.is_due, more.missed) == (False, 0)
    assert said(only(of(months(12), 10, Billing.ARREARS), occasion=on("2026-11-23")))[0] == "lower_so_far"


@pytest.mark.parametrize(("usage", "delta"), [(15, 3), (10, -2)])
def test_the_close_in_arrears_decides_both_ways_from_the_months_own_period(usage: int, delta: int) -> None:
    assert effect(only(of(months(12), usage, Billing.ARREARS), occasion=close())) == ("planned", "2026-11-01", delta)


@pytest.mark.parametrize(("usage", "delta"), [(15, 3), (10, -2)])
def test_a_posted_period_in_arrears_goes_on_to_the_first_unposted_one_and_is_told(usage: int, delta: int) -> None:
    found = only(of(months(12, posted=["2026-11-01"]), usage, Billing.ARREARS), occasion=close())
    assert (effect(found), found.missed, found.missed_from) == (("planned", "2026-12-01", delta), delta, day("2026-11-01"))


def test_what_a_posted_period_misses_is_told_where_the_next_one_has_it_already() -> None:
    units = standing(("2026-11-01", 12), ("2026-12-01", 15), ("2027-01-01", 15), posted=["2026-11-01"])
    found = only(of(units, 15, Billing.ARREARS), occasion=close())
    assert (found.state, found.missed, found.missed_from) == (LineState.IN_STEP, 3, day("2026-11-01"))


def test_a_change_under_a_later_one_of_kontors_own_waits_for_a_person() -> None:
    """The contract was daily until the 20th: the same three licences must not be billed twice from then on."""
    units = standing(("2026-11-01", 12), ("2026-11-10", 15), ("2026-12-01", 15), own=(OwnChange(day("2026-11-10"), 3, 15),))
    assert said(only(of(units, 15, Billing.ARREARS), occasion=close())) == ("held", None, "hold_later_change")


# --- longer periods ---

QUARTERS = ("2026-07-01", "2026-10-01", "2027-01-01")


def yearly(way: Billing, usage: int, **more: Any) -> Facts:
    units = standing(*((start, 12) for start in QUARTERS), period_type=3)
    return of(units, usage, way, contract=replace(CONTRACT, period_type=3), **more)


@pytest.mark.parametrize("way", WAYS)
def test_longer_periods_are_changed_today_and_each_change_is_held(way: Billing) -> None:
    assert effect(only(yearly(way, 14), on=day("2026-11-23"))) == ("held", "2026-11-23", 2)
    lower = only(yearly(way, 10), occasion=close())
    assert (said(lower), effect(lower)) == (("held", None, "hold_period"), ("held", "2026-12-02", -2))


@pytest.mark.parametrize(
    ("way", "usage", "date_text", "delta"),
    [
        (Billing.DAILY, 14, "2026-12-02", 2),
        (Billing.DAILY, 10, "2027-01-01", -2),
        (Billing.MONTHLY, 14, "2027-01-01", 2),
        (Billing.MONTHLY, 10, "2027-01-01", -2),
        (Billing.ARREARS, 14, "2026-10-01", 2),
        (Billing.ARREARS, 10, "2026-10-01", -2),
    ],
)
def test_longer_periods_with_an_own_setting_go_by_its_rules(way: Billing, usage: int, date_text: str, delta: int) -> None:
    found = only(yearly(way, usage, own_billing=True), occasion=close())
    assert effect(found) == ("planned", date_text, delta)

"""The guard: which increases wait for a person, which for the next day, and which are posted."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from tests.unit.plans import (
    BAKERY,
    CONTRACT,
    EMAIL,
    EMAIL_SERVICE,
    ENDPOINT_SERVICE,
    SHIPPING,
    TODAY,
    facts,
    line,
    only,
    plan,
    rule,
    said,
    used,
)
from webapp.domain import Mode, Reason
from webapp.services.plan_facts import Member, OwnChange
from webapp.services.plan_guard import hold_all


@pytest.mark.parametrize(
    ("before", "target", "state"),
    [
        (20, 30, "planned"),  # 10 units and 50 %: both limits just reached
        (20, 31, "held"),
        (22, 33, "planned"),  # 11 units, but 50 %
        (22, 34, "held"),
        (2, 12, "planned"),  # 500 %, but 10 units
        (2, 13, "held"),
        (0, 10, "planned"),
        (0, 11, "held"),
        (1000, 1011, "planned"),
    ],
)
def test_an_increase_is_held_when_it_is_over_both_limits(before: int, target: int, state: str) -> None:
    assert said(only(facts(line(before), usage=[used(target)])))[0] == state


def test_from_zero_only_the_limit_of_units_counts() -> None:
    found = only(facts(line(0), usage=[used(11)]))
    assert (said(found), dict(found.reason.params)) == (("held", None, "hold_increase_from_zero"), {"units": 11})


def test_units_that_moved_since_the_last_proof_are_held_unless_a_setting_says_otherwise() -> None:
    what = facts(line(12, own=(OwnChange(date(2026, 11, 20), 2, 14),)), usage=[used(15)])
    assert said(only(what)) == ("held", None, "hold_drift")
    assert said(only(what, hold_drift=False))[0] == "planned"
    proved = (OwnChange(date(2026, 11, 20), 2, 12),)
    assert said(only(facts(line(12, own=proved), usage=[used(15)])))[0] == "planned"


@pytest.mark.parametrize("status", ["suspended", "Suspended", "canceled", "cancelled"])
def test_an_account_that_is_not_in_good_standing_is_held(status: str) -> None:
    found = only(facts(line(12), usage=[used(15)], members=[replace(BAKERY, account_status=status)]))
    assert (said(found)[2], found.reason.params["customer"]) == ("hold_account", BAKERY.name)


def test_the_account_of_somebody_who_does_not_use_the_product_holds_nothing() -> None:
    members = [BAKERY, replace(SHIPPING, account_status="suspended")]
    assert said(only(facts(line(12), usage=[used(15)], members=members)))[0] == "planned"


def test_a_contract_billed_for_longer_than_a_month_is_held() -> None:
    contract = replace(CONTRACT, period_type=5)
    assert said(only(facts(line(12, period_type=5), usage=[used(15)], contract=contract)))[2] == "hold_period"


def test_in_the_mode_approve_every_increase_is_held() -> None:
    assert said(only(facts(line(12), usage=[used(15)]), mode=Mode.APPROVE)) == ("held", None, "hold_mode")


def test_a_service_that_is_not_on_the_contract_is_held_as_a_new_line() -> None:
    found = only(facts(usage=[used(4)]))
    assert said(found) == ("held", None, "hold_new_line")
    assert (found.contract_service_id, found.service_id, found.before, found.target) == (None, ENDPOINT_SERVICE, 0, 4)


def test_no_new_line_is_asked_for_where_nothing_is_to_bill() -> None:
    assert plan(facts(usage=[used(4)], rules=[rule(included=4)])) == ()


def test_a_second_increase_on_a_day_waits_for_the_next_day() -> None:
    found = only(facts(line(12, used_dates=frozenset({TODAY})), usage=[used(15)]))
    assert (said(found), found.effective_date) == (("deferred", None, "already_today"), date(2026, 11, 24))
    assert said(only(facts(line(12, used_dates=frozenset({date(2026, 11, 22)})), usage=[used(15)])))[0] == "planned"


def test_the_guard_of_a_run_holds_what_is_planned_and_nothing_else() -> None:
    lines = [line(12), line(3, id=102, service=EMAIL_SERVICE)]
    plans = plan(facts(*lines, usage=[used(15), used(3, product=EMAIL)]))
    held = hold_all(plans, Reason("hold_run_usage"))
    assert [said(each)[0] for each in held] == ["held", "in_step"]


def test_names_of_members_do_not_decide_who_is_billed() -> None:
    twin = Member("other", BAKERY.name)
    found = only(facts(line(0), usage=[used(2), used(3, by=twin)], members=[BAKERY, twin]))
    assert found.target == 5

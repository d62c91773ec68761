"""The plan of a contract, sentence by sentence."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from tests.unit.plans import (
    BAKERY,
    CONTRACT,
    EMAIL,
    EMAIL_SERVICE,
    ENDPOINT,
    ENDPOINT_SERVICE,
    SHIPPING,
    TODAY,
    facts,
    line,
    only,
    plan,
    rule,
    said,
    unit_row,
    used,
)
from webapp.domain import Quantity
from webapp.services.plan_facts import OwnChange

# --- what is compared -----------------------------------------------------------------------------------------------------


def test_more_used_than_billed_is_planned_from_today() -> None:
    found = only(facts(line(12), usage=[used(15)]))
    assert said(found) == ("planned", None, "more_used")
    assert (found.before, found.target, found.delta, found.effective_date) == (12, 15, 3, TODAY)
    assert (found.products, found.customer_ids) == ((ENDPOINT,), ("bakery",))


def test_equal_is_in_step_and_names_no_date() -> None:
    found = only(facts(line(12), usage=[used(12)]))
    assert (said(found), found.delta, found.effective_date) == (("in_step", None, "equal"), 0, None)


def test_fewer_used_than_billed_waits_for_the_close_of_the_month() -> None:
    found = only(facts(line(12), usage=[used(3)]))
    assert (said(found), found.target, found.effective_date) == (("lower_so_far", None, "fewer_so_far"), 3, None)


def test_no_usage_at_all_is_a_finding_and_no_failure() -> None:
    assert said(only(facts(line(12)))) == ("in_step", "line_without_usage", "line_without_usage")
    assert said(only(facts(line(0)))) == ("in_step", None, "equal")


def test_the_units_are_those_of_the_row_that_covers_today() -> None:
    rows = (
        unit_row(40, start=date(2026, 10, 1), end=date(2026, 10, 31)),
        unit_row(12),
        unit_row(99, start=date(2026, 12, 1), end=date(2026, 12, 31)),
    )
    assert only(facts(line(12, rows=rows), usage=[used(15)])).before == 12


def test_a_line_whose_service_no_product_mapping_names_is_never_touched() -> None:
    assert plan(facts(line(12, service=999), usage=[])) == ()


# --- what is wanted -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("terms", "target"),
    [
        ({}, 15),
        ({"included": 4}, 11),
        ({"included": 20}, 0),
        ({"minimum": 25}, 25),
        ({"minimum": 10}, 15),
        ({"pack_size": 10}, 20),
        ({"pack_size": 5}, 15),
        ({"minimum": 21, "pack_size": 10}, 30),
        ({"included": 20, "minimum": 25}, 0),  # the minimum holds only while there is usage
        ({"quantity": Quantity.ACTUAL}, 14),
        ({"quantity": Quantity.ORDERED}, 20),
    ],
)
def test_the_rule_of_the_product_makes_the_target(terms: dict[str, Any], target: int) -> None:
    usage = [used(15, actual=14, ordered=20)]
    assert only(facts(line(0), usage=usage, rules=[rule(**terms)]), increase_units=99).target == target


def test_an_excluded_product_asks_for_nothing() -> None:
    found = only(facts(line(12), usage=[used(15)], rules=[rule(exclude=True)]))
    assert said(found) == ("in_step", "line_without_usage", "line_without_usage")


def test_an_excluded_product_needs_no_service_and_no_figure() -> None:
    assert plan(facts(usage=[used(None)], rules=[rule(service=None, exclude=True)])) == ()


def test_several_products_of_one_service_are_summed_into_its_line() -> None:
    rules = [rule(included=2, pack_size=10), rule(EMAIL, ENDPOINT_SERVICE, included=1, pack_size=10)]
    found = only(facts(line(20), usage=[used(15), used(8, product=EMAIL)], rules=rules))
    assert (found.target, found.products) == (20, (EMAIL, ENDPOINT))


def test_several_customers_of_one_contract_are_summed() -> None:
    usage = [used(8), used(6, by=SHIPPING)]
    found = only(facts(line(12), usage=usage, members=[BAKERY, SHIPPING]))
    assert (found.target, found.customer_ids, said(found)[0]) == (14, ("bakery", "shipping"), "planned")


def test_a_customer_may_have_a_rule_of_its_own() -> None:
    usage = [used(8), used(6, by=SHIPPING)]
    own = {(ENDPOINT, "shipping"): rule(exclude=True)}
    found = only(facts(line(8), usage=usage, members=[BAKERY, SHIPPING], own=own))
    assert (said(found)[0], found.target, found.customer_ids) == ("in_step", 8, ("bakery",))


# --- what stops the whole contract ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("contract", "code"),
    [
        (None, "contract_not_mapped"),
        (replace(CONTRACT, contract_type=1), "contract_not_mapped"),
        (replace(CONTRACT, status=0), "contract_inactive"),
        (replace(CONTRACT, status=None), "contract_inactive"),
        (replace(CONTRACT, end_date=date(2026, 11, 22)), "contract_ended"),
        (replace(CONTRACT, start_date=date(2026, 11, 24)), "contract_not_started"),
        (replace(CONTRACT, start_date=None), "contract_invalid"),
        (replace(CONTRACT, end_date=None), "contract_invalid"),
        (replace(CONTRACT, start_date=date(2027, 1, 1), end_date=date(2026, 1, 1)), "contract_invalid"),
    ],
)
def test_a_contract_that_cannot_be_billed_stops_all_its_lines(contract: Any, code: str) -> None:
    lines = [line(12), line(1, id=102, service=EMAIL_SERVICE)]
    found = plan(facts(*lines, usage=[used(15)], contract=contract))
    assert [said(each) for each in found] == [("blocked", code, code)] * 2
    assert [each.effective_date for each in found] == [None, None]


def test_the_first_and_the_last_day_of_a_contract_belong_to_it() -> None:
    contract = replace(CONTRACT, start_date=TODAY, end_date=TODAY)
    assert said(only(facts(line(12), usage=[used(15)], contract=contract)))[0] == "planned"


def test_a_contract_without_known_lines_still_says_what_is_wrong() -> None:
    found = only(facts(usage=[used(15)], contract=None))
    assert (said(found)[1], found.contract_service_id, found.customer_ids) == ("contract_not_mapped", None, ("bakery",))


@pytest.mark.parametrize("why", [{"usage_sync": False}, {"present": False}])
def test_one_customer_that_takes_no_part_stops_the_contract_and_is_named(why: dict[str, bool]) -> None:
    members = [BAKERY, replace(SHIPPING, **why)]
    found = only(facts(line(12), usage=[used(15)], members=members))
    assert said(found)[:2] == ("blocked", "contract_incomplete")
    assert found.reason.params == {"customer": SHIPPING.name, "customer_id": "shipping"}
    assert found.customer_ids == ("bakery", "shipping")


# --- what stops one line ------------------------------------------------------------------------------------------------------


def test_a_problem_of_one_line_leaves_its_neighbour_alone() -> None:
    lines = [line(None), line(1, id=102, service=EMAIL_SERVICE)]
    found = plan(facts(*lines, usage=[used(15), used(2, product=EMAIL)]))
    assert [said(each)[:2] for each in found] == [("blocked", "units_not_readable"), ("planned", None)]


@pytest.mark.parametrize(
    "rows",
    [
        (),
        (unit_row(None),),
        (unit_row(-1),),
        (unit_row(2_000_000),),
        (unit_row(12, end=date(2026, 11, 22)),),
        (unit_row(12), unit_row(13)),  # two begin on the same day: nobody can say which one counts
    ],
)
def test_units_that_cannot_be_read_are_never_taken_for_zero(rows: Any) -> None:
    assert said(only(facts(line(12, rows=rows), usage=[used(15)])))[:2] == ("blocked", "units_not_readable")


def test_a_service_with_another_period_than_its_contract_is_blocked() -> None:
    assert said(only(facts(line(12, period_type=5), usage=[used(15)])))[:2] == ("blocked", "period_mismatch")


def test_without_a_period_on_the_contract_the_services_counts() -> None:
    contract = replace(CONTRACT, period_type=None)
    assert said(only(facts(line(12), usage=[used(15)], contract=contract)))[0] == "planned"
    yearly = only(facts(line(12, period_type=5), usage=[used(15)], contract=contract))
    assert said(yearly) == ("held", None, "hold_period")


@pytest.mark.parametrize("figure", [None, -1, 1_000_001])
def test_a_figure_that_cannot_be_right_stops_the_line(figure: int | None) -> None:
    usage = [used(15), used(figure, product=EMAIL)]
    rules = [rule(), rule(EMAIL, ENDPOINT_SERVICE)]
    found = only(facts(line(12), usage=usage, rules=rules))
    assert (said(found)[:2], found.target) == (("blocked", "quantity_invalid"), None)
    assert found.reason.params["product"] == EMAIL


@pytest.mark.parametrize("rules", [[], [rule(service=None)]])
def test_a_used_product_without_a_service_is_blocked_with_what_is_not_billed(rules: Any) -> None:
    found = only(facts(usage=[used(15), used(2, by=SHIPPING)], rules=rules, members=[BAKERY, SHIPPING]))
    assert said(found)[:2] == ("blocked", "product_without_service")
    assert (found.target, found.products, found.customer_ids) == (17, (ENDPOINT,), ("bakery", "shipping"))


def test_a_product_that_nobody_uses_needs_no_service() -> None:
    assert plan(facts(usage=[used(0)], rules=[])) == ()


def test_a_change_that_somebody_scheduled_stops_an_increase() -> None:
    later = (unit_row(20, start=date(2026, 12, 1), end=date(2026, 12, 31)),)
    found = only(facts(line(12, later=later), usage=[used(15)]))
    assert said(found)[:2] == ("blocked", "scheduled_change")
    assert found.reason.params == {"units": 20, "date": "2026-12-01", "step": 8}
    assert said(only(facts(line(12, later=later), usage=[used(12)])))[0] == "in_step"


def test_later_rows_that_kontors_own_changes_explain_stop_nothing() -> None:
    later = (unit_row(10, start=date(2026, 12, 1), end=date(2026, 12, 31)),)
    found = only(facts(line(12, later=later, own=(OwnChange(date(2026, 12, 1), -2, 10),)), usage=[used(15)]))
    assert said(found)[0] == "planned"


def test_an_increase_under_a_later_one_of_kontors_own_would_bill_twice_from_then_on_and_is_held() -> None:
    later = (unit_row(15, start=date(2026, 12, 1), end=date(2026, 12, 31)),)
    found = only(facts(line(12, later=later, own=(OwnChange(date(2026, 12, 1), 3, 15),)), usage=[used(15)]))
    assert said(found) == ("held", None, "hold_later_change")
    assert found.reason.params == {"date": "2026-12-01"}


# --- the same service twice -------------------------------------------------------------------------------------------------


def twins() -> tuple[Any, Any]:
    return line(12), line(4, id=102)


def test_the_same_service_twice_without_a_choice_is_blocked_and_both_lines_stay() -> None:
    found = plan(facts(*twins(), usage=[used(15)]))
    assert [(each.contract_service_id, said(each)[1]) for each in found] == [
        (101, "line_without_usage"),
        (102, "line_without_usage"),
        (None, "service_ambiguous"),
    ]


def test_the_same_service_twice_with_a_choice_goes_to_the_chosen_line() -> None:
    found = plan(facts(*twins(), usage=[used(7)], rules=[rule(contract_service_id=102)]))
    assert [(each.contract_service_id, each.state.value) for each in found] == [(101, "in_step"), (102, "planned")]


def test_the_same_service_twice_with_a_choice_for_one_customer_only_blocks_the_other() -> None:
    own = {(ENDPOINT, "shipping"): rule(contract_service_id=102)}
    usage = [used(15), used(6, by=SHIPPING)]
    found = plan(facts(*twins(), usage=usage, members=[BAKERY, SHIPPING], own=own))
    assert [(each.contract_service_id, said(each)[0], each.target) for each in found] == [
        (101, "in_step", None),
        (102, "planned", 6),
        (None, "blocked", 15),
    ]


def test_a_choice_of_a_line_that_is_gone_is_no_choice() -> None:
    found = plan(facts(*twins(), usage=[used(7)], rules=[rule(contract_service_id=999)]))
    assert [said(each)[1] for each in found][-1] == "service_ambiguous"

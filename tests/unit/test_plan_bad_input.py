"""Bad input: a finding on that line, never an exception, never a write."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.unit.plans import (
    CONTRACT,
    EMAIL,
    EMAIL_SERVICE,
    ENDPOINT,
    NOVEMBER,
    WAYS,
    close,
    day,
    facts,
    line,
    months,
    of,
    on,
    only,
    plan,
    rows,
    rule,
    said,
    standing,
    used,
)
from webapp.domain import Billing, LineState, Month
from webapp.services.billing_dates import Occasion
from webapp.services.plan_facts import Member

OCCASIONS = [on("2026-11-23"), on("2026-11-30"), close(), Occasion(Month(2026, 10), day("2026-11-23"))]
TWINS = (*rows(("2026-10-01", 12), ("2026-11-01", 12), ("2026-12-01", 12)), *rows(("2026-11-01", 13), ("2026-12-01", 13)))


@pytest.mark.parametrize("occasion", OCCASIONS)
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("figure", [-1, -(2**31), 1_000_001, 2**63, None])
def test_a_negative_absurd_or_missing_quantity(way: Billing, occasion: Occasion, figure: int | None) -> None:
    found = only(facts(months(12), usage=[used(figure)], billing=way), occasion=occasion)
    assert (said(found)[:2], found.is_due) == (("blocked", "quantity_invalid"), False)


@pytest.mark.parametrize("occasion", OCCASIONS)
@pytest.mark.parametrize("way", WAYS)
def test_two_unit_rows_with_the_same_start(way: Billing, occasion: Occasion) -> None:
    rising = only(of(line(None, rows=TWINS, later=()), 15, way), occasion=occasion)
    falling = only(of(line(None, rows=TWINS, later=()), 5, way), occasion=occasion)
    for found in (rising, falling):
        assert not found.is_due or found.effective_date == day("2026-10-01")  # the one row that has no twin
        assert found.state is not LineState.PLANNED or not found.is_due


@pytest.mark.parametrize("units", [-1, -(2**40), 1_000_001, None])
@pytest.mark.parametrize("way", WAYS)
def test_absurd_units_in_autotask(way: Billing, units: int | None) -> None:
    for occasion in OCCASIONS:
        odd = standing(*((start, units) for start in ("2026-10-01", "2026-11-01", "2026-12-01")))
        assert said(only(of(odd, 15, way), occasion=occasion))[:2] == ("blocked", "units_not_readable")


@pytest.mark.parametrize(
    "contract",
    [
        replace(CONTRACT, start_date=day("2026-12-31"), end_date=day("2026-01-01")),
        replace(CONTRACT, start_date=None),
        replace(CONTRACT, end_date=None),
        replace(CONTRACT, start_date=None, end_date=None),
    ],
)
@pytest.mark.parametrize("way", WAYS)
def test_a_contract_that_ends_before_it_starts_or_has_no_date(way: Billing, contract: Any) -> None:
    for occasion in OCCASIONS:
        for usage in (15, 5, None):
            assert said(only(of(months(12), usage, way, contract=contract), occasion=occasion))[:2] == (
                "blocked",
                "contract_invalid",
            )


@pytest.mark.parametrize("billing_day", [0, -5, 32, 99])
def test_an_impossible_billing_day_is_a_day_of_the_month_all_the_same(billing_day: int) -> None:
    occasion = Occasion(NOVEMBER, day("2026-11-23"), billing_day=billing_day)
    found = only(of(months(12), 15, Billing.MONTHLY), occasion=occasion)
    assert occasion.bills_on in (day("2026-11-01"), day("2026-11-30"))
    assert found.effective_date == day("2026-12-01")


@pytest.mark.parametrize("occasion", OCCASIONS)
@pytest.mark.parametrize("way", WAYS)
def test_a_service_twice_on_a_contract(way: Billing, occasion: Occasion) -> None:
    found = plan(facts(months(12), months(4, id=102), usage=[used(30)], billing=way), occasion=occasion)
    assert [said(each)[1] for each in found] == ["line_without_usage", "line_without_usage", "service_ambiguous"]
    assert not any(each.is_due for each in found)


@pytest.mark.parametrize("period_type", [0, 1, 6, -3, 99])
@pytest.mark.parametrize("way", WAYS)
def test_a_period_type_that_nobody_knows(way: Billing, period_type: int) -> None:
    contract = replace(CONTRACT, period_type=period_type)
    for occasion in OCCASIONS:
        for own in (False, True):
            odd = of(months(12, period_type=period_type), 10, way, contract=contract, own_billing=own)
            assert all(each.state is not LineState.PLANNED or not each.is_due for each in plan(odd, occasion=occasion))


def test_a_problem_of_one_line_leaves_its_neighbour_alone_at_the_close() -> None:
    twins = line(None, rows=TWINS, later=())
    email = months(12, id=102, service=EMAIL_SERVICE)
    found = plan(
        facts(twins, email, usage=[used(9), used(10, product=EMAIL)], rules=(rule(), rule(EMAIL, EMAIL_SERVICE))),
        occasion=close(),
    )
    assert [said(each)[0] for each in found] == ["blocked", "planned"]


def test_a_deferred_rest_that_no_day_of_the_contract_can_take_is_no_promise() -> None:
    last = replace(CONTRACT, end_date=day("2026-11-23"))
    units = months(12, used_dates=frozenset({day("2026-11-23")}))
    assert said(only(of(units, 15, Billing.DAILY, contract=last), on=day("2026-11-23")))[:2] == ("blocked", "contract_ended")


def test_nobody_on_the_contract_is_no_reason_to_lower() -> None:
    nobody: tuple[Member, ...] = ()
    assert plan(facts(months(12), usage=[used(1)], members=nobody), occasion=close()) == ()
    assert ENDPOINT in {each.product_code for each in facts(months(12), usage=[used(1)]).usage}

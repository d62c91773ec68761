"""The worked examples of the billing ways: they say what the plan does, in every month and with every billing day."""

from __future__ import annotations

from datetime import date

import pytest

from tests.unit import plans
from webapp.domain import Billing, LineState, Month
from webapp.services.billing_dates import Occasion
from webapp.services.billing_example import Example, Step, example
from webapp.services.preview_lines import Share

NOVEMBER = Month(2026, 11)


def november(way: Billing, *, billing_day: int = 31, close_from_day: int = 2) -> Example:
    return example(way, NOVEMBER, billing_day=billing_day, close_from_day=close_from_day)


def posted(found: Example) -> list[tuple[date, int | None, date | None, Share | None]]:
    return [(step.day, step.plan.delta, step.plan.effective_date, step.share) for step in found.steps if step.posts]


def test_daily_bills_more_from_the_day_and_fewer_from_the_next_period() -> None:
    found = november(Billing.DAILY)
    assert posted(found) == [
        (date(2026, 11, 12), 3, date(2026, 11, 12), Share(19, 30)),
        (date(2026, 12, 2), -2, date(2026, 12, 1), Share(31, 31)),
    ]
    assert [(each.full, each.later) for each in found.billed] == [(10, ((3, Share(19, 30)),)), (11, ())]
    assert found.steps[2].plan.state is LineState.LOWER_SO_FAR


def test_monthly_bills_what_the_billing_day_finds_from_the_next_period() -> None:
    found = november(Billing.MONTHLY)
    assert posted(found) == [(date(2026, 11, 30), 1, date(2026, 12, 1), Share(31, 31))]
    assert [(each.full, each.later) for each in found.billed] == [(10, ()), (11, ())]
    assert found.steps[1].plan.waits_until == date(2026, 11, 30)


def test_an_earlier_billing_day_is_a_day_of_the_example() -> None:
    found = november(Billing.MONTHLY, billing_day=15)
    assert posted(found)[0] == (date(2026, 11, 15), 3, date(2026, 12, 1), Share(31, 31))


def test_arrears_bills_the_closed_month_in_full() -> None:
    found = november(Billing.ARREARS)
    assert posted(found) == [(date(2026, 12, 2), 1, date(2026, 11, 1), Share(30, 30))]
    assert [(each.full, each.later) for each in found.billed] == [(11, ()), (11, ())]
    assert found.steps[1].plan.waits_until == date(2026, 12, 2)


def test_the_close_of_the_example_is_that_of_the_installation() -> None:
    assert november(Billing.ARREARS, close_from_day=5).steps[-1].day == date(2026, 12, 5)


@pytest.mark.parametrize("way", list(Billing))
def test_until_the_first_change_each_step_is_what_the_plan_of_a_real_contract_says(way: Billing) -> None:
    found = november(way)
    for step in found.steps:
        occasion = Occasion(NOVEMBER, step.day, closed=step.closes)
        rows = plans.unit_row(10), plans.unit_row(10, start=date(2026, 12, 1), end=date(2026, 12, 31))
        line = plans.line(10, rows=rows, later=())
        real = plans.only(plans.facts(line, usage=(plans.used(step.used),), billing=way), occasion=occasion)
        assert told(step) == (real.state, real.before, real.target, real.effective_date, real.waits_until, real.reason)
        if step.posts:
            break


def told(step: Step) -> tuple[object, ...]:
    plan = step.plan
    return plan.state, plan.before, plan.target, plan.effective_date, plan.waits_until, plan.reason


@pytest.mark.parametrize("way", list(Billing))
@pytest.mark.parametrize("month", [Month(2026, 12), Month(2027, 1), Month(2027, 2), Month(2028, 2)], ids=str)
@pytest.mark.parametrize("billing_day", [1, 5, 12, 28, 31])
def test_the_example_can_be_told_in_every_month_and_with_every_billing_day(way: Billing, month: Month, billing_day: int) -> None:
    for close_from_day in (1, 2, 28):
        found = example(way, month, billing_day=billing_day, close_from_day=close_from_day)
        assert [step for step in found.steps if step.plan.state is LineState.BLOCKED] == []
        assert found.stretches[0].first == month.first_day
        assert found.stretches[-1].last == month.following.last_day
        last = found.billed[-1]
        assert found.stretches[-1].units == last.full + sum(delta for delta, _share in last.later)

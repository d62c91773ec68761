"""What holds of every plan in every billing way and on every occasion, whatever the contract looks like.

Nothing here is worked out with the product's own arithmetic: the books of tests/unit/books.py are moved as Autotask moves them.
"""

from __future__ import annotations

import copy
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.drawn_contracts import Case, cases
from tests.unit.plans import BAKERY, CONTRACT, facts, line, used
from tests.unit.test_periods import slow_starts
from webapp.domain import Billing, LineState, UnitRow
from webapp.services.plan_facts import Limits, LinePlan
from webapp.services.usage_plan import plan_contract

often = settings(deadline=None, max_examples=60)
DAY = timedelta(days=1)


def posted(plans: tuple[LinePlan, ...]) -> list[LinePlan]:
    """What would be posted without a person."""
    return [each for each in plans if each.state is LineState.PLANNED and each.is_due]


def due(plans: tuple[LinePlan, ...]) -> list[LinePlan]:
    return [each for each in plans if each.is_due]


@given(cases(), st.randoms(use_true_random=False))
@often
def test_the_order_of_the_input_never_matters(case: Case, random: Any) -> None:
    before = sorted(map(repr, case.plan()))
    lines, usage, members = list(case.facts.lines), list(case.facts.usage), list(case.facts.members)
    for items in (lines, usage, members):
        random.shuffle(items)
    case.facts = replace(case.facts, lines=tuple(lines), usage=tuple(usage), members=tuple(members))
    assert sorted(map(repr, case.plan())) == before


@given(cases())
@often
def test_planning_again_after_posting_posts_nothing(case: Case) -> None:
    changed = case.apply(case.plan())
    again = case.plan()
    for each in again:
        if each.contract_service_id in changed:
            assert not each.is_due
            assert each.state in (LineState.IN_STEP, LineState.LOWER_SO_FAR, LineState.BLOCKED)
    assert case.apply(again) == set()


@given(cases())
@often
def test_what_is_posted_leaves_each_later_day_at_the_target_and_never_above(case: Case) -> None:
    """The wrong invoice: units that nobody uses, on any day from the change on."""
    decided = {each.contract_service_id: each.later_decision for each in case.facts.lines}
    before, plans = copy.deepcopy(case.books), case.plan()
    changed = case.apply(plans)
    for each in posted(plans):
        assert each.contract_service_id is not None
        assert each.effective_date is not None
        assert each.target is not None
        if each.contract_service_id not in changed:
            continue
        books, day = case.books[each.contract_service_id], each.effective_date
        assert before[each.contract_service_id].units(day) == each.before
        assert books.units(day) == each.target
        if decided[each.contract_service_id] == "overwrite":
            continue  # a person said to post in spite of what somebody else has scheduled
        later = [books.units(start) for start in {*books.changes, *books.starts} if start >= day]
        assert max(later, default=0) <= each.target
        if each.delta is not None and each.delta < 0:
            assert min(later, default=each.target) >= each.target


@given(cases())
@often
def test_nothing_but_lines_of_mapped_services_is_touched_without_a_person(case: Case) -> None:
    lines = {each.contract_service_id: each for each in case.facts.lines}
    for each in due(case.plan()):
        if each.contract_service_id is None:
            assert (each.state, each.reason.key) == (LineState.HELD, "hold_new_line")
        elif lines[each.contract_service_id].service_id not in case.facts.mapped_services:
            assert (each.state, each.code, each.target) == (LineState.HELD, "left_behind", 0)
            assert lines[each.contract_service_id].confirmed_units


@given(cases())
@often
def test_a_decrease_is_made_only_where_the_way_decides_it(case: Case) -> None:
    occasion, way = case.occasion, case.facts.billing
    contract = case.facts.contract
    assert contract is not None
    assert contract.start_date is not None
    long = contract.period_type != 2 and not case.facts.own_billing
    for each in due(case.plan()):
        if each.delta is None or each.delta >= 0 or each.code == "left_behind":
            continue
        assert each.effective_date is not None
        if occasion.is_running:
            assert way is Billing.MONTHLY
            assert not long
            assert occasion.today.day >= min(occasion.billing_day, occasion.month.last_day.day)
            assert each.effective_date > occasion.today.replace(day=min(occasion.billing_day, occasion.month.last_day.day))
        elif occasion.by_hand or long:
            assert each.state is LineState.HELD
        elif way is not Billing.ARREARS:
            assert each.effective_date > occasion.month.last_day or way is Billing.MONTHLY
        else:
            months = {2: 1, 3: 3, 4: 6, 5: 12}[contract.period_type or 2]
            own = max(slow_starts(contract.start_date, months, occasion.month.last_day))
            assert each.effective_date >= own


@given(cases())
@often
def test_before_its_day_nothing_is_decided_and_afterwards_only_once(case: Case) -> None:
    occasion = case.occasion
    if case.facts.contract is None or (case.facts.contract.period_type != 2 and not case.facts.own_billing):
        return
    decided = {each.contract_service_id for each in case.facts.lines if each.decided}
    for each in due(case.plan()):
        if each.code == "left_behind" or each.contract_service_id is None or occasion.by_hand:
            continue
        if case.facts.billing is Billing.ARREARS:
            assert occasion.closed
        if case.facts.billing is Billing.MONTHLY:
            billing_day = min(occasion.billing_day, occasion.month.last_day.day)
            assert occasion.closed or occasion.today.day >= billing_day
            after = occasion.today > occasion.month.first_day.replace(day=billing_day)
            assert each.contract_service_id not in decided or not after


@given(cases())
@often
def test_what_is_due_is_complete_inside_the_contract_and_never_below_zero(case: Case) -> None:
    contract = case.facts.contract
    assert contract is not None
    assert contract.start_date is not None
    assert contract.end_date is not None
    plans = case.plan()
    named = [each.contract_service_id for each in plans if each.contract_service_id is not None]
    assert len(named) == len(set(named))
    for each in plans:
        assert each.target is None or each.target >= 0
        if each.is_due or each.state is LineState.DEFERRED:
            assert None not in (each.before, each.target, each.service_id, each.effective_date)
            assert each.delta != 0
            assert each.effective_date is not None
            assert contract.start_date <= each.effective_date <= contract.end_date
            assert not each.needs_later or each.contract_service_id is None
        if each.state in (LineState.IN_STEP, LineState.BLOCKED, LineState.LOWER_SO_FAR):
            assert each.effective_date is None


@given(cases())
@often
def test_a_change_that_must_begin_a_period_begins_one_that_is_not_posted(case: Case) -> None:
    contract = case.facts.contract
    assert contract is not None
    if contract.period_type != 2 and not case.facts.own_billing:
        return
    for each in posted(case.plan()):
        assert each.contract_service_id is not None
        assert each.effective_date is not None
        books = case.books[each.contract_service_id]
        if case.facts.billing is not Billing.DAILY or (each.delta or 0) < 0 or case.occasion.by_hand:
            assert each.effective_date in books.starts
            assert each.effective_date not in books.posted
        else:
            assert each.effective_date == case.occasion.today


@given(cases())
@often
def test_a_person_decides_on_pinned_lines_zero_and_late_closes(case: Case) -> None:
    pinned = {each.contract_service_id for each in case.facts.lines if each.pinned}
    for each in posted(case.plan()):
        assert each.contract_service_id not in pinned
        assert each.target != 0 or each.before == 0
        assert not case.occasion.closes_late


odd_dates = st.one_of(st.none(), st.dates(date(2026, 10, 1), date(2027, 2, 1)), st.just(date.max), st.just(date.min))
kinds = st.sampled_from([None, 0, 2, 3, 5, 77, -1])
odd_rows = st.lists(
    st.builds(
        UnitRow,
        st.integers(1, 3),
        st.just(101),
        odd_dates,
        odd_dates,
        st.one_of(st.none(), st.integers(-3, 30), st.sampled_from([2**40, -(2**40)])),
        st.one_of(st.none(), st.floats(allow_nan=True)),
        st.booleans(),
    ),
    max_size=5,
)


@given(
    cases(),
    odd_rows,
    st.one_of(st.none(), odd_rows),
    st.lists(odd_dates, min_size=2, max_size=2),
    st.sampled_from([None, 0, 2, 3, 5, 77, -1]),
)
@settings(deadline=None, max_examples=120)
def test_no_input_is_an_exception_and_what_cannot_be_read_is_never_changed(
    case: Case, rows: list[UnitRow], later: list[UnitRow] | None, days: list[date | None], kind: int | None
) -> None:
    contract = replace(CONTRACT, start_date=days[0], end_date=days[1], period_type=kind)
    odd = line(None, rows=tuple(rows), later=None if later is None else tuple(later), period_type=kind)
    what = facts(odd, usage=[used(15)], contract=contract, billing=case.facts.billing, own_billing=case.facts.own_billing)
    for each in plan_contract(what, occasion=case.occasion, limits=Limits()):
        if not each.is_due or each.contract_service_id is None:
            continue
        assert each.effective_date is not None
        every = {*rows, *(later or ())}
        there = [
            row for row in every if row.start_date and row.end_date and row.start_date <= each.effective_date <= row.end_date
        ]
        newest = max(row.start_date for row in there if row.start_date)
        assert [row.units for row in there if row.start_date == newest] == [each.before]
        assert each.before is not None
        assert 0 <= each.before <= 1_000_000
    assert BAKERY in what.members

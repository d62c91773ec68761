"""What holds of every plan, whatever the contract looks like."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.plans import BAKERY, CONTRACT, SHIPPING, TODAY, facts, line, plan, unit_row
from webapp.domain import LineState, ProductRule, Quantity
from webapp.services.plan_facts import Facts, Line, Used
from webapp.services.usage_wants import wants

MEMBERS = (BAKERY, SHIPPING)
PRODUCTS, SERVICES = ("CIXA-MSP", "CEMA-MSP", "MDR-MSP", "XGS-MSP"), (201, 202, 203)
figures = st.one_of(st.integers(0, 60), st.none(), st.sampled_from([-1, 1_000_001]))


@st.composite
def contracts(draw: st.DrawFn) -> Facts:
    """A contract with lines, twins, products, rules and usage of all kinds."""
    minimum, pack = draw(st.integers(0, 12)), draw(st.integers(1, 5))
    rules = {}
    for product in draw(st.lists(st.sampled_from(PRODUCTS), unique=True)):
        for member in MEMBERS:
            rules[product, member.customer_id] = ProductRule(
                product,
                draw(st.sampled_from((None, *SERVICES))),
                quantity=draw(st.sampled_from(list(Quantity))),
                included=draw(st.integers(0, 5)),
                minimum=minimum,
                pack_size=pack,
                exclude=draw(st.booleans()),
                contract_service_id=draw(st.sampled_from((None, 101, 102))),
            )
    lines = [draw(drawn_lines(number)) for number in range(101, 101 + draw(st.integers(0, 4)))]
    keys = draw(st.lists(st.tuples(st.sampled_from(PRODUCTS), st.sampled_from(MEMBERS)), unique=True))
    usage = [Used(member.customer_id, product, draw(figures), draw(figures), draw(figures)) for product, member in keys]
    members = [replace(member, account_status=draw(st.sampled_from(["active", "suspended"]))) for member in MEMBERS]
    made = facts(*lines, usage=usage, rules=(), members=members, mapped=frozenset(draw(st.sets(st.sampled_from(SERVICES)))))
    return replace(made, rules=rules, contract=replace(CONTRACT, period_type=draw(st.sampled_from([None, 2, 5]))))


@st.composite
def drawn_lines(draw: st.DrawFn, number: int) -> Line:
    return line(
        draw(st.one_of(st.none(), st.integers(0, 60))),
        id=number,
        service=draw(st.sampled_from((*SERVICES, 999))),
        period_type=draw(st.sampled_from([None, 2, 2, 5])),
        confirmed_units=draw(st.one_of(st.none(), st.integers(0, 60))),
        used_dates=draw(st.sampled_from([frozenset[date](), frozenset({TODAY})])),
    )


@given(contracts(), st.randoms(use_true_random=False))
@settings(deadline=None, max_examples=60)
def test_the_order_of_the_input_never_matters(what: Facts, random: object) -> None:
    shuffled = {}
    for name in ("lines", "usage", "members"):
        items = list(getattr(what, name))
        random.shuffle(items)  # type: ignore[attr-defined]
        shuffled[name] = tuple(items)
    assert sorted(map(repr, plan(replace(what, **shuffled)))) == sorted(map(repr, plan(what)))


@given(contracts())
@settings(deadline=None, max_examples=60)
def test_every_share_is_in_exactly_one_sum(what: Facts) -> None:
    due = 0
    for used in what.usage:
        rule = what.rules.get((used.product_code, used.customer_id))
        if rule and rule.service_id is not None and not rule.exclude:
            figure = used.figure(rule.quantity)
            due += max(0, figure - rule.included) if figure is not None and 0 <= figure <= 1_000_000 else 0
    assert sum(want.shares for want in wants(what)) == due


@given(contracts())
@settings(deadline=None, max_examples=60)
def test_no_line_that_no_mapping_names_is_touched_but_one_that_kontor_billed_by_a_person(what: Facts) -> None:
    lines = {each.contract_service_id: each for each in what.lines}
    for found in plan(what):
        if found.contract_service_id is None or lines[found.contract_service_id].service_id in what.mapped_services:
            continue
        assert (found.is_due, found.target) == (found.state is LineState.HELD, 0)
        assert found.code == "left_behind" or found.state is LineState.BLOCKED
        assert lines[found.contract_service_id].confirmed_units


@given(contracts())
@settings(deadline=None, max_examples=60)
def test_the_running_month_never_lowers(what: Facts) -> None:
    for found in plan(what):
        if found.state in (LineState.PLANNED, LineState.HELD, LineState.DEFERRED) and found.code != "left_behind":
            assert found.delta is not None
            assert found.delta > 0


@given(contracts())
@settings(deadline=None, max_examples=60)
def test_each_line_is_named_once(what: Facts) -> None:
    named = [found.contract_service_id for found in plan(what) if found.contract_service_id is not None]
    assert len(named) == len(set(named))


@given(contracts())
@settings(deadline=None, max_examples=60)
def test_what_would_be_posted_is_complete_and_takes_effect_today_or_tomorrow(what: Facts) -> None:
    for found in plan(what):
        has_date = found.state in (LineState.PLANNED, LineState.HELD, LineState.DEFERRED)
        assert (found.effective_date is not None) is has_date
        if has_date:
            assert found.code == "left_behind" or found.effective_date in (TODAY, TODAY + timedelta(days=1))
            assert None not in (found.before, found.target, found.service_id)


@given(contracts())
@settings(deadline=None, max_examples=60)
def test_planning_again_after_applying_the_plan_finds_everything_in_step(what: Facts) -> None:
    after = {each.contract_service_id: each.target for each in plan(what) if each.state is LineState.PLANNED}
    lines = tuple(
        replace(
            each,
            rows=(unit_row(after[each.contract_service_id]),),
            confirmed_units=after[each.contract_service_id],
            used_dates=each.used_dates | {TODAY},
        )
        if each.contract_service_id in after
        else each
        for each in what.lines
    )
    again = {each.contract_service_id: each for each in plan(replace(what, lines=lines))}
    for line_id in after:
        assert again[line_id].state is LineState.IN_STEP

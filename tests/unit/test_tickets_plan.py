"""The plan of tickets, whatever alerts come in whatever order: none is lost, none is doubled."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.alert_values import NOON, alert
from webapp.alerts import Action, Alert, AlertState, Gone
from webapp.services.recoveries import is_recovery
from webapp.services.ticket_rules import DEFAULT_RULES, Rule
from webapp.services.tickets_plan import (
    HOUR,
    UNDECIDED,
    Known,
    Plan,
    Situation,
    What,
    burst_trouble,
    decide,
    how_gone,
    may_complete,
    ticket_key,
    trouble_of,
    trouble_over,
)

DOWN, UP = "Event::Firewall::FirewallGatewayDown", "Event::Firewall::FirewallGatewayUp"
SCAN = "Event::Endpoint::SavDisabled"
STATES = {
    What.SHOW: AlertState.SHOWN,
    What.WAIT: AlertState.WAITING,
    What.PLAN: AlertState.PLANNED,
    What.IGNORE: AlertState.IGNORED,
    What.ACKNOWLEDGE: AlertState.ACKNOWLEDGED,
    What.RECOVERY: AlertState.RECOVERY,
    What.OVER: AlertState.OVER,
    What.UNMAPPED: AlertState.UNMAPPED,
}
JOINS = (What.CREATE, What.NOTE, What.REOPEN, What.GATHER)
POSTS = (*JOINS, What.ACKNOWLEDGE)

minutes = st.integers(-5, 300)
alerts_lists = st.lists(
    st.builds(
        lambda number, ago, severity, kind, device, group: alert(
            id=f"a-{number:02d}",
            raised_at=NOON - timedelta(minutes=ago),
            severity=severity,
            type=kind,
            description="Gateway 'WAN'",
            device_id=device,
            group_key=group,
        ),
        st.integers(0, 40),
        minutes,
        st.sampled_from(["high", "medium", "low", "catastrophic", ""]),
        st.sampled_from([DOWN, UP, SCAN, ""]),
        st.sampled_from(["d-1", "d-2", ""]),
        st.sampled_from(["", "", "g-1", "g-2"]),
    ),
    max_size=25,
)
rules_lists = st.one_of(
    st.just(DEFAULT_RULES),
    st.lists(
        st.builds(
            lambda number, severities, action, delay: Rule(
                number, number, severities=severities, action=action, delay_minutes=delay
            ),
            st.integers(1, 9),
            st.sampled_from([(), ("high",), ("low", "medium")]),
            st.sampled_from(list(Action)),
            st.sampled_from([0, 0, 30]),
        ),
        max_size=4,
    ).map(tuple),
)
knowns = st.dictionaries(
    st.integers(0, 40).map(lambda number: f"a-{number:02d}"),
    st.builds(
        lambda state, ago, number, gone: Known(
            state, NOON - timedelta(minutes=ago), number if state is AlertState.TICKETED else None, gone
        ),
        st.sampled_from(list(AlertState)),
        st.integers(0, 100),
        st.integers(1, 4),
        st.booleans(),
    ),
    max_size=12,
)


@st.composite
def scenes(draw: st.DrawFn) -> tuple[list[Alert], Situation]:
    """Open alerts of one customer and what is known of them. Tickets fit the alerts that have them."""
    found = draw(alerts_lists)
    troubles = sorted({trouble_of(each) for each in found})
    held = draw(st.dictionaries(st.sampled_from(troubles), st.integers(1, 4), max_size=3)) if troubles else {}
    gone = draw(st.dictionaries(st.sampled_from(troubles), st.integers(5, 8), max_size=3)) if troubles else {}
    return found, Situation(
        now=NOON,
        rules=draw(rules_lists),
        mapped=draw(st.sampled_from([True, True, True, False])),
        first_pass=draw(st.sampled_from([False, False, True])),
        also_open=draw(st.booleans()),
        may_post=draw(st.sampled_from([True, True, False])),
        known=draw(knowns),
        holding=held,
        past={trouble: (number, NOON - timedelta(days=draw(st.integers(0, 5)))) for trouble, number in gone.items()},
        burst_ticket=draw(st.sampled_from([None, None, 9])),
        recent=[NOON - timedelta(minutes=draw(minutes)) for _ in range(draw(st.integers(0, 4)))],
        burst=draw(st.sampled_from([1, 3, 20])),
        reopen=draw(st.booleans()),
        reopen_days=draw(st.sampled_from([0, 3])),
    )


def once(found: Iterable[Alert]) -> dict[str, Alert]:
    return {each.id: each for each in found}


def undecided(found: Iterable[Alert], situation: Situation) -> set[str]:
    fresh = set()
    for each in found:
        known = situation.known.get(each.id)
        if known is None or (known.state in UNDECIDED and known.ticket_id is None and not known.gone):
            fresh.add(each.id)
    return fresh


@given(scenes(), st.randoms(use_true_random=False))
def test_the_order_of_the_alerts_does_not_matter(scene: tuple[list[Alert], Situation], shuffler: random.Random) -> None:
    found, situation = scene
    unique = list(once(found).values())
    mixed = unique.copy()
    shuffler.shuffle(mixed)
    assert decide(mixed, situation) == decide(unique, situation)


@given(scenes())
def test_each_undecided_alert_gets_one_verdict_and_no_other_gets_any(scene: tuple[list[Alert], Situation]) -> None:
    found, situation = scene
    counted = Counter(verdict.alert.id for verdict in decide(found, situation).verdicts)
    assert counted == Counter(undecided(found, situation))


@given(scenes())
def test_a_trouble_gets_one_new_ticket_at_most_and_none_where_it_has_one(scene: tuple[list[Alert], Situation]) -> None:
    found, situation = scene
    made = Counter(verdict.trouble for verdict in decide(found, situation).verdicts if verdict.what is What.CREATE)
    assert all(count == 1 for count in made.values())
    assert not made.keys() & situation.holding.keys()


@given(scenes())
def test_what_may_not_post_posts_nothing(scene: tuple[list[Alert], Situation]) -> None:
    found, situation = scene
    for quiet in (replace(situation, may_post=False), replace(situation, mapped=False)):
        assert not [verdict for verdict in decide(found, quiet).verdicts if verdict.what in POSTS]
    plan = decide(found, replace(situation, mapped=False))
    assert {verdict.what for verdict in plan.verdicts} <= {What.UNMAPPED}
    assert plan.recoveries == ()


@given(scenes())
def test_a_first_pass_only_shows_but_for_what_was_let_in(scene: tuple[list[Alert], Situation]) -> None:
    found, situation = scene
    first = replace(situation, mapped=True, first_pass=True, also_open=False)
    for verdict in decide(found, first).verdicts:
        known = situation.known.get(verdict.alert.id)
        if known is None or known.state is not AlertState.WAITING:
            assert verdict.what in (What.SHOW, What.RECOVERY)


@given(scenes())
def test_who_joins_a_ticket_of_this_pass_joins_one_that_is_made(scene: tuple[list[Alert], Situation]) -> None:
    found, situation = scene
    verdicts = decide(found, situation).verdicts
    whats = {verdict.alert.id: verdict.what for verdict in verdicts}
    gathered = [verdict for verdict in verdicts if verdict.what is What.GATHER]
    for verdict in verdicts:
        assert (verdict.what in (What.NOTE, What.REOPEN, What.GATHER)) == (bool(verdict.ticket_id) or bool(verdict.leader))
        if verdict.what is What.NOTE and verdict.leader:
            assert whats[verdict.leader] is What.CREATE
    assert len({(verdict.ticket_id, verdict.leader) for verdict in gathered}) <= 1
    if gathered and gathered[0].leader:
        assert gathered[0].leader in {verdict.alert.id for verdict in gathered}
    reopened = Counter(verdict.ticket_id for verdict in verdicts if verdict.what is What.REOPEN)
    assert all(count == 1 for count in reopened.values())


@settings(max_examples=60)
@given(
    st.lists(st.integers(0, 240), min_size=1, max_size=60),
    st.integers(1, 10),
    st.lists(st.integers(0, 240), max_size=15),
    st.integers(1, 5),
)
def test_a_burst_never_makes_more_tickets_in_an_hour_than_its_limit(
    raised: list[int], burst: int, before: list[int], passes: int
) -> None:
    """Also where the alerts are read in several passes, and tickets were made before."""
    made = [NOON - timedelta(minutes=ago) for ago in before][:burst]
    recent, burst_ticket = list(made), None
    ordered = sorted(raised, reverse=True)
    size = -(-len(ordered) // passes)
    for start in range(0, len(ordered), size):
        batch = [
            alert(id=f"a-{start + at:03d}", type=f"T-{start + at}", raised_at=NOON - timedelta(minutes=ago))
            for at, ago in enumerate(ordered[start : start + size])
        ]
        situation = Situation(now=NOON, rules=DEFAULT_RULES, burst=burst, recent=recent, burst_ticket=burst_ticket)
        verdicts = decide(batch, situation).verdicts
        made += [verdict.alert.raised_at for verdict in verdicts if verdict.what is What.CREATE]
        recent += [verdict.alert.raised_at for verdict in verdicts if verdict.what in JOINS]
        if any(verdict.what is What.GATHER for verdict in verdicts):
            burst_ticket = 9
    most = max((sum(begin <= moment < begin + HOUR for moment in made) for begin in made), default=0)
    assert most <= burst  # besides the one that gathers


@given(scenes())
def test_a_second_pass_over_the_same_alerts_has_nothing_new_to_say(scene: tuple[list[Alert], Situation]) -> None:
    found, situation = scene
    plan = decide(found, situation)
    again = decide(found, after(plan, situation))
    assert not [verdict for verdict in again.verdicts if verdict.what not in (What.WAIT, What.PLAN, What.UNMAPPED)]
    whats = {verdict.alert.id: verdict.what for verdict in plan.verdicts}
    assert all(whats[verdict.alert.id] is verdict.what for verdict in again.verdicts)
    assert again.recoveries == () or not situation.mapped


def after(plan: Plan, situation: Situation) -> Situation:
    """What is known once the plan is carried out. New tickets count from 100."""
    known, holding, made = dict(situation.known), dict(situation.holding), dict[str, int]()
    burst_ticket = situation.burst_ticket
    for number, verdict in enumerate(plan.verdicts, 100):
        seen = known[verdict.alert.id].first_seen_at if verdict.alert.id in known else situation.now
        ticket: int | None = None
        match verdict.what:
            case What.CREATE:
                ticket = made[verdict.alert.id] = number
            case What.GATHER:
                ticket = burst_ticket = burst_ticket or number
            case What.NOTE | What.REOPEN:
                ticket = verdict.ticket_id or made[verdict.leader or ""]
        if ticket is not None:
            known[verdict.alert.id] = Known(AlertState.TICKETED, seen, ticket)
            holding[verdict.trouble] = ticket
        else:
            known[verdict.alert.id] = Known(STATES[verdict.what], seen, gone=verdict.what is What.OVER)
    for recovery in plan.recoveries:
        known[recovery.down.id] = replace(known[recovery.down.id], gone=True)
    first = situation.first_pass and not situation.mapped
    return replace(situation, known=known, holding=holding, burst_ticket=burst_ticket, first_pass=first)


@given(scenes())
def test_a_ticket_recovers_only_by_an_alert_of_its_own_device_raised_no_earlier(scene: tuple[list[Alert], Situation]) -> None:
    found, situation = scene
    foreign = [replace(each, id=f"x-{each.id}", customer_id="c-2") for each in found if is_recovery(each.type)]
    for recovery in decide([*found, *foreign], situation).recoveries:
        assert recovery.up.customer_id == recovery.down.customer_id
        assert recovery.up.device_id == recovery.down.device_id
        assert recovery.up.raised_at >= recovery.down.raised_at
        assert is_recovery(recovery.up.type)
        assert situation.known[recovery.down.id].ticket_id == recovery.ticket_id


@given(st.text(max_size=60), st.text(max_size=5000), st.text(max_size=60))
def test_a_key_is_always_the_same_and_fits_the_field(customer: str, group: str, first: str) -> None:
    customer, group, first = (text.encode("utf-8", "replace").decode() for text in (customer, group, first))
    trouble = trouble_of(alert(id=first, group_key=group))
    key = ticket_key(customer, trouble, first)
    assert key == ticket_key(customer, trouble, first)
    assert key.isascii()
    assert len(key) <= 50
    assert key != ticket_key(customer, trouble, f"{first}x")
    assert trouble != burst_trouble()


@pytest.mark.parametrize(
    ("ends", "how"),
    [
        ([], None),
        ([None], None),
        ([Gone.RECOVERED, None], None),
        ([Gone.VANISHED], Gone.VANISHED),
        ([Gone.ACKNOWLEDGED], Gone.VANISHED),
        ([Gone.VANISHED, Gone.RECOVERED], Gone.RECOVERED),
        ([Gone.RECOVERED, Gone.EXPIRED, Gone.VANISHED], Gone.EXPIRED),
    ],
)
def test_a_trouble_is_over_when_all_its_alerts_are(ends: list[Gone | None], how: Gone | None) -> None:
    assert trouble_over(ends) == how
    assert trouble_over(reversed(ends)) == how


@pytest.mark.parametrize("how", list(Gone))
@pytest.mark.parametrize("assigned", [True, False])
@pytest.mark.parametrize("written", [True, False])
def test_kontor_completes_only_what_nobody_works_on_and_what_did_not_expire(how: Gone, assigned: bool, written: bool) -> None:
    wanted = how is not Gone.EXPIRED and not assigned and not written
    assert may_complete(how, assigned=assigned, written=written) is wanted


@pytest.mark.parametrize(
    ("age", "how"),
    [(timedelta(days=88, hours=23), Gone.VANISHED), (timedelta(days=89), Gone.EXPIRED), (timedelta(days=-1), Gone.VANISHED)],
)
def test_an_alert_that_is_gone_at_the_age_at_which_sophos_drops_them_expired(age: timedelta, how: Gone) -> None:
    moment: datetime = NOON
    assert how_gone(moment - age, moment) is how

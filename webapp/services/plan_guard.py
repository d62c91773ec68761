"""PURE: why a change waits for a person, and why a whole run does (design, section 7.2 "Guard", section 13, 7)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from webapp.domain import LineState, Mode, Reason
from webapp.services.billing_dates import Occasion, When
from webapp.services.plan_facts import Facts, Limits, Line, LinePlan
from webapp.services.unit_rows import expected_units

NOT_GOOD_STANDING = ("suspended", "canceled", "cancelled")
MOST_ZEROS_PERCENT = 5


def hold(facts: Facts, line: Line, plan: LinePlan, *, when: When, occasion: Occasion, limits: Limits) -> Reason | None:
    """Why this change waits for a person, or None. The gravest reason comes first."""
    assert plan.before is not None
    assert plan.target is not None
    assert plan.effective_date is not None
    if line.pinned:
        return Reason("hold_pinned")
    expected = expected_units(line.own, plan.effective_date)
    if limits.hold_drift and expected is not None and expected != plan.before:
        return Reason("hold_drift", {"confirmed": expected, "before": plan.before})
    for member in sorted(facts.members, key=lambda member: member.name):
        if member.customer_id in plan.customer_ids and member.account_status.lower() in NOT_GOOD_STANDING:
            return Reason("hold_account", {"customer": member.name, "status": member.account_status})
    if facts.newly_left_out is not None:
        return Reason("hold_left_out", {"customer": facts.newly_left_out})
    size = _increase(plan, limits) if plan.target > plan.before else _decrease(plan, limits)
    if size:
        return size
    if when.hold_period:
        return Reason("hold_period")
    if past := _past_month(plan, occasion) or _later_change(line, plan, when):
        return past
    return Reason("hold_mode") if limits.mode is Mode.APPROVE else None


def _increase(plan: LinePlan, limits: Limits) -> Reason | None:
    assert plan.before is not None
    assert plan.delta is not None
    if plan.delta <= limits.increase_units:
        return None
    if plan.before == 0:
        return Reason("hold_increase_from_zero", {"units": plan.delta})
    if plan.delta * 100 > limits.increase_percent * plan.before:
        return Reason("hold_increase", {"percent": round(plan.delta * 100 / plan.before), "units": plan.delta})
    return None


def _decrease(plan: LinePlan, limits: Limits) -> Reason | None:
    assert plan.before is not None
    assert plan.delta is not None
    fewer = -plan.delta
    if plan.target == 0:
        return Reason("hold_zero", {"before": plan.before})
    if fewer > limits.decrease_units or fewer * 100 > limits.decrease_percent * plan.before:
        return Reason("hold_decrease", {"percent": round(fewer * 100 / plan.before), "units": fewer})
    return None


def _past_month(plan: LinePlan, occasion: Occasion) -> Reason | None:
    """A past month by hand is lowered by a person only; a close that comes after later months were billed is a person's too."""
    assert plan.delta is not None
    if occasion.closes_late or (occasion.by_hand and plan.delta < 0):
        return Reason("hold_past_month", {"month": str(occasion.month)})
    return None


def _later_change(line: Line, plan: LinePlan, when: When) -> Reason | None:
    """A change moves all later units too: under a later change of Kontor's own, which was reckoned without it, it would bill too
    much or too little from then on. Today's increase over a decrease that is still to come is the one usual case."""
    assert plan.effective_date is not None
    assert plan.delta is not None
    at_start = when.increase_at_start if plan.delta > 0 else when.decrease_at_start
    later = [change for change in line.own if change.day > plan.effective_date and (at_start or change.delta > 0)]
    return Reason("hold_later_change", {"date": min(change.day for change in later).isoformat()}) if later else None


def hold_all(plans: Iterable[LinePlan], reason: Reason) -> list[LinePlan]:
    """The plans with every change held: the guard of the whole run spoke."""
    return [
        replace(plan, state=LineState.HELD, reason=reason) if plan.state is LineState.PLANNED and plan.is_due else plan
        for plan in plans
    ]


def run_guard(plans: Iterable[LinePlan], limits: Limits) -> Reason | None:
    """Why the whole run waits for a person, or None: all units together would fall by too much, or too many lines to 0.

    Lines that a person's own mapping left behind say nothing about what came from upstream, and do not count.
    """
    known = (plan for plan in plans if plan.contract_service_id is not None and plan.before is not None)
    lines = [plan for plan in known if plan.code != "left_behind"]
    due = [plan for plan in lines if plan.is_due and plan.delta is not None]
    total, change = sum(plan.before or 0 for plan in lines), sum(plan.delta or 0 for plan in due)
    if -change * 100 > limits.run_stop_percent * total:
        return Reason("hold_run_units", {"percent": round(-change * 100 / total), "units": -change})
    zeros = sum(plan.target == 0 for plan in due)
    if zeros * 100 > MOST_ZEROS_PERCENT * len(lines):
        return Reason("hold_run_zero", {"lines": zeros, "all": len(lines)})
    return None

"""PURE: what should change on a contract, and why. A function of frozen facts and a date (design, sections 6 and 7.2).

Preview, dry run and the real run all call ``plan_contract``; nothing here reads, posts or keeps anything. This is the
straight path of the billing way ``daily``: the running month may only raise, effective today.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date, timedelta

from webapp.domain import LineState, Mode, Reason
from webapp.services.plan_facts import Facts, Limits, Line, LinePlan
from webapp.services.unit_rows import row_in_force, unexplained
from webapp.services.usage_wants import ABSURD, Want, assign, wants, without_service

RECURRING_SERVICE = 7
IN_EFFECT = 1
MONTHLY = 2
NOT_GOOD_STANDING = ("suspended", "canceled", "cancelled")


def plan_contract(facts: Facts, *, on: date, limits: Limits) -> tuple[LinePlan, ...]:
    """The plan of one contract, whole or not at all. ``on`` is the date of an increase (``daily``: today)."""
    taken, left = assign(facts, wants(facts))
    unserved = tuple(_unserved(facts, product, shares) for product, shares in without_service(facts).items())
    if problem := _contract_problem(facts, on):
        return _all_blocked(facts, taken, problem) + unserved
    lines = tuple(_plan_line(facts, line, taken.get(line.contract_service_id), on, limits) for line in _mapped_lines(facts))
    new = tuple(plan for want in left if (plan := _without_line(facts, want, on)))
    return lines + new + unserved


def hold_run(plans: Iterable[LinePlan], reason: Reason) -> tuple[LinePlan, ...]:
    """The plans with every change held: the guard of the whole run spoke."""
    return tuple(
        replace(plan, state=LineState.HELD, reason=reason) if plan.state is LineState.PLANNED else plan for plan in plans
    )


def _contract_problem(facts: Facts, on: date) -> Reason | None:
    """The code that stops every line of the contract, or None."""
    contract, name = facts.contract, {"contract": facts.contract_name}
    if contract is None or contract.contract_type != RECURRING_SERVICE:
        return Reason("contract_not_mapped", name)
    if contract.status != IN_EFFECT:
        return Reason("contract_inactive", name)
    if contract.start_date is None or contract.end_date is None or contract.end_date < contract.start_date:
        return Reason("contract_invalid", name)
    if contract.end_date < on:
        return Reason("contract_ended", {**name, "date": contract.end_date.isoformat()})
    if contract.start_date > on:
        return Reason("contract_not_started", {**name, "date": contract.start_date.isoformat()})
    for member in sorted(facts.members, key=lambda member: member.name):
        if not member.usage_sync or not member.present:
            return Reason("contract_incomplete", {"customer": member.name})
    return None


def _mapped_lines(facts: Facts) -> list[Line]:
    """The lines whose service a product mapping names, in a fixed order. No other line is ever touched."""
    mapped = (line for line in facts.lines if line.service_id in facts.mapped_services)
    return sorted(mapped, key=lambda line: line.contract_service_id)


def _plan(facts: Facts, *, state: LineState, reason: Reason, want: Want | None = None, line: Line | None = None) -> LinePlan:
    """A plan without figures; a blocked one carries its reason's key as its code."""
    everybody = tuple(sorted(member.customer_id for member in facts.members))
    service_id = line.service_id if line else want.service_id if want else None
    return LinePlan(
        contract_id=facts.contract_id,
        contract_name=facts.contract_name,
        contract_service_id=line.contract_service_id if line else None,
        service_id=service_id,
        service_name=line.service_name if line else facts.service_names.get(service_id or 0, ""),
        customer_ids=want.customer_ids if want else everybody,
        products=want.products if want else (),
        before=None,
        target=want.target if want else None,
        effective_date=None,
        state=state,
        reason=reason,
        code=reason.key if state is LineState.BLOCKED else None,
    )


def _unserved(facts: Facts, product: str, shares: Mapping[str, int]) -> LinePlan:
    """A used product that has no service: blocked, with what is not billed."""
    total = sum(shares.values())
    plan = _plan(
        facts, state=LineState.BLOCKED, reason=Reason("product_without_service", {"product": product, "quantity": total})
    )
    return replace(plan, customer_ids=tuple(sorted(shares)), products=(product,), target=total)


def _all_blocked(facts: Facts, taken: Mapping[int, Want], problem: Reason) -> tuple[LinePlan, ...]:
    """Every line of the contract with the contract's code; one line for the contract where none is known."""
    blocked = tuple(
        replace(
            _plan(facts, state=LineState.BLOCKED, reason=problem, want=taken.get(line.contract_service_id), line=line),
            customer_ids=tuple(sorted(member.customer_id for member in facts.members)),
        )
        for line in _mapped_lines(facts)
    )
    return blocked or (_plan(facts, state=LineState.BLOCKED, reason=problem),)


def _plan_line(facts: Facts, line: Line, want: Want | None, on: date, limits: Limits) -> LinePlan:
    row = row_in_force(line.rows, on)
    units = row.units if row else None
    if problem := _line_problem(facts, line, want, units, on):
        return replace(_plan(facts, state=LineState.BLOCKED, reason=problem, want=want, line=line), before=units)
    assert units is not None
    in_step = replace(_plan(facts, state=LineState.IN_STEP, reason=Reason("equal"), want=want, line=line), before=units)
    if want is None:
        return _without_usage(in_step, units)
    return _compare(facts, line, in_step, units, on, limits)


def _line_problem(facts: Facts, line: Line, want: Want | None, units: int | None, on: date) -> Reason | None:
    """The code that stops this line only, or None."""
    assert facts.contract is not None
    period, own_period = facts.contract.period_type, line.period_type
    if period is not None and own_period is not None and period != own_period:
        return Reason("period_mismatch", {"service": line.service_name})
    if units is None or not 0 <= units <= ABSURD:
        return Reason("units_not_readable", {"date": on.isoformat()})
    return want.problem if want else None


def _without_usage(in_step: LinePlan, units: int) -> LinePlan:
    """Sophos names no usage for the line. In the running month that is never a reason to change it."""
    if units == 0:
        return replace(in_step, target=0)
    reason = Reason("line_without_usage", {"units": units})
    return replace(in_step, reason=reason, code=reason.key)


def _compare(facts: Facts, line: Line, in_step: LinePlan, units: int, on: date, limits: Limits) -> LinePlan:
    assert in_step.target is not None
    figures = {"target": in_step.target, "before": units}
    if in_step.target == units:
        return in_step
    if in_step.target < units:
        return replace(in_step, state=LineState.LOWER_SO_FAR, reason=Reason("fewer_so_far", figures))
    if line.later is not None and (odd := unexplained(line.later, units=units, own=line.own_later)):
        since = odd.start_date.isoformat() if odd.start_date else None
        reason = Reason("scheduled_change", {"units": odd.units, "date": since})
        return replace(in_step, state=LineState.BLOCKED, reason=reason, code=reason.key)
    increase = replace(in_step, effective_date=on, state=LineState.PLANNED, reason=Reason("more_used", figures))
    if on in line.used_dates:
        following = on + timedelta(days=1)
        reason = Reason("already_today", {"date": on.isoformat(), "next": following.isoformat()})
        return replace(increase, effective_date=following, state=LineState.DEFERRED, reason=reason)
    hold = _hold(facts, line, increase, limits)
    return replace(increase, state=LineState.HELD, reason=hold) if hold else increase


def _hold(facts: Facts, line: Line, plan: LinePlan, limits: Limits) -> Reason | None:
    """Why this increase waits for a person, or None. The gravest reason comes first."""
    assert plan.before is not None
    assert plan.delta is not None
    assert facts.contract is not None
    if limits.hold_drift and line.confirmed_units is not None and line.confirmed_units != plan.before:
        return Reason("hold_drift", {"confirmed": line.confirmed_units, "before": plan.before})
    for member in sorted(facts.members, key=lambda member: member.name):
        if member.customer_id in plan.customer_ids and member.account_status.lower() in NOT_GOOD_STANDING:
            return Reason("hold_account", {"customer": member.name, "status": member.account_status})
    if plan.delta > limits.increase_units:
        if plan.before == 0:
            return Reason("hold_increase_from_zero", {"units": plan.delta})
        if plan.delta * 100 > limits.increase_percent * plan.before:
            return Reason("hold_increase", {"percent": round(plan.delta * 100 / plan.before), "units": plan.delta})
    if (facts.contract.period_type or line.period_type or MONTHLY) != MONTHLY:
        return Reason("hold_period")
    return Reason("hold_mode") if limits.mode is Mode.APPROVE else None


def _without_line(facts: Facts, want: Want, on: date) -> LinePlan | None:
    """Usage that no single line takes: held as a new line, never made silently; blocked where the service stands twice."""
    several = any(line.service_id == want.service_id for line in facts.lines)
    name = facts.service_names.get(want.service_id, "")
    if problem := Reason("service_ambiguous", {"service": name}) if several else want.problem:
        return _plan(facts, state=LineState.BLOCKED, reason=problem, want=want)
    if want.target == 0:
        return None
    plan = _plan(facts, state=LineState.HELD, reason=Reason("hold_new_line", {"target": want.target}), want=want)
    return replace(plan, before=0, effective_date=on)

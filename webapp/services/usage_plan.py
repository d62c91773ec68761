"""PURE: what should change on a contract, and why. A function of frozen facts and an occasion (design, sections 6 and 7.2).

Preview, dry run and the real run all call ``plan_contract``; nothing here reads, posts or keeps anything. What becomes of one
line is in line_plan.py, the dates in billing_dates.py, the rows in plan_places.py, the limits in plan_guard.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date

from webapp.domain import Billing, LineState, Reason
from webapp.services.billing_dates import Occasion
from webapp.services.blank_plans import dated, unplanned, waiting
from webapp.services.line_plan import LinePlanner, is_left_behind, line_dates
from webapp.services.plan_facts import Facts, Limits, Line, LinePlan
from webapp.services.usage_wants import Want, assign, wants, without_service

RECURRING_SERVICE = 7
IN_EFFECT = 1


def plan_contract(facts: Facts, *, occasion: Occasion, limits: Limits) -> tuple[LinePlan, ...]:
    """The plan of one contract, whole or not at all."""
    counted = {member.customer_id for member in facts.members if not member.left_out}
    facts = replace(facts, usage=tuple(used for used in facts.usage if used.customer_id in counted))
    behind = () if occasion.by_hand else tuple(_left_behind(facts, occasion, limits))
    if not facts.members:
        return behind
    taken, left = assign(facts, wants(facts))
    unserved = tuple(_unserved(facts, product, shares) for product, shares in without_service(facts).items())
    if problem := _contract_problem(facts, occasion):
        return _all_blocked(facts, taken, problem) + unserved
    lines = tuple(
        LinePlanner(facts, line, occasion, limits).plan(taken.get(line.contract_service_id)) for line in _mapped_lines(facts)
    )
    new = tuple(plan for want in left if (plan := _without_line(facts, want, occasion)))
    return lines + new + behind + unserved


def _contract_problem(facts: Facts, occasion: Occasion) -> Reason | None:
    """The code that stops every line of the contract, or None."""
    contract, name = facts.contract, {"contract": facts.contract_name}
    if contract is None or contract.contract_type != RECURRING_SERVICE:
        return Reason("contract_not_mapped", name)
    if contract.status != IN_EFFECT:
        return Reason("contract_inactive", name)
    if contract.start_date is None or contract.end_date is None or contract.end_date < contract.start_date:
        return Reason("contract_invalid", name)
    day = _posting_day(facts, occasion)
    if contract.start_date > _last_start(facts, occasion):
        return Reason("contract_not_started", {**name, "date": contract.start_date.isoformat()})
    if contract.end_date < day:
        return Reason("contract_ended", {**name, "date": contract.end_date.isoformat()})
    for member in sorted(facts.members, key=lambda member: member.name):
        if not member.left_out and (not member.usage_sync or not member.present):
            return Reason("contract_incomplete", {"customer": member.name, "customer_id": member.customer_id})
    return None


def _posting_day(facts: Facts, occasion: Occasion) -> date:
    """The date of an increase that would be posted now; today while everything waits."""
    dates = line_dates(facts, None, occasion)
    if dates is None:
        return occasion.month.last_day if occasion.closed or occasion.by_hand else occasion.today
    return occasion.today if dates.waits_until else dates.increase


def _last_start(facts: Facts, occasion: Occasion) -> date:
    """The latest day on which a contract may begin that is billed on this occasion. The close of a month has nothing to say of a
    contract that begins after it, unless the month's usage is billed in the period after it."""
    day = _posting_day(facts, occasion)
    return day if facts.billing is Billing.MONTHLY or not occasion.closed else min(day, occasion.month.last_day)


def _mapped_lines(facts: Facts) -> list[Line]:
    """The lines whose service a product mapping names, in a fixed order. No other line is ever touched without a person."""
    mapped = (line for line in facts.lines if line.service_id in facts.mapped_services)
    return sorted(mapped, key=lambda line: line.contract_service_id)


def _unserved(facts: Facts, product: str, shares: Mapping[str, int]) -> LinePlan:
    """A used product that has no service: blocked, with what is not billed."""
    total = sum(shares.values())
    plan = unplanned(
        facts, state=LineState.BLOCKED, reason=Reason("product_without_service", {"product": product, "quantity": total})
    )
    return replace(plan, customer_ids=tuple(sorted(shares)), products=(product,), target=total)


def _all_blocked(facts: Facts, taken: Mapping[int, Want], problem: Reason) -> tuple[LinePlan, ...]:
    """Every line of the contract with the contract's code; one line for the contract where none is known."""
    blocked = tuple(
        replace(
            unplanned(facts, state=LineState.BLOCKED, reason=problem, want=taken.get(line.contract_service_id), line=line),
            customer_ids=tuple(sorted(member.customer_id for member in facts.members)),
        )
        for line in _mapped_lines(facts)
    )
    return blocked or (unplanned(facts, state=LineState.BLOCKED, reason=problem),)


def _without_line(facts: Facts, want: Want, occasion: Occasion) -> LinePlan | None:
    """Usage that no single line takes: held as a new line, never made silently, and not before the day on which the contract's
    way decides; blocked where the service stands twice."""
    several = any(line.service_id == want.service_id for line in facts.lines)
    name = facts.service_names.get(want.service_id, "")
    if problem := Reason("service_ambiguous", {"service": name}) if several else want.problem:
        return unplanned(facts, state=LineState.BLOCKED, reason=problem, want=want)
    if want.target == 0:
        return None
    dates = line_dates(facts, None, occasion)
    day = dates.increase if dates else occasion.today
    plan = unplanned(facts, state=LineState.HELD, reason=Reason("hold_new_line", {"target": want.target}), want=want)
    plan = dated(replace(plan, before=0, price=None), facts.contract, None, day)
    return waiting(plan, dates) if dates and dates.waits_until else plan


def _left_behind(facts: Facts, occasion: Occasion, limits: Limits) -> list[LinePlan]:
    """Lines that Kontor has changed and that no mapping names any more: held, to go to 0."""
    contract = facts.contract
    if contract is None or contract.status != IN_EFFECT or contract.start_date is None or contract.end_date is None:
        return []
    if not contract.start_date <= occasion.today <= contract.end_date:
        return []
    found = []
    for line in sorted(facts.lines, key=lambda line: line.contract_service_id):
        if is_left_behind(facts, line) and (plan := LinePlanner(facts, line, occasion, limits).left_behind()):
            found.append(plan)
    return found

"""PURE: a plan before anything is compared, and its date with the billing period around it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from webapp.domain import Billing, Contract, LineState, Reason
from webapp.services.billing_dates import When, full_period
from webapp.services.plan_facts import Facts, Line, LinePlan
from webapp.services.usage_wants import Want


def unplanned(facts: Facts, *, state: LineState, reason: Reason, want: Want | None = None, line: Line | None = None) -> LinePlan:
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


def waiting(plan: LinePlan, dates: When) -> LinePlan:
    """The plan of a change that may be posted on a later day only."""
    assert dates.waits_until is not None
    key = "waits_for_billing_day" if dates.way is Billing.MONTHLY else "waits_for_close"
    figures = {"target": plan.target, "before": plan.before, "date": dates.waits_until.isoformat()}
    return replace(plan, state=LineState.PLANNED, reason=Reason(key, figures), waits_until=dates.waits_until)


def dated(plan: LinePlan, contract: Contract | None, line: Line | None, day: date) -> LinePlan:
    """The plan with its effective date and the billing period that holds it."""
    if contract is None:
        return replace(plan, effective_date=day)
    kind = contract.period_type if contract.period_type is not None else line.period_type if line else None
    period = full_period(contract.start_date, kind, day)
    if period is None:
        return replace(plan, effective_date=day)
    return replace(
        plan, effective_date=day, period_start=period.start, period_end=min(period.end, contract.end_date or period.end)
    )

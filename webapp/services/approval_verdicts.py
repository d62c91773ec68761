"""What a fresh look says of a change that a person approved: post it, or why not (design, section 7.2 "Guard").

Changes from usage are compared with a new plan. Changes of another origin have no plan: each origin has one function here that
looks for itself, and a new line one that has the last word after the plan.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from webapp.clients.autotask.client import AutotaskClient
from webapp.domain import FAILED_LINE_STATES, LineState, Origin, Reason
from webapp.extensions import db
from webapp.models import Change
from webapp.services import fresh_look
from webapp.services.fresh_look import Look
from webapp.services.plan_facts import LinePlan
from webapp.services.run_results import STATE_CODES


@dataclass(frozen=True)
class Verdict:
    """PLANNED: post it. DEFERRED: approved, but its day is still to come. BLOCKED: it goes on waiting for a person, with the
    code that stops it. SUPERSEDED: it is over, ``params`` name what is so now; ``instead`` is what waits for a person now.

    ``version`` is the ledger's version of the line when it was looked at, ``read_at`` when its units were read. A ``waits_until``
    is the first day on which a planned change may be posted.
    """

    state: LineState
    code: str | None = None
    params: Mapping[str, Any] = field(default_factory=dict)
    effective_date: date | None = None
    price: float | None = None
    period_start: date | None = None
    period_end: date | None = None
    waits_until: date | None = None
    instead: LinePlan | None = None
    version: int = 0
    read_at: datetime | None = None


def blocked(reason: Reason) -> Verdict:
    return Verdict(LineState.BLOCKED, reason.key, dict(reason.params))


def stale(change: Change, *, before: int | None, target: int | None, instead: LinePlan | None = None) -> Verdict:
    """Over: now it would be another change."""
    moved = {"now_before": before, "now_target": target, "cause": f"{_or_dash(before)} → {_or_dash(target)}"}
    return Verdict(LineState.SUPERSEDED, "approval_stale", _figures(change) | moved, instead=instead)


def _or_dash(units: int | None) -> str:
    return "–" if units is None else str(units)


def _figures(change: Change) -> dict[str, Any]:
    return {"before": change.before, "target": change.target}


def of_plan(change: Change, plan: LinePlan | None) -> Verdict:
    """What the new plan of the change's line says of it; None: the line is no longer planned."""
    if plan is None:
        return Verdict(LineState.SUPERSEDED, "approval_stale", _figures(change) | {"cause": "no longer planned"})
    if plan.state in FAILED_LINE_STATES or plan.state is LineState.POSTING:
        code = plan.code or STATE_CODES.get(plan.state, "outcome_unknown")
        return blocked(Reason(code, {"service": change.service_name, **plan.reason.params}))
    same = (plan.before, plan.target) == (change.before, change.target)
    if not same or plan.state not in (LineState.PLANNED, LineState.HELD, LineState.DEFERRED):
        anew = plan if plan.state is LineState.HELD and plan.is_due else None
        return stale(change, before=plan.before, target=plan.target, instead=anew)
    if plan.reported:
        return blocked(plan.reason)
    return Verdict(
        LineState.DEFERRED if plan.state is LineState.DEFERRED else LineState.PLANNED,
        effective_date=plan.effective_date,
        price=plan.price,
        period_start=plan.period_start,
        period_end=plan.period_end,
        waits_until=plan.waits_until,
    )


def of_asked_for(autotask: AutotaskClient, changes: Sequence[Change]) -> dict[int, Verdict]:
    """The verdict of each change that takes another one back or corrects a conflict, by its id: it still holds where the line
    stands at its ``before``, on the next allowed date. May call Autotask: no transaction is open. Raises ApiError."""
    waiting = [change for change in changes if change.state in (LineState.HELD, LineState.PLANNED)]
    asked = fresh_look.asked_by(waiting)
    looks = fresh_look.look(autotask, asked, alive=db.session.commit) if asked else {}
    return {change.id: _of_look(change, looks[change.id]) for change in waiting if change.id in looks}


def _of_look(change: Change, look: Look) -> Verdict:
    if look.moved:
        return stale(change, before=look.units, target=change.target)
    if look.problem:
        return blocked(Reason(look.problem.key, {"service": change.service_name, **look.problem.params}))
    return Verdict(
        LineState.PLANNED, effective_date=look.effective_date, price=look.price, version=look.version, read_at=look.read_at
    )


OWN_ORIGINS = {Origin.UNDO: of_asked_for, Origin.CORRECTION: of_asked_for}
"""The origins that are not planned from usage."""

"""Lines on which the ledger has the last word: their change is not settled, waits to be repeated, was refused, or a person
asked for another one.

A run shows that change and plans nothing on top of it. Behind them come the lines that a person decided (decided.py).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from sqlalchemy import select

from webapp.domain import LineState, Origin, Reason
from webapp.extensions import db
from webapp.models import Change
from webapp.services import decided
from webapp.services.plan_facts import LinePlan
from webapp.services.usage_reading import Reading


def shown(plans: Sequence[LinePlan], reading: Reading, *, repeats_refused: bool) -> tuple[list[LinePlan], dict[int, int]]:
    """The plans with those changes in their place, and the change of each such plan by its index. Reads only.

    A change that Autotask answered unclearly, and that was then seen not to be made, is not repeated by itself until its
    figures change (design, section 13, 10); ``repeats_refused``: a person asks for just these customers, so it is.
    """
    changes, new_lines = _asked_for(reading) | _changes(reading), _new_lines(plans)
    plans, ids = decided.shown(plans)
    found = []
    for index, plan in enumerate(plans):
        line = plan.contract_service_id
        change = changes.get(line) if line is not None else new_lines.get((plan.contract_id, plan.service_id))
        if change is not None and _has_the_last_word(change, plan, repeats_refused=repeats_refused):
            found.append(_as(plan, change))
            ids[index] = change.id
        else:
            found.append(plan)
    return found, ids


def _has_the_last_word(change: Change, plan: LinePlan, *, repeats_refused: bool) -> bool:
    if plan.state is LineState.BLOCKED:
        return False
    if change.contract_service_id is None and change.state == LineState.NOT_APPLIED:
        return plan.target == change.target  # nothing was sent that could still count: another figure is approved anew
    if change.state in (LineState.HELD, LineState.PLANNED):
        return plan.is_due or plan.state is LineState.DEFERRED
    if change.state != LineState.REJECTED:
        return True
    # approving a held change is a person's repeat too; only what would be posted by itself is stopped
    same = plan.state is LineState.PLANNED and (plan.before, plan.target) == (change.before, change.target)
    return same and not repeats_refused


def _as(plan: LinePlan, change: Change) -> LinePlan:
    return replace(
        plan,
        before=change.before,
        target=change.target,
        effective_date=change.effective_date,
        state=LineState(change.state),
        reason=Reason(change.reason, change.reason_params),
        code=change.code,
    )


def _asked_for(reading: Reading) -> dict[int, Change]:
    """The changes that a person asked for (undo, correction): the line waits until they are decided and posted."""
    waits = Change.state.in_((LineState.HELD, LineState.PLANNED)), Change.origin != Origin.PLAN
    found = db.session.scalars(select(Change).where(*waits))
    return {line: change for change in found if (line := change.contract_service_id) in reading.histories and line is not None}


def _changes(reading: Reading) -> dict[int, Change]:
    wanted: Iterable[int | None] = (history.last_word_id for history in reading.histories.values())
    ids = [change_id for change_id in wanted if change_id]
    found = list(db.session.scalars(select(Change).where(Change.id.in_(ids)))) if ids else []
    return {change.contract_service_id: change for change in found if change.contract_service_id is not None}


def _new_lines(plans: Sequence[LinePlan]) -> dict[tuple[int, int | None], Change]:
    """The changes that add a line and are not settled or wait to be repeated, by contract and service."""
    contracts = {plan.contract_id for plan in plans if plan.contract_service_id is None and plan.service_id is not None}
    if not contracts:
        return {}
    states = (LineState.POSTING, LineState.UNKNOWN, LineState.NOT_APPLIED)
    unsettled = select(Change).where(Change.contract_service_id.is_(None), Change.state.in_(states))
    found = db.session.scalars(unsettled)
    return {(change.contract_id, change.service_id): change for change in found if change.contract_id in contracts}

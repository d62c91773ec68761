"""Lines on which a person has the last word: their newest change was dismissed, or approved and not posted yet.

A dismissal stands until before or target changes; so does an approval whose change still waits to be posted.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import aliased

from webapp.domain import Decision, LineState, Origin, Reason
from webapp.extensions import db
from webapp.models import Change
from webapp.services.plan_facts import LinePlan

_NEEDS_A_WORD = (LineState.PLANNED, LineState.HELD, LineState.DEFERRED)
_APPROVED = and_(Change.state == LineState.PLANNED, Change.decision == Decision.APPROVED)
Key = tuple[int, int | None, int | None]


def shown(plans: Sequence[LinePlan]) -> tuple[list[LinePlan], dict[int, int]]:
    """The plans with what a person said in their place, and the dismissed change of each such plan by its index. Reads only.

    Only a plan with the figures that were decided is touched; with others it is planned anew.
    """
    words = _newest({plan.contract_id for plan in plans if plan.state in _NEEDS_A_WORD})
    found, ids = [], {}
    for index, plan in enumerate(plans):
        change = words.get(key(plan)) if plan.state in _NEEDS_A_WORD else None
        if change is None or (plan.before, plan.target) != (change.before, change.target):
            found.append(plan)
        elif change.state == LineState.DISMISSED:
            found.append(replace(plan, state=LineState.DISMISSED, reason=Reason(change.reason, change.reason_params)))
            ids[index] = change.id
        else:
            state = LineState.PLANNED if plan.state is LineState.HELD else plan.state
            found.append(replace(plan, state=state))
    return found, ids


def key(line: LinePlan | Change) -> Key:
    """What a plan and a change have in common when they are about the same line, or the same missing one."""
    return line.contract_id, line.contract_service_id, line.service_id


def waits(change: Change) -> bool:
    """Whether the change was approved and is not posted yet."""
    return change.state == LineState.PLANNED and change.decision == Decision.APPROVED


def comes_back(change: Change) -> bool:
    """Whether the plan of every sync names the change again, so that an approved one that waits is posted by the next. Of what a
    close decided the syncs after its window say nothing."""
    return change.origin == Origin.PLAN and change.contract_service_id is not None and not change.closed


def waiting() -> ColumnElement[bool]:
    """What waits for a person: held, or approved by a run that died, and nothing brings it back by itself."""
    lost = or_(Change.origin != Origin.PLAN, Change.contract_service_id.is_(None), Change.closed.is_(True))
    return or_(Change.state == LineState.HELD, and_(_APPROVED, lost))


def _newest(contract_ids: Iterable[int]) -> Mapping[Key, Change]:
    """The dismissed and the approved waiting changes that no newer change of their line follows."""
    wanted = sorted(contract_ids)
    later = aliased(Change)
    same_line = and_(
        later.contract_id == Change.contract_id,
        later.service_id == Change.service_id,
        later.contract_service_id.is_not_distinct_from(Change.contract_service_id),
    )
    query = select(Change).where(
        Change.origin == Origin.PLAN,
        or_(Change.state == LineState.DISMISSED, _APPROVED),
        ~select(later.id).where(same_line, later.id > Change.id).exists(),
    )
    if len(wanted) <= 500:
        query = query.where(Change.contract_id.in_(wanted))
    return {key(change): change for change in db.session.scalars(query)} if wanted else {}

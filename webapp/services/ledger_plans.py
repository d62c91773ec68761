"""The ledger from the side of the plan: what it knows of each line, and the held and planned changes of a run."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import Select, and_, or_, select

from webapp.context import now
from webapp.domain import OPEN_CHANGE_STATES, Decision, LineState, Origin, Reason
from webapp.extensions import db
from webapp.models import Change, LedgerLine
from webapp.services import decided
from webapp.services.ledger import raise_versions, version
from webapp.services.plan_facts import LinePlan
from webapp.services.settling import Answer

_USES_A_DATE = (*OPEN_CHANGE_STATES, LineState.NOT_APPLIED, LineState.CONFIRMED)
_WAITS = (LineState.HELD, LineState.PLANNED)


@dataclass(frozen=True)
class LineHistory:
    """What the ledger knows of one line. ``last_word_id``: a change that is not settled, waits to be repeated, or was asked for
    by a person and waits for approval; or else the newest one if Autotask answered it unclearly and did not make it."""

    version: int = 0
    confirmed_units: int | None = None
    used_dates: frozenset[date] = frozenset()
    own_later: Mapping[date, int] = field(default_factory=dict)
    last_word_id: int | None = None


def histories(line_ids: Sequence[int], *, on: date) -> dict[int, LineHistory]:
    """The history of each line, seen from the date ``on``. Reads only."""
    known: dict[int, LedgerLine] = {}
    for row in db.session.scalars(_narrowed(select(LedgerLine), LedgerLine.contract_service_id, line_ids)):
        known[row.contract_service_id] = row
    used: dict[int, set[date]] = {}
    later: dict[int, dict[date, int]] = {}
    pending: dict[int, int] = {}
    refused: dict[int, int] = {}
    for change in db.session.scalars(_narrowed(_with_a_word(), Change.contract_service_id, line_ids)):
        line = change.contract_service_id
        assert line is not None
        if change.state in _WAITS:
            pending[line] = change.id
            continue
        refused.pop(line, None)
        if change.state == LineState.REJECTED:
            if change.answer == Answer.UNCLEAR:
                refused[line] = change.id
            continue
        used.setdefault(line, set()).add(change.effective_date)
        if change.state in (LineState.DEFERRED, LineState.SUPERSEDED):
            continue  # the date is used, by somebody else or maybe by us: Autotask would refuse it again
        if change.state != LineState.CONFIRMED:
            pending[line] = change.id
        elif change.effective_date > on:
            days = later.setdefault(line, {})
            days[change.effective_date] = days.get(change.effective_date, 0) + change.delta
    empty = LedgerLine(version=0)
    return {
        line: LineHistory(
            version=known.get(line, empty).version,
            confirmed_units=known.get(line, empty).confirmed_units,
            used_dates=frozenset(used.get(line, ())),
            own_later=later.get(line, {}),
            last_word_id=pending.get(line, refused.get(line)),
        )
        for line in line_ids
    }


def _with_a_word() -> Select[Any]:
    """Changes that say something of their line: posted ones, conflicts that a person decided (their date may be used in
    Autotask), and what a person asked for and has not approved yet."""
    states = (*_USES_A_DATE, LineState.REJECTED, LineState.DEFERRED)
    settled = and_(Change.state == LineState.SUPERSEDED, Change.decision.in_((Decision.ADOPTED, Decision.CORRECTED)))
    asked_for = and_(Change.state.in_(_WAITS), Change.origin != Origin.PLAN)
    known = Change.contract_service_id.is_not(None)
    return select(Change).where(known, or_(Change.state.in_(states), settled, asked_for)).order_by(Change.id)


def used_dates(line_ids: Sequence[int]) -> dict[int, set[date]]:
    """The dates on which Autotask has, or may have, a change of each line. Reads only."""
    found: dict[int, set[date]] = {line: set() for line in line_ids}
    for change in db.session.scalars(_narrowed(_with_a_word(), Change.contract_service_id, line_ids)):
        if change.contract_service_id in found and change.state not in (*_WAITS, LineState.REJECTED):
            found[change.contract_service_id].add(change.effective_date)
    return found


def _narrowed(statement: Select[Any], column: Any, ids: Sequence[int]) -> Select[Any]:
    """Narrowed to the lines, unless there are so many that reading all is the better way."""
    return statement.where(column.in_(ids)) if len(ids) <= 500 else statement


@dataclass(frozen=True)
class Kept:
    """The changes of a run: the change of each plan by its index, and the version of each line after they were written."""

    change_ids: Mapping[int, int]
    versions: Mapping[int, int]


def keep_plans(
    plans: Sequence[LinePlan], *, run_id: int, month: str, contract_ids: Iterable[int], noted: Mapping[int, int]
) -> Kept:
    """Write the held and planned changes of a run. Flushes; the caller commits.

    ``noted`` are the versions of the lines when their history was read: a line that moved since is left to the next run.
    A held change with the same figures keeps its row and id, and so does one that a person approved and that still waits; one
    with other figures, or that the new plan no longer holds, is superseded. Planned changes left behind by a run that died are
    superseded too: they were never posted. What a person asked for (an undo, a correction) is no plan's to replace: it stays
    until a person decides.
    """
    contracts = set(contract_ids)
    waiting = _waiting(contracts)
    reserved = {change.contract_service_id for change in waiting if change.origin != Origin.PLAN}
    repeated = {decided.key(plan) for plan in plans if plan.state is LineState.NOT_APPLIED and plan.contract_service_id is None}
    planned = (change for change in waiting if change.origin == Origin.PLAN and decided.key(change) not in repeated)
    old = {decided.key(change): change for change in planned}
    kept: dict[int, int] = {}
    fresh: dict[int, Change] = {}
    approved: list[int | None] = []
    for index, plan in enumerate(plans):
        line = plan.contract_service_id
        before = old.get(decided.key(plan))
        if before and plan.state is LineState.DEFERRED and decided.waits(before) and _same(before, plan):
            kept[index] = old.pop(decided.key(before)).id  # approved, and its day is still to come
            continue
        if plan.state not in _WAITS:
            continue
        if line is not None and (line in reserved or version(line) != noted.get(line, 0)):
            old.pop(decided.key(plan), None)
            continue
        if before and _stays(before, plan):
            _take_over(before, plan)
            kept[index] = old.pop(decided.key(before)).id
            approved += [line] if decided.waits(before) else []
        else:
            fresh[index] = _new_change(plan, run_id=run_id, month=month)
    for change in old.values():
        change.state, change.changed_at = LineState.SUPERSEDED, now()
    db.session.flush()
    db.session.add_all(fresh.values())
    moved = [*approved, *(change.contract_service_id for change in (*old.values(), *fresh.values()))]
    raise_versions(moved)
    db.session.flush()
    lines = [line for line in moved if line is not None]
    return Kept(kept | {index: change.id for index, change in fresh.items()}, {line: version(line) for line in lines})


def _stays(change: Change, plan: LinePlan) -> bool:
    """Whether the change says what the plan says, and waits for the same: a person, or to be posted after one approved it."""
    held = change.state == plan.state == LineState.HELD
    approved = plan.state is LineState.PLANNED and decided.waits(change)
    return (held or approved) and _same(change, plan)


def _same(change: Change, plan: LinePlan) -> bool:
    return (change.before, change.target) == (plan.before, plan.target)


def _waiting(contracts: set[int]) -> list[Change]:
    """What these contracts have waiting, locked; also a new line that was not added and would be tried again."""
    again = and_(Change.state == LineState.NOT_APPLIED, Change.contract_service_id.is_(None))
    query = _narrowed(select(Change).where(or_(Change.state.in_(_WAITS), again)), Change.contract_id, list(contracts))
    locked = query.order_by(Change.id).with_for_update().execution_options(populate_existing=True)
    return [change for change in db.session.scalars(locked) if change.contract_id in contracts]


def _take_over(change: Change, plan: LinePlan) -> None:
    assert plan.effective_date is not None
    change.effective_date = plan.effective_date
    change.reason, change.reason_params = plan.reason.key, dict(plan.reason.params)


def _new_change(plan: LinePlan, *, run_id: int, month: str) -> Change:
    assert plan.before is not None
    assert plan.target is not None
    assert plan.effective_date is not None
    assert plan.service_id is not None
    moment = now()
    return Change(
        contract_id=plan.contract_id,
        contract_service_id=plan.contract_service_id,
        service_id=plan.service_id,
        service_name=plan.service_name,
        customer_ids=list(plan.customer_ids),
        products=list(plan.products),
        month=month,
        new_line=plan.contract_service_id is None,
        before=plan.before,
        target=plan.target,
        delta=plan.target - plan.before,
        effective_date=plan.effective_date,
        state=plan.state,
        reason=plan.reason.key,
        reason_params=dict(plan.reason.params),
        run_id=run_id,
        created_at=moment,
        changed_at=moment,
    )


def asked_for(
    *, like: Change, origin: Origin, before: int, target: int, effective_date: date, reason: Reason, run_id: int
) -> Change:
    """A held change that a person asked for: it takes back or corrects the change ``like`` on the same line. Not added yet."""
    moment = now()
    copied = ("contract_id", "contract_service_id", "service_id", "service_name", "month", "closed")
    return Change(
        **{name: getattr(like, name) for name in copied},
        customer_ids=list(like.customer_ids),
        products=list(like.products),
        origin=origin,
        undo_of=like.id,
        before=before,
        target=target,
        delta=target - before,
        effective_date=effective_date,
        state=LineState.HELD,
        reason=reason.key,
        reason_params=dict(reason.params),
        run_id=run_id,
        created_at=moment,
        changed_at=moment,
    )

"""The ledger from the side of the plan: what it knows of each line, and the held and planned changes of a run."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Select, and_, or_, select

from webapp.context import now
from webapp.domain import OPEN_CHANGE_STATES, Decision, LineState, Origin, Reason
from webapp.extensions import db
from webapp.models import Change, LedgerLine
from webapp.services import decided
from webapp.services.ledger import raise_versions, version
from webapp.services.plan_facts import LinePlan, OwnChange, Step
from webapp.services.settling import Answer

_USES_A_DATE = (*OPEN_CHANGE_STATES, LineState.NOT_APPLIED, LineState.CONFIRMED)
_WAITS = (LineState.HELD, LineState.PLANNED)
_SEEN = (Decision.ADOPTED, Decision.CORRECTED)


@dataclass(frozen=True)
class LineHistory:
    """What the ledger knows of one line. ``last_word_id``: a change that is not settled or waits to be repeated, or else the
    newest one if Autotask answered it unclearly and did not make it. ``own``: what was confirmed, or seen and adopted."""

    version: int = 0
    confirmed_units: int | None = None
    used_dates: frozenset[date] = frozenset()
    own: tuple[OwnChange, ...] = ()
    pinned: bool = False
    later_decision: str | None = None
    later_step: Step | None = None
    last_word_id: int | None = None


def histories(line_ids: Sequence[int]) -> dict[int, LineHistory]:
    """The history of each line. Reads only."""
    known: dict[int, LedgerLine] = {}
    for row in db.session.scalars(_narrowed(select(LedgerLine), LedgerLine.contract_service_id, line_ids)):
        known[row.contract_service_id] = row
    changes: dict[int, list[Change]] = {}
    for change in db.session.scalars(_narrowed(_that_count(), Change.contract_service_id, line_ids)):
        if change.contract_service_id is not None:
            changes.setdefault(change.contract_service_id, []).append(change)
    return {line: _history(known.get(line, LedgerLine(version=0)), changes.get(line, [])) for line in line_ids}


def _that_count() -> Select[Any]:
    """The changes that say something about a line: posted, refused, or seen and adopted; the oldest first."""
    posted = Change.state.in_((*_USES_A_DATE, LineState.REJECTED, LineState.DEFERRED))
    return select(Change).where(or_(posted, Change.decision.in_(_SEEN))).order_by(Change.id)


def _history(row: LedgerLine, changes: Sequence[Change]) -> LineHistory:
    used: set[date] = set()
    own: list[Change] = []
    pending: int | None = None
    refused: int | None = None
    for change in changes:
        if change.decision in _SEEN and change.units_after is not None:
            used.add(change.effective_date)
            own.append(change)
            continue
        refused = None
        if change.state == LineState.REJECTED:
            refused = change.id if change.answer == Answer.UNCLEAR else None
            continue
        used.add(change.effective_date)
        if change.state == LineState.DEFERRED:
            continue  # somebody else used this date: Autotask would refuse it again
        if change.state == LineState.CONFIRMED:
            own.append(change)
        else:
            pending = change.id
    step = row.later_step
    return LineHistory(
        version=row.version,
        confirmed_units=row.confirmed_units,
        used_dates=frozenset(used),
        own=_own(own),
        pinned=row.pinned_at is not None,
        later_decision=row.later_decision,
        later_step=Step(date.fromisoformat(step["date"]), step["step"]) if step else None,
        last_word_id=pending or refused,
    )


def _own(changes: Sequence[Change]) -> tuple[OwnChange, ...]:
    """In the order in which they were proved."""
    proved = sorted(changes, key=lambda change: (change.confirmed_at or change.changed_at, change.id))
    found = []
    for order, change in enumerate(proved):
        after = change.target if change.state == LineState.CONFIRMED else change.units_after
        assert after is not None
        found.append(OwnChange(change.effective_date, after - change.before, after, order))
    return tuple(found)


def _narrowed(statement: Select[Any], column: Any, ids: Sequence[int]) -> Select[Any]:
    """Narrowed to the lines, unless there are so many that reading all is the better way."""
    return statement.where(column.in_(ids)) if len(ids) <= 500 else statement


@dataclass(frozen=True)
class Kept:
    """The changes of a run: the change of each plan by its index, and the version of each line after they were written."""

    change_ids: Mapping[int, int]
    versions: Mapping[int, int]


def keep_plans(
    plans: Sequence[LinePlan],
    *,
    run_id: int,
    month: str,
    closed: bool,
    contract_ids: Iterable[int],
    noted: Mapping[int, int],
) -> Kept:
    """Write the held and planned changes of a run. Flushes; the caller commits.

    ``noted`` are the versions of the lines when their history was read: a line that moved since is left to the next run.
    A held change with the same figures keeps its row and id, and so does one that a person approved and that still waits; one
    with other figures, or that the new plan no longer holds, is superseded. Planned changes left behind by a run that died are
    superseded too: they were never posted. What a person asked for (undo, correction) stays, and the line waits for it.
    """
    old = _waiting(set(contract_ids), repeated=plans)
    asked_for = {key for key, change in old.items() if change.origin != Origin.PLAN}
    kept: dict[int, int] = {}
    fresh: dict[int, Change] = {}
    approved: list[int | None] = []
    for index, plan in enumerate(plans):
        key, line = decided.key(plan), plan.contract_service_id
        before = old.get(key)
        if before and decided.waits(before) and _same(before, plan) and _comes_later(plan):
            kept[index] = old.pop(key).id  # approved, and its day is still to come
            continue
        if not plan.is_due or key in asked_for:
            continue
        if line is not None and version(line) != noted.get(line, 0):
            old.pop(key, None)
            continue
        if before and _stays(before, plan):
            _take_over(before, plan, month=month, closed=closed)
            kept[index] = old.pop(key).id
            approved += [line] if decided.waits(before) else []
        else:
            fresh[index] = _new_change(plan, run_id=run_id, month=month, closed=closed)
    due = {decided.key(change) for change in fresh.values()} | _needed_again(old, plans, closed=closed)
    stays = {key for key, change in old.items() if key not in due and not _replaced(change, month=month, closed=closed)}
    gone = [change for key, change in old.items() if key not in asked_for and key not in stays]
    for change in gone:
        change.state, change.changed_at = LineState.SUPERSEDED, now()
    db.session.flush()
    db.session.add_all(fresh.values())
    moved = [*approved, *(change.contract_service_id for change in (*gone, *fresh.values()))]
    raise_versions(moved)
    db.session.flush()
    lines = [line for line in moved if line is not None]
    return Kept(kept | {index: change.id for index, change in fresh.items()}, {line: version(line) for line in lines})


def hold_anew(plan: LinePlan, *, run_id: int, month: str, closed: bool) -> Change:
    """A held change for the plan of one line, in the place of the one that it supersedes. Flushes."""
    db.session.flush()
    change = _new_change(plan, run_id=run_id, month=month, closed=closed)
    db.session.add(change)
    db.session.flush()
    return change


def _waiting(contracts: set[int], *, repeated: Iterable[LinePlan]) -> dict[decided.Key, Change]:
    """The held and planned changes of these contracts, locked, by what they are about; also a new line that was not added, unless
    one of the plans repeats it."""
    again = and_(Change.state == LineState.NOT_APPLIED, Change.contract_service_id.is_(None))
    waiting = _narrowed(select(Change).where(or_(Change.state.in_(_WAITS), again)), Change.contract_id, list(contracts))
    locked = waiting.order_by(Change.id).with_for_update().execution_options(populate_existing=True)
    found = {decided.key(change): change for change in db.session.scalars(locked) if change.contract_id in contracts}
    for plan in repeated:
        if plan.state is LineState.NOT_APPLIED and plan.contract_service_id is None:
            found.pop(decided.key(plan), None)
    return found


def _needed_again(old: Mapping[decided.Key, Change], plans: Iterable[LinePlan], *, closed: bool) -> set[decided.Key]:
    """The held decreases of a close whose line needs all its units again in the running month: approved late, they would take
    away what is in use."""
    found = set()
    for plan in plans:
        key = decided.key(plan)
        change = old.get(key)
        if change and change.closed and not closed and plan.target is not None and plan.state is LineState.IN_STEP:
            found |= {key} if change.target < change.before <= plan.target else set()
    return found


def _replaced(change: Change, *, month: str, closed: bool) -> bool:
    """Whether a plan of this month that says nothing of that change replaces it: the close replaces what was held before it, the
    running month what no close held."""
    if change.state == LineState.PLANNED and not decided.waits(change):
        return True
    return change.month <= month if closed else not change.closed and change.month <= month


def _comes_later(plan: LinePlan) -> bool:
    """Whether the plan would make the change, but not on this day."""
    return plan.state is LineState.DEFERRED or (plan.state is LineState.PLANNED and plan.waits_until is not None)


def _stays(change: Change, plan: LinePlan) -> bool:
    """Whether the change says what the plan says, and waits for the same: a person, or to be posted after one approved it."""
    held = change.state == plan.state == LineState.HELD
    approved = plan.state in _WAITS and decided.waits(change)  # held: with its whole run
    return (held or approved) and _same(change, plan)


def _same(change: Change, plan: LinePlan) -> bool:
    return (change.before, change.target) == (plan.before, plan.target)


def _take_over(change: Change, plan: LinePlan, *, month: str, closed: bool) -> None:
    """The change is from now on what this plan made of it: an approval plans the same month again, and so finds the same date."""
    assert plan.effective_date is not None
    change.month, change.closed = month, closed
    change.effective_date, change.period_start, change.period_end = plan.effective_date, plan.period_start, plan.period_end
    change.reason, change.reason_params = plan.reason.key, dict(plan.reason.params)


def _new_change(plan: LinePlan, *, run_id: int, month: str, closed: bool) -> Change:
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
        closed=closed,
        new_line=plan.contract_service_id is None,
        before=plan.before,
        target=plan.target,
        delta=plan.target - plan.before,
        effective_date=plan.effective_date,
        period_start=plan.period_start,
        period_end=plan.period_end,
        price_before=plan.price,
        state=plan.state,
        reason=plan.reason.key,
        reason_params=dict(plan.reason.params),
        run_id=run_id,
        created_at=moment,
        changed_at=moment,
    )


def reversal(
    *, of: Change, origin: Origin, before: int, target: int, effective_date: date, reason: Reason, run_id: int
) -> Change:
    """A held change that a person asked for: it takes back or corrects the change ``of`` on the same line. Not added yet."""
    moment = now()
    copied = ("contract_id", "contract_service_id", "service_id", "service_name", "month", "closed")
    return Change(
        **{name: getattr(of, name) for name in copied},
        customer_ids=list(of.customer_ids),
        products=list(of.products),
        origin=origin,
        undo_of=of.id,
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

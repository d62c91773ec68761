"""What a person decides of held changes: approve or dismiss (design, section 7.2 "Guard").

An approval is a usage run with ``change_ids``; what it does is in approval_run.py. What waits is listed in approval_list.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy import func, select, update

from webapp import queueing
from webapp.context import now
from webapp.domain import ACTIVE_RUN_STATES, Decision, LineState, Mode, Reason, RunKind
from webapp.errors import Refused
from webapp.extensions import changed_rows, db
from webapp.models import Change, Run
from webapp.services import audit, connections, decided, leases, ledger, pins, preferences, runs

LONGEST_REASON = 500
_BECAME = {
    LineState.DISMISSED: "dismissed",
    LineState.SUPERSEDED: "replaced by newer figures",
}


@dataclass
class Asked:
    """The changes that somebody wants to decide: those that wait, those that do not any more, and ids that no change has."""

    waiting: list[Change] = field(default_factory=list)
    stale: list[Change] = field(default_factory=list)
    unknown: list[int] = field(default_factory=list)

    @property
    def problem(self) -> Reason | None:
        """Why not all of it can be decided, the first one; None where all can."""
        if self.unknown:
            return Reason("change_unknown", {"change": str(self.unknown[0])})
        return stale_reason(self.stale[0]) if self.stale else None


def asked_for(change_ids: Sequence[int]) -> Asked:
    """What these ids are, in their order, each once. Reads only."""
    asked = Asked()
    wanted = list(dict.fromkeys(change_ids))
    rows = select(Change).where(Change.id.in_([each for each in wanted if 0 < each <= runs.LARGEST_ID]))
    known = {change.id: change for change in db.session.scalars(rows.execution_options(populate_existing=True))}
    for change_id in wanted:
        change = known.get(change_id)
        if change is None:
            asked.unknown.append(change_id)
        else:
            (asked.waiting if may_be_decided(change) else asked.stale).append(change)
    return asked


def may_be_decided(change: Change) -> bool:
    """Whether the change waits for a person, or was approved and could not be posted yet."""
    return change.state == LineState.HELD or decided.waits(change)


def stale_reason(change: Change) -> Reason:
    """That a change does not wait any more, and what became of it."""
    cause = _BECAME.get(LineState(change.state), "already posted")
    return Reason("approval_stale", {"before": change.before, "target": change.target, "cause": cause})


def waiting_count() -> int:
    """How many changes wait for a person. Reads only."""
    return db.session.scalar(select(func.count(Change.id)).where(decided.waiting())) or 0


def under_way() -> dict[int, int]:
    """The run of each change that is being approved right now, by the change's id. Reads only."""
    active = select(Run).where(Run.change_ids.is_not(None), Run.state.in_(ACTIVE_RUN_STATES)).order_by(Run.id)
    return {change_id: run.id for run in db.session.scalars(active) for change_id in run.change_ids or ()}


def approve(*, change_ids: Sequence[int], by: str, trigger: str) -> Run:
    """One run that posts these changes, if they are still what was planned; the run that already does so is given back.
    Commits, then enqueues.

    Raises Refused: nothing_chosen, not_connected, posting_paused, change_unknown, approval_stale.
    """
    may_post(change_ids)
    leases.hold("approvals")  # two people who approve the same at once get the same run
    running = under_way()
    left = [change_id for change_id in change_ids if change_id not in running]
    if not left:
        db.session.commit()
        return runs.get(running[change_ids[-1]])
    if problem := asked_for(left).problem:
        db.session.rollback()
        raise Refused(problem.key, "change", **problem.params)
    run = open_run(change_ids=left, by=by, trigger=trigger)
    run_id = run.id
    db.session.commit()
    queueing.enqueue_run(run_id)
    return run


def may_post(change_ids: Sequence[int]) -> None:
    """Raises Refused where nothing could be approved now: nothing_chosen, not_connected, posting_paused. Reads only."""
    if not change_ids:
        raise Refused("nothing_chosen", "change")
    if not connections.both_connected():
        raise Refused("not_connected")
    if preferences.get("mode") not in (Mode.AUTOMATIC, Mode.APPROVE):
        raise Refused("posting_paused")


def open_run(*, change_ids: Sequence[int], by: str, trigger: str) -> Run:
    """A queued run for these changes. Flushes; the caller commits and carries it out or enqueues it.

    Raises Refused: nothing_chosen, not_connected, posting_paused. What does not wait any more becomes a line that says so.
    """
    may_post(change_ids)
    asked = asked_for(change_ids)
    changes = asked.waiting + asked.stale
    customers = sorted({customer_id for change in changes for customer_id in change.customer_ids})
    months = {change.month for change in asked.waiting}
    month = months.pop() if len(months) == 1 else None
    run = runs.open_run(kind=RunKind.USAGE, trigger=trigger, by=by, scope=customers, month=month)
    run.change_ids = [change_id for change_id in dict.fromkeys(change_ids) if change_id not in asked.unknown]
    run.closed = bool(asked.waiting) and all(change.closed for change in asked.waiting)
    for change in asked.waiting:
        audit.record(
            by=by, action="change_approve", subject=f"change:{change.id}", before=_figures(change), after={"run": run.id}
        )
    db.session.flush()
    return run


def dismiss(*, change_ids: Sequence[int], reason: str, by: str) -> list[Change]:
    """None of these changes is made; each stands until its figures change. The caller commits.

    Raises Refused: nothing_chosen, reason_missing, reason_long, change_unknown, approval_stale; then none is dismissed.
    """
    why = usable_reason(reason)
    if not change_ids:
        raise Refused("nothing_chosen", "change")
    asked = asked_for(change_ids)
    if problem := asked.problem:
        raise Refused(problem.key, "change", **problem.params)
    for change in asked.waiting:
        _dismiss(change, why, by)
    return asked.waiting


def usable_reason(text: str) -> str:
    """The reason of a dismissal as it is kept. Raises Refused: reason_missing, reason_long."""
    why = " ".join(text.split())
    if not why:
        raise Refused("reason_missing", "reason")
    if len(why) > LONGEST_REASON:
        raise Refused("reason_long", "reason", most=LONGEST_REASON)
    return why


def _dismiss(change: Change, why: str, by: str) -> None:
    """By compare-and-set: an approval that took the change meanwhile has it."""
    seen, moment = change.state, now()
    moved = changed_rows(
        update(Change)
        .where(Change.id == change.id, Change.state == seen)
        .values(
            state=LineState.DISMISSED,
            decision=Decision.DISMISSED,
            decision_reason=why,
            decided_by=by,
            decided_at=moment,
            changed_at=moment,
        )
    )
    db.session.refresh(change)
    if not moved:
        problem = stale_reason(change)
        raise Refused(problem.key, "change", **problem.params)
    ledger.raise_versions([change.contract_service_id])
    pins.after_dismissal(change, by=by)
    audit.record(
        by=by,
        action="change_dismiss",
        subject=f"change:{change.id}",
        before=_figures(change) | {"state": seen},
        after={"state": change.state, "reason": why},
    )


def _figures(change: Change) -> dict[str, int | str | None]:
    return {"line": change.contract_service_id, "before": change.before, "target": change.target, "state": change.state}

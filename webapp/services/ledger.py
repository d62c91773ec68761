"""The ledger: every intended change, from intent to proof (design, section 7.2).

States move only here. Each function is one short transaction and commits. A change is claimed by compare-and-set on the
version of its line; the two partial unique indexes of ``changes`` make a second open change, or a second one on the same
line and date, impossible even where all else fails.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Update, exists, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.sql.elements import ColumnElement

from webapp.context import context, now
from webapp.domain import Lease, LineState, PostOutcome, PostResult, Reason
from webapp.extensions import changed_rows, db
from webapp.models import Change, LeaseRow, LedgerLine
from webapp.services.leases import POSTING
from webapp.services.settling import Answer, answer_of, next_read, settle_time


def raise_versions(line_ids: Iterable[int | None]) -> None:
    """Say that something about these lines changed: plans made before are not posted any more. Flushes."""
    for line_id in line_ids:
        if line_id is None:
            continue
        if not changed_rows(_raise(line_id)):
            db.session.add(LedgerLine(contract_service_id=line_id, version=1))
            db.session.flush()


def _raise(line_id: int) -> Update:
    return update(LedgerLine).where(LedgerLine.contract_service_id == line_id).values(version=LedgerLine.version + 1)


def version(line_id: int) -> int:
    """The present version of a line; 0 where the ledger does not know it."""
    return db.session.scalar(select(LedgerLine.version).where(LedgerLine.contract_service_id == line_id)) or 0


def claim_for_posting(change_id: int, *, lease: Lease, noted_version: int, run_id: int, price: float | None) -> Change | None:
    """Commit the intent to post: the change goes from planned or not_applied to posting, if nothing moved since it was planned.

    In one transaction: the posting lease is still ours, the line's version is the one that the plan noted, the change still
    waits. None where any of that fails; then nothing was changed and nothing may be posted.
    """
    change = db.session.get(Change, change_id, populate_existing=True)
    assert change is not None
    assert change.contract_service_id is not None
    try:
        moved = changed_rows(_raise(change.contract_service_id).where(LedgerLine.version == noted_version))
        claimed = moved and changed_rows(
            update(Change)
            .where(Change.id == change_id, Change.state.in_((LineState.PLANNED, LineState.NOT_APPLIED)), still_holds(lease))
            .values(**intent(lease, run_id=run_id, price=price))
        )
    except IntegrityError:  # the line already has an open change, or one on this date
        db.session.rollback()
        return None
    if not claimed:
        db.session.rollback()
        return None
    db.session.commit()
    return db.session.get(Change, change_id, populate_existing=True)


def still_holds(lease: Lease) -> ColumnElement[bool]:
    """That the posting lease is still ours, as part of the statement that commits an intent."""
    mine = LeaseRow.name == lease.name, LeaseRow.owner == lease.owner, LeaseRow.fence == lease.fence
    return exists().where(*mine, LeaseRow.expires_at > now())


def intent(lease: Lease, *, run_id: int, price: float | None) -> dict[str, Any]:
    """What is committed before a POST, so that whoever finds the change later knows when it is over."""
    moment = now()
    return {
        "state": LineState.POSTING,
        "code": None,
        "answer": Answer.NONE,
        "attempts": Change.attempts + 1,
        "run_id": run_id,
        "fence": lease.fence,
        "price_before": price,
        "posted_at": moment,
        "changed_at": moment,
        "post_deadline_at": moment + timedelta(seconds=context().settings.post_deadline),
        "post_lease_until": lease.expires_at,
    }


def record_outcome(change_id: int, *, fence: int, outcome: PostOutcome) -> LineState | None:
    """Note what came back from the POST. None where the change is not ours any more (its lease ran out meanwhile)."""
    change = mine(change_id, fence)
    if change is None:
        return None
    change.error_text = outcome.text[:2000] or None
    if outcome.result is PostResult.REJECTED:
        code = outcome.code or "refused_by_autotask"
        move(change, LineState.REJECTED, Reason(code, {"text": outcome.text, "system": "Autotask", "what": "contracts"}))
    elif outcome.result is PostResult.DUPLICATE and change.attempts == 1:
        move(change, LineState.DEFERRED, Reason("duplicate_date", {"date": change.effective_date.isoformat()}))
    elif outcome.result in (PostResult.NOT_SENT, PostResult.BUSY):
        change.attempts -= 1  # surely nothing was done: a duplicate on the next try is somebody else's, not ours
        move(change, LineState.NOT_APPLIED, Reason("not_applied", {"date": change.effective_date.isoformat()}))
    else:
        # a duplicate on a repeat proves that the first POST was applied: as good as accepted, and read back like it
        proven = outcome.result is PostResult.DUPLICATE
        change.answer = Answer.ACCEPTED if proven else answer_of(outcome)
        change.next_read_at = now()
        move(change, LineState.UNKNOWN, Reason("outcome_unknown", {}))
    state = LineState(change.state)
    db.session.commit()
    return state


def record_read_back(
    change_id: int, *, seen: LineState, attempts: int, units: int | None, price: float | None, judged: LineState
) -> bool:
    """Note what a read-back proved, if the change is still in the state ``seen`` and was not posted again since it was read
    (``attempts``). Says whether it was noted. Commits."""
    change = db.session.get(Change, change_id, populate_existing=True, with_for_update=True)
    if change is None or (change.state, change.attempts) != (seen, attempts):
        db.session.rollback()
        return False
    change.units_after, change.price_after = units, price
    date_text = change.effective_date.isoformat()
    if judged is LineState.CONFIRMED:
        _confirm(change)
    elif judged is LineState.NOT_APPLIED:
        move(change, judged, Reason("not_applied", {"date": date_text}))
    elif judged is LineState.REJECTED:
        move(change, judged, Reason("refused_by_autotask", {"text": change.error_text or "–"}))
    elif judged is LineState.CONFLICT:
        move(change, judged, Reason("conflict", {"units": units, "before": change.before, "target": change.target}))
    else:
        change.state, change.next_read_at = LineState.UNKNOWN, next_reading(change)
        change.code = "outcome_unknown"
    db.session.commit()
    return True


def _confirm(change: Change) -> None:
    moment = now()
    change.confirmed_at, change.error_text = moment, None
    move(change, LineState.CONFIRMED, None)
    line = update(LedgerLine).where(LedgerLine.contract_service_id == change.contract_service_id)
    about = {"contract_id": change.contract_id, "service_id": change.service_id}
    changed_rows(line.values(confirmed_units=change.target, confirmed_at=moment, **about))


def move(change: Change, state: LineState, problem: Reason | None) -> None:
    """For the ledger's own modules. Set the state; a problem's code and figures go with it, the reason of the plan stays."""
    change.state, change.changed_at = state, now()
    change.code = problem.key if problem else None
    if problem:
        change.reason_params = {**change.reason_params, **problem.params}
    if state is not LineState.UNKNOWN:
        change.next_read_at = None
    raise_versions([change.contract_service_id])


def settles_at(change: Change) -> datetime:
    """When a posted change can no longer take effect (UTC)."""
    assert change.post_deadline_at is not None
    assert change.post_lease_until is not None
    return settle_time(
        deadline=change.post_deadline_at,
        lease_until=change.post_lease_until,
        settle_seconds=context().settings.settle_seconds,
    )


def next_reading(change: Change) -> datetime:
    """When to look at an unsettled change next (UTC)."""
    assert change.posted_at is not None
    return next_read(posted=change.posted_at, now=now(), settle=settles_at(change))


def mine(change_id: int, fence: int) -> Change | None:
    """The change, locked, while its POST is under way and nobody took it over; else None, and the transaction is undone."""
    change = db.session.get(Change, change_id, populate_existing=True, with_for_update=True)
    if change is None or change.state != LineState.POSTING or change.fence != fence:
        db.session.rollback()
        return None
    return change


def to_settle(*, due_only: bool) -> list[Change]:
    """Changes whose outcome has to be read: unknown ones, and those whose poster is gone. ``due_only``: only those that it
    is time to look at again. Reads only."""
    moment = now()
    unsettled = select(Change).where(Change.state.in_((LineState.UNKNOWN, LineState.POSTING))).order_by(Change.id)
    found = []
    for change in db.session.scalars(unsettled):
        if change.state == LineState.POSTING and _poster_lives(change):
            continue
        if due_only and change.next_read_at and change.next_read_at > moment:
            continue
        found.append(change)
    return found


def _poster_lives(change: Change) -> bool:
    """Whether whoever posted the change still holds the posting lease it was sent under."""
    holds = select(LeaseRow.name).where(LeaseRow.name == POSTING, LeaseRow.fence == change.fence, LeaseRow.owner.is_not(None))
    return db.session.scalar(holds.where(LeaseRow.expires_at > now())) is not None


def to_repeat() -> list[Change]:
    """Changes that were not applied and are posted again, each in its own row with its own date. Reads only."""
    return list(db.session.scalars(select(Change).where(Change.state == LineState.NOT_APPLIED).order_by(Change.id)))


def with_ids(change_ids: Sequence[int]) -> list[Change]:
    """These changes. Reads only."""
    return list(db.session.scalars(select(Change).where(Change.id.in_(change_ids)))) if change_ids else []

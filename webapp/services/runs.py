"""Runs: opened, claimed with a lease and a fence, kept alive, finished, and put right when their process died.

``open_run`` leaves the commit to its caller; everything else here commits. Whoever holds an older fence writes nothing.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import or_, select, update
from sqlalchemy.sql.elements import ColumnElement

from webapp.context import now
from webapp.domain import ACTIVE_RUN_STATES, Calls, Reason, RunKind, RunState
from webapp.errors import NotFound
from webapp.extensions import changed_rows, db
from webapp.identity import ProcessIdentity, this_process
from webapp.models import Run
from webapp.services.leases import LEASE_TIME, LeaseLost

LARGEST_ID = 2**31 - 1
"""Of a column of type integer in PostgreSQL."""


@dataclass(frozen=True)
class Claim:
    """The right of this process to carry out a run, as long as its lease lives."""

    run_id: int
    owner: str
    fence: int


class RunCancelled(Exception):
    """A person asked to stop the run; it ends between two changes."""


_stopping: set[int] = set()


def stop_here(run_id: int) -> None:
    """Ask a run of this very process to end between two changes. Safe in a signal handler: it touches no database."""
    _stopping.add(run_id)


def open_run(
    *,
    kind: RunKind,
    trigger: str,
    by: str,
    scope: Sequence[str] | None = None,
    month: str | None = None,
    dry_run: bool = False,
    closed: bool = False,
    change_ids: Sequence[int] | None = None,
    undo_of: int | None = None,
    first_for: int | None = None,
    purpose: str | None = None,
) -> Run:
    """A queued run, flushed; the caller commits and then enqueues its id. ``trigger`` is cli, web or schedule. ``purpose``:
    ``test`` for a ticket run that only makes a test ticket."""
    run = Run(
        kind=kind,
        trigger=trigger,
        requested_by=by,
        scope=list(scope) if scope is not None else None,
        month=month,
        dry_run=dry_run,
        closed=closed,
        change_ids=list(change_ids) if change_ids is not None else None,
        undo_of=undo_of,
        first_for=first_for,
        purpose=purpose,
        state=RunState.QUEUED,
        created_at=now(),
    )
    db.session.add(run)
    db.session.flush()
    return run


def get(run_id: int) -> Run:
    """The run; raises NotFound, also for a number that no row can have."""
    run = db.session.get(Run, run_id) if 0 < run_id <= LARGEST_ID else None
    if run is None:
        raise NotFound("run", run_id)
    return run


def active(
    kind: RunKind,
    scope: Sequence[str] | None = None,
    *,
    month: str | None = None,
    dry_run: bool = False,
    closed: bool = False,
    purpose: str | None = None,
) -> Run | None:
    """A run of this kind, scope, month and purpose that waits for a worker, so that asking twice gives one run. A run of
    the command line waits for its own command, and an approval posts nothing but what was approved."""
    wanted = list(scope) if scope is not None else None
    queued = select(Run).where(Run.kind == kind, Run.state == RunState.QUEUED, Run.dry_run.is_(dry_run), Run.trigger != "cli")
    same = queued.where(Run.month.is_(None) if month is None else Run.month == month)
    plain = same.where(Run.closed.is_(closed), Run.undo_of.is_(None), Run.purpose.is_not_distinct_from(purpose)).order_by(Run.id)
    return next((run for run in db.session.scalars(plain) if run.scope == wanted and run.change_ids is None), None)


def claim(run_id: int) -> Claim | None:
    """Take the run if nobody works on it: queued, or running with a lease that expired or a process that is dead.

    None where another process has it, it has ended, or it does not exist. Commits.
    """
    run = db.session.get(Run, run_id, populate_existing=True)
    takeable = run is not None and _takeable(run)
    seen = (run.fence, run.state) if run else (0, "")
    db.session.commit()
    if not takeable:
        return None
    me, moment = this_process(), now()
    mine = Claim(run_id, uuid.uuid4().hex, seen[0] + 1)
    taken = changed_rows(
        update(Run)
        .where(Run.id == run_id, Run.fence == seen[0], Run.state == seen[1])
        .values(
            state=RunState.RUNNING,
            owner=mine.owner,
            fence=mine.fence,
            lease_expires_at=moment + LEASE_TIME,
            host=me.host,
            process_id=me.process_id,
            process_started=me.started,
            started_at=db.func.coalesce(Run.started_at, moment.replace(tzinfo=None)),
            resume_at=None,
        )
    )
    db.session.commit()
    return mine if taken == 1 else None


def _takeable(run: Run) -> bool:
    moment = now()
    if run.state == RunState.QUEUED:
        return True
    if run.state == RunState.PAUSED:
        return run.resume_at is not None and run.resume_at <= moment
    return run.state == RunState.RUNNING and _abandoned(run)


def _abandoned(run: Run) -> bool:
    if run.lease_expires_at is None or run.lease_expires_at <= now():
        return True
    if run.host is None or run.process_id is None:
        return False
    return ProcessIdentity(run.host, run.process_id, run.process_started or "").is_dead()


def _ours(claim: Claim) -> tuple[ColumnElement[bool], ...]:
    return (
        Run.id == claim.run_id,
        Run.owner == claim.owner,
        Run.fence == claim.fence,
        Run.state == RunState.RUNNING,
        Run.lease_expires_at > now(),
    )


def keep_alive(claim: Claim, *, calls: Calls, done: int | None = None, total: int | None = None) -> None:
    """Renew the lease and note progress. Commits. Raises LeaseLost, or RunCancelled where a person asked to stop."""
    values: dict[str, object] = {
        "lease_expires_at": now() + LEASE_TIME,
        "calls_sophos": calls.sophos,
        "calls_autotask": calls.autotask,
    }
    if done is not None:
        values["customers_done"] = done
    if total is not None:
        values["customers_total"] = total
    renewed = changed_rows(update(Run).where(*_ours(claim)).values(**values))
    db.session.commit()
    if renewed != 1:
        raise LeaseLost(f"run {claim.run_id}")
    asked = db.session.scalar(select(Run.cancel_requested).where(Run.id == claim.run_id))
    db.session.commit()
    if asked or claim.run_id in _stopping:
        raise RunCancelled(str(claim.run_id))


def still_ours(claim: Claim) -> bool:
    """Whether results may still be written; part of the transaction that writes them."""
    return db.session.scalar(select(Run.id).where(*_ours(claim)).with_for_update()) is not None


def finish(claim: Claim, *, state: RunState, calls: Calls, error: Reason | None = None) -> None:
    """End the run. Commits what the session holds together with it; raises LeaseLost where the run is not ours any more."""
    _leave(claim, calls, error, state=state, finished_at=now())


def pause(claim: Claim, *, calls: Calls, error: Reason, minutes: int) -> None:
    """Stop for now; the scheduler goes on with the run after ``minutes``. Commits; raises LeaseLost."""
    _leave(claim, calls, error, state=RunState.PAUSED, resume_at=now() + timedelta(minutes=minutes))


def give_back(claim: Claim, *, calls: Calls) -> None:
    """Put the run back into the queue untouched, because it has to wait for another one. Commits; raises LeaseLost."""
    _leave(claim, calls, None, state=RunState.QUEUED)


def _leave(claim: Claim, calls: Calls, error: Reason | None, **values: object) -> None:
    _stopping.discard(claim.run_id)
    values |= {"error_code": error.key if error else None, "error_params": dict(error.params) if error else {}}
    values |= {"calls_sophos": calls.sophos, "calls_autotask": calls.autotask, "owner": None, "lease_expires_at": None}
    if changed_rows(update(Run).where(*_ours(claim)).values(**values)) != 1:
        db.session.rollback()
        raise LeaseLost(f"run {claim.run_id}")
    db.session.commit()


def cancel(run_id: int, *, by: str) -> None:
    """Ask a run to stop; a run that nobody has begun ends at once. The caller commits. Raises NotFound."""
    run = get(run_id)
    if run.state in (RunState.QUEUED, RunState.PAUSED):
        run.state, run.finished_at = RunState.CANCELLED, now()
        run.error_code, run.error_params = "run_cancelled", {"by": by}
    elif run.state == RunState.RUNNING:
        run.cancel_requested, run.error_params = True, {"by": by}


def reap() -> list[int]:
    """Put right what died: runs whose lease expired or whose process is dead go back into the queue, those of the command
    line end as interrupted (nobody waits for their answer; the next run settles what they left open), and those that were to
    stop as cancelled. Commits.

    Gives the ids of every run that should be enqueued now.
    """
    for run in db.session.scalars(select(Run).where(Run.state == RunState.RUNNING)):
        if _abandoned(run):
            _put_right(run)
    due = (Run.state == RunState.PAUSED, Run.resume_at <= now())
    changed_rows(update(Run).where(*due).values(state=RunState.QUEUED, resume_at=None))
    db.session.commit()
    by_workers = or_(Run.trigger != "cli", Run.fence > 0)  # a new run of the command line is claimed by the command itself
    waiting = select(Run.id).where(Run.state == RunState.QUEUED, by_workers).order_by(Run.id)
    queued = list(db.session.scalars(waiting))
    db.session.commit()
    return queued


def _put_right(run: Run) -> None:
    """Only if it is still as it was seen: a slow holder that renewed its lease meanwhile keeps the run."""
    values: dict[str, object] = {"state": RunState.QUEUED, "owner": None, "lease_expires_at": None}
    if run.cancel_requested:
        values |= {"state": RunState.CANCELLED, "finished_at": now(), "error_code": "run_cancelled"}
    elif run.trigger == "cli":
        values |= {"state": RunState.FAILED, "finished_at": now(), "error_code": "run_interrupted"}
    as_seen = (Run.id == run.id, Run.fence == run.fence, Run.owner == run.owner, Run.lease_expires_at == run.lease_expires_at)
    changed_rows(update(Run).where(*as_seen).values(**values))


def history(*, limit: int = 50, offset: int = 0) -> list[Run]:
    """The newest runs first."""
    return list(db.session.scalars(select(Run).order_by(Run.id.desc()).limit(limit).offset(offset)))


def running() -> Run | None:
    """The run that shows as progress: the oldest active one."""
    return db.session.scalars(select(Run).where(Run.state.in_(ACTIVE_RUN_STATES)).order_by(Run.id).limit(1)).first()

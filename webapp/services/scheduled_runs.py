"""What the schedules start: the daily refresh and usage sync, and rounds of housekeeping."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import exists, select
from sqlalchemy.orm import aliased

from webapp import queueing
from webapp.context import now
from webapp.domain import RunKind, RunState
from webapp.extensions import db
from webapp.models import Connection, Run
from webapp.services import heartbeats, runs, schedules

ACTOR = "kontor"
TRIGGER = "schedule"
BOTH_SYSTEMS = 2


@dataclass(frozen=True)
class Started:
    """What a look at the schedules began: ids of runs to enqueue, in order, and whether a round of housekeeping is due."""

    run_ids: tuple[int, ...] = ()
    housekeeping: bool = False


def start_due() -> Started:
    """Claim what is due and open its runs. The caller commits and then enqueues."""
    claimed = schedules.claim_due(now())
    return Started(
        run_ids=_open_daily_runs() if schedules.DAILY_SYNC in claimed else (),
        housekeeping=schedules.HOUSEKEEPING in claimed,
    )


def must_wait(*, run_id: int) -> bool:
    """Whether a scheduled run waits for an earlier refresh that has not ended: usage is planned on fresh contracts."""
    refresh = aliased(Run)
    earlier = exists().where(
        refresh.id < Run.id,
        refresh.kind == RunKind.REFRESH,
        refresh.state.in_((RunState.QUEUED, RunState.RUNNING)),
    )
    found = select(Run.id).where(Run.id == run_id, Run.trigger == TRIGGER, Run.kind != RunKind.REFRESH, earlier)
    return db.session.scalar(found) is not None


def waiting() -> list[int]:
    """The ids of scheduled runs that have not begun, oldest first."""
    return list(db.session.scalars(select(Run.id).where(Run.trigger == TRIGGER, Run.state == RunState.QUEUED).order_by(Run.id)))


def tidy() -> list[int]:
    """One round of housekeeping: free the runs whose worker died, forget dead processes.

    Gives the ids of all runs that wait, to be enqueued after the caller's commit: enqueueing one that has a job does nothing.
    """
    heartbeats.forget_the_dead()
    return runs.reap()


def enqueue(run_ids: tuple[int, ...] | list[int]) -> None:
    """Send runs to the workers, after the commit."""
    for run_id in run_ids:
        queueing.enqueue_run(run_id)


def _open_daily_runs() -> tuple[int, ...]:
    """The daily refresh and the usage sync after it; one that still waits is enough. Nothing while a system is not connected."""
    if db.session.query(Connection).count() < BOTH_SYSTEMS:
        return ()
    return tuple(_open_run(kind).id for kind in (RunKind.REFRESH, RunKind.USAGE))


def _open_run(kind: RunKind) -> Run:
    return runs.active(kind) or runs.open_run(kind=kind, trigger=TRIGGER, by=ACTOR)

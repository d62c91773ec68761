"""What happens by itself: the daily usage sync, ticket sync every few minutes, rounds of housekeeping, and runs that wait for
another one to end."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import select

from webapp import queueing
from webapp.context import now
from webapp.domain import RunKind, RunState
from webapp.extensions import db
from webapp.models import Run
from webapp.services import closing, connections, heartbeats, quiet_runs, runs, schedules, ticket_watches

ACTOR = "kontor"
TRIGGER = "schedule"


@dataclass(frozen=True)
class Started:
    """What a look at the schedules began: ids of runs to enqueue, and whether a round of housekeeping is due."""

    run_ids: tuple[int, ...] = ()
    housekeeping: bool = False


def start_due() -> Started:
    """Claim what is due and open its runs. The caller commits and then enqueues.

    The daily run is a usage sync, which refreshes first. While a system is not connected there is nothing to do; a run
    that still waits from yesterday is enough.
    """
    claimed = schedules.claim_due(now())
    opened: tuple[int, ...] = ()
    if schedules.DAILY_SYNC in claimed and connections.both_connected():
        run = runs.active(RunKind.USAGE) or runs.open_run(kind=RunKind.USAGE, trigger=TRIGGER, by=ACTOR)
        opened = (run.id,)
    if schedules.TICKETS in claimed and connections.both_connected() and ticket_watches.anyone():
        pass_ = runs.active(RunKind.TICKETS) or runs.open_run(kind=RunKind.TICKETS, trigger=TRIGGER, by=ACTOR)
        opened += (pass_.id,)
    return Started(opened, housekeeping=schedules.HOUSEKEEPING in claimed)


def tidy() -> list[int]:
    """One round of housekeeping: free the runs whose worker died, forget processes that are gone, say where a month was not
    closed, and forget passes of ticket sync in which nothing happened. Commits.

    Gives the ids of all runs that wait, to be enqueued: enqueueing one that has a job does nothing.
    """
    heartbeats.forget_the_dead()
    quiet_runs.forget()
    closing.note_missed_close()
    return runs.reap()


def waiting_after(run_id: int) -> list[int]:
    """The ids of runs that may have waited for this one, oldest first; none where it waits itself."""
    queued = list(db.session.scalars(select(Run.id).where(Run.state == RunState.QUEUED, Run.trigger != "cli").order_by(Run.id)))
    return [] if run_id in queued else queued


def enqueue(run_ids: Iterable[int]) -> None:
    """Send runs to the workers, after the commit."""
    for run_id in run_ids:
        queueing.enqueue_run(run_id)

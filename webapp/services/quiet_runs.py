"""Passes of ticket sync in which nothing happened: at one every few minutes they would bury everything else in the history."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import ColumnElement, and_, delete, exists, select

from webapp.context import now
from webapp.domain import ResultState, RunKind, RunState
from webapp.extensions import db
from webapp.models import Run, RunResult, RunTicket

KEPT = timedelta(hours=24)
_AT_ONCE = 200


def is_quiet() -> ColumnElement[bool]:
    """A pass by the schedule that succeeded, failed for nobody and says nothing of any alert or ticket."""
    said = exists().where(RunTicket.run_id == Run.id)
    failed = exists().where(RunResult.run_id == Run.id, RunResult.state == ResultState.FAILED)
    by_schedule = and_(Run.kind == RunKind.TICKETS, Run.trigger == "schedule", Run.state == RunState.SUCCEEDED)
    return and_(by_schedule, ~said, ~failed)


def forget() -> int:
    """Remove quiet passes that ended more than a day ago, some at a time; says how many. Commits."""
    old = select(Run.id).where(is_quiet(), Run.finished_at < now() - KEPT).order_by(Run.id).limit(_AT_ONCE)
    ids = list(db.session.scalars(old))
    if ids:
        db.session.execute(delete(RunResult).where(RunResult.run_id.in_(ids)))
        db.session.execute(delete(Run).where(Run.id.in_(ids)))
    db.session.commit()
    return len(ids)

"""Whether Kontor can do its work: the parts that must answer, as yes or no."""

from __future__ import annotations

from datetime import timedelta

from flask import current_app
from sqlalchemy.exc import SQLAlchemyError

from webapp import queueing
from webapp.database import is_current
from webapp.extensions import db
from webapp.services import heartbeats, schedules

LATE = timedelta(minutes=5)
"""A schedule that has been due for longer says that no scheduler works."""


def readiness() -> dict[str, bool]:
    """``database`` (reachable, this version's schema), ``queue``, ``worker`` and ``scheduler`` (alive, nothing overdue)."""
    queue = queueing.ping()  # before the first query: no transaction is open while the network answers
    try:
        database = is_current(current_app)
        db.session.connection(execution_options={"read_only": True})  # a look needs no write lock
        worker = database and heartbeats.is_alive(role=heartbeats.WORKER)
        scheduler = database and heartbeats.is_alive(role=heartbeats.SCHEDULER) and schedules.overdue_by() < LATE
    except SQLAlchemyError:
        database = worker = scheduler = False
    return {"database": database, "queue": queue, "worker": worker, "scheduler": scheduler}

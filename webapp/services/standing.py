"""How the installation stands, in three figures for the side of every page. Only reads."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select

from webapp.domain import RunKind
from webapp.extensions import db
from webapp.models import Finding, Run, Schedule
from webapp.services.schedules import DAILY_SYNC


def last_sync() -> datetime | None:
    """When the last usage sync ended, in UTC; dry runs do not count."""
    ended = select(func.max(Run.finished_at)).where(
        Run.kind == RunKind.USAGE, Run.dry_run.is_(False), Run.finished_at.is_not(None)
    )
    return db.session.scalar(ended)


def next_sync() -> datetime | None:
    """When the next scheduled sync is due, in UTC; None before the scheduler ran for the first time."""
    return db.session.scalar(select(Schedule.next_run_at).where(Schedule.name == DAILY_SYNC, Schedule.enabled))


GROUPED = "customer_unmapped"
"""Hundreds of these at once in a new installation: together they are one thing to look at."""


def open_findings() -> int:
    """How many things there are to look at."""
    counted = select(func.count().filter(Finding.code != GROUPED), func.count().filter(Finding.code == GROUPED))
    others, unmapped = db.session.execute(counted.where(Finding.cleared_at.is_(None))).one()
    return others + min(unmapped, 1)

"""Housekeeping: what died is put right, what no job stands for is enqueued again."""

from __future__ import annotations

from jobs.application import application
from webapp.extensions import db
from webapp.services import scheduled_runs


def tidy() -> None:
    """One round."""
    with application().app_context():
        run_ids = scheduled_runs.tidy()
        db.session.commit()
        scheduled_runs.enqueue(run_ids)

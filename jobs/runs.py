"""What the jobs of all kinds of runs have in common: carry out, then let those go that waited for it."""

from __future__ import annotations

from jobs.application import application
from webapp.extensions import db
from webapp.services import execution, scheduled_runs


def carry_out(run_id: int) -> None:
    """Carry out one run. A run that is gone, done or in other hands is left alone."""
    with application().app_context():
        execution.carry_out(run_id)
        following = scheduled_runs.waiting_after(run_id)
        db.session.rollback()
        scheduled_runs.enqueue(following)

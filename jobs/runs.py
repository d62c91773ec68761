"""What the jobs of all kinds of runs have in common: wait for the refresh before, carry out, let the next one go."""

from __future__ import annotations

from jobs.application import application
from webapp.extensions import db
from webapp.services import execution, scheduled_runs


def carry_out(run_id: int) -> None:
    """Carry out one run. A run that is gone, done or in other hands is left alone."""
    with application().app_context():
        if scheduled_runs.must_wait(run_id=run_id):
            return
        db.session.rollback()
        execution.carry_out(run_id)
        following = scheduled_runs.waiting()
        db.session.rollback()
        scheduled_runs.enqueue(following)

"""Housekeeping: what died is put right, what no job stands for is enqueued again, what is not settled is read back."""

from __future__ import annotations

from jobs.application import application
from webapp.services import scheduled_runs, settle


def tidy() -> None:
    """One round."""
    with application().app_context():
        scheduled_runs.enqueue(scheduled_runs.tidy())
        settle.settle_due()

"""Passes of ticket sync in which nothing happened do not pile up."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import select

from tests.desk import BAKERY, Desk
from webapp.domain import RunKind
from webapp.extensions import db
from webapp.models import Run
from webapp.services import execution, quiet_runs, runs


def _scheduled(desk: Desk) -> int:
    run_id = runs.open_run(kind=RunKind.TICKETS, trigger="schedule", by="kontor").id
    db.session.commit()
    execution.carry_out(run_id)
    return run_id


def test_only_quiet_passes_of_more_than_a_day_ago_are_forgotten(desk: Desk, set_clock: Callable[[str], None]) -> None:
    desk.open(BAKERY)
    quiet = _scheduled(desk)
    desk.alert()
    made_one = _scheduled(desk)
    assert quiet_runs.forget() == 0
    set_clock("2026-11-24T12:00:00+00:00")
    recent = _scheduled(desk)
    assert quiet_runs.forget() == 1
    left = set(db.session.scalars(select(Run.id)))
    assert quiet not in left
    assert {made_one, recent} <= left

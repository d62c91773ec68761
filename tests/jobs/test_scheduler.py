"""Real schedulers beside each other."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask

from tests.jobs.processes import Start, wait_for
from webapp import queueing
from webapp.context import now
from webapp.extensions import db
from webapp.models import Connection, Heartbeat, Run
from webapp.services import heartbeats, schedules
from webapp.settings import Settings


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def schedulers() -> int:
    count = db.session.query(Heartbeat).filter_by(role=heartbeats.SCHEDULER).count()
    db.session.commit()
    return count


def runs() -> list[int]:
    ids = [run.id for run in db.session.query(Run).order_by(Run.id)]
    db.session.commit()
    return ids


def known() -> set[str]:
    names = set(schedules.next_runs())
    db.session.commit()
    return names


def test_two_schedulers_start_the_daily_sync_once_and_enqueue_it(
    queue: Settings, context: Flask, set_clock: Callable[[str], object], start_process: Start
) -> None:
    for system in ("sophos", "autotask"):
        row = Connection(system=system, credentials="x", facts={}, connected_at=now(), connected_by="user:dana", checked_at=now())
        db.session.add(row)
    schedules.ensure()
    db.session.commit()
    set_clock("2026-11-26T08:00:00+00:00")
    both = [start_process("jobs.scheduler"), start_process("jobs.scheduler")]
    wait_for(lambda: schedulers() == 2, "the start of both schedulers")
    wait_for(lambda: queueing.queue().count == 2, "the run's and the housekeeping's way into the queue")
    for process in both:
        process.terminate()
        assert process.wait(20) == 0

    (run_id,) = runs()
    assert sorted(queueing.queue().job_ids) == ["housekeeping", f"run-{run_id}-0"]
    assert schedulers() == 0


def test_a_scheduler_without_a_queue_opens_the_run_all_the_same(
    context: Flask, set_clock: Callable[[str], object], start_process: Start
) -> None:
    for system in ("sophos", "autotask"):
        row = Connection(system=system, credentials="x", facts={}, connected_at=now(), connected_by="user:dana", checked_at=now())
        db.session.add(row)
    schedules.ensure()
    db.session.commit()
    set_clock("2026-11-24T01:00:00+00:00")
    start_process("jobs.scheduler")
    wait_for(lambda: len(runs()) == 1, "the daily run")


def test_a_scheduler_makes_the_schedules_of_a_new_instance(context: Flask, start_process: Start) -> None:
    start_process("jobs.scheduler")
    wait_for(lambda: known() == set(schedules.NAMES), "the schedules")

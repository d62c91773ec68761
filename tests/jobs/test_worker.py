"""Real workers, some of them killed."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Callable

import pytest
from flask import Flask

from tests.jobs.processes import Start, children_of, is_alive, wait_for
from tests.jobs.slow_run import LET_GO, traces
from webapp import queueing
from webapp.domain import RunKind, RunState
from webapp.extensions import db
from webapp.models import Heartbeat, Run
from webapp.services import heartbeats, runs, scheduled_runs
from webapp.settings import Settings


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def slow_usage_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Usage runs are carried out by tests/jobs/slow_run.py."""
    monkeypatch.setitem(queueing.JOBS, RunKind.USAGE, "tests.jobs.slow_run.carry_out")


def open_usage_run() -> int:
    run_id = runs.open_run(kind=RunKind.USAGE, trigger="web", by="user:dana").id
    db.session.commit()
    assert queueing.enqueue_run(run_id)
    return run_id


def state_of(run_id: int) -> str:
    state = db.session.get_one(Run, run_id, populate_existing=True).state
    db.session.commit()
    return state


def workers() -> int:
    count = db.session.query(Heartbeat).filter_by(role=heartbeats.WORKER).count()
    db.session.commit()
    return count


@pytest.mark.usefixtures("slow_usage_runs")
def test_a_run_whose_worker_and_child_are_killed_is_carried_out_by_the_next_worker(
    queue: Settings, context: Flask, start_process: Start
) -> None:
    run_id = open_usage_run()
    worker = start_process("jobs.worker")
    wait_for(lambda: traces(queue.instance) == ["1"], "the run's beginning")
    (child,) = children_of(worker.pid)
    os.kill(worker.pid, signal.SIGKILL)
    os.kill(child, signal.SIGKILL)
    wait_for(lambda: not is_alive(child), "the child's end")
    assert state_of(run_id) == RunState.RUNNING

    scheduled_runs.enqueue(scheduled_runs.tidy())
    start_process("jobs.worker")
    wait_for(lambda: traces(queue.instance) == ["1", "2"], "the run's second beginning")
    (queue.instance / LET_GO).touch()
    wait_for(lambda: state_of(run_id) == RunState.SUCCEEDED, "the run's end")


@pytest.mark.usefixtures("slow_usage_runs")
def test_a_run_whose_worker_alone_is_killed_goes_on_and_is_not_begun_again(
    queue: Settings, context: Flask, start_process: Start
) -> None:
    run_id = open_usage_run()
    worker = start_process("jobs.worker")
    wait_for(lambda: traces(queue.instance) == ["1"], "the run's beginning")
    os.kill(worker.pid, signal.SIGKILL)
    start_process("jobs.worker")
    wait_for(lambda: workers() == 2, "the second worker")  # the row of the killed one is still there

    scheduled_runs.enqueue(scheduled_runs.tidy())
    (queue.instance / LET_GO).touch()
    wait_for(lambda: state_of(run_id) == RunState.SUCCEEDED, "the run's end")
    assert traces(queue.instance) == ["1"]


@pytest.mark.usefixtures("slow_usage_runs")
def test_asked_to_stop_a_worker_ends_its_job_first(queue: Settings, context: Flask, start_process: Start) -> None:
    run_id = open_usage_run()
    worker = start_process("jobs.worker")
    wait_for(lambda: traces(queue.instance) == ["1"], "the run's beginning")
    worker.terminate()
    with pytest.raises(subprocess.TimeoutExpired):
        worker.wait(1)
    (queue.instance / LET_GO).touch()
    assert worker.wait(20) == 0
    assert state_of(run_id) == RunState.SUCCEEDED
    assert workers() == 0


@pytest.mark.usefixtures("slow_usage_runs")
def test_a_worker_that_starts_before_the_queue_waits_for_it(
    app: Flask, context: Flask, start_process: Start, queue_server: Callable[[], object]
) -> None:
    worker = start_process("jobs.worker")
    run_id = runs.open_run(kind=RunKind.USAGE, trigger="web", by="user:dana").id
    db.session.commit()
    instance = app.extensions["kontor"].settings.instance
    (instance / LET_GO).touch()
    assert not queueing.enqueue_run(run_id)
    queue_server()
    scheduled_runs.enqueue(scheduled_runs.tidy())
    wait_for(lambda: state_of(run_id) == RunState.SUCCEEDED, "the run's end")
    assert worker.poll() is None


def test_housekeeping_frees_the_run_of_a_dead_worker(queue: Settings, context: Flask, start_process: Start) -> None:
    run_id = runs.open_run(kind=RunKind.USAGE, trigger="cli", by="cli:dana@box").id
    db.session.commit()
    gone = subprocess.Popen(["true"])
    gone.wait()
    claim = runs.claim(run_id)
    assert claim is not None
    db.session.query(Run).update({"process_id": gone.pid})
    db.session.commit()
    assert queueing.enqueue_housekeeping()
    start_process("jobs.worker")
    wait_for(lambda: state_of(run_id) == RunState.FAILED, "the end of the dead command's run")

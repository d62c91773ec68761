"""What a run stands on breaks in its middle: the queue is emptied or restarted, the database is locked, the date changes."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from tests.jobs.crash_scene import CHANGES, STEPS, Scene, child_of, kill_at, until_struck, writers_locked_out
from tests.jobs.processes import is_alive, wait_for
from webapp import queueing
from webapp.domain import RunState
from webapp.settings import Settings

PLACES = (1, 6, CHANGES)
Server = Callable[[], "subprocess.Popen[bytes]"]


@pytest.mark.parametrize("nth", PLACES)
def test_a_queue_that_is_emptied_in_the_middle_of_a_run_loses_no_run(scene: Scene, queue: Settings, nth: int) -> None:
    scene.next_day()
    fault = scene.strike("delay_after", nth=nth)
    running = scene.requested_run()
    worker = scene.start("jobs.worker")
    until_struck(fault)
    waiting = scene.requested_run(*list(scene.world.ids)[:3])
    queueing.queue().connection.flushall()
    scene.let_go()
    scene.until_ended(running)
    assert scene.state_of(waiting) == RunState.QUEUED
    scene.housekeeping()
    scene.until_ended(waiting)
    assert worker.poll() is None
    scene.until_quiet()
    scene.assert_billed_once()


@pytest.mark.parametrize("nth", PLACES)
def test_a_queue_that_restarts_empty_in_the_middle_of_a_run_loses_no_run(queue_server: Server, scene: Scene, nth: int) -> None:
    server = queue_server()
    scene.next_day()
    fault = scene.strike("delay_after", nth=nth)
    running = scene.requested_run()
    worker = scene.start("jobs.worker")
    until_struck(fault)
    child = child_of(worker)
    waiting = scene.requested_run(*list(scene.world.ids)[:3])
    server.kill()
    server.wait()
    scene.let_go()
    scene.until_ended(running)  # the job needs the database alone
    wait_for(lambda: not is_alive(child), "the job's end")
    queue_server()
    if worker.poll() is not None:  # it gave up; whoever started it starts it again
        scene.start("jobs.worker")
    scene.housekeeping()
    scene.until_ended(waiting)
    scene.until_quiet()
    scene.assert_billed_once()


@pytest.mark.parametrize(("database", "seconds"), [("sqlite", 20.0), ("postgresql", 5.0)], indirect=["database"])
def test_a_database_that_is_locked_for_twenty_seconds_while_an_answer_arrives_delays_the_run_and_no_more(
    scene: Scene, queue: Settings, seconds: float
) -> None:
    scene.next_day()
    fault = scene.strike("delay_after", nth=6)
    run_id = scene.requested_run()
    scene.start("jobs.worker")
    until_struck(fault)
    with writers_locked_out():
        scene.let_go()
        time.sleep(seconds)
        posted = scene.posted()
    assert posted == 6
    scene.until_ended(run_id)
    assert scene.state_of(run_id) == RunState.SUCCEEDED
    assert scene.posted() == CHANGES
    scene.until_quiet()
    scene.assert_billed_once()


LAST_MINUTE = datetime(2026, 11, 25, 22, 59, tzinfo=UTC)  # 23:59 in Berlin
END_OF_MONTH = datetime(2026, 11, 30, 22, 59, tzinfo=UTC)
TO_THE_NEXT_DAY = timedelta(minutes=2)


def evening(scene: Scene, moment: datetime) -> None:
    """One minute to midnight, with more usage; the month to come begins with the same figures."""
    scene.clock.set(moment)
    scene.more_usage()
    scene.world.sandbox.state.switches.usage_rolls = True


@pytest.mark.parametrize("nth", [1, 6])
@pytest.mark.parametrize("moment", [LAST_MINUTE, END_OF_MONTH])
def test_a_date_that_changes_in_the_middle_of_a_run_bills_each_change_once_on_the_date_of_the_plan(
    scene: Scene, queue: Settings, moment: datetime, nth: int
) -> None:
    evening(scene, moment)
    day = scene.clock.today()
    fault = scene.strike("delay_after", nth=nth)
    run_id = scene.requested_run()
    scene.start("jobs.worker")
    until_struck(fault)
    scene.clock.forward(TO_THE_NEXT_DAY)
    scene.let_go()
    scene.until_ended(run_id)
    assert scene.state_of(run_id) == RunState.SUCCEEDED
    assert {entry.date for entry in scene.world.sandbox.state.books.adjustments} == {day}
    scene.until_quiet()
    scene.assert_billed_once()


@pytest.mark.parametrize(("database", "moment"), [("sqlite", LAST_MINUTE), ("postgresql", END_OF_MONTH)], indirect=["database"])
@pytest.mark.parametrize("step", STEPS)
def test_a_job_killed_before_midnight_and_taken_up_after_it_bills_each_change_once(
    scene: Scene, queue: Settings, moment: datetime, step: str
) -> None:
    evening(scene, moment)
    fault = scene.strike(STEPS[step], nth=6)
    run_id = scene.requested_run()
    worker = scene.start("jobs.worker")
    until_struck(fault)
    kill_at(scene, step, fault, child_of(worker))
    scene.clock.forward(TO_THE_NEXT_DAY)
    scene.let_go()
    scene.housekeeping()
    scene.until_ended(run_id)
    scene.clock.forward(timedelta(hours=8))
    scene.until_quiet()
    scene.assert_billed_once()

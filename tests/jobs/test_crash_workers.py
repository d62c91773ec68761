"""Workers on a real queue, and the processes in which they carry out their jobs, killed at each of twelve changes of a run.

Who goes on is another job of the same worker, or another worker; the sandbox's books say at the end what was billed.
"""

from __future__ import annotations

import os
import signal
import subprocess

import pytest

from tests.jobs.crash_scene import CHANGES, SETTLES_AFTER, STEPS, UNITS, Scene, child_of, kill, kill_at, until_struck
from tests.jobs.processes import is_alive
from webapp.domain import RunState
from webapp.settings import Settings

EVERY = tuple(range(1, CHANGES + 1))
SOME = (1, 4, 8, CHANGES)


def go_on(scene: Scene, run_id: int) -> None:
    """Autotask is itself again; the run is taken up by a worker, and everything comes to rest."""
    scene.let_go()
    scene.free_slots()
    scene.housekeeping()
    scene.until_ended(run_id)
    scene.clock.forward(SETTLES_AFTER)
    scene.until_quiet()
    scene.assert_billed_once()


@pytest.mark.parametrize(("database", "places"), [("sqlite", EVERY), ("postgresql", SOME)], indirect=["database"])
@pytest.mark.parametrize("step", STEPS)
def test_a_job_killed_at_any_of_twelve_changes_bills_each_once(
    scene: Scene, queue: Settings, step: str, places: tuple[int, ...]
) -> None:
    worker = scene.start("jobs.worker")
    for nth in places:
        scene.next_day()
        fault = scene.strike(STEPS[step], nth=nth)
        run_id = scene.requested_run()
        until_struck(fault)
        kill_at(scene, step, fault, child_of(worker))
        go_on(scene, run_id)
    assert (scene.kills, worker.poll()) == (len(places), None)


@pytest.mark.parametrize(("database", "step"), [("sqlite", "before"), ("postgresql", "applied")], indirect=["database"])
def test_a_worker_killed_with_its_job_bills_each_change_once(scene: Scene, queue: Settings, step: str) -> None:
    worker = scene.start("jobs.worker")
    for nth in SOME:
        scene.next_day()
        fault = scene.strike(STEPS[step], nth=nth)
        run_id = scene.requested_run()
        until_struck(fault)
        kill_at(scene, step, fault, child_of(worker), worker.pid)
        worker = scene.start("jobs.worker")
        go_on(scene, run_id)
    assert scene.kills == len(SOME)


def test_a_worker_killed_alone_leaves_its_job_to_finish_and_nobody_begins_it_again(scene: Scene, queue: Settings) -> None:
    for nth in SOME:
        scene.next_day()
        fault = scene.strike("delay_after", nth=nth)
        run_id = scene.requested_run()
        worker = scene.start("jobs.worker")
        until_struck(fault)
        child = child_of(worker)
        kill(worker.pid)
        assert is_alive(child)
        other = scene.start("jobs.worker")
        scene.housekeeping()
        scene.let_go()
        scene.until_ended(run_id)
        assert (scene.state_of(run_id), scene.fence_of(run_id)) == (RunState.SUCCEEDED, 1)
        kill(other.pid)
        scene.until_quiet()
        scene.assert_billed_once()


def test_a_worker_asked_to_stop_finishes_its_run_first(scene: Scene, queue: Settings) -> None:
    for nth in SOME:
        scene.next_day()
        fault = scene.strike("delay_after", nth=nth)
        run_id = scene.requested_run()
        worker = scene.start("jobs.worker")
        until_struck(fault)
        worker.terminate()
        with pytest.raises(subprocess.TimeoutExpired):
            worker.wait(0.5)
        scene.let_go()
        assert worker.wait(30) == 0
        assert (scene.state_of(run_id), scene.fence_of(run_id)) == (RunState.SUCCEEDED, 1)
        scene.until_quiet()
        scene.assert_billed_once()


@pytest.mark.parametrize("step", ["before", "applied"])
def test_a_stopped_dyno_ends_the_job_in_the_middle_and_another_worker_goes_on(
    environ: dict[str, str], scene: Scene, queue: Settings, step: str
) -> None:
    environ["DYNO"] = "worker.1"
    scene.next_day()
    fault = scene.strike(STEPS[step], nth=6)
    run_id = scene.requested_run()
    worker = scene.start("jobs.worker")
    until_struck(fault)
    child = child_of(worker)
    for pid in (child, worker.pid):  # such hosting sends it to every process
        os.kill(pid, signal.SIGTERM)
    assert worker.wait(30) == 0
    assert not is_alive(child)
    assert scene.state_of(run_id) == RunState.RUNNING
    scene.start("jobs.worker")
    go_on(scene, run_id)


@pytest.mark.parametrize("nth", [3, 4])
@pytest.mark.parametrize("step", ["before", "applied"])
def test_a_job_killed_during_the_read_back_bills_each_once(scene: Scene, queue: Settings, nth: int, step: str) -> None:
    """The third query of unit rows proves the first change of the installation, the fourth all others together."""
    scene.next_day()
    fault = scene.strike(STEPS[step], nth=nth, path=UNITS)
    run_id = scene.requested_run()
    worker = scene.start("jobs.worker")
    until_struck(fault)
    kill(child_of(worker))
    go_on(scene, run_id)


@pytest.mark.parametrize("database", ["sqlite", "postgresql"], indirect=True)
def test_a_job_killed_while_it_notes_what_the_read_back_proved_bills_each_once(scene: Scene, queue: Settings) -> None:
    """Wherever it happens to be once so many of the twelve changes stand as confirmed."""
    scene.next_day()
    scene.until_quiet()
    worker = scene.start("jobs.worker")
    for noted in range(0, CHANGES, 2):
        scene.next_day()
        fault = scene.strike("delay_after", nth=3, path=UNITS)
        before = scene.confirmed()
        run_id = scene.requested_run()
        until_struck(fault)
        child = child_of(worker)
        scene.let_go()
        scene.until_confirmed(before + noted)
        kill(child)
        go_on(scene, run_id)

"""Workers on a real queue, and the processes in which they carry out their jobs, killed at each of twelve changes of a run.

Who goes on is another job of the same worker, or another worker; the sandbox's books say at the end what was billed.
"""

from __future__ import annotations

import pytest

from tests.jobs.crash_scene import CHANGES, SETTLES_AFTER, STEPS, Scene, child_of, kill_at
from tests.jobs.processes import wait_for
from webapp.settings import Settings


def go_on(scene: Scene, run_id: int) -> None:
    """Autotask is itself again; the run is taken up by a worker, and everything comes to rest."""
    scene.let_go()
    scene.free_slots()
    scene.housekeeping()
    wait_for(lambda: scene.has_ended(run_id), "the run's end")
    scene.clock.forward(SETTLES_AFTER)
    scene.until_quiet()
    scene.assert_billed_once()


@pytest.mark.parametrize("database", ["sqlite", "postgresql"], indirect=True)
@pytest.mark.parametrize("step", STEPS)
def test_a_job_killed_at_any_of_twelve_changes_bills_each_once(scene: Scene, queue: Settings, step: str) -> None:
    worker = scene.start("jobs.worker")
    for nth in range(1, CHANGES + 1):
        scene.next_day()
        fault = scene.strike(STEPS[step], nth=nth)
        run_id = scene.requested_run()
        wait_for(lambda: fault.struck == 1, "the change that hangs")  # noqa: B023 - called within this round
        kill_at(scene, step, fault, child_of(worker))
        go_on(scene, run_id)
    assert (scene.kills, worker.poll()) == (CHANGES, None)

"""``kontor sync`` killed with SIGKILL at each step of a change, then runs until nothing is left to do: the sandbox's books are
compared with plain arithmetic. All twelve changes of a run: tests/jobs/test_crash_workers.py."""

from __future__ import annotations

import pytest

from tests.jobs.crash_scene import CHANGES, STEPS, Scene, kill_at


@pytest.mark.parametrize(("database", "places"), [("sqlite", (1, 6, CHANGES)), ("postgresql", (6,))], indirect=["database"])
@pytest.mark.parametrize("step", STEPS)
def test_a_command_killed_at_the_first_a_middle_or_the_last_change_bills_each_once(
    scene: Scene, step: str, places: tuple[int, ...]
) -> None:
    for nth in places:
        scene.next_day()
        fault = scene.strike(STEPS[step], nth=nth)
        process = scene.start("webapp", "sync", "--json")
        kill_at(scene, step, fault, process.pid)
        if step == "late":
            scene.sync()  # knows nothing of the request that Autotask still works on, and must not repeat it
        scene.let_go()
        scene.until_quiet()
        scene.assert_billed_once()
    assert scene.kills == len(places)

"""``kontor sync`` killed with SIGKILL at each step of each of twelve changes; every night's kill is followed by runs until
nothing is left to do, and at the end the sandbox's books are compared with plain arithmetic."""

from __future__ import annotations

import pytest

from tests.jobs.crash_scene import CHANGES, STEPS, Scene, kill_at


@pytest.mark.parametrize("database", ["sqlite", "postgresql"], indirect=True)
@pytest.mark.parametrize("step", STEPS)
def test_a_command_killed_at_any_of_twelve_changes_bills_each_once(scene: Scene, step: str) -> None:
    for nth in range(1, CHANGES + 1):
        scene.next_day()
        fault = scene.strike(STEPS[step], nth=nth)
        process = scene.start("webapp", "sync", "--json")
        kill_at(scene, step, fault, process.pid)
        if step == "late":
            scene.sync()  # knows nothing of the request that Autotask still works on, and must not repeat it
        scene.let_go()
        scene.until_quiet()
        scene.assert_billed_once()
    assert scene.kills == CHANGES

"""What may come back from Autotask instead of a plain yes.

Nothing dies here, so most runs are carried out in the test's own process; where something happens while a run is under way,
the run is another process.
"""

from __future__ import annotations

import pytest

from tests.jobs.crash_scene import CHANGES, POST, SETTLES_AFTER, UNITS, Scene, until_struck
from tests.jobs.processes import wait_for
from webapp.settings import Settings

ODD = {"errors": ["Object reference not set to an instance of an object."]}
HTML = {"status": 500}
ANSWERS: dict[str, tuple[str, dict[str, object]]] = {
    "reset before": ("reset_before", {}),
    "reset after": ("reset_after", {}),
    "time-out before": ("drop_before", {}),
    "html before": ("html", HTML),
    "html after": ("status_after", HTML),
    "gateway before": ("html", {"status": 503}),
    "unknown text after": ("status_after", {"status": 500, "body": ODD}),
    "time-out after": ("drop", {}),
    "cut JSON": ("cut_json", {}),
    "redirect before": ("redirect", {}),
    "redirect after": ("status_after", {"status": 302}),
    "a slow yes": ("delay_after", {"seconds": 0.1}),
}
"""Before: the change was not made; after: it was. Each is the answer to one change."""


@pytest.fixture
def short_deadline(environ: dict[str, str]) -> None:
    """A POST has a second. Ask for it before ``scene``."""
    environ["KONTOR_POST_DEADLINE"] = "1"


@pytest.mark.parametrize("database", ["sqlite", "postgresql"], indirect=True)
def test_twelve_answers_at_twelve_changes_each_at_each_bill_every_change_once(short_deadline: None, scene: Scene) -> None:
    """In twelve runs, each change of each run meets another answer, and at the end every answer has met every position."""
    scene.next_day()
    scene.until_quiet()  # the first change of an installation goes alone; it has a test of its own below
    lines, answers = list(scene.target), list(ANSWERS.values())
    for turn in range(CHANGES):
        scene.next_day()
        faults = []
        for position, line in enumerate(lines):
            action, how = answers[(position + turn) % len(answers)]
            faults.append(scene.strike(action, body_contains=f'"contractServiceID": {line},', **how))
        scene.sync()
        scene.world.sandbox.state.faults.release()
        scene.until_quiet()
        assert [fault.struck for fault in faults] == [1] * CHANGES
        scene.let_go()
        scene.assert_billed_once()


@pytest.mark.parametrize("name", ANSWERS)
def test_any_answer_to_the_first_change_of_an_installation_bills_each_change_once(
    short_deadline: None, scene: Scene, name: str
) -> None:
    scene.next_day()
    action, how = ANSWERS[name]
    fault = scene.strike(action, **how)
    scene.sync()
    assert fault.struck == 1
    assert scene.posted() == 0 if "before" in name else scene.posted() > 0
    scene.let_go()
    scene.until_quiet()
    scene.assert_billed_once()


@pytest.mark.parametrize("action", ["reset_after", "cut_json", "status_after", "reset_before"])
def test_the_same_answer_at_every_change_of_a_run_bills_each_once(scene: Scene, action: str) -> None:
    scene.next_day()
    scene.until_quiet()
    scene.next_day()
    fault = scene.strike(action, times=CHANGES)
    scene.until_quiet()
    assert fault.struck == CHANGES
    scene.assert_billed_once()


def test_a_change_that_is_made_after_its_sender_gave_up_is_not_repeated(short_deadline: None, scene: Scene) -> None:
    for nth in (1, 6, CHANGES):
        scene.next_day()
        fault = scene.strike("delay", nth=nth)
        scene.sync()
        scene.sync()  # Autotask still works on it
        assert fault.struck == 1
        others = scene.posted()
        scene.let_go()
        wait_for(lambda: scene.posted() > others, "the change that is late")  # noqa: B023
        scene.until_quiet()
        scene.assert_billed_once()


@pytest.mark.parametrize("action", ["thread_error", "threshold"])
def test_too_busy_at_some_changes_is_waited_for_and_bills_each_once(scene: Scene, action: str) -> None:
    for nth in (1, 6, CHANGES):
        scene.next_day()
        scene.strike(action, nth=nth)
        scene.until_quiet()
        scene.assert_billed_once()


def test_an_unknown_refusal_waits_for_a_person_and_is_then_billed_once(scene: Scene) -> None:
    scene.next_day()
    scene.until_quiet()
    names = list(scene.world.ids)
    for nth in (1, 6, CHANGES):
        scene.next_day()
        scene.strike("status", nth=nth, status=500, body=ODD)
        for _ in range(3):
            state, lines = scene.sync()
            scene.clock.forward(SETTLES_AFTER)
        assert (state, lines) == ("partial", {"in_step", "rejected"})
        assert scene.posted() == scene.posted_before + CHANGES - 1
        scene.sync(names[nth - 1])  # a person asks for this customer
        scene.until_quiet()
        scene.assert_billed_once()


def test_units_that_show_two_seconds_after_a_200_bill_each_change_once(scene: Scene) -> None:
    for _ in range(3):
        scene.next_day()
        scene.world.sandbox.state.switches.units_visible_after = 2.0
        assert "unknown" in scene.sync()[1]
        scene.sync()  # at once: knows of nothing, repeats nothing
        wait_for(lambda: not hidden(scene), "the units' appearance")
        scene.sync()
        wait_for(lambda: not hidden(scene), "the units' appearance")
        scene.world.sandbox.state.switches.units_visible_after = 0.0
        scene.until_quiet()
        scene.assert_billed_once()


def hidden(scene: Scene) -> bool:
    """Whether some change is done but not to be seen yet."""
    state = scene.world.sandbox.state
    with state.lock:
        state.autotask.visible_lines()
        return bool(state.autotask._not_yet)


def test_a_token_that_expires_between_two_pages_of_usage_changes_nothing(scene: Scene, queue: Settings) -> None:
    scene.world.sandbox.state.switches.billing_page_max = 5
    scene.start("jobs.worker")
    for nth in (1, 2, 3):
        scene.next_day()
        fault = scene.strike("delay", nth=nth, host="sophos_api", method="GET", path="/billing/usage/")
        run_id = scene.requested_run()
        until_struck(fault)
        scene.world.sandbox.state.expire_tokens()
        scene.let_go()
        scene.until_ended(run_id)
        assert scene.state_of(run_id) == "succeeded"
        scene.until_quiet()
        scene.assert_billed_once()


@pytest.mark.parametrize(("nth", "status"), [(1, 401), (6, 401), (CHANGES, 401), (6, 404), (6, 302)])
def test_a_database_that_moves_to_another_zone_while_a_change_is_under_way_bills_each_once(
    scene: Scene, queue: Settings, nth: int, status: int
) -> None:
    fault = scene.strike("delay_after", nth=nth)
    scene.next_day()
    run_id = scene.requested_run()
    scene.start("jobs.worker")
    until_struck(fault)
    scene.world.sandbox.move_zone(status)
    scene.let_go()
    scene.until_ended(run_id)
    unclear = status == 302 and nth == 6  # what a redirect did with a change is only known later
    assert scene.posted() == CHANGES - unclear
    scene.until_quiet()
    scene.assert_billed_once()


@pytest.mark.parametrize("nth", [1, 3])
def test_a_database_that_moves_to_another_zone_before_units_are_read_bills_each_once(
    scene: Scene, queue: Settings, nth: int
) -> None:
    fault = scene.strike("delay_after", nth=nth, path=UNITS)
    scene.next_day()
    run_id = scene.requested_run()
    scene.start("jobs.worker")
    until_struck(fault)
    scene.world.sandbox.move_zone()
    scene.let_go()
    scene.until_ended(run_id)
    scene.until_quiet()
    scene.assert_billed_once()


def test_a_refused_sign_in_is_not_tried_again_for_the_other_changes(scene: Scene) -> None:
    """A few refusals in a row lock the API user."""
    scene.next_day()
    scene.until_quiet()
    scene.next_day()
    scene.strike("unauthorized", nth=4, times=None)
    calls = scene.world.sandbox.state.books.calls("autotask", POST)
    state, lines = scene.sync()
    assert (state, lines) == ("partial", {"confirmed", "rejected", "planned"})
    assert scene.world.sandbox.state.books.calls("autotask", POST) == calls + 4
    scene.let_go()
    scene.until_quiet()
    scene.assert_billed_once()

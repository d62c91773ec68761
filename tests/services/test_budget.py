"""The budget of Autotask calls: Kontor stops at its share, pauses, and goes on in the next hour."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from tests.world import World
from webapp.services import execution, runs

SetClock = Callable[[str], object]
BAKERY, SHIPPING = "Bäckerei Wöhrle KG", "Carlsen Reederei GmbH & Co. KG"
NEXT_HOUR = datetime(2026, 11, 23, 12, 1, tzinfo=UTC)


def test_a_run_over_its_share_is_paused_before_it_plans_anything(world: World) -> None:
    world.customer(BAKERY, units=12, usage=15)
    world.sandbox.state.switches.other_calls = 8_100
    run = world.sync()
    assert (run.state, run.error_code, run.resume_at) == ("paused", "budget_reached", NEXT_HOUR)
    assert (run.error_params["limit"], run.error_params["percent"]) == (10_000, 80)
    assert (run.lines, run.results, world.posted()) == ([], [], [])


def test_a_run_that_reaches_its_share_while_posting_says_whom_it_reached_and_goes_on_later(
    world: World, set_clock: SetClock
) -> None:
    world.customer(BAKERY, units=12, usage=15)
    world.sync()
    needed = world.sandbox.state.books.calls("autotask")
    world.use(BAKERY, 15)
    world.customer(SHIPPING, units=6, usage=6)
    names = [f"Kunde {number}" for number in range(6)]
    for name in names:
        world.customer(name, units=5, usage=6)
    set_clock("2026-11-23T11:30:00+00:00")
    # this run can read everything and post one or two changes
    world.sandbox.state.switches.other_calls = 8_000 - world.sandbox.state.books.calls("autotask") - needed - 1
    run = world.sync()
    assert (run.state, run.error_code, run.resume_at) == ("paused", "budget_reached", NEXT_HOUR)
    posted = len(world.posted()) - 1
    assert 0 < posted < len(names)
    reached = {result.customer_name for result in run.results}
    assert {BAKERY, SHIPPING} <= reached
    assert len(reached) == 2 + posted

    execution.carry_out(run.id)
    assert runs.get(run.id).state == "paused"  # not before its time
    set_clock("2026-11-23T12:01:00+00:00")
    world.sandbox.state.switches.other_calls = 0
    assert runs.reap() == [run.id]
    execution.carry_out(run.id)
    run = runs.get(run.id)
    assert (run.state, run.error_code, run.resume_at) == ("succeeded", None, None)
    assert [world.states(run)[name] for name in names] == ["confirmed"] * len(names)
    assert (len(run.lines), len(run.results)) == (len(names) + 2, len(names) + 2)
    assert len(world.posted()) == 1 + len(names)
    assert {world.units(name) for name in names} == {6}


def test_calls_of_other_integrations_count_as_well(world: World) -> None:
    world.customer(BAKERY, units=12, usage=15)
    world.sandbox.state.switches.other_calls = 7_000
    assert world.sync().state == "succeeded"

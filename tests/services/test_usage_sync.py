"""The usage sync on its straight path: what is posted, what is held, what is proved, and that nothing is posted twice."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest

from tests.world import PRODUCT, World
from webapp.services import preferences

SetClock = Callable[[str], object]
BAKERY, SHIPPING = "Bäckerei Wöhrle KG", "Carlsen Reederei GmbH & Co. KG"


def test_a_small_increase_is_posted_today_and_proved_by_reading_back(world: World) -> None:
    world.customer(BAKERY, units=12, usage=15)
    run = world.sync()
    assert (run.state, world.states(run)) == ("succeeded", {BAKERY: "confirmed"})
    assert world.units(BAKERY) == 15
    assert world.posted() == [(world.lines[BAKERY, PRODUCT], 3)]
    line = run.lines[0]
    assert (line.before, line.target, line.delta, line.effective_date) == (12, 15, 3, date(2026, 11, 23))


def test_a_second_sync_posts_nothing(world: World) -> None:
    world.customer(BAKERY, units=12, usage=15)
    world.sync()
    run = world.sync()
    assert world.states(run) == {BAKERY: "in_step"}
    assert len(world.posted()) == 1


def test_a_lower_figure_waits_for_the_close_of_the_month(world: World) -> None:
    world.customer(BAKERY, units=12, usage=7)
    run = world.sync()
    assert (run.state, world.states(run)) == ("succeeded", {BAKERY: "lower_so_far"})
    assert world.posted() == []


def test_an_increase_over_both_limits_is_held(world: World) -> None:
    world.customer(BAKERY, units=14, usage=32)
    run = world.sync()
    assert world.states(run) == {BAKERY: "held"}
    assert run.results[0].held == 1
    assert world.posted() == []


def test_a_held_change_keeps_its_number_while_its_figures_stay(world: World) -> None:
    world.customer(BAKERY, units=14, usage=32)
    first, second = world.sync(), world.sync()
    assert first.lines[0].change_id == second.lines[0].change_id
    world.use(BAKERY, 40)
    third = world.sync()
    assert third.lines[0].change_id != first.lines[0].change_id
    assert [change.state for change in world.changes()] == ["superseded", "held"]


def test_a_service_that_is_not_on_the_contract_is_held_and_never_made(world: World) -> None:
    world.customer(BAKERY, units=None, usage=4)
    run = world.sync()
    assert world.states(run) == {BAKERY: "held"}
    assert run.lines[0].contract_service_id is None
    assert world.posted() == []


def test_in_observe_mode_a_sync_plans_and_posts_nothing(world: World) -> None:
    preferences.put(name="mode", value="observe", by="test")
    world.customer(BAKERY, units=12, usage=15)
    run = world.sync()
    assert (run.state, world.states(run), world.posted()) == ("succeeded", {BAKERY: "planned"}, [])
    assert world.changes() == []


def test_a_dry_run_leaves_no_change_behind(world: World) -> None:
    world.customer(BAKERY, units=12, usage=15)
    run = world.sync(dry_run=True)
    assert (world.states(run), world.posted(), world.changes()) == ({BAKERY: "planned"}, [], [])


def test_in_approve_mode_every_change_is_held(world: World) -> None:
    preferences.put(name="mode", value="approve", by="test")
    world.customer(BAKERY, units=12, usage=15)
    assert world.states(world.sync()) == {BAKERY: "held"}
    assert world.posted() == []


def test_units_that_a_person_changed_in_autotask_are_held_as_drift(world: World, set_clock: SetClock) -> None:
    world.customer(BAKERY, units=12, usage=15)
    world.sync()
    set_clock("2026-11-24T11:00:00+00:00")
    world.sandbox.state.set_units(contract_service_id=world.lines[BAKERY, PRODUCT], units=9)
    run = world.sync()
    assert world.states(run) == {BAKERY: "held"}
    assert run.lines[0].reason == "hold_drift"


def test_a_second_increase_on_the_same_day_is_deferred_to_the_next(world: World) -> None:
    world.customer(BAKERY, units=12, usage=15)
    world.sync()
    world.use(BAKERY, 17)
    run = world.sync()
    assert (run.state, world.states(run)) == ("succeeded", {BAKERY: "deferred"})
    assert run.lines[0].effective_date == date(2026, 11, 24)
    assert len(world.posted()) == 1


def test_a_failing_contract_does_not_stop_the_others(world: World) -> None:
    world.customer(BAKERY, units=12, usage=15)
    world.customer(SHIPPING, units=5, usage=6, end=date(2026, 10, 31))
    run = world.sync()
    assert run.state == "partial"
    failed = next(result for result in run.results if result.customer_name == SHIPPING)
    assert (failed.state, failed.error_code) == ("failed", "contract_ended")
    assert world.units(BAKERY) == 15


def test_customers_that_share_a_contract_are_summed_and_blocked_together(world: World) -> None:
    first = world.customer(BAKERY, units=12, usage=8)
    world.customer(SHIPPING, units=None, usage=6, contract=first.mapping.contract)
    assert world.states(world.sync()) == {BAKERY: "confirmed"}
    assert world.units(BAKERY) == 14
    first.mapping.usage_sync = False
    run = world.sync()
    assert [result.error_code for result in run.results] == ["contract_incomplete"]


@pytest.mark.parametrize("fault", ["reset_after", "status_after", "cut_json", "html"])
def test_a_lost_answer_never_bills_twice(world: World, fault: str) -> None:
    world.customer(BAKERY, units=12, usage=15)
    world.sandbox.state.faults.add(fault, host="autotask", method="POST", path="ContractServiceAdjustments", times=1)
    world.sync()
    for _ in range(3):
        world.sync()
    applied = world.posted()
    assert applied in ([(world.lines[BAKERY, PRODUCT], 3)], [])
    assert world.units(BAKERY) == 12 + sum(change for _, change in applied)


def test_what_autotask_surely_did_not_apply_is_repeated_with_its_own_date(world: World, set_clock: SetClock) -> None:
    world.customer(BAKERY, units=12, usage=15)
    world.sandbox.state.faults.add("reset_before", host="autotask", method="POST", path="ContractServiceAdjustments", times=1)
    first = world.sync()
    assert (first.state, world.states(first)) == ("partial", {BAKERY: "unknown"})
    set_clock("2026-11-24T11:00:00+00:00")
    second = world.sync()
    assert world.states(second)[BAKERY] in ("confirmed", "in_step")
    assert [(change.state, change.effective_date, change.attempts) for change in world.changes()] == [
        ("confirmed", date(2026, 11, 23), 2)
    ]
    assert world.posted() == [(world.lines[BAKERY, PRODUCT], 3)]


def test_the_first_change_of_an_installation_goes_alone(world: World) -> None:
    world.customer(BAKERY, units=12, usage=15)
    world.customer(SHIPPING, units=5, usage=6)
    world.sandbox.state.faults.add("reset_after", host="autotask", method="POST", path="ContractServiceAdjustments", times=1)
    world.sandbox.state.faults.add("reset_before", host="autotask", method="POST", path="ContractServiceUnits", nth=3, times=9)
    run = world.sync()
    assert run.state in ("partial", "failed")
    assert len(world.posted()) == 1


def test_empty_lists_of_a_restricted_user_stop_the_run(world: World) -> None:
    world.customer(BAKERY, units=12, usage=15)
    world.sandbox.state.hidden_entities.add("ContractServiceUnits")
    run = world.sync()
    assert (run.state, run.error_code, world.posted()) == ("failed", "units_not_readable", [])


def test_usage_that_is_gone_from_a_month_that_had_some_plans_nothing(world: World) -> None:
    world.customer(BAKERY, units=12, usage=15)
    world.sync()
    world.use(BAKERY, None)
    run = world.sync()
    assert (run.state, run.error_code) == ("failed", "usage_incomplete")
    assert run.lines == []

"""What becomes of open changes between runs, and how the runs and customers they belong to follow."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.world import PRODUCT, World
from webapp.extensions import db
from webapp.models import Mapping
from webapp.services import runs, settle

SetClock = Callable[[str], object]
BAKERY, SHIPPING = "Bäckerei Wöhrle KG", "Carlsen Reederei GmbH & Co. KG"


def break_post(world: World, fault: str) -> None:
    world.sandbox.state.faults.add(fault, host="autotask", method="POST", path="ContractServiceAdjustments", times=1)


def calls(world: World) -> int:
    return world.sandbox.state.books.calls("autotask")


def test_where_nothing_is_open_nothing_is_sent(world: World) -> None:
    world.customer(BAKERY, units=12, usage=15)
    world.sync()
    sent = calls(world)
    assert settle.settle_due() == 0
    assert calls(world) == sent


def test_housekeeping_proves_a_change_and_the_run_and_the_customer_are_well_again(world: World, set_clock: SetClock) -> None:
    world.customer(BAKERY, units=12, usage=15)
    world.hide_changes()
    run = world.sync()
    assert (run.state, run.results[0].error_code) == ("partial", "outcome_unknown")
    world.show_changes()
    assert settle.settle_due() == 0  # it is not time to look again yet
    set_clock("2026-11-23T11:00:06+00:00")
    assert settle.settle_due() == 1
    run = runs.get(run.id)
    db.session.refresh(run)
    assert (run.state, world.states(run)) == ("succeeded", {BAKERY: "confirmed"})
    assert (run.results[0].state, run.results[0].error_code, run.results[0].changed) == ("succeeded", None, 1)
    mapping = db.session.get_one(Mapping, world.ids[BAKERY])
    assert (mapping.status, mapping.status_code) == ("succeeded", None)


def test_a_change_is_looked_at_after_5_15_and_60_seconds_and_at_its_settle_time(world: World, set_clock: SetClock) -> None:
    world.customer(BAKERY, units=12, usage=15)
    world.hide_changes()
    world.sync()
    looked = []
    for second in (4, 5, 14, 15, 59, 60, 61, 509, 510):
        set_clock(f"2026-11-23T11:{second // 60:02d}:{second % 60:02d}+00:00")
        if settle.settle_due():
            looked.append(second)
    assert looked == [5, 15, 60, 510]
    assert [(change.state, change.code) for change in world.changes()] == [("conflict", "conflict")]


def test_what_was_not_applied_shows_in_its_run_and_housekeeping_posts_nothing(world: World, set_clock: SetClock) -> None:
    world.customer(BAKERY, units=12, usage=15)
    break_post(world, "reset_before")
    run = world.sync()
    set_clock("2026-11-23T11:20:00+00:00")
    settle.settle_due()
    run = runs.get(run.id)
    db.session.refresh(run)
    assert (run.state, world.states(run), run.results[0].error_code) == ("partial", {BAKERY: "not_applied"}, "not_applied")
    assert world.posted() == []


def test_a_customer_that_uses_nothing_follows_its_contract(world: World, set_clock: SetClock) -> None:
    bakery = world.customer(BAKERY, units=12, usage=15)
    world.customer(SHIPPING, units=None, usage=None, contract=bakery.mapping.contract)
    world.hide_changes()
    run = world.sync()
    assert {result.state for result in run.results} == {"failed"}
    set_clock("2026-11-23T11:20:00+00:00")
    settle.settle_due()  # a conflict by now
    run = runs.get(run.id)
    db.session.refresh(run)
    assert [(result.state, result.error_code) for result in run.results] == [("failed", "conflict")] * 2


def test_what_cannot_be_read_now_is_read_by_the_next_round(world: World, set_clock: SetClock) -> None:
    world.customer(BAKERY, units=12, usage=15)
    world.hide_changes()
    world.sync()
    world.show_changes()
    set_clock("2026-11-23T11:01:00+00:00")
    world.sandbox.state.faults.add("unauthorized", host="autotask", path="ContractServiceUnits")
    assert settle.settle_due() == 0
    world.sandbox.state.faults.clear()
    assert settle.settle_due() == 1
    assert [change.state for change in world.changes()] == ["confirmed"]


def test_units_that_are_hidden_at_the_settle_time_prove_nothing(world: World, set_clock: SetClock) -> None:
    world.customer(BAKERY, units=12, usage=15)
    world.hide_changes()
    world.sync()
    set_clock("2026-11-23T12:00:00+00:00")
    world.sandbox.state.hidden_entities.add("ContractServiceUnits")
    settle.settle_due()
    assert [change.state for change in world.changes()] == ["unknown"]


@pytest.mark.parametrize("usage_sync", [True, False])
def test_a_run_settles_changes_of_contracts_that_it_is_not_about(world: World, set_clock: SetClock, usage_sync: bool) -> None:
    bakery = world.customer(BAKERY, units=12, usage=15)
    world.customer(SHIPPING, units=6, usage=6)
    world.hide_changes()
    world.sync(BAKERY)
    world.show_changes()
    bakery.mapping.usage_sync = usage_sync
    db.session.commit()
    run = world.sync(SHIPPING)
    assert world.states(run) == {SHIPPING: "in_step"}
    assert [change.state for change in world.changes()] == ["confirmed"]
    assert world.posted() == [(world.lines[BAKERY, PRODUCT], 3)]

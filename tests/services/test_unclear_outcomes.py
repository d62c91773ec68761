"""What happens after an answer that says nothing: no repeat where a person must look, no repeat on top of somebody's change,
and nothing else before the first change of an installation is proved."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
from sqlalchemy import delete

from jobs import housekeeping
from tests.world import PRODUCT, World
from webapp.extensions import db
from webapp.models import ProductMapping
from webapp.services import preferences, runs, settle

SetClock = Callable[[str], object]
BAKERY, SHIPPING = "Bäckerei Wöhrle KG", "Carlsen Reederei GmbH & Co. KG"
ODD = {"errors": ["Object reference not set to an instance of an object."]}
LATER, NEXT_DAY = "2026-11-23T11:20:00+00:00", "2026-11-24T11:00:00+00:00"


def break_post(world: World, fault: str, **how: object) -> None:
    world.sandbox.state.faults.add(
        fault, host="autotask", method="POST", path="ContractServiceAdjustments", **({"times": 1} | how)
    )


def test_what_autotask_answered_with_an_unknown_error_is_not_repeated_by_itself(world: World, set_clock: SetClock) -> None:
    world.customer(BAKERY, units=12, usage=15)
    break_post(world, "status", status=500, body=ODD)
    assert world.states(world.sync()) == {BAKERY: "unknown"}
    for moment in (LATER, NEXT_DAY):
        set_clock(moment)
        run = world.sync()
        assert (run.state, world.states(run)) == ("partial", {BAKERY: "rejected"})
        assert run.results[0].error_code == "refused_by_autotask"
    assert world.posted() == []


def test_after_the_page_of_a_gateway_the_change_is_repeated_once_it_is_seen_not_to_be_made(
    world: World, set_clock: SetClock
) -> None:
    world.customer(BAKERY, units=12, usage=15)
    break_post(world, "html", status=503)
    assert world.states(world.sync()) == {BAKERY: "unknown"}
    set_clock(LATER)
    assert world.states(world.sync()) == {BAKERY: "confirmed"}
    assert (world.units(BAKERY), len(world.posted())) == (15, 1)


def test_a_refused_change_is_posted_anew_when_its_target_moves(world: World, set_clock: SetClock) -> None:
    world.customer(BAKERY, units=12, usage=15)
    break_post(world, "status", status=500, body=ODD)
    world.sync()
    set_clock(LATER)
    world.use(BAKERY, 16)
    assert world.states(world.sync()) == {BAKERY: "confirmed"}
    assert world.units(BAKERY) == 16


def test_a_refused_change_is_posted_anew_when_a_person_asks_for_that_customer(world: World, set_clock: SetClock) -> None:
    world.customer(BAKERY, units=12, usage=15)
    break_post(world, "status", status=500, body=ODD)
    world.sync()
    set_clock(LATER)
    assert world.states(world.sync(BAKERY)) == {BAKERY: "confirmed"}
    assert world.units(BAKERY) == 15


def test_a_known_refusal_is_tried_again_by_the_next_sync(world: World) -> None:
    world.customer(BAKERY, units=12, usage=15)
    break_post(world, "status", status=403)
    first = world.sync()
    assert (world.states(first), first.results[0].error_code) == ({BAKERY: "rejected"}, "permission_missing")
    assert world.states(world.sync()) == {BAKERY: "confirmed"}


def test_a_change_that_was_not_applied_is_not_repeated_on_top_of_what_a_person_did_since(
    world: World, set_clock: SetClock
) -> None:
    world.customer(BAKERY, units=12, usage=15)
    break_post(world, "reset_before")
    world.sync()
    set_clock(NEXT_DAY)
    world.sandbox.state.set_units(contract_service_id=world.lines[BAKERY, PRODUCT], units=15, on=date(2026, 11, 24))
    run = world.sync()
    assert (world.states(run), run.results[0].error_code) == ({BAKERY: "conflict"}, "conflict")
    assert world.posted() == []
    assert world.units(BAKERY, on=date(2026, 11, 24)) == 15


def test_a_conflict_stays_and_nothing_is_posted_over_it(world: World, set_clock: SetClock) -> None:
    world.customer(BAKERY, units=12, usage=15)
    break_post(world, "reset_before")
    world.sync()
    set_clock(LATER)
    world.sandbox.state.set_units(contract_service_id=world.lines[BAKERY, PRODUCT], units=13)
    for day in (LATER, NEXT_DAY):
        set_clock(day)
        run = world.sync()
        assert (run.state, world.states(run)) == ("partial", {BAKERY: "conflict"})
    assert (run.lines[0].reason_params["units"], run.lines[0].before, run.lines[0].target) == (13, 12, 15)
    assert world.posted() == []


@pytest.mark.parametrize("why", ["paused", "unmapped"])
def test_a_change_that_was_not_applied_is_not_repeated_on_a_line_that_the_plan_stops(
    world: World, set_clock: SetClock, why: str
) -> None:
    bakery = world.customer(BAKERY, units=12, usage=15)
    world.customer(SHIPPING, units=None, usage=1, contract=bakery.mapping.contract, product="CEMA-MSP")
    break_post(world, "reset_before")
    world.sync()
    set_clock(NEXT_DAY)
    if why == "paused":
        bakery.mapping.usage_sync = False
    else:
        db.session.execute(delete(ProductMapping).where(ProductMapping.product_code == PRODUCT))
    db.session.commit()
    world.sync()
    assert world.posted() == []


@pytest.mark.parametrize("mode", ["observe", "paused"])
def test_in_a_mode_that_posts_nothing_nothing_is_repeated_either(world: World, set_clock: SetClock, mode: str) -> None:
    world.customer(BAKERY, units=12, usage=15)
    break_post(world, "reset_before")
    world.sync()
    set_clock(NEXT_DAY)
    preferences.put(name="mode", value=mode, by="test")
    db.session.commit()
    assert world.states(world.sync()) == {BAKERY: "not_applied"}
    assert world.posted() == []


def test_a_dry_run_leaves_an_unknown_outcome_as_it_is(world: World, set_clock: SetClock) -> None:
    world.customer(BAKERY, units=12, usage=15)
    break_post(world, "reset_before")
    world.sync()
    set_clock(NEXT_DAY)
    world.sync(dry_run=True)
    assert [change.state for change in world.changes()] == ["unknown"]


def test_a_duplicate_after_a_thread_limit_is_somebody_elses(world: World) -> None:
    world.customer(BAKERY, units=12, usage=15)
    break_post(world, "thread_error")
    text = "Cannot insert duplicate data into contract_service_period."
    break_post(world, "status", body={"errors": [text]})
    assert world.states(world.sync()) == {BAKERY: "deferred"}
    assert world.posted() == []


def test_a_duplicate_on_a_repeat_proves_that_the_first_try_was_applied(world: World, set_clock: SetClock) -> None:
    """The answer was lost, and the units showed the change only after everybody had given up on it."""
    world.customer(BAKERY, units=12, usage=15)
    world.hide_changes()
    break_post(world, "reset_after")
    world.sync()
    set_clock(LATER)
    world.sync()
    world.show_changes()
    world.sync()
    assert [change.state for change in world.changes()] == ["confirmed"]
    assert world.posted() == [(world.lines[BAKERY, PRODUCT], 3)]


def test_while_the_first_change_of_an_installation_is_open_later_runs_post_nothing_else(world: World) -> None:
    world.customer(BAKERY, units=12, usage=15)
    world.customer(SHIPPING, units=5, usage=6)
    world.hide_changes()
    for _ in range(2):
        run = world.sync()
        assert (run.state, run.error_code) == ("partial", "first_change_open")
        assert sorted(world.states(run).values()) == ["planned", "unknown"]
    assert len(world.posted()) == 1


def test_a_first_change_that_is_refused_lets_the_next_one_be_the_first(world: World) -> None:
    world.customer(BAKERY, units=12, usage=15)
    world.customer(SHIPPING, units=5, usage=6)
    break_post(world, "status", status=403)
    run = world.sync()
    assert sorted(world.states(run).values()) == ["confirmed", "rejected"]
    assert run.state == "partial"


def test_a_price_that_moved_with_the_first_change_pauses_posting(world: World) -> None:
    world.customer(BAKERY, units=12, usage=15, price=9.0)
    world.customer(SHIPPING, units=5, usage=6, price=9.0)
    world.sandbox.state.switches.keep_price = False
    run = world.sync()
    assert (run.state, run.error_code, preferences.get("mode")) == ("partial", "price_changed", "paused")
    assert len(world.posted()) == 1


def test_a_price_that_moved_pauses_posting_also_when_the_first_change_is_proved_only_later(world: World) -> None:
    world.customer(BAKERY, units=12, usage=15, price=9.0)
    world.customer(SHIPPING, units=5, usage=6, price=9.0)
    world.sandbox.state.switches.keep_price = False
    world.hide_changes()
    world.sync()
    world.show_changes()
    run = world.sync()
    assert (run.state, run.error_code, preferences.get("mode")) == ("partial", "price_changed", "paused")
    assert len(world.posted()) == 1


def test_when_only_the_reading_back_fails_the_run_did_something(world: World) -> None:
    world.customer(SHIPPING, units=6, usage=6)
    world.customer(BAKERY, units=12, usage=15)
    world.sandbox.state.faults.add("reset_before", host="autotask", method="POST", path="ContractServiceUnits", nth=3)
    run = world.sync()
    assert (run.state, run.error_code) == ("partial", "unreachable")
    assert {result.customer_name: result.state for result in run.results} == {SHIPPING: "succeeded", BAKERY: "failed"}
    world.sandbox.state.faults.clear()
    assert sorted(world.states(world.sync()).values()) == ["in_step", "in_step"]
    assert len(world.posted()) == 1


def test_housekeeping_reads_back_what_is_open_when_it_is_time_and_the_run_says_so(
    world: World, set_clock: SetClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(housekeeping, "application", lambda: world.app)
    world.customer(BAKERY, units=12, usage=15)
    world.hide_changes()
    run_id = world.sync().id
    world.show_changes()
    db.session.commit()
    housekeeping.tidy()
    db.session.expire_all()
    assert world.states(runs.get(run_id)) == {BAKERY: "unknown"}  # looked at just now
    db.session.commit()
    set_clock(LATER)
    housekeeping.tidy()
    db.session.expire_all()
    assert (runs.get(run_id).state, world.states(runs.get(run_id))) == ("succeeded", {BAKERY: "confirmed"})
    assert len(world.posted()) == 1


def test_housekeeping_leaves_to_its_next_round_what_cannot_be_read_now(world: World, set_clock: SetClock) -> None:
    world.customer(BAKERY, units=12, usage=15)
    world.hide_changes()
    world.sync()
    world.show_changes()
    set_clock(LATER)
    world.sandbox.state.faults.add("status", status=503, host="autotask")
    assert settle.settle_due() == 0
    world.sandbox.state.faults.clear()
    assert settle.settle_due() == 1
    assert settle.settle_due() == 0

"""What a person decides on another day than the plan was made on, and what happens to it meanwhile."""

from __future__ import annotations

from datetime import date

import pytest

from tests.services.billing_months import BAKERY, DECEMBER, ESTATES, NOVEMBER, Month, SetClock
from tests.world import PRODUCT, World
from webapp.domain import RunKind
from webapp.extensions import db
from webapp.models import Change, Run
from webapp.models import Mapping as CustomerMapping
from webapp.services import approvals, closing, execution, left_out, preferences, runs

DANA = "user:dana"


@pytest.fixture
def month(world: World, set_clock: SetClock) -> Month:
    return Month(world, set_clock)


def approved(*change_ids: int) -> Run:
    run = approvals.approve(change_ids=change_ids, by=DANA, trigger="web")
    db.session.commit()
    execution.carry_out(run.id)
    return runs.get(run.id)


def held(month: Month) -> Change:
    db.session.expire_all()
    (found,) = [each for each in month.world.changes() if each.state == "held"]
    return found


def test_a_price_that_moved_in_the_close_stops_the_run_around_it(month: Month) -> None:
    month.begin()
    month.world.sandbox.state.switches.keep_price = False
    service = next(iter(month.world.sandbox.state.autotask.tables["Services"].values()))
    month.use(NOVEMBER, 11)
    month.use(DECEMBER, 11)
    month.world.use(ESTATES, 203, month=DECEMBER)
    service["unitPrice"] = 9.0
    month.sync("2026-12-02")
    assert preferences.get("mode") == "paused"
    assert len(month.world.posted()) == 1


@pytest.mark.parametrize("mode", ["paused", "observe"])
def test_a_mode_turned_off_before_the_run_takes_its_work_posts_nothing(
    month: Month, monkeypatch: pytest.MonkeyPatch, mode: str
) -> None:
    month.begin()
    month.use(NOVEMBER, 14)
    close_first = execution._close_first

    def turned_off(*args: object) -> bool:
        preferences.put(name="mode", value=mode, by="test")
        db.session.commit()
        return close_first(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(execution, "_close_first", turned_off)
    month.sync("2026-11-20")
    assert month.books() == []


def test_an_increase_held_on_the_last_day_and_approved_on_the_first_is_billed_from_the_day_of_the_approval(month: Month) -> None:
    month.begin()
    month.use(NOVEMBER, 40)
    month.sync("2026-11-30")
    month.day("2026-12-01")
    approved(held(month).id)
    assert month.books() == [("2026-12-01", 28)]


def test_what_the_billing_day_held_and_a_person_approves_on_the_first_begins_with_the_next_period(month: Month) -> None:
    month.begin(way="monthly")
    month.use(NOVEMBER, 40)
    month.sync("2026-11-30")
    month.day("2026-12-01")
    approved(held(month).id)
    assert month.books() == [("2026-12-01", 28)]


def test_what_a_past_month_by_hand_held_is_approved_for_its_own_period(month: Month) -> None:
    month.begin()
    month.use(NOVEMBER, 40)
    month.day("2026-12-10")
    run = runs.open_run(kind=RunKind.USAGE, trigger="cli", by="cli:test@box", month=NOVEMBER)
    db.session.commit()
    execution.carry_out(run.id)
    approved(held(month).id)
    assert month.books() == [("2026-11-01", 28)]


def test_what_billing_day_and_close_hold_alike_outlives_the_run_of_the_next_month(month: Month) -> None:
    month.begin(way="monthly")
    month.use(NOVEMBER, 30)
    month.use(DECEMBER, 30)
    month.sync("2026-11-30")
    month.sync("2026-12-02")
    assert held(month).effective_date == date(2026, 12, 1)


def test_the_next_billing_day_takes_over_what_the_close_held_with_its_date(month: Month) -> None:
    month.begin(way="monthly", units=30)
    month.use(NOVEMBER, 12)
    month.use(DECEMBER, 12)
    month.sync("2026-12-02")
    assert held(month).effective_date == date(2026, 12, 1)
    month.sync("2026-12-31")
    assert held(month).effective_date == date(2027, 1, 1)
    approved(held(month).id)
    assert month.books() == [("2027-01-01", -18)]


def test_an_approved_decrease_of_a_close_that_was_not_reached_waits_for_a_person_again(
    month: Month, monkeypatch: pytest.MonkeyPatch
) -> None:
    month.begin()
    month.use(NOVEMBER, 5)
    month.use(DECEMBER, 5)
    month.sync("2026-12-02")
    month.day("2026-12-10")
    with monkeypatch.context() as patch:
        patch.setattr("webapp.services.approval_run.post_queue", lambda *_: None)
        approved(held(month).id)
    month.sync("2026-12-11")
    assert (held(month).target, approvals.waiting_count()) == (5, 1)


@pytest.mark.parametrize("way", ["monthly", "arrears"])
def test_a_new_line_is_not_added_before_its_way_decides(month: Month, way: str) -> None:
    month.begin(way=way)
    month.use(NOVEMBER, 12)
    month.use(DECEMBER, 12)
    month.world.customer("Carlsen", units=None, usage=None)
    month.world.use("Carlsen", 5, month=NOVEMBER)
    month.sync("2026-11-23")
    for each in month.world.changes():
        if each.state == "held":
            approved(each.id)
    month.world.use("Carlsen", 7, month=NOVEMBER)
    month.sync("2026-11-30")
    for each in month.world.changes():
        if each.state == "held":
            approved(each.id)
    month.sync("2026-12-02")
    for each in month.world.changes():
        if each.state == "held":
            approved(each.id)
    day = "2026-11-01" if way == "arrears" else "2026-12-01"
    assert [(each.date.isoformat(), each.change) for each in month.world.sandbox.state.books.adjustments] == [(day, 7)]


@pytest.mark.parametrize("way", ["monthly", "arrears"])
def test_a_new_line_approved_after_the_close_is_billed_from_its_period(month: Month, way: str) -> None:
    month.begin(way=way)
    month.use(NOVEMBER, 12)
    month.use(DECEMBER, 12)
    month.world.customer("Carlsen", units=None, usage=None)
    month.world.use("Carlsen", 7, month=NOVEMBER)
    month.sync("2026-12-02")
    month.day("2026-12-10")
    approved(held(month).id)
    day = "2026-11-01" if way == "arrears" else "2026-12-01"
    assert [(each.date.isoformat(), each.change) for each in month.world.sandbox.state.books.adjustments] == [(day, 7)]


def test_the_approval_of_a_close_is_no_close(month: Month) -> None:
    month.begin()
    month.use(NOVEMBER, 5)
    month.use(DECEMBER, 5)
    month.sync("2026-12-02")
    run = runs.open_run(kind=RunKind.USAGE, trigger="web", by=DANA, scope=[month.world.ids[BAKERY]])
    db.session.commit()
    approved(held(month).id)
    assert closing.month_to_close(run) is not None


def test_after_a_customer_was_left_out_each_line_of_the_first_plan_waits_for_its_own_word(
    world: World, set_clock: SetClock
) -> None:
    first = world.customer(BAKERY, units=20, usage=19)
    contract = first.mapping.contract
    world.customer(BAKERY + " 2", units=10, usage=9, product="CEMA-MSP", contract=contract)
    gone = world.customer("Gone", units=None, usage=None, contract=contract, usage_sync=False)
    left_out.leave_out(contract_id=contract.id, customer_id=gone.id, reason="left", by=DANA)
    preferences.put(name="run_stop_percent", value="90", by="test")
    db.session.commit()
    set_clock("2026-11-24T10:00:00+00:00")
    world.close("2026-11")
    waiting = [each for each in world.changes() if each.state == "held"]
    assert [each.reason for each in waiting] == ["hold_left_out", "hold_left_out"]
    approved(waiting[0].id)
    world.close("2026-11")
    db.session.expire_all()
    assert [each.state for each in world.changes()] == ["confirmed", "held"]


def test_a_line_left_behind_with_a_change_that_somebody_scheduled_is_stopped_like_every_other(month: Month) -> None:
    month.begin()
    month.use(NOVEMBER, 13)
    month.sync("2026-11-20")
    month.world.sandbox.state.set_units(contract_service_id=month.world.lines[BAKERY, PRODUCT], units=5, on=date(2027, 1, 1))
    mapping = db.session.get_one(CustomerMapping, month.world.ids[BAKERY])
    mapping.contract_id = None
    mapping.usage_sync = False
    db.session.commit()
    month.sync("2026-11-21")
    for each in month.world.changes():
        if each.state == "held":
            approved(each.id)
    assert month.units("2027-01-02") == 5


def test_a_line_left_behind_after_its_date_is_used_goes_to_the_next_period(month: Month) -> None:
    month.begin()
    month.use(NOVEMBER, 10)
    month.close("2026-11-20")
    assert month.books() == [("2026-12-01", -2)]
    mapping = db.session.get_one(CustomerMapping, month.world.ids[BAKERY])
    mapping.contract_id = None
    mapping.usage_sync = False
    db.session.commit()
    month.sync("2026-11-21")
    assert [each.state for each in month.world.changes()] == ["confirmed"]
    month.sync("2026-12-08")
    approved(held(month).id)
    assert month.books() == [("2026-12-01", -2), ("2027-01-01", -10)]


def test_a_chosen_customer_of_whom_nothing_comes_although_it_had_usage_is_read_from_the_whole_list(world: World) -> None:
    first = world.customer(BAKERY, units=22, usage=19)
    world.customer("Carlsen", units=None, usage=3, contract=first.mapping.contract)
    world.sync()
    fault = {"host": "sophos_api", "path": "billing", "status": 404, "body": {"error": "NotFound"}}
    world.sandbox.state.faults.add("status", nth=2, times=1, **fault)
    preferences.put(name="run_stop_percent", value="90", by="test")
    db.session.commit()
    world.close("2026-11", BAKERY)
    assert (world.units(BAKERY), world.posted()) == (22, [])


def test_a_line_left_behind_is_set_to_0_after_what_kontor_raised_it_by_since(month: Month) -> None:
    month.begin()
    month.use(NOVEMBER, 13)
    month.use(DECEMBER, 15)
    month.sync("2026-11-20")
    month.sync("2026-12-02")
    mapping = db.session.get_one(CustomerMapping, month.world.ids[BAKERY])
    mapping.contract_id = None
    mapping.usage_sync = False
    db.session.commit()
    month.close("2026-12-03")
    for e in month.world.changes():
        if e.state == "held":
            approved(e.id)
    month.sync("2026-12-12")
    for e in month.world.changes():
        if e.state == "held":
            approved(e.id)
    assert month.units("2027-01-05") == 0

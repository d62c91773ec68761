"""A person approves and dismisses held changes: what is posted, what is refused, and what stands until its figures change."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
from sqlalchemy import select

from tests.world import PRODUCT, World
from webapp.errors import Refused
from webapp.extensions import db
from webapp.models import AuditEntry, Change, Run
from webapp.services import approvals, execution, ledger, preferences, runs

SetClock = Callable[[str], object]
BAKERY, SHIPPING, ESTATES = "Bäckerei Wöhrle KG", "Carlsen Reederei GmbH & Co. KG", "Dunmore Estates"
DANA = "user:dana"


def held(world: World, name: str = BAKERY, *, units: int = 14, usage: int = 40) -> int:
    """The id of a change that waits, because it is over the limits."""
    world.customer(name, units=units, usage=usage)
    world.sync()
    return world.changes()[-1].id


def approved(*change_ids: int) -> Run:
    """The run of an approval, carried out."""
    run = approvals.approve(change_ids=change_ids, by=DANA, trigger="web")
    db.session.commit()
    execution.carry_out(run.id)
    return runs.get(run.id)


def change(change_id: int) -> Change:
    return db.session.get_one(Change, change_id, populate_existing=True)


def refusal(of: Callable[[], object]) -> str:
    with pytest.raises(Refused) as caught:
        of()
    db.session.rollback()
    return caught.value.code


def test_an_approved_change_is_posted_in_its_own_row_and_proved(world: World) -> None:
    change_id = held(world)
    run = approved(change_id)
    assert (run.state, [(line.change_id, line.state) for line in run.lines]) == ("succeeded", [(change_id, "confirmed")])
    assert world.units(BAKERY) == 40
    assert world.posted() == [(world.lines[BAKERY, PRODUCT], 26)]
    made = change(change_id)
    assert (made.state, made.decision, made.decided_by) == ("confirmed", "approved", DANA)
    assert made.decided_at is not None
    assert [result.state for result in run.results] == ["succeeded"]


def test_the_date_is_taken_afresh_on_the_day_of_the_approval(world: World, set_clock: SetClock) -> None:
    change_id = held(world)
    set_clock("2026-11-26T11:00:00+00:00")
    run = approved(change_id)
    assert run.lines[0].effective_date == change(change_id).effective_date == date(2026, 11, 26)
    assert world.units(BAKERY, on=date(2026, 11, 25)) == 14


def test_only_the_changes_asked_for_appear_and_the_others_stay_as_they_are(world: World) -> None:
    first = held(world)
    other = held(world, SHIPPING)
    world.use(BAKERY, 9, product="CEMA-MSP")
    run = approved(first)
    assert [line.change_id for line in run.lines] == [first]
    assert (change(other).state, world.units(SHIPPING)) == ("held", 14)
    assert [each.customer_name for each in run.results] == [BAKERY]


def test_several_changes_go_in_one_run(world: World) -> None:
    first, second = held(world), held(world, SHIPPING)
    run = approved(first, second)
    assert world.states(run) == {BAKERY: "confirmed", SHIPPING: "confirmed"}
    assert len(world.posted()) == 2


@pytest.mark.parametrize(("usage", "units"), [(41, None), (40, 15), (14, None), (3, None)])
def test_what_is_no_longer_as_it_was_approved_is_not_posted_and_says_the_new_figures(
    world: World, usage: int, units: int | None
) -> None:
    change_id = held(world)
    world.use(BAKERY, usage)
    if units is not None:
        world.sandbox.state.set_units(contract_service_id=world.lines[BAKERY, PRODUCT], units=units)
    run = approved(change_id)
    line = run.lines[0]
    assert (line.state, line.code, change(change_id).state) == ("superseded", "approval_stale", "superseded")
    assert (line.reason_params["now_before"], line.reason_params["now_target"]) == (units or 14, usage)
    assert (run.state, world.posted()) == ("succeeded", [])


def test_new_figures_that_need_a_person_wait_at_once(world: World) -> None:
    change_id = held(world)
    world.use(BAKERY, 41)
    run = approved(change_id)
    old, new = world.changes()
    assert [line.change_id for line in run.lines] == [change_id]
    assert (old.state, new.state, new.before, new.target) == ("superseded", "held", 14, 41)
    assert world.states(approved(new.id)) == {BAKERY: "confirmed"}
    assert world.units(BAKERY) == 41


def test_what_the_new_plan_stops_is_blocked_and_goes_on_waiting(world: World) -> None:
    bakery = world.customer(BAKERY, units=14, usage=40)
    world.sync()
    (change_id,) = [each.id for each in world.changes()]
    world.customer(SHIPPING, units=None, usage=2, contract=bakery.mapping.contract, usage_sync=False)
    run = approved(change_id)
    assert [(line.state, line.code, line.effective_date) for line in run.lines] == [("blocked", "contract_incomplete", None)]
    assert (run.state, change(change_id).state, change(change_id).decision) == ("partial", "held", None)
    bakery.mapping.contract_id = None
    db.session.commit()


def test_a_contract_that_no_customer_has_any_more_is_not_changed(world: World) -> None:
    bakery = world.customer(BAKERY, units=14, usage=40)
    world.sync()
    (change_id,) = [each.id for each in world.changes()]
    bakery.mapping.contract_id = None
    db.session.commit()
    run = approved(change_id)
    assert [(line.state, line.code) for line in run.lines] == [("superseded", "approval_stale")]
    assert world.posted() == []


def test_usage_that_cannot_be_read_leaves_the_change_waiting(world: World) -> None:
    change_id = held(world)
    world.use(BAKERY, None)
    run = approved(change_id)
    assert [(line.state, line.code) for line in run.lines] == [("blocked", "usage_incomplete")]
    assert change(change_id).state == "held"


def test_a_second_increase_on_the_same_day_is_approved_for_the_next(world: World, set_clock: SetClock) -> None:
    preferences.put(name="hold_increase_units", value="0", by="test")
    world.customer(BAKERY, units=20, usage=21)
    preferences.put(name="hold_increase_percent", value="5", by="test")
    world.sync()
    world.use(BAKERY, 40)
    set_clock("2026-11-24T11:00:00+00:00")
    world.sync()
    change_id = world.changes()[-1].id
    line_id = world.lines[BAKERY, PRODUCT]
    world.changes()[0].effective_date = date(2026, 11, 24)  # as if the first change had been made today
    db.session.commit()
    run = approved(change_id)
    assert [(line.state, line.effective_date) for line in run.lines] == [("deferred", date(2026, 11, 25))]
    assert [(each.state, each.change_id) for each in world.sync().lines] == [("deferred", change_id)]
    assert world.posted() == [(line_id, 1)]
    set_clock("2026-11-25T11:00:00+00:00")
    assert [(each.state, each.change_id) for each in world.sync().lines] == [("confirmed", change_id)]
    assert world.posted() == [(line_id, 1), (line_id, 19)]


@pytest.mark.parametrize("mode", ["paused", "observe"])
def test_while_nothing_is_posted_nothing_is_approved(world: World, mode: str) -> None:
    change_id = held(world)
    preferences.put(name="mode", value=mode, by="test")
    db.session.commit()
    assert refusal(lambda: approvals.approve(change_ids=[change_id], by=DANA, trigger="web")) == "posting_paused"
    assert (change(change_id).state, len(runs.history())) == ("held", 1)


def test_posting_that_is_paused_before_the_run_begins_leaves_the_change_waiting(world: World) -> None:
    change_id = held(world)
    run = approvals.approve(change_ids=[change_id], by=DANA, trigger="web")
    preferences.put(name="mode", value="paused", by="test")
    db.session.commit()
    execution.carry_out(run.id)
    assert (runs.get(run.id).state, runs.get(run.id).error_code) == ("failed", "posting_paused")
    assert (change(change_id).state, world.posted()) == ("held", [])


def test_in_approve_mode_everything_is_decided_by_a_person(world: World) -> None:
    preferences.put(name="mode", value="approve", by="test")
    change_id = held(world, units=14, usage=15)
    assert world.states(approved(change_id)) == {BAKERY: "confirmed"}


def test_an_unknown_id_and_one_that_does_not_wait_are_refused(world: World) -> None:
    change_id = held(world)
    assert refusal(lambda: approvals.approve(change_ids=[change_id, 2**40], by=DANA, trigger="web")) == "change_unknown"
    assert refusal(lambda: approvals.approve(change_ids=[], by=DANA, trigger="web")) == "nothing_chosen"
    approved(change_id)
    assert refusal(lambda: approvals.approve(change_ids=[change_id], by=DANA, trigger="web")) == "approval_stale"
    assert refusal(lambda: approvals.dismiss(change_ids=[change_id], reason="no", by=DANA)) == "approval_stale"
    assert len(runs.history()) == 2


def test_approving_twice_gives_the_same_run(world: World) -> None:
    change_id = held(world)
    first = approvals.approve(change_ids=[change_id], by=DANA, trigger="web").id
    assert approvals.under_way() == {change_id: first}
    assert approvals.approve(change_ids=[change_id], by="user:tariq", trigger="web").id == first
    assert runs.active(runs.RunKind.USAGE, [world.ids[BAKERY]]) is None
    execution.carry_out(first)
    assert (approvals.under_way(), len(world.posted())) == ({}, 1)


def test_a_dismissal_stands_until_the_figures_change(world: World, set_clock: SetClock) -> None:
    change_id = held(world)
    version = ledger.version(world.lines[BAKERY, PRODUCT])
    approvals.dismiss(change_ids=[change_id], reason="  Only test  devices ", by=DANA)
    db.session.commit()
    gone = change(change_id)
    assert (gone.state, gone.decision, gone.decision_reason, gone.decided_by) == (
        "dismissed",
        "dismissed",
        "Only test devices",
        DANA,
    )
    assert ledger.version(world.lines[BAKERY, PRODUCT]) == version + 1
    for moment in ("2026-11-23T12:00:00+00:00", "2026-11-24T12:00:00+00:00"):
        set_clock(moment)
        run = world.sync()
        assert [(line.state, line.change_id) for line in run.lines] == [("dismissed", change_id)]
        assert run.state == "succeeded"
    assert (approvals.waiting_count(), len(world.changes())) == (0, 1)
    world.use(BAKERY, 41)
    assert world.states(world.sync()) == {BAKERY: "held"}
    world.use(BAKERY, 40)
    assert world.states(world.sync()) == {BAKERY: "held"}
    assert [each.state for each in world.changes()] == ["dismissed", "superseded", "held"]


def test_a_dismissed_new_line_is_not_held_again(world: World) -> None:
    change_id = held(world, units=None, usage=4)  # type: ignore[arg-type]
    approvals.dismiss(change_ids=[change_id], reason="Not sold", by=DANA)
    db.session.commit()
    assert [(line.state, line.change_id) for line in world.sync().lines] == [("dismissed", change_id)]
    world.use(BAKERY, 5)
    assert world.states(world.sync()) == {BAKERY: "held"}


def test_a_dismissal_also_stands_where_the_change_would_be_posted_by_itself(world: World) -> None:
    preferences.put(name="mode", value="approve", by="test")
    change_id = held(world, units=14, usage=15)
    approvals.dismiss(change_ids=[change_id], reason="Leaves in December", by=DANA)
    preferences.put(name="mode", value="automatic", by="test")
    db.session.commit()
    assert world.states(world.sync()) == {BAKERY: "dismissed"}
    assert world.posted() == []


@pytest.mark.parametrize(("reason", "code"), [("", "reason_missing"), (" \n ", "reason_missing"), ("x" * 501, "reason_long")])
def test_a_dismissal_needs_a_reason(world: World, reason: str, code: str) -> None:
    change_id = held(world)
    assert refusal(lambda: approvals.dismiss(change_ids=[change_id], reason=reason, by=DANA)) == code
    assert change(change_id).state == "held"


def test_of_several_none_is_dismissed_where_one_cannot_be(world: World) -> None:
    change_id = held(world)
    assert refusal(lambda: approvals.dismiss(change_ids=[change_id, 999], reason="no", by=DANA)) == "change_unknown"
    assert change(change_id).state == "held"


def test_what_was_dismissed_before_the_run_began_is_not_posted(world: World) -> None:
    first, second = held(world), held(world, SHIPPING)
    run = approvals.approve(change_ids=[first, second], by=DANA, trigger="web")
    approvals.dismiss(change_ids=[first], reason="no", by=DANA)
    db.session.commit()
    execution.carry_out(run.id)
    lines = {line.change_id: (line.state, line.code) for line in runs.get(run.id).lines}
    assert lines == {first: ("dismissed", "approval_stale"), second: ("confirmed", None)}
    assert world.units(BAKERY) == 14


def test_decisions_are_in_the_audit_log(world: World) -> None:
    first, second = held(world), held(world, SHIPPING)
    approved(first)
    approvals.dismiss(change_ids=[second], reason="no", by=DANA)
    db.session.commit()
    query = select(AuditEntry).where(AuditEntry.action.like("change_%")).order_by(AuditEntry.id)
    entries = [(entry.action, entry.subject, entry.actor) for entry in db.session.scalars(query)]
    assert entries == [("change_approve", f"change:{first}", DANA), ("change_dismiss", f"change:{second}", DANA)]


def test_an_approved_change_that_was_not_reached_is_posted_by_the_next_sync(world: World, set_clock: SetClock) -> None:
    first, second = held(world), held(world, SHIPPING)
    world.sandbox.state.faults.add("reset_after", host="autotask", method="POST", path="ContractServiceAdjustments", times=1)
    world.hide_changes()
    run = approved(first, second)
    assert (run.state, run.error_code) == ("partial", "first_change_open")
    assert world.states(run) == {BAKERY: "unknown", SHIPPING: "planned"}
    world.show_changes()
    run = world.sync()
    assert [(line.change_id, line.state) for line in run.lines if line.contract_service_id == world.lines[SHIPPING, PRODUCT]] == [
        (second, "confirmed")
    ]
    assert (world.units(BAKERY), world.units(SHIPPING), len(world.posted())) == (40, 40, 2)
    assert change(second).decided_by == DANA


def test_what_was_approved_and_moved_before_it_was_posted_is_held_again(world: World) -> None:
    first, second = held(world), held(world, SHIPPING)
    world.sandbox.state.faults.add("reset_after", host="autotask", method="POST", path="ContractServiceAdjustments", times=1)
    world.hide_changes()
    approved(first, second)
    world.show_changes()
    world.use(SHIPPING, 50)
    assert world.states(world.sync())[SHIPPING] == "held"
    assert (change(second).state, world.units(SHIPPING)) == ("superseded", 14)


def test_a_cancelled_approval_goes_back_to_those_that_wait(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = held(world), held(world, SHIPPING)
    run = approvals.approve(change_ids=[first, second], by=DANA, trigger="web")
    run_id = run.id
    begin = ledger.claim_for_posting

    def cancel_then(*arguments: object, **more: object) -> object:
        runs.stop_here(run_id)
        return begin(*arguments, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(ledger, "claim_for_posting", cancel_then)
    execution.carry_out(run_id)
    monkeypatch.undo()
    assert runs.get(run_id).state == "cancelled"
    assert (change(first).state in ("confirmed", "unknown"), change(second).state, change(second).decision) == (
        True,
        "held",
        None,
    )
    assert len(world.posted()) == 1


def test_a_failed_reading_leaves_everything_waiting(world: World) -> None:
    change_id = held(world)
    world.sandbox.state.switches.account_locked = True
    run = approved(change_id)
    assert (run.state, run.error_code) == ("failed", "credentials_refused")
    assert change(change_id).state == "held"

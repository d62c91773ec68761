"""A conflict: three figures, and a person chooses."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date

import pytest
from sqlalchemy import select

from tests.world import PRODUCT, World
from webapp.domain import Decision, LineState, Origin
from webapp.errors import Refused
from webapp.extensions import db
from webapp.models import AuditEntry, Change, LedgerLine, Run
from webapp.services import approvals, conflicts, execution, runs

SetClock = Callable[[str], object]
BAKERY = "Bäckerei Wöhrle KG"
LATER, NEXT_DAY = "2026-11-23T11:20:00+00:00", "2026-11-24T11:00:00+00:00"
BY = "user:dana"


@pytest.fixture
def conflict(world: World, set_clock: SetClock) -> int:
    """The id of a change from 12 to 15 whose line shows 13."""
    world.customer(BAKERY, units=12, usage=15)
    world.sandbox.state.faults.add("reset_before", host="autotask", method="POST", path="ContractServiceAdjustments", times=1)
    world.sync()
    set_clock(LATER)
    world.sandbox.state.set_units(contract_service_id=world.lines[BAKERY, PRODUCT], units=13)
    assert world.states(world.sync()) == {BAKERY: "conflict"}
    return world.changes()[0].id


def the(change_id: int) -> Change:
    return db.session.get_one(Change, change_id, populate_existing=True)


def approved(change_ids: Sequence[int]) -> Run:
    run = approvals.approve(change_ids=change_ids, by=BY, trigger="web")
    db.session.commit()
    execution.carry_out(run.id)
    return runs.get(run.id)


def test_a_conflict_shows_three_figures(world: World, conflict: int) -> None:
    (found,) = conflicts.listed()
    assert (found.before, found.after, found.shown) == (12, 15, 13)
    assert (found.customer_names, found.contract_name) == ((BAKERY,), "Managed Security")
    assert conflicts.listed(contract_id=found.change.contract_id) == conflicts.listed()
    assert conflicts.listed(contract_id=1) == []


def test_adopting_takes_what_autotask_shows_and_the_next_run_plans_from_there(
    world: World, conflict: int, set_clock: SetClock
) -> None:
    line_id = world.lines[BAKERY, PRODUCT]
    version = db.session.get_one(LedgerLine, line_id).version
    conflicts.adopt(change_ids=[conflict], by=BY)
    db.session.commit()
    change, line = the(conflict), db.session.get_one(LedgerLine, line_id, populate_existing=True)
    assert (change.state, change.decision, change.decided_by) == (LineState.SUPERSEDED, Decision.ADOPTED, BY)
    assert (line.confirmed_units, line.version) == (13, version + 1)
    assert conflicts.listed() == []
    entry = db.session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc())).first()
    assert entry is not None
    assert (entry.action, entry.subject) == ("conflict_adopted", f"change:{conflict}")
    assert world.states(world.sync()) == {BAKERY: "deferred"}  # this date may be used in Autotask
    set_clock(NEXT_DAY)
    assert world.states(world.sync()) == {BAKERY: "confirmed"}
    assert (world.posted(), world.units(BAKERY, on=date(2026, 11, 24))) == ([(line_id, 2)], 15)


def test_correcting_holds_the_difference_on_the_next_allowed_date_and_an_approval_posts_it(
    world: World, conflict: int, set_clock: SetClock
) -> None:
    (made,) = conflicts.correct(change_ids=[conflict], by=BY)
    db.session.commit()
    assert (the(conflict).state, the(conflict).decision) == (LineState.SUPERSEDED, Decision.CORRECTED)
    assert (made.before, made.target, made.delta, made.effective_date) == (13, 15, 2, date(2026, 11, 24))
    assert (made.state, made.origin, made.undo_of) == (LineState.HELD, Origin.CORRECTION, conflict)
    run = approved([made.id])
    assert (run.state, world.states(run)) == ("succeeded", {BAKERY: "confirmed"})
    assert world.posted() == [(world.lines[BAKERY, PRODUCT], 2)]
    assert world.units(BAKERY, on=date(2026, 11, 24)) == 15
    set_clock(NEXT_DAY)
    assert world.states(world.sync()) == {BAKERY: "in_step"}


def test_a_correction_is_not_posted_where_somebody_was_faster(world: World, conflict: int) -> None:
    (made,) = conflicts.correct(change_ids=[conflict], by=BY)
    db.session.commit()
    world.sandbox.state.set_units(contract_service_id=world.lines[BAKERY, PRODUCT], units=15)
    run = approved([made.id])
    assert (run.lines[0].code, the(made.id).state) == ("approval_stale", LineState.SUPERSEDED)
    assert world.posted() == []


def test_no_plan_replaces_a_correction_that_waits(world: World, conflict: int, set_clock: SetClock) -> None:
    (made,) = conflicts.correct(change_ids=[conflict], by=BY)
    db.session.commit()
    world.use(BAKERY, 18)
    run = world.sync()
    assert (world.states(run), [line.change_id for line in run.lines]) == ({BAKERY: "held"}, [made.id])
    set_clock(NEXT_DAY)
    world.use(BAKERY, None)
    world.sync()
    assert the(made.id).state == LineState.HELD
    assert world.posted() == []


@pytest.mark.parametrize("decide", [conflicts.adopt, conflicts.correct])
def test_what_is_no_conflict_is_refused_and_nothing_is_changed(
    world: World, conflict: int, decide: Callable[..., object]
) -> None:
    for other in (0, 999_999, 2**40):
        with pytest.raises(Refused, match="conflict_unknown"):
            decide(change_ids=[conflict, other], by=BY)
        db.session.rollback()
    assert the(conflict).state == LineState.CONFLICT
    decide(change_ids=[conflict, conflict], by=BY)
    db.session.commit()
    with pytest.raises(Refused, match="conflict_unknown"):
        decide(change_ids=[conflict], by=BY)


def test_a_correction_behind_the_end_of_the_contract_is_refused(world: World, conflict: int, set_clock: SetClock) -> None:
    set_clock("2027-01-02T11:00:00+00:00")
    with pytest.raises(Refused, match="contract_ended"):
        conflicts.correct(change_ids=[conflict], by=BY)

"""Taking a run back: which lines, from which date, held until a person approves, and held on until released."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
from sqlalchemy import select

from tests.world import PRODUCT, World
from webapp.domain import LineState, Origin
from webapp.errors import Refused
from webapp.extensions import db
from webapp.models import AuditEntry, Change, LedgerLine, Run
from webapp.services import approvals, execution, pins, preferences, runs, undo

SetClock = Callable[[str], object]
BAKERY, SHIPPING = "Bäckerei Wöhrle KG", "Carlsen Reederei GmbH & Co. KG"
NEXT_DAY, DAY_AFTER = "2026-11-24T11:00:00+00:00", "2026-11-25T11:00:00+00:00"
BY = "user:dana"


@pytest.fixture
def done(world: World) -> Run:
    """A run that raised two lines today: 12 to 15 and 5 to 6."""
    world.customer(BAKERY, units=12, usage=15)
    world.customer(SHIPPING, units=5, usage=6)
    return world.sync()


def prepare(run: Run) -> Run:
    made = undo.open_run(run_id=run.id, by=BY, trigger="cli")
    db.session.commit()
    execution.carry_out(made.id)
    return runs.get(made.id)


def waiting() -> list[Change]:
    return list(db.session.scalars(select(Change).where(Change.state == LineState.HELD).order_by(Change.id)))


def test_each_line_that_stands_as_the_run_left_it_gets_an_opposing_change_that_waits(world: World, done: Run) -> None:
    made = prepare(done)
    assert (made.state, made.undo_of, made.error_code) == ("succeeded", done.id, None)
    assert world.states(made) == {BAKERY: "held", SHIPPING: "held"}
    first, second = waiting()
    assert (first.before, first.target, first.delta, first.origin, first.reason) == (15, 12, -3, Origin.UNDO, "hold_undo")
    assert (second.before, second.target, second.delta) == (6, 5, -1)
    assert {change.effective_date for change in (first, second)} == {date(2026, 11, 24)}  # today's date is used
    assert world.posted() == [(world.lines[BAKERY, PRODUCT], 3), (world.lines[SHIPPING, PRODUCT], 1)]


def test_later_the_undo_is_dated_today(done: Run, set_clock: SetClock) -> None:
    set_clock(DAY_AFTER)
    prepare(done)
    assert {change.effective_date for change in waiting()} == {date(2026, 11, 25)}


def test_the_calls_of_an_undo_do_not_grow_with_its_lines(world: World, done: Run) -> None:
    calls = prepare(done).calls_autotask
    assert calls <= 4  # contracts, units, later units (and the zone)


def test_a_line_that_somebody_changed_since_is_listed_with_why_not(world: World, done: Run, set_clock: SetClock) -> None:
    set_clock(NEXT_DAY)
    world.sandbox.state.set_units(contract_service_id=world.lines[BAKERY, PRODUCT], units=20, on=date(2026, 11, 24))
    made = prepare(done)
    assert (made.state, world.states(made)) == ("partial", {BAKERY: "blocked", SHIPPING: "held"})
    page = undo.page(done.id)
    assert [line.why_not.key if line.why_not else None for line in page.lines] == ["undo_moved", None]
    assert [line.pinned for line in page.lines] == [False, True]


def test_a_line_that_a_later_run_changed_again_is_listed_with_that_run(world: World, done: Run, set_clock: SetClock) -> None:
    set_clock(NEXT_DAY)
    world.use(BAKERY, 16)
    later = world.sync()
    prepare(done)
    bakery = undo.page(done.id).lines[0]
    assert bakery.why_not is not None
    # the units tell before the ledger does: both say that the line has moved on
    assert bakery.why_not.key in ("undo_changed", "undo_moved")
    assert world.states(prepare(later))[BAKERY] == "held"


def test_a_change_that_somebody_scheduled_is_not_undone_over(world: World, done: Run) -> None:
    world.sandbox.state.set_units(contract_service_id=world.lines[BAKERY, PRODUCT], units=20, on=date(2026, 12, 1))
    prepare(done)
    bakery = undo.page(done.id).lines[0]
    assert bakery.why_not is not None
    assert bakery.why_not.key == "scheduled_change"


def test_preparing_again_replaces_what_was_prepared(done: Run, set_clock: SetClock) -> None:
    prepare(done)
    set_clock(DAY_AFTER)
    prepare(done)
    assert [change.effective_date for change in waiting()] == [date(2026, 11, 25)] * 2


def test_a_prepared_undo_holds_the_lines_and_no_plan_replaces_it(world: World, done: Run, set_clock: SetClock) -> None:
    prepare(done)
    before = [change.id for change in waiting()]
    set_clock(NEXT_DAY)
    world.use(BAKERY, 25)
    run = world.sync()
    assert (world.states(run), run.results[0].held) == ({BAKERY: "held", SHIPPING: "in_step"}, 1)
    assert run.lines[0].change_id == before[0]
    assert [change.id for change in waiting()] == before
    assert (run.lines[0].before, run.lines[0].target, run.lines[0].reason) == (15, 12, "hold_undo")
    assert len(world.posted()) == 2


def test_a_held_plan_of_the_line_gives_way_to_the_undo(world: World, done: Run, set_clock: SetClock) -> None:
    set_clock(NEXT_DAY)
    world.use(BAKERY, 60)  # over the limit for an increase
    world.sync()
    assert [change.origin for change in waiting()] == [Origin.PLAN]
    prepare(done)
    assert [change.origin for change in waiting()] == [Origin.UNDO, Origin.UNDO]


def test_releasing_a_line_dismisses_its_undo_and_lets_it_follow_the_usage_again(
    world: World, done: Run, set_clock: SetClock
) -> None:
    prepare(done)
    assert pins.pinned_by(done.id) == set(world.lines.values())
    released = pins.release(line_ids=[world.lines[BAKERY, PRODUCT]], by=BY)
    db.session.commit()
    assert released == [world.lines[BAKERY, PRODUCT]]
    assert pins.pinned_by(done.id) == {world.lines[SHIPPING, PRODUCT]}
    assert [change.target for change in waiting()] == [5]
    actions = list(db.session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)))
    assert actions[-4:] == ["undo_prepare", "line_pin", "line_pin", "line_release"]
    set_clock(NEXT_DAY)
    world.use(BAKERY, 16)
    assert world.states(world.sync())[BAKERY] == "confirmed"


def test_dismissing_the_undo_releases_its_line(world: World, done: Run) -> None:
    prepare(done)
    pins.after_dismissal(waiting()[0], by=BY)
    db.session.commit()
    assert pins.pinned_by(done.id) == {world.lines[SHIPPING, PRODUCT]}


def test_a_line_that_nobody_holds_cannot_be_released(world: World, done: Run) -> None:
    with pytest.raises(Refused, match="line_not_pinned"):
        pins.release(line_ids=list(world.lines.values()), by=BY)


def test_the_prorated_remainder_is_named(world: World, done: Run, set_clock: SetClock) -> None:
    for change in undo.changes_of(done.id):
        change.period_start, change.period_end = date(2026, 11, 1), date(2026, 11, 30)
    db.session.commit()
    set_clock(DAY_AFTER)
    prepare(done)
    left = undo.page(done.id).lines[0].remainder
    assert left is not None
    assert (left.units, left.first, left.last, left.days) == (3, date(2026, 11, 23), date(2026, 11, 24), 2)
    assert left.amount == pytest.approx(3 * 5.0 * 2 / 30)


def test_a_run_that_changed_nothing_cannot_be_undone(world: World) -> None:
    world.customer(BAKERY, units=12, usage=12)
    run = world.sync()
    with pytest.raises(Refused, match="undo_nothing"):
        undo.open_run(run_id=run.id, by=BY, trigger="cli")


def test_asking_twice_gives_one_run(done: Run) -> None:
    first = undo.request(run_id=done.id, by=BY)
    assert undo.request(run_id=done.id, by=BY).id == first.id


def test_an_undo_can_be_prepared_while_nothing_may_be_posted(world: World, done: Run) -> None:
    preferences.put(name="mode", value="paused", by="test")
    db.session.commit()
    assert prepare(done).state == "succeeded"
    assert len(waiting()) == 2


def test_a_line_that_moved_while_it_was_looked_at_is_left_alone(world: World, done: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody's change comes between the reading and the keeping: the version of the line tells."""
    line_id = world.lines[BAKERY, PRODUCT]
    look = execution.undo_run.fresh_look.look

    def meanwhile(*args: object, **kwargs: object) -> object:
        found = look(*args, **kwargs)  # type: ignore[arg-type]
        db.session.get_one(LedgerLine, line_id).version += 1
        db.session.commit()
        return found

    monkeypatch.setattr(execution.undo_run.fresh_look, "look", meanwhile)
    made = prepare(done)
    assert world.states(made) == {BAKERY: "blocked", SHIPPING: "held"}
    assert made.lines[0].code == "undo_open"


# --- approving what was prepared ----------------------------------------------------------------------------------------------


def approved(change_ids: list[int]) -> Run:
    run = approvals.approve(change_ids=change_ids, by=BY, trigger="web")
    db.session.commit()
    execution.carry_out(run.id)
    return runs.get(run.id)


def test_an_approved_undo_is_posted_and_proved_and_the_line_stays_held(world: World, done: Run, set_clock: SetClock) -> None:
    prepare(done)
    run = approved(undo.page(done.id).waiting)
    assert (run.state, world.states(run)) == ("succeeded", {BAKERY: "confirmed", SHIPPING: "confirmed"})
    tomorrow = date(2026, 11, 24)
    assert (world.units(BAKERY, on=tomorrow), world.units(SHIPPING, on=tomorrow)) == (12, 5)
    assert [change for _, change in world.posted()] == [3, 1, -3, -1]
    assert pins.pinned_by(done.id) == set(world.lines.values())
    page = undo.page(done.id)
    assert [line.undo.state if line.undo else None for line in page.lines] == ["confirmed", "confirmed"]
    assert page.waiting == []


def test_an_undo_approved_on_another_day_takes_that_day(world: World, done: Run, set_clock: SetClock) -> None:
    prepare(done)
    set_clock("2026-11-27T11:00:00+00:00")
    run = approved(undo.page(done.id).waiting)
    assert {line.effective_date for line in run.lines} == {date(2026, 11, 27)}
    assert (world.units(BAKERY, on=date(2026, 11, 26)), world.units(BAKERY, on=date(2026, 11, 27))) == (15, 12)


def test_an_undo_whose_line_moved_since_it_was_prepared_is_not_posted(world: World, done: Run, set_clock: SetClock) -> None:
    prepare(done)
    set_clock(NEXT_DAY)
    world.sandbox.state.set_units(contract_service_id=world.lines[BAKERY, PRODUCT], units=20, on=date(2026, 11, 24))
    run = approved(undo.page(done.id).waiting)
    assert world.states(run) == {BAKERY: "superseded", SHIPPING: "confirmed"}
    assert run.lines[0].code == "approval_stale"
    assert [change for _, change in world.posted()] == [3, 1, -1]


def test_a_dismissed_undo_stays_dismissed_and_its_line_is_free(world: World, done: Run) -> None:
    prepare(done)
    approvals.dismiss(change_ids=undo.page(done.id).waiting[:1], reason="It was right after all.", by=BY)
    db.session.commit()
    assert pins.pinned_by(done.id) == {world.lines[SHIPPING, PRODUCT]}
    assert world.states(world.sync()) == {BAKERY: "in_step", SHIPPING: "in_step"}


def test_an_undo_can_itself_be_undone(world: World, done: Run, set_clock: SetClock) -> None:
    prepare(done)
    back = approved(undo.page(done.id).waiting)
    set_clock(DAY_AFTER)
    prepare(back)
    again = approved(undo.page(back.id).waiting)
    assert world.states(again) == {BAKERY: "confirmed", SHIPPING: "confirmed"}
    assert world.units(BAKERY, on=date(2026, 11, 25)) == 15


def test_an_undo_that_autotask_did_not_make_is_repeated_in_its_own_row(world: World, done: Run, set_clock: SetClock) -> None:
    prepare(done)
    world.sandbox.state.faults.add("reset_before", host="autotask", method="POST", path="ContractServiceAdjustments", times=1)
    approved(undo.page(done.id).waiting)
    set_clock(NEXT_DAY)
    run = world.sync()
    assert world.states(run)[BAKERY] == "confirmed"
    assert sorted(change for _, change in world.posted()) == [-3, -1, 1, 3]

"""A service that is not on the contract: after an approval one line is made and its quantity posted, whatever goes wrong.

The sandbox's own books say how many lines there are and what was adjusted."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest

from tests.world import SERVICE, TODAY, World
from webapp.extensions import db
from webapp.models import Change, ContractService, Run
from webapp.services import approvals, execution, ledger_plans, runs, settle

SetClock = Callable[[str], object]
BAKERY, SHIPPING = "Bäckerei Wöhrle KG", "Carlsen Reederei GmbH & Co. KG"
LATER, NEXT_DAY = "2026-11-23T11:20:00+00:00", "2026-11-24T11:00:00+00:00"
ODD = {"errors": ["Object reference not set to an instance of an object."]}


@pytest.fixture
def missing(world: World) -> int:
    """The id of the held change: five licences are used, and the contract has no such line."""
    world.customer(BAKERY, units=None, usage=5)
    assert world.states(world.sync()) == {BAKERY: "held"}
    (change,) = world.changes()
    assert (change.new_line, change.contract_service_id) == (True, None)
    return change.id


def approved(change_id: int) -> Run:
    run = approvals.approve(change_ids=[change_id], by="user:dana", trigger="web")
    db.session.commit()
    execution.carry_out(run.id)
    return runs.get(run.id)


def the(change_id: int) -> Change:
    return db.session.get_one(Change, change_id, populate_existing=True)


def lines(world: World) -> list[int]:
    """The lines that the sandbox has, by their ids."""
    return list(world.sandbox.state.autotask.tables["ContractServices"])


def units(world: World, on: date = TODAY) -> list[int | None]:
    return [world.sandbox.state.units(line, on) for line in lines(world)]


def break_making(world: World, fault: str, **how: object) -> None:
    """The POST that adds the line goes wrong, once."""
    contract_id = the(world.changes()[0].id).contract_id
    path = f"Contracts/{contract_id}/Services"
    world.sandbox.state.faults.add(fault, host="autotask", method="POST", path=path, **({"times": 1} | how))


def test_an_approved_new_line_is_made_and_its_quantity_posted_in_the_same_row(world: World, missing: int) -> None:
    run = approved(missing)
    change = the(missing)
    (line_id,) = lines(world)
    assert (run.state, change.state, change.contract_service_id, change.before, change.target) == (
        "succeeded",
        "confirmed",
        line_id,
        0,
        5,
    )
    assert (run.lines[0].state, run.lines[0].contract_service_id) == ("confirmed", line_id)
    assert (world.posted(), units(world)) == ([(line_id, 5)], [5])
    assert db.session.get_one(ContractService, line_id).service_id == change.service_id
    assert world.states(world.sync()) == {BAKERY: "in_step"}


def test_no_price_is_sent_with_a_new_line(world: World, missing: int) -> None:
    approved(missing)
    (row,) = world.sandbox.state.autotask.tables["ContractServices"].values()
    assert row["unitPrice"] == 5.0  # the catalogue's
    assert len(world.changes()) == 1


def test_a_line_that_stands_there_by_the_time_of_the_approval_is_not_made_twice(world: World, missing: int) -> None:
    change = the(missing)
    world.sandbox.state.add_contract_service(contract_id=change.contract_id, service_id=change.service_id, units=0)
    run = approved(missing)
    assert (len(lines(world)), world.posted(), the(missing).state) == (1, [], "superseded")
    assert run.lines[0].code == "approval_stale"
    world.sync()
    assert units(world) == [5]


@pytest.mark.parametrize(("found", "posted"), [(0, [5]), (3, []), (9, [])])
def test_a_line_that_somebody_adds_at_the_last_moment_is_taken_only_if_it_stands_at_zero(
    world: World, missing: int, monkeypatch: pytest.MonkeyPatch, found: int, posted: list[int]
) -> None:
    """Between the plan and the poster's own look."""
    change = the(missing)
    contract_id, service_id = change.contract_id, change.service_id
    keep = execution.approval_run._keep

    def meanwhile(*args: object) -> object:
        queue = keep(*args)  # type: ignore[arg-type]
        world.sandbox.state.add_contract_service(contract_id=contract_id, service_id=service_id, units=found)
        return queue

    monkeypatch.setattr(execution.approval_run, "_keep", meanwhile)
    approved(missing)
    monkeypatch.undo()
    assert (len(lines(world)), [change for _, change in world.posted()]) == (1, posted)
    assert the(missing).state == ("confirmed" if posted else "superseded")


@pytest.mark.parametrize("fault", ["reset_after", "cut_json", "status_after"])
def test_a_line_that_was_made_without_an_answer_is_found_and_not_made_again(world: World, missing: int, fault: str) -> None:
    break_making(world, fault)
    run = approved(missing)
    assert the(missing).state == "superseded"  # the line is there; nothing more is known of what was approved
    assert run.lines[0].code == "line_exists"
    assert (len(lines(world)), world.posted()) == (1, [])
    assert world.states(world.sync()) == {BAKERY: "confirmed"}
    assert (units(world), len(world.posted())) == ([5], 1)


def test_a_line_that_was_not_made_is_tried_again_after_the_settle_time_and_the_contract_is_read_before(
    world: World, missing: int, set_clock: SetClock
) -> None:
    break_making(world, "reset_before")
    approved(missing)
    assert the(missing).state == "unknown"
    run = world.sync()
    assert (world.states(run), [line.change_id for line in run.lines]) == ({BAKERY: "unknown"}, [missing])
    assert [change.id for change in world.changes()] == [missing]  # nothing is held on top of it
    set_clock(LATER)
    assert world.states(world.sync()) == {BAKERY: "confirmed"}
    assert (len(lines(world)), units(world), len(world.posted())) == (1, [5], 1)
    assert the(missing).state == "confirmed"


def test_a_line_that_was_not_made_and_would_get_another_quantity_is_approved_anew(
    world: World, missing: int, set_clock: SetClock
) -> None:
    break_making(world, "reset_before")
    approved(missing)
    set_clock(LATER)
    world.use(BAKERY, 7)
    assert world.states(world.sync()) == {BAKERY: "held"}
    assert (the(missing).state, world.changes()[-1].target, lines(world)) == ("superseded", 7, [])


def test_housekeeping_settles_a_line_without_answer(world: World, missing: int, set_clock: SetClock) -> None:
    break_making(world, "reset_before")
    approved(missing)
    set_clock(LATER)
    assert settle.settle_due() == 1
    assert (the(missing).state, the(missing).code) == ("not_applied", "line_not_added")


def test_an_answered_error_with_an_unknown_text_is_not_repeated_by_itself(
    world: World, missing: int, set_clock: SetClock
) -> None:
    break_making(world, "status", status=500, body=ODD)
    approved(missing)
    assert the(missing).state == "unknown"
    set_clock(LATER)
    assert world.states(world.sync()) == {BAKERY: "held"}  # a new change, for a person
    assert (the(missing).state, lines(world)) == ("rejected", [])


def test_a_known_refusal_says_what_autotask_said(world: World, missing: int) -> None:
    text = "Reference value on field: serviceID of type: Service does not exist or is invalid."
    break_making(world, "status", status=500, body={"errors": [text]})
    run = approved(missing)
    assert (run.state, run.lines[0].state, run.lines[0].code) == ("partial", "rejected", "refused_by_autotask")
    assert text in run.lines[0].reason_params["text"]


def test_a_thread_limit_is_waited_for_and_tried_again(world: World, missing: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("webapp.services.posting.time.sleep", lambda _seconds: None)
    break_making(world, "thread_error")
    assert approved(missing).lines[0].state == "confirmed"
    assert (len(lines(world)), len(world.posted())) == (1, 1)


def test_a_line_that_shows_no_units_waits_for_the_next_run(world: World, missing: int) -> None:
    world.sandbox.state.faults.add(
        "status", host="autotask", method="POST", path="ContractServiceUnits", body={"items": []}, status=200, times=1
    )
    run = approved(missing)
    assert (the(missing).state, run.lines[0].code, len(lines(world))) == ("superseded", "line_exists", 1)
    world.sync()
    assert (units(world), len(world.posted())) == ([5], 1)


def test_a_line_that_nobody_approved_is_never_made(world: World, missing: int, set_clock: SetClock) -> None:
    for moment in (LATER, NEXT_DAY):
        set_clock(moment)
        world.sync()
    assert (lines(world), world.posted()) == ([], [])
    assert world.sandbox.state.books.calls("autotask", "POST /ATServicesRest/V1.0/Contracts/{id}/Services") == 0


def test_the_histories_of_many_lines_are_read_past_new_lines_that_are_open(world: World, missing: int) -> None:
    break_making(world, "reset_before")
    approved(missing)
    assert len(ledger_plans.histories(range(1, 600))) == 599


def test_one_contract_and_service_has_one_open_new_line(world: World, missing: int) -> None:
    """A second change of the same line, approved while the outcome of the first is open, sends nothing."""
    break_making(world, "reset_before")
    approved(missing)
    first = the(missing)
    second = Change(
        **{name: getattr(first, name) for name in ("contract_id", "service_id", "month", "reason", "run_id", "created_at")},
        customer_ids=first.customer_ids,
        products=first.products,
        service_name=SERVICE,
        new_line=True,
        before=0,
        target=5,
        delta=5,
        effective_date=TODAY,
        state="held",
        changed_at=first.changed_at,
    )
    db.session.add(second)
    db.session.commit()
    approved(second.id)
    assert (lines(world), the(second.id).state) == ([], "held")

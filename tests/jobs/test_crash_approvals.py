"""Processes killed with SIGKILL in the middle of an approval. The sandbox's books say afterwards what was billed: each approved
change once, whatever died when."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask

from tests.conftest import NOON
from tests.jobs.processes import Start, children_of, is_alive, wait_for
from tests.world import PRODUCT, World
from webapp.domain import RunState
from webapp.extensions import db
from webapp.models import Change, Run
from webapp.sandbox.faults import Fault
from webapp.sandbox.server import Sandbox
from webapp.services import approvals, runs, scheduled_runs
from webapp.settings import Settings

SetClock = Callable[[str], object]
BAKERY, SHIPPING = "Bäckerei Wöhrle KG", "Carlsen Reederei GmbH & Co. KG"
DANA = "user:dana"
ENDED = (RunState.SUCCEEDED, RunState.PARTIAL, RunState.FAILED, RunState.CANCELLED)


@pytest.fixture
def world(box: Sandbox, context: Flask) -> World:
    """Two customers with a change each that waits for a person: +26 and +30 licences."""
    made = World(box, context)
    made.connect()
    made.customer(BAKERY, units=14, usage=40)
    made.customer(SHIPPING, units=20, usage=50)
    made.sync()
    db.session.commit()
    return made


def held(world: World) -> list[int]:
    ids = [change.id for change in world.changes()]
    db.session.commit()
    return ids


def hang(world: World, action: str, path: str = "ContractServiceAdjustments", **how: int) -> Fault:
    """The next such call gets no answer before the test says so."""
    return world.sandbox.state.faults.add(action, host="autotask", method="POST", path=path, times=1, seconds=60.0, **how)


def sync_until_quiet(world: World, set_clock: SetClock) -> None:
    """One sync after the other, five minutes apart, until nothing is open."""
    moment = datetime.fromisoformat(NOON)
    for _ in range(4):
        world.sandbox.state.faults.clear()
        run = world.sync()
        if run.state == RunState.SUCCEEDED and all(line.state == "in_step" or line.state == "confirmed" for line in run.lines):
            return
        moment += timedelta(minutes=5)
        set_clock(moment.isoformat())
    pytest.fail("no quiet run after 15 minutes")


def assert_each_change_was_billed_once(world: World) -> None:
    wanted = {world.lines[BAKERY, PRODUCT]: 26, world.lines[SHIPPING, PRODUCT]: 30}
    assert sorted(world.posted()) == sorted(wanted.items())
    assert (world.units(BAKERY), world.units(SHIPPING)) == (40, 50)
    db.session.rollback()
    assert [change.state for change in world.changes()] == ["confirmed", "confirmed"]
    assert {change.decision for change in world.changes()} == {"approved"}


@pytest.mark.parametrize("database", ["sqlite", "postgresql"], indirect=True)
@pytest.mark.parametrize(
    ("action", "path", "nth"),
    [
        ("drop_before", "ContractServiceAdjustments", 1),  # Autotask never got to it
        ("drop", "ContractServiceAdjustments", 1),  # applied, no answer
        ("delay_after", "ContractServiceAdjustments", 2),  # the second change is applied, its answer is on the way
        ("drop", "ContractServiceUnits", 2),  # planned again or answered, and not read back
        ("drop", "ContractServiceUnits", 3),
    ],
)
def test_a_killed_approval_bills_nothing_twice_and_what_was_approved_is_made(
    world: World, start_process: Start, set_clock: SetClock, tmp_path: Path, action: str, path: str, nth: int
) -> None:
    ids = held(world)
    fault = hang(world, action, path, nth=nth)
    process = start_process("webapp", "approvals", "approve", *map(str, ids), "--json")
    wait_for(lambda: fault.struck == 1, "the call that hangs")
    if action != "drop_before" and path == "ContractServiceAdjustments":
        wait_for(lambda: len(world.posted()) == nth, "the change in Autotask")
    process.send_signal(signal.SIGKILL)
    process.wait()
    world.sandbox.state.faults.clear()
    scheduled_runs.tidy()
    db.session.rollback()
    states = [change.state for change in world.changes()]
    db.session.commit()
    if states == ["held", "held"]:  # it died before anything was decided
        again = start_process("webapp", "approvals", "approve", *map(str, ids), "--json", log="again")
        assert again.wait(60) == 0, (tmp_path / "again").read_text()
    sync_until_quiet(world, set_clock)
    assert_each_change_was_billed_once(world)


@pytest.mark.parametrize("action", ["drop_before", "drop"])
def test_an_approval_whose_worker_is_killed_goes_on_where_the_ledger_says(
    world: World, queue: Settings, start_process: Start, set_clock: SetClock, action: str
) -> None:
    ids = held(world)
    fault = hang(world, action)
    run_id = approvals.approve(change_ids=ids, by=DANA, trigger="web").id
    db.session.commit()
    worker = start_process("jobs.worker")
    wait_for(lambda: fault.struck == 1 and (action == "drop_before" or world.posted()), "the call that hangs")
    (child,) = children_of(worker.pid)
    for process_id in (worker.pid, child):
        os.kill(process_id, signal.SIGKILL)
    wait_for(lambda: not is_alive(child), "the child's end")
    world.sandbox.state.faults.clear()

    scheduled_runs.enqueue(scheduled_runs.tidy())
    start_process("jobs.worker")

    def has_ended() -> bool:
        state = db.session.get_one(Run, run_id, populate_existing=True).state
        db.session.commit()
        return state in ENDED

    wait_for(has_ended, "the run's end")
    run = runs.get(run_id)
    assert [line.change_id for line in sorted(run.lines, key=lambda line: line.change_id or 0)] == ids
    if action == "drop":
        assert (run.state, world.states(run)) == ("succeeded", {BAKERY: "confirmed", SHIPPING: "confirmed"})
    else:
        assert (run.state, run.error_code) == ("partial", "first_change_open")
        assert world.states(run) == {BAKERY: "unknown", SHIPPING: "planned"}
    assert {db.session.get_one(Change, each).decided_by for each in ids} == {DANA}
    db.session.commit()
    sync_until_quiet(world, set_clock)
    assert_each_change_was_billed_once(world)

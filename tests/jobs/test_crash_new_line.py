"""Processes killed with SIGKILL while they add a line to a contract, at every step. The sandbox's books say afterwards: one line,
one adjustment."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from flask import Flask

from tests.conftest import NOON
from tests.jobs.conftest import Start, wait_for
from tests.jobs.test_crash import kill
from tests.world import TODAY, World
from webapp.domain import RunState
from webapp.extensions import db
from webapp.sandbox.server import Sandbox

SetClock = Callable[[str], object]
BAKERY = "Bäckerei Wöhrle KG"
MAKING, LINES, UNITS, ADJUSTMENTS = "/Services", "ContractServices/query", "ContractServiceUnits/query", "ServiceAdjustments"


@pytest.fixture
def world(box: Sandbox, context: Flask) -> World:
    """A customer that uses five licences of a service that is not on its contract; the change is held."""
    made = World(box, context)
    made.connect()
    made.customer(BAKERY, units=None, usage=5)
    made.sync()
    return made


def lines(world: World) -> list[int]:
    return list(world.sandbox.state.autotask.tables["ContractServices"])


def sync_until_quiet(world: World, set_clock: SetClock) -> None:
    """One sync after the other, five minutes apart, until nothing is left to do."""
    moment = datetime.fromisoformat(NOON)
    for _ in range(5):
        moment += timedelta(minutes=5)
        set_clock(moment.isoformat())
        run = world.sync()
        if run.state == RunState.SUCCEEDED and world.states(run) == {BAKERY: "in_step"}:
            return
    pytest.fail("no quiet run after 25 minutes")


@pytest.mark.parametrize("database", ["sqlite", "postgresql"], indirect=True)
@pytest.mark.parametrize(
    ("action", "path", "nth"),
    [
        ("drop_before", LINES, 2),  # approved, the poster has not looked yet
        ("drop_before", MAKING, 1),  # the intent is committed, Autotask never got to it
        ("drop", MAKING, 1),  # the line is made, no answer
        ("delay_after", MAKING, 1),  # the line is made, its answer is on the way
        ("drop", LINES, 3),  # answered and noted, the line not yet found
        ("drop", UNITS, 1),  # the line is known, its units are not
        ("drop_before", ADJUSTMENTS, 1),  # the quantity never got there
        ("drop", ADJUSTMENTS, 1),  # the quantity is posted, no answer
        ("drop", UNITS, 2),  # posted and answered, not yet read back
    ],
)
def test_a_killed_approval_adds_no_second_line_and_bills_nothing_twice(
    world: World, start_process: Start, set_clock: SetClock, action: str, path: str, nth: int
) -> None:
    (change,) = world.changes()
    change_id, contract_id = change.id, change.contract_id
    db.session.commit()
    where = f"Contracts/{contract_id}{path}" if path == MAKING else path
    fault = world.sandbox.state.faults.add(action, host="autotask", method="POST", path=where, nth=nth, times=1, seconds=60.0)
    process = start_process("webapp", "approvals", "approve", str(change_id), "--json")
    wait_for(lambda: fault.struck == 1, "the call that hangs")
    if path == MAKING and action != "drop_before":
        wait_for(lambda: lines(world), "the line in Autotask")
    if path == ADJUSTMENTS and action == "drop":
        wait_for(world.posted, "the change in Autotask")
    kill(process)
    world.sandbox.state.faults.clear()
    sync_until_quiet(world, set_clock)
    (line_id,) = lines(world)
    assert world.posted() == [(line_id, 5)]
    assert world.sandbox.state.units(line_id, TODAY) == 5

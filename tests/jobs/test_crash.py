"""Processes killed with SIGKILL in the middle of a usage sync. The sandbox's books say afterwards what was billed: each change
once, whatever died when."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask

from tests.conftest import NOON
from tests.jobs.processes import Start, children_of, is_alive, wait_for
from tests.world import PRODUCT, World
from webapp import queueing
from webapp.domain import RunKind, RunState
from webapp.extensions import db
from webapp.models import Run
from webapp.sandbox.faults import Fault
from webapp.sandbox.server import Sandbox
from webapp.services import requests, runs, scheduled_runs
from webapp.settings import Settings

SetClock = Callable[[str], object]
BAKERY, SHIPPING = "Bäckerei Wöhrle KG", "Carlsen Reederei GmbH & Co. KG"
ENDED = (RunState.SUCCEEDED, RunState.PARTIAL, RunState.FAILED, RunState.CANCELLED)


@pytest.fixture
def world(box: Sandbox, context: Flask) -> World:
    """Two customers whose contracts are three and one licence short."""
    made = World(box, context)
    made.connect()
    made.customer(BAKERY, units=12, usage=15)
    made.customer(SHIPPING, units=5, usage=6)
    return made


def hang(world: World, action: str, path: str = "ContractServiceAdjustments", **how: int) -> Fault:
    """The next such call gets no answer before the test says so."""
    return world.sandbox.state.faults.add(action, host="autotask", method="POST", path=path, times=1, seconds=60.0, **how)


def let_go(world: World) -> None:
    world.sandbox.state.faults.clear()


def requested_run() -> int:
    run_id = requests.request_run(kind=RunKind.USAGE, trigger="web", by="user:dana").id
    db.session.commit()
    return run_id


def kill(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGKILL)
    process.wait()


def state_of(run_id: int) -> str:
    state = db.session.get_one(Run, run_id, populate_existing=True).state
    db.session.commit()
    return state


def sync_until_quiet(world: World, set_clock: SetClock) -> None:
    """One sync after the other, five minutes apart, until all is well. Each knows no more than the database does."""
    moment = datetime.fromisoformat(NOON)
    for _ in range(4):
        if world.sync().state == RunState.SUCCEEDED:
            return
        moment += timedelta(minutes=5)
        set_clock(moment.isoformat())
    pytest.fail("no quiet run after 15 minutes")


def assert_each_change_was_billed_once(world: World) -> None:
    wanted = {world.lines[BAKERY, PRODUCT]: 3, world.lines[SHIPPING, PRODUCT]: 1}
    assert sorted(world.posted()) == sorted(wanted.items())
    assert (world.units(BAKERY), world.units(SHIPPING)) == (15, 6)


@pytest.mark.parametrize("database", ["sqlite", "postgresql"], indirect=True)
@pytest.mark.parametrize(
    ("action", "path", "nth"),
    [
        ("drop_before", "ContractServiceAdjustments", 1),  # Autotask never got to it
        ("drop", "ContractServiceAdjustments", 1),  # applied, no answer
        ("delay_after", "ContractServiceAdjustments", 2),  # the second change is applied, its answer is on the way
        ("drop", "ContractServiceUnits", 3),  # answered and noted, not yet read back
    ],
)
def test_a_killed_command_bills_nothing_twice_and_loses_nothing(
    world: World, start_process: Start, set_clock: SetClock, action: str, path: str, nth: int
) -> None:
    fault = hang(world, action, path, nth=nth)
    process = start_process("webapp", "sync", "--json")
    wait_for(lambda: fault.struck == 1, "the call that hangs")
    if action != "drop_before" and path == "ContractServiceAdjustments":
        wait_for(lambda: len(world.posted()) == nth, "the change in Autotask")
    kill(process)
    let_go(world)
    sync_until_quiet(world, set_clock)
    assert_each_change_was_billed_once(world)


@pytest.mark.parametrize("action", ["drop_before", "drop"])
def test_a_run_whose_worker_is_killed_while_posting_goes_on_where_the_ledger_says(
    world: World, queue: Settings, start_process: Start, set_clock: SetClock, action: str
) -> None:
    fault = hang(world, action)
    run_id = requested_run()
    worker = start_process("jobs.worker")
    wait_for(lambda: fault.struck == 1 and (action == "drop_before" or world.posted()), "the call that hangs")
    (child,) = children_of(worker.pid)
    for process_id in (worker.pid, child):
        os.kill(process_id, signal.SIGKILL)
    wait_for(lambda: not is_alive(child), "the child's end")
    let_go(world)

    scheduled_runs.enqueue(scheduled_runs.tidy())
    start_process("jobs.worker")
    wait_for(lambda: state_of(run_id) in ENDED, "the run's end")
    run = runs.get(run_id)
    if action == "drop":
        assert (run.state, world.states(run)) == ("succeeded", {BAKERY: "confirmed", SHIPPING: "confirmed"})
        assert {result.state for result in run.results} == {"succeeded"}
    else:
        assert (run.state, run.error_code) == ("partial", "first_change_open")
        assert world.states(run) == {BAKERY: "unknown", SHIPPING: "planned"}
    db.session.commit()
    sync_until_quiet(world, set_clock)
    assert_each_change_was_billed_once(world)


def test_of_two_commands_at_once_one_works_and_the_other_says_so_or_waits(
    world: World, start_process: Start, tmp_path: Path
) -> None:
    fault = hang(world, "delay_after")
    first = start_process("webapp", "sync", "--json", log="first")
    wait_for(lambda: fault.struck == 1, "the call that hangs")
    patient = start_process("webapp", "sync", "--wait", "60", "--json", log="patient")
    hasty = start_process("webapp", "sync", "--json", log="hasty")
    assert hasty.wait(30) == 1
    document = json.JSONDecoder().raw_decode((tmp_path / "hasty").read_text())[0]
    assert (document["id"], document["state"], document["error"]["code"]) == (None, "failed", "run_in_progress")
    assert patient.poll() is None
    let_go(world)
    assert (first.wait(30), patient.wait(30)) == (0, 0)
    assert_each_change_was_billed_once(world)


def test_a_run_that_two_workers_are_given_is_carried_out_once(world: World, queue: Settings, start_process: Start) -> None:
    run_id = requested_run()
    for number in (1, 2):
        queueing.queue().enqueue_call("jobs.usage.sync", (run_id,), job_id=f"again-{number}")
    start_process("jobs.worker")
    start_process("jobs.worker")
    wait_for(lambda: state_of(run_id) in ENDED, "the run's end")
    wait_for(lambda: queueing.queue().count == 0, "the other jobs")
    assert (state_of(run_id), runs.get(run_id).fence) == ("succeeded", 1)
    assert_each_change_was_billed_once(world)


def test_ctrl_c_finishes_the_change_under_way_and_posts_no_other(
    world: World, start_process: Start, set_clock: SetClock, tmp_path: Path
) -> None:
    fault = hang(world, "delay_after")
    process = start_process("webapp", "sync", "--json", log="interrupted")
    wait_for(lambda: fault.struck == 1, "the call that hangs")
    process.send_signal(signal.SIGINT)
    wait_for(lambda: "Stopping" in (tmp_path / "interrupted").read_text(), "the answer to Ctrl-C")
    let_go(world)
    assert process.wait(30) == 1
    assert [run.state for run in runs.history()] == ["cancelled"]
    assert len(world.posted()) == 1
    db.session.commit()
    sync_until_quiet(world, set_clock)
    assert_each_change_was_billed_once(world)

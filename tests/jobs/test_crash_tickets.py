"""Processes killed with SIGKILL in the middle of ticket sync. The sandbox's books say afterwards what stands in Autotask and at
Sophos: each ticket, note and acknowledgement once, whatever died when."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask

from tests.desk import BAKERY, COMPLETE, Desk
from tests.jobs.crash_scene import child_of, document_in, kill, until_struck
from tests.jobs.processes import Start, wait_for
from tests.sandboxed import ticking_sandbox
from webapp import queueing
from webapp.context import now
from webapp.domain import RunKind, RunState
from webapp.extensions import db
from webapp.models import Run
from webapp.sandbox.faults import Fault
from webapp.sandbox.server import Sandbox
from webapp.services import execution, runs, scheduled_runs, schedules
from webapp.settings import Settings

SetClock = Callable[[str], object]
ENDED = (RunState.SUCCEEDED, RunState.PARTIAL, RunState.FAILED, RunState.CANCELLED)
DOWN, UP = "Event::Firewall::FirewallGatewayDown", "Event::Firewall::FirewallGatewayUp"
CREATE = {"path": "/Tickets", "body_contains": "companyID"}
NOTE = {"path": "/Notes"}
PATCH = {"method": "PATCH", "path": "/Tickets"}
ACKNOWLEDGE = {"host": "sophos_region", "path": "/actions"}


@pytest.fixture
def ticking(environ: dict[str, str]) -> Iterator[Sandbox]:
    """A sandbox at Kontor's own moment, and a Kontor that waits a second only for what it cannot know."""
    environ.update({"KONTOR_SETTLE_SECONDS": "1", "KONTOR_LOG_LEVEL": "error"})
    yield from ticking_sandbox(environ)


@pytest.fixture
def desk(ticking: Sandbox, context: Flask) -> Desk:
    """One customer, whose alerts become tickets."""
    made = Desk(ticking, context)
    made.open(BAKERY)
    db.session.commit()
    return made


@pytest.fixture
def later(set_clock: SetClock) -> Callable[[], None]:
    """Five minutes pass: longer than any lease and settle time of these tests."""

    def pass_time() -> None:
        set_clock((now() + timedelta(minutes=5)).isoformat())

    return pass_time


def gateway(desk: Desk, kind: str, minutes_ago: float) -> str:
    word = "Up" if kind == UP else "Down"
    return desk.alert(
        type=kind, product="firewall", device="FW-1", description=f"Gateway 'WAN' is {word}", group="", minutes_ago=minutes_ago
    )


def strike(desk: Desk, action: str, where: dict[str, str], nth: int = 1) -> Fault:
    values = {"host": "autotask", "method": "POST"} | where
    return desk.sandbox.state.faults.add(action, nth=nth, times=1, seconds=60.0, **values)  # type: ignore[arg-type]


def until_quiet(desk: Desk, later: Callable[[], None]) -> None:
    """One pass after the other until all is well, and one more. Each knows no more than the database does."""
    desk.sandbox.state.faults.clear()
    for _ in range(4):
        later()
        state = desk.sync().state
        db.session.commit()
        if state == RunState.SUCCEEDED and not waiting(desk):
            break
    else:
        pytest.fail(f"no quiet pass after 20 minutes: {desk.steps()}")
    desk.sync()
    db.session.commit()


def waiting(desk: Desk) -> bool:
    found = any(state not in ("done", "dropped") for _kind, state, _code in desk.steps())
    db.session.commit()
    return found


def killed_command(desk: Desk, start: Start, fault: Fault, applied: Callable[[], object]) -> None:
    """``kontor tickets``, killed in the call that meets the fault; where the call is applied, afterwards."""
    db.session.commit()
    process = start("webapp", "tickets", "--json")
    until_struck(fault)
    if fault.action != "drop_before":
        wait_for(applied, "what the call does")
    kill(process.pid)
    process.wait()
    desk.sandbox.state.faults.clear()


def acknowledged(desk: Desk) -> list[str]:
    return sorted(entry.alert_id for entry in desk.sandbox.state.books.acknowledged)


@pytest.mark.parametrize(
    ("database", "action"),
    [
        ("sqlite", "drop_before"),  # never got there
        ("sqlite", "delay_after"),  # applied, the answer is on its way
        ("postgresql", "drop_before"),
        ("postgresql", "drop"),  # applied, no answer
    ],
    indirect=["database"],
)
def test_a_killed_command_doubles_nothing_and_loses_nothing(
    desk: Desk, start_process: Start, later: Callable[[], None], action: str
) -> None:
    first = gateway(desk, DOWN, 9)
    killed_command(desk, start_process, strike(desk, action, CREATE), desk.tickets)
    until_quiet(desk, later)
    (ticket,) = desk.tickets()
    assert first in ticket["description"]

    second = gateway(desk, DOWN, 4)
    killed_command(desk, start_process, strike(desk, action, NOTE), lambda: desk.notes(ticket["id"]))
    until_quiet(desk, later)
    assert [second in note for note in desk.notes(ticket["id"])] == [True]

    up = gateway(desk, UP, 1)
    fault = strike(desk, action, PATCH)
    killed_command(desk, start_process, fault, lambda: desk.tickets()[0]["status"] == COMPLETE)
    later()
    killed_command(desk, start_process, strike(desk, action, ACKNOWLEDGE), lambda: acknowledged(desk))
    until_quiet(desk, later)
    (ticket,) = desk.tickets()
    assert ticket["status"] == COMPLETE
    assert [(second in note, up in note) for note in desk.notes(ticket["id"])] == [(True, False), (True, True)]
    assert acknowledged(desk) == sorted([first, second, up])


def test_a_command_killed_before_it_reads_back_a_ticket_makes_no_second_one(
    desk: Desk, start_process: Start, later: Callable[[], None]
) -> None:
    gateway(desk, DOWN, 9)
    strike(desk, "reset_after", CREATE)
    read_back = strike(desk, "drop_before", {"path": "/Tickets/query", "body_contains": "externalID"}, nth=2)
    killed_command(desk, start_process, read_back, desk.tickets)
    assert len(desk.tickets()) == 1
    until_quiet(desk, later)
    assert len(desk.tickets()) == 1
    assert [row.state for row in desk.rows()] == ["open"]


@pytest.mark.parametrize("action", ["drop_before", "drop"])
def test_a_pass_whose_worker_is_killed_is_finished_by_another(
    desk: Desk, queue: Settings, start_process: Start, later: Callable[[], None], action: str
) -> None:
    gateway(desk, DOWN, 9)
    fault = strike(desk, action, CREATE)
    run_id = queued_pass()
    worker = start_process("jobs.worker")
    until_struck(fault)
    if action == "drop":
        wait_for(desk.tickets, "the ticket in Autotask")
    kill(worker.pid, child_of(worker))
    worker.wait()
    desk.sandbox.state.faults.clear()
    scheduled_runs.enqueue(scheduled_runs.tidy())
    start_process("jobs.worker")
    wait_for(lambda: state_of(run_id) in ENDED, "the run's end")
    until_quiet(desk, later)
    assert len(desk.tickets()) == 1


def test_of_two_commands_at_once_the_second_says_that_one_is_under_way(desk: Desk, start_process: Start, tmp_path: Path) -> None:
    gateway(desk, DOWN, 9)
    fault = strike(desk, "delay_after", CREATE)
    db.session.commit()
    first = start_process("webapp", "tickets", "--json", log="first")
    until_struck(fault)
    second = start_process("webapp", "tickets", "--json", log="second")
    assert second.wait(30) == 1
    document = document_in(tmp_path / "second")
    assert (document["id"], document["state"], document["error"]["code"]) == (None, "failed", "run_in_progress")
    desk.sandbox.state.faults.clear()
    assert first.wait(30) == 0
    assert len(desk.tickets()) == 1


def test_two_workers_with_a_pass_each_make_one_ticket(desk: Desk, queue: Settings, start_process: Start) -> None:
    gateway(desk, DOWN, 9)
    both = [queued_pass(), queued_pass()]
    workers = [start_process("jobs.worker"), start_process("jobs.worker")]

    def ended() -> bool:
        scheduled_runs.enqueue(scheduled_runs.tidy())  # the round that sends a run which had to wait to the workers again
        return all(state_of(run_id) in ENDED for run_id in both)

    wait_for(ended, "the end of both runs")
    assert [state_of(run_id) for run_id in both] == ["succeeded", "succeeded"]
    assert len(desk.tickets()) == len(workers) - 1


def test_a_pass_begins_every_interval_and_not_while_one_waits(desk: Desk, set_clock: SetClock) -> None:
    schedules.ensure()
    db.session.commit()
    begun = datetime.fromisoformat(now().isoformat())

    def passes_at(minutes: int) -> int:
        set_clock((begun + timedelta(minutes=minutes)).isoformat())
        scheduled_runs.start_due()
        db.session.commit()
        return len(passes())

    before = len(passes())
    assert passes_at(11) == before + 1
    assert passes_at(15) == before + 1
    assert passes_at(22) == before + 1  # the first one still waits
    runs_waiting = [run for run in passes() if run.state == RunState.QUEUED]
    run_now(runs_waiting[0].id)
    assert passes_at(33) == before + 2


def queued_pass() -> int:
    run_id = runs.open_run(kind=RunKind.TICKETS, trigger="web", by="user:dana").id
    db.session.commit()
    queueing.enqueue_run(run_id)
    return run_id


def run_now(run_id: int) -> None:
    execution.carry_out(run_id)
    db.session.commit()


def passes() -> list[Run]:
    found = [run for run in runs.history() if run.kind == RunKind.TICKETS]
    db.session.commit()
    return found


def state_of(run_id: int) -> str:
    state = db.session.get_one(Run, run_id, populate_existing=True).state
    db.session.commit()
    return state

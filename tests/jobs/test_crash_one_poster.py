"""Many processes at once: one run posts at a time, no endpoint is called more than three times at once, and whoever slept
through its lease does nothing more."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from datetime import timedelta
from itertools import groupby
from pathlib import Path

import pytest
from sqlalchemy import update

from tests.jobs.crash_scene import CHANGES, POST, UNITS, Scene, child_of, document_in, others_can_write, until_struck
from tests.jobs.processes import is_alive, wait_for
from webapp.context import now
from webapp.extensions import db
from webapp.models import Change, Run, Schedule
from webapp.services import schedules
from webapp.settings import Settings

OVER_THE_LEASE = timedelta(seconds=200)


def posting_runs(scene: Scene) -> list[int]:
    """The runs whose changes took effect, in the order in which Autotask got them; each once for every time it had a turn."""
    owner = {change.contract_service_id: change.run_id for change in db.session.query(Change).filter_by(state="confirmed")}
    db.session.commit()
    arrived = sorted(scene.world.sandbox.state.books.adjustments, key=lambda entry: entry.request)
    return [run for run, _ in groupby(owner[entry.contract_service_id] for entry in arrived)]


@pytest.mark.parametrize("database", ["sqlite", "postgresql"], indirect=True)
def test_workers_pages_commands_and_schedulers_at_once_post_one_run_at_a_time_and_call_no_endpoint_more_than_thrice(
    scene: Scene, queue: Settings, tmp_path: Path
) -> None:
    state, names = scene.world.sandbox.state, list(scene.world.ids)
    scene.next_day()
    schedules.ensure()  # the daily sync is due tomorrow, until the runs for chosen customers have posted
    db.session.commit()
    state.switches.latency_seconds = 0.15
    state.books.clear()
    requested = [scene.requested_run(*names[:3]), scene.requested_run(*names[3:6])]
    workers = [scene.start("jobs.worker") for _ in range(3)]
    schedulers = [scene.start("jobs.scheduler") for _ in range(2)]
    chosen = [("--customer", scene.world.ids[name]) for name in names[6:9]]
    commands = [
        scene.start("webapp", "sync", "--wait", "90", "--json", *who, log=f"sync-{number}") for number, who in enumerate(chosen)
    ]
    readers = [scene.start("webapp", "sync", "--dry-run", "--json", log=f"dry-{number}") for number in range(2)]
    refresh = scene.start("webapp", "refresh", "--json", log="refresh")
    assert [process.wait(120) for process in (refresh, *commands)] == [0] * 4
    for number, reader in enumerate(readers):
        reader.wait(120)  # 1 where it saw a change of another run whose outcome was not known yet
        document = document_in(tmp_path / f"dry-{number}")
        assert document["error"] is None
        seen = {line["state"] for line in document["lines"]}  # blocked: rows that moved between its two readings
        assert seen <= {"planned", "in_step", "posting", "unknown", "confirmed", "blocked"}
    wait_for(lambda: have_succeeded(scene, requested), "the end of the requested runs", 90)
    make_due(schedules.DAILY_SYNC)
    wait_for(lambda: all_ended(scene), "the end of all runs", 90)
    for process in (*schedulers, *workers):
        process.terminate()
    assert [process.wait(60) for process in (*schedulers, *workers)] == [0] * 5

    turns = posting_runs(scene)
    assert len(turns) == len(set(turns)) == 6  # two from pages, three commands, and the daily one for the three lines left
    assert max(state.books.peak.values()) <= 3
    assert state.books.peak[POST] == 1
    assert document_in(tmp_path / "sync-0")["state"] == "succeeded"
    state.switches.latency_seconds = 0.0
    scene.until_quiet()
    scene.assert_billed_once()


def make_due(name: str) -> None:
    db.session.execute(update(Schedule).where(Schedule.name == name).values(next_run_at=now()))
    db.session.commit()


def have_succeeded(scene: Scene, run_ids: list[int]) -> bool:
    """Whether these runs have. The minute's round of housekeeping is made here, because the test clock stands still: a run that
    met a command's lease waits for it."""
    scene.housekeeping()
    return all(scene.state_of(run_id) == "succeeded" for run_id in run_ids)


def all_ended(scene: Scene) -> bool:
    """Whether no run waits any more, the daily one included."""
    scene.housekeeping()
    runs = db.session.query(Run).all()
    ended = [run.finished_at is not None for run in runs]
    by_schedule = any(run.trigger == "schedule" and run.kind == "usage" for run in runs)
    db.session.commit()
    return by_schedule and all(ended)


@pytest.mark.parametrize("database", ["sqlite", "postgresql"], indirect=True)
def test_many_readers_at_once_use_three_slots_of_an_endpoint_and_no_more(scene: Scene) -> None:
    state = scene.world.sandbox.state
    scene.next_day()
    scene.until_quiet()
    state.books.peak.clear()
    fault = scene.strike("delay", nth=1, times=3, path=UNITS)
    readers = [scene.start("webapp", "sync", "--dry-run", "--json", log=f"dry-{number}") for number in range(6)]
    wait_for(lambda: fault.struck == 3, "three calls at once")
    scene.let_go()
    assert [process.wait(90) for process in readers] == [0] * 6
    assert state.books.peak[UNITS] == 3
    assert max(state.books.peak.values()) == 3
    scene.assert_billed_once()


def stop(*pids: int) -> None:
    """Stop them, but not while one is writing: on SQLite nobody else could write until it wakes up."""
    wait_for(lambda: stopped_idle(pids), "a moment in which nobody writes")


def stopped_idle(pids: tuple[int, ...]) -> bool:
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    if others_can_write():
        return True
    wake(*pids)
    return False


def wake(*pids: int) -> None:
    for pid in pids:
        os.kill(pid, signal.SIGCONT)


def asleep_at(scene: Scene, call: str, nth: int) -> tuple[int, Callable[[], None]]:
    """A command that hangs in a call and is then stopped; gives its process id, and what lets the call end."""
    fault = scene.strike("delay_after", nth=nth, path=call)
    process = scene.start("webapp", "sync", "--json", log="sleeper")
    until_struck(fault)
    stop(process.pid)
    return process.pid, scene.let_go


@pytest.mark.parametrize(
    ("database", "call", "nth"),
    [("sqlite", POST, 1), ("postgresql", POST, 6), ("sqlite", UNITS, 1), ("postgresql", UNITS, 4)],
    indirect=["database"],
)
def test_a_process_that_slept_through_its_lease_does_nothing_more(scene: Scene, call: str, nth: int, tmp_path: Path) -> None:
    scene.next_day()
    sleeper, let_go = asleep_at(scene, call, nth)
    scene.clock.forward(OVER_THE_LEASE)
    let_go()
    scene.until_quiet()  # another process does the rest
    scene.assert_billed_once()
    calls = scene.world.sandbox.state.books.calls("autotask")
    wake(sleeper)
    wait_for(lambda: not is_alive(sleeper), "the end of the process that slept")
    assert scene.world.sandbox.state.books.calls("autotask", POST) == CHANGES
    assert scene.world.sandbox.state.books.calls("autotask") == calls
    scene.until_quiet()
    scene.assert_billed_once()
    assert document_in(tmp_path / "sleeper")["state"] == "running"


def test_a_job_that_slept_through_its_lease_leaves_its_run_to_the_one_that_took_it_over(scene: Scene, queue: Settings) -> None:
    scene.next_day()
    fault = scene.strike("delay_after", nth=6)
    run_id = scene.requested_run()
    worker = scene.start("jobs.worker")
    until_struck(fault)
    child = child_of(worker)
    stop(child, worker.pid)
    scene.clock.forward(OVER_THE_LEASE)
    scene.let_go()
    scene.start("jobs.worker")
    scene.housekeeping()
    scene.until_ended(run_id)
    fence, state = scene.fence_of(run_id), scene.state_of(run_id)
    wake(worker.pid, child)
    wait_for(lambda: not is_alive(child), "the end of the job that slept")
    assert (scene.fence_of(run_id), scene.state_of(run_id)) == (fence, state) == (2, "succeeded")
    scene.until_quiet()
    scene.assert_billed_once()


@pytest.mark.parametrize("first", [True, False])
def test_a_process_that_slept_between_its_claim_and_the_post_sends_nothing_late(scene: Scene, first: bool) -> None:
    """It waits for a slot, which comes after the lease was renewed and the intent written, and is stopped there."""
    books = scene.world.sandbox.state.books
    scene.next_day()
    if first:
        scene.take_slots(POST)
        process = scene.start("webapp", "sync", "--json", log="sleeper")
    else:
        fault = scene.strike("delay_after", nth=6)
        process = scene.start("webapp", "sync", "--json", log="sleeper")
        until_struck(fault)
        scene.take_slots(POST)
        scene.let_go()
        wait_for(lambda: scene.changes_in("unknown") == 5, "the answer")
    wait_for(lambda: scene.changes_in("posting") == 1, "a change that waits for a slot")
    stop(process.pid)
    scene.clock.forward(OVER_THE_LEASE)
    scene.let_go()
    scene.until_quiet()
    scene.assert_billed_once()
    posts = books.calls("autotask", POST)
    wake(process.pid)
    wait_for(lambda: not is_alive(process.pid), "the end of the process that slept")
    assert books.calls("autotask", POST) == posts == CHANGES
    scene.until_quiet()
    scene.assert_billed_once()

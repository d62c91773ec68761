"""Runs: claimed once, kept alive, put right when their process died, cancelled, paused and resumed."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from flask import Flask
from sqlalchemy import update

from webapp.domain import Calls, Reason, RunKind, RunState
from webapp.errors import NotFound
from webapp.extensions import db
from webapp.models import Run
from webapp.services import runs
from webapp.services.leases import LeaseLost
from webapp.services.runs import Claim, RunCancelled

SetClock = Callable[[str], object]
AFTER_THE_LEASE = "2026-11-23T11:03:01+00:00"
NONE = Calls()


def opened(trigger: str = "web", **more: object) -> int:
    run_id = runs.open_run(kind=RunKind.USAGE, trigger=trigger, by="user:dana", **more).id  # type: ignore[arg-type]
    db.session.commit()
    return run_id


def claimed(trigger: str = "web") -> Claim:
    claim = runs.claim(opened(trigger))
    assert claim is not None
    return claim


def kill_the_process_of(claim: Claim, **more: object) -> None:
    gone = subprocess.Popen(["true"])
    gone.wait()
    db.session.execute(update(Run).where(Run.id == claim.run_id).values(process_id=gone.pid, **more))
    db.session.commit()


def state_of(run_id: int) -> str:
    return db.session.get_one(Run, run_id, populate_existing=True).state


def test_of_many_threads_one_gets_the_run(app: Flask) -> None:
    with app.app_context():
        run_id = opened()
    barrier, got = threading.Barrier(8), []

    def grab() -> None:
        with app.app_context():
            barrier.wait()
            got.append(runs.claim(run_id))
            db.session.remove()

    threads = [threading.Thread(target=grab) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(claim is not None for claim in got) == 1


@pytest.mark.usefixtures("context")
def test_a_run_that_is_running_ended_or_unknown_is_not_taken() -> None:
    claim = claimed()
    assert runs.claim(claim.run_id) is None
    runs.finish(claim, state=RunState.SUCCEEDED, calls=NONE)
    assert runs.claim(claim.run_id) is None
    assert runs.claim(999) is None
    with pytest.raises(NotFound):
        runs.get(999)


@pytest.mark.usefixtures("context")
def test_whoever_lost_the_run_writes_nothing_more(set_clock: SetClock) -> None:
    old = claimed()
    set_clock(AFTER_THE_LEASE)
    new = runs.claim(old.run_id)
    assert new is not None
    assert new.fence == old.fence + 1
    for write in (
        lambda: runs.keep_alive(old, calls=Calls(9, 9), done=9),
        lambda: runs.finish(old, state=RunState.FAILED, calls=Calls(9, 9), error=Reason("internal_error")),
        lambda: runs.pause(old, calls=NONE, error=Reason("budget_reached"), minutes=5),
        lambda: runs.give_back(old, calls=NONE),
    ):
        with pytest.raises(LeaseLost):
            write()
    assert not runs.still_ours(old)
    assert runs.still_ours(new)
    run = runs.get(old.run_id)
    assert (run.state, run.calls_sophos, run.customers_done, run.error_code) == ("running", 0, 0, None)


@pytest.mark.usefixtures("context")
def test_keeping_alive_renews_the_lease_and_shows_progress(set_clock: SetClock) -> None:
    claim = claimed()
    set_clock("2026-11-23T11:02:59+00:00")
    runs.keep_alive(claim, calls=Calls(3, 4), done=1, total=5)
    set_clock("2026-11-23T11:05:00+00:00")
    assert runs.claim(claim.run_id) is None
    run = runs.get(claim.run_id)
    assert (run.calls_sophos, run.calls_autotask, run.customers_done, run.customers_total) == (3, 4, 1, 5)


@pytest.mark.usefixtures("context")
def test_a_run_of_a_dead_process_is_taken_over_at_once_and_keeps_its_beginning(set_clock: SetClock) -> None:
    claim = claimed()
    kill_the_process_of(claim)
    set_clock("2026-11-23T11:01:00+00:00")
    assert runs.claim(claim.run_id) is not None
    assert runs.get(claim.run_id).started_at == datetime(2026, 11, 23, 11, tzinfo=UTC)


@pytest.mark.usefixtures("context")
def test_a_run_of_another_machine_is_taken_over_after_its_lease_only(set_clock: SetClock) -> None:
    claim = claimed()
    kill_the_process_of(claim, host="another-machine")
    assert runs.claim(claim.run_id) is None
    assert runs.reap() == []
    set_clock(AFTER_THE_LEASE)
    assert runs.reap() == [claim.run_id]


@pytest.mark.usefixtures("context")
def test_housekeeping_frees_the_runs_of_dead_processes_and_ends_those_of_dead_commands() -> None:
    web, command, alive = claimed("web"), claimed("cli"), claimed("schedule")
    kill_the_process_of(web)
    kill_the_process_of(command)
    assert runs.reap() == [web.run_id]
    assert [state_of(claim.run_id) for claim in (web, command, alive)] == ["queued", "failed", "running"]
    ended = runs.get(command.run_id)
    assert ended.error_code == "run_interrupted"
    assert ended.finished_at is not None


@pytest.mark.usefixtures("context")
def test_housekeeping_leaves_a_run_that_its_command_has_not_begun_to_the_command() -> None:
    command, web = opened("cli"), opened("web")
    assert runs.reap() == [web]
    assert runs.claim(command) is not None


@pytest.mark.usefixtures("context")
def test_a_paused_run_goes_on_at_its_time_and_not_before(set_clock: SetClock) -> None:
    claim = claimed("cli")
    runs.pause(claim, calls=Calls(1, 2), error=Reason("budget_reached", {"used": 8000}), minutes=30)
    assert runs.claim(claim.run_id) is None
    assert runs.reap() == []
    set_clock("2026-11-23T11:30:00+00:00")
    assert runs.reap() == [claim.run_id]
    again = runs.claim(claim.run_id)
    assert again is not None
    assert again.fence == 2


@pytest.mark.usefixtures("context")
def test_a_waiting_run_is_cancelled_at_once_and_a_running_one_stops_when_it_looks_next() -> None:
    waiting, claim = opened(), claimed()
    runs.cancel(waiting, by="user:dana")
    runs.cancel(claim.run_id, by="user:dana")
    db.session.commit()
    assert (state_of(waiting), runs.get(waiting).error_params) == ("cancelled", {"by": "user:dana"})
    assert runs.claim(waiting) is None
    with pytest.raises(RunCancelled):
        runs.keep_alive(claim, calls=NONE)


@pytest.mark.usefixtures("context")
def test_a_run_that_was_asked_to_stop_and_then_died_is_not_begun_again() -> None:
    claim = claimed()
    runs.cancel(claim.run_id, by="user:dana")
    db.session.commit()
    kill_the_process_of(claim)
    assert runs.reap() == []
    assert state_of(claim.run_id) == "cancelled"


@pytest.mark.usefixtures("context")
def test_asking_twice_for_the_same_gives_the_run_that_waits() -> None:
    everybody, one = opened(), opened(scope=["a"])
    opened("cli", scope=["b"])  # belongs to a command that is about to begin it
    found = [runs.active(RunKind.USAGE, scope) for scope in (None, ["a"], ["b"])]
    assert [run.id if run else None for run in found] == [everybody, one, None]
    assert runs.active(RunKind.REFRESH) is None


@pytest.mark.usefixtures("context")
def test_a_process_stops_its_own_run_without_the_database() -> None:
    claim = claimed()
    runs.stop_here(claim.run_id)
    with pytest.raises(RunCancelled):
        runs.keep_alive(claim, calls=NONE)
    runs.finish(claim, state=RunState.CANCELLED, calls=NONE)

"""The scene of the crash tests: twelve customers whose contracts grow each day, and ways to make a process hang at one step.

What must be billed is counted here by plain addition; what was billed is in the sandbox's own books. Nothing of Kontor's own
records decides whether a test passes.
"""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
import pytest
from sqlalchemy import delete, func, select, update

from tests.jobs.processes import Start, children_of, is_alive, wait_for
from tests.world import PRODUCT, World
from webapp.domain import LineState, RunKind, RunState
from webapp.extensions import db
from webapp.models import Change, Run, ThrottleSlot
from webapp.sandbox.faults import Fault
from webapp.services import requests, scheduled_runs

CHANGES = 12
FIRST_MORNING = datetime(2026, 11, 2, 9, tzinfo=UTC)
ENDED = (RunState.SUCCEEDED, RunState.PARTIAL, RunState.FAILED, RunState.CANCELLED)
SETTLES_AFTER = timedelta(minutes=5)
"""Of the test clock: longer than lease and settle time together in these tests."""
POST = "ContractServiceAdjustments"
UNITS = "ContractServiceUnits"
STEPS = {
    "before": "drop_before",  # the request is on its way; Autotask never gets to it
    "late": "delay",  # Autotask gets to it long after its sender died
    "applied": "drop",  # done, and the answer never comes
    "answered": "delay_after",  # done and answered; the outcome is not yet written down
}


class TestClock:
    """The file that KONTOR_TEST_CLOCK names; every process of a test reads it each time it asks for the time."""

    __test__ = False

    def __init__(self, path: Path, zone: ZoneInfo) -> None:
        self._path, self._zone = path, zone

    def now(self) -> datetime:
        return datetime.fromisoformat(self._path.read_text())

    def today(self) -> date:
        return self.now().astimezone(self._zone).date()

    def set(self, moment: datetime) -> None:
        """At once and never half: other processes are reading it."""
        fresh = self._path.with_suffix(".new")
        fresh.write_text(moment.isoformat())
        fresh.replace(self._path)

    def forward(self, by: timedelta) -> None:
        self.set(self.now() + by)


@dataclass
class Scene:
    """``due`` holds every (line, change) that has to stand in the sandbox's books, ``target`` the units of each line."""

    world: World
    clock: TestClock
    start: Start
    due: Counter[tuple[int, int]] = field(default_factory=Counter)
    target: dict[int, int] = field(default_factory=dict)
    kills: int = 0
    posted_before: int = 0

    def settle_down(self) -> None:
        """Make the twelve customers, all of them with the units they use."""
        for number in range(CHANGES):
            name = f"Customer {number + 1:02d}"
            self.world.customer(name, units=10 + number, usage=10 + number)
            self.target[self.world.lines[name, PRODUCT]] = 10 + number

    def more_usage(self, *, month: str | None = None, names: tuple[str, ...] | None = None) -> None:
        """Every customer (or those named) uses one to three licences more, which differ from customer to customer."""
        for number, (name, _product) in enumerate(self.world.lines):
            if names is None or name in names:
                line = self.world.lines[name, PRODUCT]
                more = 1 + (number + self.clock.today().day) % 3
                self.target[line] += more
                self.due[line, more] += 1
            self.world.use(name, self.target[self.world.lines[name, PRODUCT]], month=month)

    def next_day(self) -> None:
        """The next morning, with more usage."""
        self.clock.set((self.clock.now() + timedelta(days=1)).replace(hour=9, minute=0))
        self.more_usage()

    def posted(self) -> int:
        """How many adjustments took effect so far."""
        return len(self.world.posted())

    def strike(self, action: str, *, nth: int = 1, path: str = POST, **how: object) -> Fault:
        """The ``nth`` call of that kind from now on meets this fault, once; what it holds, it holds until ``let_go``."""
        self.posted_before = self.posted()
        values = {"host": "autotask", "method": "POST", "path": path, "times": 1, "seconds": 120.0} | how
        return self.world.sandbox.state.faults.add(action, nth=nth, **values)

    def let_go(self) -> None:
        self.world.sandbox.state.faults.clear()

    def free_slots(self) -> None:
        """Slots of dead processes end with the machine's time, which does not pass in a test: end them by hand."""
        db.session.execute(update(ThrottleSlot).values(owner=None, expires_at=None))
        db.session.commit()

    def sync(self, *names: str) -> tuple[str, set[str]]:
        """A run in the test's own process, which knows no more than the database does: its state and those of its lines."""
        run = self.world.sync(*names)
        found = run.state, {line.state for line in run.lines}
        db.session.commit()  # an open transaction of the test would keep every other process from writing
        return found

    def until_quiet(self) -> int:
        """One run after the other, some minutes apart, until one has nothing left to do; gives how many it took."""
        for number in range(1, 7):
            self.free_slots()
            before, (state, lines) = self.posted(), self.sync()
            if state == RunState.SUCCEEDED and self.posted() == before and lines == {"in_step"}:
                return number
            self.clock.forward(SETTLES_AFTER)
        pytest.fail(f"no quiet run after half an hour: {state}, {sorted(lines)}")

    def take_slots(self, endpoint: str) -> None:
        """All slots of the endpoint are in use, until they are freed."""
        ended = datetime.now(UTC) + timedelta(hours=1)
        db.session.execute(delete(ThrottleSlot).where(ThrottleSlot.endpoint == endpoint))
        db.session.add_all(ThrottleSlot(endpoint=endpoint, number=n, owner="test", expires_at=ended) for n in (1, 2, 3))
        db.session.commit()

    def assert_billed_once(self, *, refused: int = 0) -> None:
        """The books of the sandbox: units equal the targets, one adjustment for each change, no more, and none that only
        Autotask's refusal of a second one prevented."""
        state = self.world.sandbox.state
        assert Counter(self.world.posted()) == self.due
        assert {line: state.units(line, self.clock.today()) for line in self.target} == self.target
        assert len(state.books.refused) == refused

    def requested_run(self, *names: str) -> int:
        """A run that somebody asks for on a page."""
        chosen = [self.world.ids[name] for name in names] or None
        run_id = requests.request_run(kind=RunKind.USAGE, trigger="web", by="user:dana", customer_ids=chosen).id
        db.session.commit()
        return run_id

    def state_of(self, run_id: int) -> str:
        state = db.session.get_one(Run, run_id, populate_existing=True).state
        db.session.commit()
        return state

    def fence_of(self, run_id: int) -> int:
        """How often the run was begun."""
        fence = db.session.get_one(Run, run_id, populate_existing=True).fence
        db.session.commit()
        return fence

    def until_ended(self, run_id: int) -> None:
        wait_for(lambda: self.state_of(run_id) in ENDED, "the run's end")

    def until_confirmed(self, count: int) -> None:
        """Return as soon as the ledger calls so many changes confirmed."""
        wait_for(lambda: self.confirmed() >= count, "so many confirmed changes")

    def confirmed(self) -> int:
        return self.changes_in(LineState.CONFIRMED)

    def changes_in(self, state: str) -> int:
        """How many changes of the ledger are in this state; it is only looked at."""
        with db.engine.connect().execution_options(read_only=True) as connection:
            return connection.execute(select(func.count()).where(Change.state == state)).scalar_one()

    def housekeeping(self) -> None:
        """What the scheduler's round does: the runs of dead processes go back to the workers."""
        scheduled_runs.enqueue(scheduled_runs.tidy())


def kill(*pids: int) -> None:
    """SIGKILL, and wait until they are gone."""
    for pid in pids:
        os.kill(pid, signal.SIGKILL)
    wait_for(lambda: not any(is_alive(pid) for pid in pids), "the end of a killed process")


def until_struck(fault: Fault) -> None:
    wait_for(lambda: fault.struck == 1, "the call that meets the fault")


def child_of(worker: subprocess.Popen[bytes]) -> int:
    """The process in which a worker carries out its present job."""
    wait_for(lambda: children_of(worker.pid), "the worker's child")
    (child,) = children_of(worker.pid)
    return child


def kill_at(scene: Scene, step: str, fault: Fault, pid: int, *others: int) -> None:
    """Wait until the process ``pid`` has met ``fault`` and is at ``step`` of that change; SIGKILL it and the ``others``."""
    until_struck(fault)
    if step in ("applied", "answered"):
        wait_for(lambda: scene.posted() >= scene.posted_before + fault.nth, "the change in Autotask")
    if step == "answered":
        with writers_locked_out():
            open_calls = calls_under_way(scene, pid)
            scene.let_go()
            wait_for(lambda: calls_under_way(scene, pid) < open_calls, "the answer's arrival")
            kill(pid, *others)
    else:
        kill(pid, *others)
    scene.kills += 1


def calls_under_way(scene: Scene, pid: int) -> int:
    """How many connections the process has to the Autotask host. One that posts is closed when its answer is read."""
    port = int(scene.world.sandbox.state.urls["autotask"].rpartition(":")[2])
    inodes = set()
    for descriptor in Path(f"/proc/{pid}/fd").iterdir():
        try:
            inodes.add(os.readlink(descriptor).removeprefix("socket:[").removesuffix("]"))
        except OSError:
            continue
    rows = [row.split() for row in Path(f"/proc/{pid}/net/tcp").read_text().splitlines()[1:]]
    return sum(int(row[2].rpartition(":")[2], 16) == port and row[9] in inodes for row in rows)


@contextmanager
def writers_locked_out() -> Iterator[None]:
    """Nobody else can write to the ledger as long as this lasts."""
    url = db.engine.url
    if url.get_backend_name() == "sqlite":
        connection = sqlite3.connect(str(url.database), isolation_level=None)
        connection.execute("BEGIN IMMEDIATE")
        try:
            yield
        finally:
            connection.execute("ROLLBACK")
            connection.close()
        return
    plain = url.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(plain) as postgres:
        postgres.execute("LOCK TABLE changes IN EXCLUSIVE MODE")
        yield


def others_can_write() -> bool:
    """Whether no transaction that is open now keeps others from writing."""
    if db.engine.url.get_backend_name() != "sqlite":
        return True
    connection = sqlite3.connect(str(db.engine.url.database), isolation_level=None, timeout=0.2)
    try:
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("ROLLBACK")
    except sqlite3.OperationalError:
        return False
    finally:
        connection.close()
    return True


def document_in(log: Path) -> dict[str, Any]:
    """The run document that a command printed, before whatever else it said."""
    found = json.JSONDecoder().raw_decode(log.read_text())[0]
    assert isinstance(found, dict)
    return found

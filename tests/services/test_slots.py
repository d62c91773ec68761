"""Slots: three calls at once for each endpoint, over all threads and processes, and none lost to the dead."""

from __future__ import annotations

import subprocess
import sys
import textwrap
import threading
from collections.abc import Mapping
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select, update

from webapp.clients.errors import RateLimited
from webapp.extensions import db
from webapp.models import ThrottleSlot
from webapp.services.slots import DatabaseSlots


def held() -> int:
    taken = db.session.scalars(select(ThrottleSlot).where(ThrottleSlot.owner.is_not(None))).all()
    db.session.rollback()
    return len(taken)


def test_a_fourth_call_to_one_endpoint_waits_and_then_gives_up(context: Flask) -> None:
    slots = DatabaseSlots(db.engine, wait_seconds=0.1)
    with ExitStack() as stack:
        for _number in range(3):
            stack.enter_context(slots.slot("Contracts"))
        with pytest.raises(RateLimited), slots.slot("Contracts"):
            pass
        with slots.slot("Companies"):
            assert held() == 4
    assert held() == 0


def test_a_slot_is_given_back_when_the_call_fails(context: Flask) -> None:
    slots = DatabaseSlots(db.engine)
    with pytest.raises(ZeroDivisionError), slots.slot("Contracts"):
        raise ZeroDivisionError
    assert held() == 0


def test_a_call_that_timed_out_keeps_its_slot_until_the_lease_ends(context: Flask) -> None:
    slots = DatabaseSlots(db.engine, wait_seconds=0.01)
    for _number in range(3):
        with slots.slot("Contracts") as slot:
            slot.keep()
    assert held() == 3
    with pytest.raises(RateLimited), slots.slot("Contracts"):
        pass
    db.session.execute(update(ThrottleSlot).values(expires_at=datetime(2020, 1, 1, tzinfo=UTC)))
    db.session.commit()
    with slots.slot("Contracts"):
        assert held() == 3


def test_a_slot_that_was_taken_over_is_not_freed_by_its_old_holder(context: Flask) -> None:
    short, other = DatabaseSlots(db.engine, lease_seconds=0.001), DatabaseSlots(db.engine)
    with ExitStack() as others:
        with short.slot("Contracts"):
            for _number in range(3):
                others.enter_context(other.slot("Contracts"))
        assert held() == 3


def test_threads_never_hold_more_than_three(context: Flask) -> None:
    slots = DatabaseSlots(db.engine)
    lock, running, most = threading.Lock(), [0], [0]

    def work() -> None:
        for _number in range(3):
            with slots.slot("Contracts"):
                with lock:
                    running[0] += 1
                    most[0] = max(most[0], running[0])
                with lock:
                    running[0] -= 1

    threads = [threading.Thread(target=work) for _number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert 1 <= most[0] <= 3
    assert held() == 0


WORKER = """
import sys, time
from webapp import create_app
from webapp.extensions import db
from webapp.services.slots import DatabaseSlots
with create_app().app_context():
    slots = DatabaseSlots(db.engine)
    for _ in range(4):
        with slots.slot("Contracts"):
            begun = time.monotonic()
            time.sleep(0.02)
            print(begun, time.monotonic())
"""


def test_processes_that_begin_at_once_share_three_slots(context: Flask, environ: Mapping[str, str], tmp_path: Path) -> None:
    script = tmp_path / "worker.py"
    script.write_text(textwrap.dedent(WORKER))
    root = str(Path(__file__).parents[2])
    workers = [
        subprocess.Popen([sys.executable, str(script)], env={**environ, "PYTHONPATH": root}, stdout=subprocess.PIPE, text=True)
        for _number in range(5)
    ]
    spans = []
    for worker in workers:
        output, _ = worker.communicate(timeout=60)
        assert worker.returncode == 0
        spans += [tuple(map(float, line.split())) for line in output.splitlines()]
    assert len(spans) == 20
    assert max(sum(other[0] <= begun < other[1] for other in spans) for begun, _ in spans) <= 3
    assert held() == 0

"""Named leases: one holder at a time, whatever the others do."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import select, update

from webapp.extensions import db
from webapp.models import LeaseRow
from webapp.services import leases
from webapp.services.leases import LeaseLost

SetClock = Callable[[str], object]
AFTER_THE_LEASE = "2026-11-23T11:03:01+00:00"


@pytest.mark.usefixtures("context")
def test_a_lease_has_one_holder_until_it_is_given_back() -> None:
    first = leases.acquire("posting")
    assert first is not None
    assert leases.acquire("posting") is None
    assert leases.acquire("something else") is not None
    leases.release(first)
    second = leases.acquire("posting")
    assert second is not None
    assert second.fence == first.fence + 1


def test_of_many_threads_one_gets_the_lease(app: Flask) -> None:
    barrier, got = threading.Barrier(8), []

    def grab() -> None:
        with app.app_context():
            barrier.wait()
            got.append(leases.acquire("posting"))
            db.session.remove()

    threads = [threading.Thread(target=grab) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(lease is not None for lease in got) == 1


@pytest.mark.usefixtures("context")
def test_a_lease_that_ran_out_is_taken_over_and_its_old_holder_can_do_nothing_more(set_clock: SetClock) -> None:
    old = leases.acquire("posting")
    assert old is not None
    set_clock(AFTER_THE_LEASE)
    with pytest.raises(LeaseLost):
        leases.renew(old)  # too late, even though nobody has taken it yet
    new = leases.acquire("posting")
    assert new is not None
    with pytest.raises(LeaseLost):
        leases.renew(old)
    leases.release(old)
    assert leases.acquire("posting") is None
    assert leases.renew(new).fence == new.fence


@pytest.mark.usefixtures("context")
def test_a_renewed_lease_lasts_from_then_on(set_clock: SetClock) -> None:
    lease = leases.acquire("posting")
    assert lease is not None
    set_clock("2026-11-23T11:02:59+00:00")
    renewed = leases.renew(lease)
    set_clock("2026-11-23T11:05:58+00:00")
    assert leases.acquire("posting") is None
    assert leases.renew(renewed).expires_at > renewed.expires_at


@pytest.mark.usefixtures("context")
@pytest.mark.parametrize(("host", "free"), [(None, True), ("another-machine", False)])
def test_the_lease_of_a_dead_process_is_free_at_once_on_this_machine_only(host: str | None, free: bool) -> None:
    gone = subprocess.Popen(["true"])
    gone.wait()
    assert leases.acquire("posting") is not None
    values = {"process_id": gone.pid} | ({"host": host} if host else {})
    db.session.execute(update(LeaseRow).values(**values))
    db.session.commit()
    assert (leases.acquire("posting") is not None) is free


def test_whoever_holds_a_place_keeps_the_others_out_until_the_commit(app: Flask) -> None:
    entered: list[str] = []
    first_is_in = threading.Event()

    def second() -> None:
        with app.app_context():
            first_is_in.wait(10)
            leases.hold("usage 2026-11")
            entered.append("second")
            db.session.commit()
            db.session.remove()

    thread = threading.Thread(target=second)
    thread.start()
    with app.app_context():
        leases.hold("usage 2026-11")
        first_is_in.set()
        thread.join(0.5)
        assert thread.is_alive()
        entered.append("first")
        db.session.commit()
        thread.join(20)
        assert entered == ["first", "second"]
        assert db.session.scalar(select(LeaseRow.owner)) is None

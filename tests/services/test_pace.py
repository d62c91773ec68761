"""The pace of calls to Sophos: in no minute more than the limit, over all threads and processes, and nobody waits for ever."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from itertools import pairwise

import pytest
from flask import Flask
from sqlalchemy import select

from tests.sandboxed import connect_both
from webapp.clients.errors import RateLimited
from webapp.clients.http import Counter
from webapp.extensions import db
from webapp.models import CallPace
from webapp.sandbox.server import Sandbox
from webapp.services import connections
from webapp.services.pace import DatabasePace


class Time:
    """A clock that only sleeping moves, for any number of threads."""

    def __init__(self, begin: float = 1_000_007.0) -> None:
        self.now = begin
        self.naps: list[float] = []
        self._lock = threading.Lock()
        self._read = threading.local()

    def __call__(self) -> float:
        self._read.last = self.now
        return self.now

    @property
    def last_read(self) -> float:
        """What this thread was told last: the moment by which its call was counted."""
        return float(self._read.last)

    def sleep(self, seconds: float) -> None:
        with self._lock:
            self.naps.append(seconds)
            self.now += seconds


def pace(clock: Time, per_minute: int = 5, wait_seconds: float = 300) -> DatabasePace:
    return DatabasePace(
        db.engine, "sophos", system="Sophos", per_minute=per_minute, wait_seconds=wait_seconds, sleep=clock.sleep, clock=clock
    )


def most_in_a_minute(moments: list[float]) -> int:
    window: deque[float] = deque()
    most = 0
    for moment in sorted(moments):
        window.append(moment)
        while moment - window[0] >= 60:
            window.popleft()
        most = max(most, len(window))
    return most


def counted() -> int:
    counts = db.session.scalars(select(CallPace.counts)).one()
    db.session.rollback()
    return sum(counts.values())


def test_a_few_calls_never_wait(context: Flask) -> None:
    clock = Time()
    for _number in range(95):
        pace(clock, per_minute=95).take(None)
    assert (clock.naps, counted()) == ([], 95)


@pytest.mark.parametrize("begin", [1_000_000.0, 1_000_009.9])
def test_one_call_too_many_waits_until_a_minute_has_passed(context: Flask, begin: float) -> None:
    clock = Time(begin)
    slow = pace(clock)
    moments = []
    for _number in range(23):
        slow.take(None)
        moments.append(clock.now)
    assert most_in_a_minute(moments) == 5
    assert moments[-1] - moments[0] <= 4 * 70.1
    assert max(clock.naps) <= 3


def test_no_minute_of_many_threads_holds_more_than_the_limit(context: Flask) -> None:
    clock, moments, lock = Time(), [], threading.Lock()

    def work(mine: DatabasePace) -> None:
        for _number in range(8):
            mine.take(None)
            with lock:
                moments.append(clock.last_read)

    paces = [pace(clock, per_minute=6, wait_seconds=100_000) for _number in range(4)]
    threads = [threading.Thread(target=work, args=(each,)) for each in paces]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(moments) == 32
    assert most_in_a_minute(moments) <= 6


def test_who_cannot_wait_is_told_at_once_and_counts_nothing(context: Flask) -> None:
    clock = Time()
    busy = pace(clock)
    for _number in range(5):
        busy.take(None)
    with pytest.raises(RateLimited) as error:
        busy.take(5)
    assert error.value.params["system"] == "Sophos"
    assert error.value.wait is not None
    assert 55 < error.value.wait <= 70
    assert (clock.naps, counted()) == ([], 5)


def test_a_check_for_a_person_uses_what_the_runs_leave(context: Flask) -> None:
    clock = Time()
    for _number in range(5):
        pace(clock).take(None)
    pace(clock, per_minute=6).take(0)
    with pytest.raises(RateLimited):
        pace(clock, per_minute=6).take(0)


def test_a_run_can_keep_its_lease_while_it_waits_and_can_be_stopped(context: Flask) -> None:
    clock, signs = Time(), []
    for _number in range(5):
        pace(clock).take(None)

    def alive() -> None:
        signs.append(clock.now)
        if len(signs) == 4:
            raise InterruptedError

    with pytest.raises(InterruptedError):
        pace(clock).take(None, alive)
    assert [round(after - before, 3) for before, after in pairwise(signs)] == [3, 3, 3]
    assert counted() == 5


@pytest.mark.parametrize("set_to", [lambda now: now - 86_400, lambda now: now + 86_400])
def test_a_clock_that_is_set_anew_does_not_stop_the_calls(context: Flask, set_to: Callable[[float], float]) -> None:
    clock = Time()
    for _number in range(5):
        pace(clock).take(None)
    clock.now = set_to(clock.now)
    pace(clock).take(0)
    assert counted() == 1


def test_every_call_to_sophos_is_counted_and_none_to_autotask(small_sandbox: Sandbox, context: Flask) -> None:
    connect_both(small_sandbox)
    before, counter = counted(), Counter()
    connections.open_sophos(counter).whoami()
    list(connections.open_autotask(counter).companies())
    assert counted() - before == counter.calls.sophos == 2  # token and whoami

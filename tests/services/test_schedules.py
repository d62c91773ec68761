"""When things are due, and that each is claimed once."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from flask import Flask

from webapp.context import now
from webapp.domain import RunKind, RunState
from webapp.extensions import db
from webapp.models import Connection, Heartbeat, Run, Schedule
from webapp.services import heartbeats, preferences, scheduled_runs, schedules

BERLIN = ZoneInfo("Europe/Berlin")
SetClock = Callable[[str], object]


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        ("2026-11-23 11:00", "2026-11-24 01:30"),  # winter: 02:30 is 01:30 UTC
        ("2026-07-01 11:00", "2026-07-02 00:30"),  # summer
        ("2026-11-24 01:29", "2026-11-24 01:30"),
        ("2026-11-24 01:30", "2026-11-25 01:30"),  # the moment itself has been used
        ("2027-03-27 12:00", "2027-03-28 01:30"),  # the clocks skip 02:30; it runs at 03:30
        ("2027-03-28 01:30", "2027-03-29 00:30"),
        ("2026-10-24 12:00", "2026-10-25 00:30"),  # 02:30 comes twice; the first one counts
        ("2026-10-25 00:30", "2026-10-26 01:30"),  # and the second does not
    ],
)
def test_a_time_of_day_comes_once_a_day_also_when_the_clocks_change(after: str, expected: str) -> None:
    assert schedules.next_daily(utc(after), time(2, 30), BERLIN) == utc(expected)


def ready() -> None:
    schedules.ensure()
    db.session.commit()


def connect_both() -> None:
    for system in ("sophos", "autotask"):
        row = Connection(system=system, credentials="x", facts={}, connected_at=now(), connected_by="user:dana", checked_at=now())
        db.session.add(row)
    db.session.commit()


def look() -> scheduled_runs.Started:
    started = scheduled_runs.start_due()
    db.session.commit()
    return started


def usage_runs() -> int:
    return db.session.query(Run).filter_by(kind=RunKind.USAGE, trigger="schedule").count()


def test_the_rows_are_made_once(context: Flask) -> None:
    ready()
    ready()
    assert schedules.next_runs() == {
        schedules.HOUSEKEEPING: now() + timedelta(minutes=1),
        schedules.TICKETS: now() + timedelta(minutes=10),
        schedules.DAILY_SYNC: utc("2026-11-24 01:00"),
    }


def test_nothing_starts_before_its_time(context: Flask) -> None:
    connect_both()
    ready()
    assert look() == scheduled_runs.Started()


def test_the_daily_sync_starts_when_it_is_due_and_then_not_again_that_day(context: Flask, set_clock: SetClock) -> None:
    connect_both()
    ready()
    set_clock("2026-11-24T01:00:00+00:00")
    assert len(look().run_ids) == 1
    assert look().run_ids == ()
    assert schedules.next_runs()[schedules.DAILY_SYNC] == utc("2026-11-25 01:00")


def test_what_was_missed_for_days_is_caught_up_once(context: Flask, set_clock: SetClock) -> None:
    connect_both()
    ready()
    set_clock("2026-11-27T09:17:00+00:00")
    look()
    look()
    assert usage_runs() == 1
    assert schedules.next_runs()[schedules.DAILY_SYNC] == utc("2026-11-28 01:00")


def test_a_daily_run_that_still_waits_is_not_joined_by_another(context: Flask, set_clock: SetClock) -> None:
    connect_both()
    ready()
    for day in ("24", "25", "26"):
        set_clock(f"2026-11-{day}T01:00:00+00:00")
        look()
    assert usage_runs() == 1


def test_without_connections_the_time_passes_and_nothing_is_opened(context: Flask, set_clock: SetClock) -> None:
    ready()
    set_clock("2026-11-24T01:00:00+00:00")
    assert look().run_ids == ()
    assert schedules.next_runs()[schedules.DAILY_SYNC] == utc("2026-11-25 01:00")


def test_a_changed_time_of_day_moves_the_next_sync(context: Flask) -> None:
    ready()
    assert schedules.is_in_order()
    preferences.put(name="sync_time", value="22:15", by="user:dana")
    assert not schedules.is_in_order()
    assert schedules.reschedule()
    assert schedules.next_runs()[schedules.DAILY_SYNC] == utc("2026-11-23 21:15")
    assert not schedules.reschedule()


def test_what_is_already_due_stays_due_when_the_time_of_day_changes(context: Flask, set_clock: SetClock) -> None:
    connect_both()
    ready()
    set_clock("2026-11-24T01:00:30+00:00")
    preferences.put(name="sync_time", value="22:15", by="user:dana")
    assert not schedules.reschedule()
    assert len(look().run_ids) == 1


def test_a_shorter_interval_brings_the_next_ticket_run_forward_and_a_longer_one_puts_it_off(
    context: Flask, set_clock: SetClock
) -> None:
    ready()
    set_clock("2026-11-23T11:10:00+00:00")
    look()
    assert schedules.next_runs()[schedules.TICKETS] == utc("2026-11-23 11:20")
    assert schedules.is_in_order()
    set_clock("2026-11-23T11:12:00+00:00")
    for minutes, expected in (("5", "2026-11-23 11:15"), ("60", "2026-11-23 12:10"), ("45", "2026-11-23 11:55")):
        preferences.put(name="ticket_interval_minutes", value=minutes, by="user:dana")
        assert not schedules.is_in_order()
        assert schedules.reschedule()
        assert schedules.next_runs()[schedules.TICKETS] == utc(expected)
        assert schedules.is_in_order()
    set_clock("2026-11-23T11:30:00+00:00")
    preferences.put(name="ticket_interval_minutes", value="5", by="user:dana")
    assert schedules.reschedule()
    assert schedules.next_runs()[schedules.TICKETS] == now()  # five minutes have passed: it is due


def test_before_the_first_ticket_run_a_shorter_interval_counts_too(context: Flask) -> None:
    ready()
    preferences.put(name="ticket_interval_minutes", value="5", by="user:dana")
    assert schedules.reschedule()
    assert schedules.next_runs()[schedules.TICKETS] == now() + timedelta(minutes=5)
    assert not schedules.reschedule()


def test_of_many_schedulers_that_look_at_once_one_starts_the_sync(app: Flask, context: Flask, set_clock: SetClock) -> None:
    connect_both()
    ready()
    set_clock("2026-11-24T01:00:00+00:00")
    gate = threading.Barrier(6)
    started: list[int] = []

    def scheduler() -> None:
        with app.app_context():
            gate.wait()
            started.extend(look().run_ids)

    threads = [threading.Thread(target=scheduler) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(started) == 1
    assert usage_runs() == 1


def test_lateness_is_that_of_the_schedule_that_waits_longest(context: Flask, set_clock: SetClock) -> None:
    ready()
    assert schedules.overdue_by() == timedelta(0)
    set_clock("2026-11-23T11:11:00+00:00")
    assert schedules.overdue_by() == timedelta(minutes=10)


def test_a_run_that_waits_itself_lets_nobody_go(context: Flask) -> None:
    first = Run(kind=RunKind.USAGE, trigger="web", requested_by="user:dana", state=RunState.QUEUED, created_at=now())
    second = Run(kind=RunKind.REFRESH, trigger="web", requested_by="user:dana", state=RunState.QUEUED, created_at=now())
    db.session.add_all([first, second])
    db.session.commit()
    assert scheduled_runs.waiting_after(first.id) == []
    first.state = RunState.SUCCEEDED
    db.session.commit()
    assert scheduled_runs.waiting_after(first.id) == [second.id]


def test_a_process_without_a_sign_of_life_for_two_minutes_counts_as_gone(context: Flask, set_clock: SetClock) -> None:
    heartbeats.beat(name="worker-1", role=heartbeats.WORKER)
    db.session.commit()
    assert heartbeats.is_alive(role=heartbeats.WORKER)
    assert not heartbeats.is_alive(role=heartbeats.SCHEDULER)
    set_clock("2026-11-23T11:02:00+00:00")
    assert not heartbeats.is_alive(role=heartbeats.WORKER)


def test_processes_that_are_gone_for_a_day_are_forgotten(context: Flask, set_clock: SetClock) -> None:
    heartbeats.beat(name="worker-1", role=heartbeats.WORKER)
    db.session.commit()
    set_clock("2026-11-24T11:00:01+00:00")
    scheduled_runs.tidy()
    assert db.session.query(Heartbeat).count() == 0
    assert db.session.query(Schedule).count() == 0

"""The close of a month: when it happens by itself, and what is said where it did not."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import select

from tests.builders import BAKERY
from tests.world import World
from webapp.domain import Month, RunKind
from webapp.errors import Refused
from webapp.extensions import db
from webapp.models import Finding, Run
from webapp.services import closing, execution, preferences, requests, runs, scheduled_runs

SetClock = Callable[[str], object]


def open_findings() -> list[str]:
    found = db.session.scalars(select(Finding.code).where(Finding.source == "close", Finding.cleared_at.is_(None)))
    return list(found)


def test_a_month_that_nobody_closed_is_a_finding_until_it_is_closed(world: World, set_clock: SetClock) -> None:
    world.customer(BAKERY, units=12, usage=15)
    world.sync()
    set_clock("2026-12-08T11:00:00+00:00")
    scheduled_runs.tidy()
    assert open_findings() == ["month_not_closed"]
    world.close("2026-11")
    scheduled_runs.tidy()
    assert open_findings() == []


def test_an_installation_that_began_later_misses_no_close(world: World, set_clock: SetClock) -> None:
    set_clock("2026-12-08T11:00:00+00:00")
    scheduled_runs.tidy()
    assert open_findings() == []


def test_reading_a_month_before_the_first_sync_misses_no_close(world: World, set_clock: SetClock) -> None:
    world.customer(BAKERY, units=12, usage=15)
    world.sync(dry_run=True)
    set_clock("2026-12-08T11:00:00+00:00")
    scheduled_runs.tidy()
    assert open_findings() == []


def test_a_sync_inside_the_window_closes_the_month_before_as_a_run_of_its_own(world: World, set_clock: SetClock) -> None:
    world.customer(BAKERY, units=15, usage=13)
    world.sync()
    set_clock("2026-12-03T11:00:00+00:00")
    world.sandbox.state.set_usage(customer_id=world.ids[BAKERY], product_code="CIXA-MSP", billable=13, month="2026-12")
    preferences.put(name="run_stop_percent", value="50", by="test")
    run = world.sync()
    runs = [(each.month, each.closed, each.state) for each in db.session.scalars(select(Run).order_by(Run.id))]
    assert runs[-2:] == [("2026-12", False, "succeeded"), ("2026-11", True, "succeeded")]
    assert (run.month, run.closed, [line.state for line in run.lines]) == ("2026-12", False, ["in_step"])
    assert world.units(BAKERY, on=run.started_at.date()) == 13


def test_the_window_is_that_of_the_settings(world: World, set_clock: SetClock) -> None:
    preferences.put(name="close_until_day", value="5", by="test")
    preferences.put(name="close_from_day", value="3", by="test")
    days = []
    for day in (2, 3, 5, 6):
        set_clock(f"2026-12-{day:02d}T11:00:00+00:00")
        run = world.sync()
        days.append((day, run.month, closing.in_window(run.started_at.date())))
    assert days == [(2, "2026-12", False), (3, "2026-12", True), (5, "2026-12", True), (6, "2026-12", False)]


def test_a_preview_of_the_close_leads_to_the_close_of_the_same_month(world: World, set_clock: SetClock) -> None:
    world.customer(BAKERY, units=15, usage=13)
    world.sync()
    set_clock("2026-12-09T11:00:00+00:00")
    november = Month(2026, 11)
    assert closing.overdue() == november
    dry = requests.request_run(kind=RunKind.USAGE, trigger="web", by="user:dana", month=november, dry_run=True, closed=True)
    execution.carry_out(dry.id)
    assert world.posted() == []
    close = requests.request_like(dry.id, by="user:dana")
    assert (close.month, close.closed, close.dry_run, close.scope) == ("2026-11", True, False, None)
    preferences.put(name="run_stop_percent", value="50", by="test")
    execution.carry_out(close.id)
    assert [line.state for line in runs.get(close.id).lines] == ["confirmed"]
    assert closing.overdue() is None


def test_a_month_to_come_is_not_closed(world: World) -> None:
    with pytest.raises(Refused) as refused:
        requests.request_run(kind=RunKind.USAGE, trigger="web", by="user:dana", month=Month(2026, 12), closed=True)
    assert refused.value.code == "month_in_future"

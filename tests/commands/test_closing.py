"""``kontor sync`` in the close window, ``--close`` and a past ``--month``: what is printed, what the exit status is about."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest

from tests.builders import BAKERY, SHIPPING
from tests.commands.conftest import Run, read
from tests.world import World

SetClock = Callable[[str], object]


@pytest.fixture
def december(world: World, set_clock: SetClock) -> World:
    """The second of December; November used fewer than were billed, December uses more."""
    world.customer(BAKERY, units=12, usage=None)
    world.customer(SHIPPING, units=200, usage=None)
    for month, figure in (("2026-10", 13), ("2026-11", 10), ("2026-12", 14)):
        world.use(BAKERY, figure, month=month)
        world.use(SHIPPING, 200, month=month)
    set_clock("2026-12-02T10:00:00+00:00")
    return world


def units(world: World) -> list[int | None]:
    return [world.units(BAKERY, on=date.fromisoformat(day)) for day in ("2026-11-30", "2026-12-01", "2026-12-02")]


def test_in_the_window_the_document_is_about_the_running_month_and_the_close_stands_in_the_history(
    december: World, kontor: Run
) -> None:
    done = kontor("sync", "--json")
    document = read(done)
    assert (done.exit_code, document["month"], document["closed"]) == (0, "2026-12", False)
    assert sorted((run["month"], run["closed"]) for run in read(kontor("runs", "--json"))) == [
        ("2026-11", True),
        ("2026-12", False),
    ]
    assert units(december) == [12, 10, 14]


def test_close_plans_the_month_before_as_closed_and_nothing_else(december: World, kontor: Run) -> None:
    done = kontor("sync", "--close", "--json")
    document = read(done)
    assert (done.exit_code, document["month"], document["closed"]) == (0, "2026-11", True)
    assert len(read(kontor("runs", "--json"))) == 1
    assert units(december) == [12, 10, 10]


def test_close_of_a_named_month(december: World, kontor: Run) -> None:
    document = read(kontor("sync", "--close", "--month", "2026-11", "--json"))
    assert [(line["state"], line["effective_date"], line["delta"]) for line in document["lines"] if line["delta"]] == [
        ("confirmed", "2026-12-01", -2)
    ]


def test_the_close_of_a_month_long_past_is_held(december: World, kontor: Run) -> None:
    document = read(kontor("sync", "--close", "--month", "2026-10", "--json"))
    assert [line["state"] for line in document["lines"] if line["delta"]] == ["held"]
    assert december.posted() == []


def test_a_dry_close_posts_nothing(december: World, kontor: Run) -> None:
    done = kontor("sync", "--close", "--dry-run", "--json")
    assert (done.exit_code, read(done)["dry_run"]) == (0, True)
    assert (december.posted(), december.changes()) == ([], [])


@pytest.mark.parametrize(("posted", "state", "books"), [(False, "confirmed", [1]), (True, "planned", [])])
def test_a_past_month_by_hand_is_posted_on_its_own_period_or_only_reported(
    december: World, kontor: Run, *, posted: bool, state: str, books: list[int]
) -> None:
    if posted:
        december.sandbox.state.approve_and_post(up_to=date(2026, 10, 31))
    done = kontor("sync", "--month", "2026-10", "--json")
    found = [(line["state"], line["effective_date"]) for line in read(done)["lines"] if line["delta"]]
    assert (done.exit_code, found) == (0, [(state, "2026-10-01")])
    assert [change for _, change in december.posted()] == books


def test_a_future_month_cannot_be_closed(december: World, kontor: Run) -> None:
    done = kontor("sync", "--close", "--month", "2027-01", "--json")
    assert (done.exit_code, read(done)["error"]["code"]) == (2, "month_in_future")

"""``kontor undo`` and ``kontor conflicts``."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.commands.conftest import Run, read
from tests.world import PRODUCT, World
from webapp.extensions import db

SetClock = Callable[[str], object]
BAKERY = "Bäckerei Wöhrle KG"
LATER = "2026-11-23T11:20:00+00:00"


@pytest.fixture
def world(world: World) -> World:
    world.customer(BAKERY, units=12, usage=15)
    return world


def test_a_run_is_undone_and_the_lines_are_released_again(world: World, run: Run) -> None:
    done = world.sync().id
    db.session.commit()
    result = run("undo", str(done), "--json")
    assert result.exit_code == 0, result.output
    (line,) = read(result)["lines"]
    assert (line["before"], line["target"], line["state"], line["effective_date"]) == (15, 12, "held", "2026-11-24")
    assert f"kontor approvals approve {line['change_id']}" in result.stderr
    listed = read(run("approvals", "list", "--json"))
    assert [each["change_id"] for each in listed] == [line["change_id"]]
    posted = run("approvals", "approve", str(line["change_id"]), "--json")
    assert (posted.exit_code, read(posted)["lines"][0]["state"]) == (0, "confirmed")
    assert [change for _, change in world.posted()] == [3, -3]
    assert str(world.lines[BAKERY, PRODUCT]) in run("undo", str(done), "--release").stdout
    again = run("undo", str(done), "--release")
    assert (again.exit_code, "line_not_pinned" in again.stderr) == (1, True)


@pytest.mark.parametrize(("number", "code"), [("99", "run_unknown"), ("1", "undo_nothing")])
def test_what_cannot_be_undone_is_a_document_with_its_error(world: World, run: Run, number: str, code: str) -> None:
    world.use(BAKERY, 12)
    world.sync()
    db.session.commit()
    result = run("undo", number, "--json")
    found = read(result)
    assert (result.exit_code, found["id"], found["error"]["code"]) == (1, None, code)


@pytest.fixture
def conflict(world: World, set_clock: SetClock) -> str:
    world.sandbox.state.faults.add("reset_before", host="autotask", method="POST", path="ContractServiceAdjustments", times=1)
    world.sync()
    set_clock(LATER)
    world.sandbox.state.set_units(contract_service_id=world.lines[BAKERY, PRODUCT], units=13)
    world.sync()
    found = str(world.changes()[0].id)
    db.session.commit()
    return found


def test_a_conflict_is_listed_with_three_figures(run: Run, conflict: str) -> None:
    (found,) = read(run("conflicts", "list", "--json"))
    assert (found["expected_before"], found["expected_after"], found["units"]) == (12, 15, 13)
    assert "before 12, wanted 15, Autotask shows 13" in run("conflicts", "list").stdout


def test_a_conflict_is_adopted(run: Run, conflict: str) -> None:
    assert read(run("conflicts", "adopt", conflict, "--json")) == [
        {"change_id": int(conflict), "state": "superseded", "units": 13}
    ]
    assert read(run("conflicts", "list", "--json")) == []
    again = run("conflicts", "adopt", conflict)
    assert (again.exit_code, "conflict_unknown" in again.stderr) == (1, True)


def test_a_conflict_is_corrected_at_once(world: World, run: Run, conflict: str) -> None:
    result = run("conflicts", "correct", conflict, "--json")
    assert result.exit_code == 0, result.output
    (line,) = read(result)["lines"]
    assert (line["before"], line["target"], line["delta"], line["state"]) == (13, 15, 2, "confirmed")
    assert [change for _, change in world.posted()] == [2]

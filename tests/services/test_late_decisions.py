"""What a person decides on another day than the plan was made on, and what happens to it meanwhile."""

from __future__ import annotations

import pytest

from tests.services.billing_months import DECEMBER, ESTATES, NOVEMBER, Month, SetClock
from tests.world import World
from webapp.extensions import db
from webapp.models import Change, Run
from webapp.services import approvals, execution, preferences, runs

DANA = "user:dana"


@pytest.fixture
def month(world: World, set_clock: SetClock) -> Month:
    return Month(world, set_clock)


def approved(*change_ids: int) -> Run:
    run = approvals.approve(change_ids=change_ids, by=DANA, trigger="web")
    db.session.commit()
    execution.carry_out(run.id)
    return runs.get(run.id)


def held(month: Month) -> Change:
    db.session.expire_all()
    (found,) = [each for each in month.world.changes() if each.state == "held"]
    return found


def test_a_price_that_moved_in_the_close_stops_the_run_around_it(month: Month) -> None:
    month.begin()
    month.world.sandbox.state.switches.keep_price = False
    service = next(iter(month.world.sandbox.state.autotask.tables["Services"].values()))
    month.use(NOVEMBER, 11)
    month.use(DECEMBER, 11)
    month.world.use(ESTATES, 203, month=DECEMBER)
    service["unitPrice"] = 9.0
    month.sync("2026-12-02")
    assert preferences.get("mode") == "paused"
    assert len(month.world.posted()) == 1


@pytest.mark.parametrize("mode", ["paused", "observe"])
def test_a_mode_turned_off_before_the_run_takes_its_work_posts_nothing(
    month: Month, monkeypatch: pytest.MonkeyPatch, mode: str
) -> None:
    month.begin()
    month.use(NOVEMBER, 14)
    close_first = execution._close_first

    def turned_off(*args: object) -> bool:
        preferences.put(name="mode", value=mode, by="test")
        db.session.commit()
        return close_first(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(execution, "_close_first", turned_off)
    month.sync("2026-11-20")
    assert month.books() == []

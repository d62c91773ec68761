"""The three billing ways from the running month to its close, as the sandbox's own books tell it."""

from __future__ import annotations

from datetime import date

import pytest

from tests import builders
from tests.services.billing_months import BAKERY, DECEMBER, ESTATES, NOVEMBER, Month, SetClock
from tests.world import PRODUCT, World
from webapp.extensions import db
from webapp.models import ContractSetting
from webapp.models import Mapping as CustomerMapping
from webapp.services import execution, preferences, runs


@pytest.fixture
def month(world: World, set_clock: SetClock) -> Month:
    return Month(world, set_clock)


def test_daily_raises_from_day_to_day_and_the_close_lowers_on_the_first_of_the_next_month(month: Month) -> None:
    month.begin()
    for day, figure in (("2026-11-10", 13), ("2026-11-20", 15), ("2026-11-27", 13)):
        month.use(NOVEMBER, figure)
        month.sync(day)
    month.use(DECEMBER, 13)
    assert month.line(month.sync("2026-12-01"))[0] == "lower_so_far"
    month.sync("2026-12-02")
    assert month.books() == [("2026-11-10", 1), ("2026-11-20", 2), ("2026-12-01", -2)]
    assert [month.units(day) for day in ("2026-11-09", "2026-11-19", "2026-11-30", "2026-12-01", "2027-05-01")] == [
        12,
        13,
        15,
        13,
        13,
    ]
    month.sync("2026-12-03")
    assert len(month.books()) == 3


def test_the_close_is_a_run_of_its_own_before_the_running_month(month: Month) -> None:
    month.begin()
    month.use(NOVEMBER, 11)
    month.use(DECEMBER, 14)
    month.sync("2026-12-02")
    close, running = sorted(runs.history(), key=lambda run: not run.closed)
    assert (close.month, close.closed, month.line(close)) == (NOVEMBER, True, ("confirmed", "fewer_used", "2026-12-01"))
    assert (running.month, running.closed, month.line(running)) == (DECEMBER, False, ("confirmed", "more_used", "2026-12-02"))
    assert [month.units(day) for day in ("2026-11-30", "2026-12-01", "2026-12-02")] == [12, 11, 14]


def test_before_and_after_the_window_no_month_is_closed(month: Month) -> None:
    month.begin()
    month.use(NOVEMBER, 11)
    month.use(DECEMBER, 11)
    for day in ("2026-12-01", "2026-12-08"):
        month.sync(day)
    assert [run.closed for run in runs.history()] == [False, False]
    assert month.books() == []


def test_where_december_is_posted_the_close_lowers_in_january_and_tells_the_difference(month: Month) -> None:
    month.begin()
    month.use(NOVEMBER, 10)
    month.use(DECEMBER, 10)
    month.world.sandbox.state.approve_and_post(up_to=date(2026, 12, 1))
    month.sync("2026-12-02")
    assert month.books() == [("2027-01-01", -2)]
    assert [month.units(day) for day in ("2026-12-31", "2027-01-01")] == [12, 10]
    assert month.missed() == [("period_missed", -2, "2026-12-01")]
    month.sync("2026-12-03")
    assert len(month.books()) == 1


def test_an_increase_that_only_the_close_finds_is_billed_from_that_day_and_november_is_told(month: Month) -> None:
    month.begin()
    month.use(NOVEMBER, 14)
    month.use(DECEMBER, 12)
    month.sync("2026-12-02")
    assert month.books() == [("2026-12-02", 2)]
    assert month.missed() == [("close_missed", 2, "2026-11-30")]


def test_the_close_takes_nothing_away_that_the_first_of_december_asked_for(month: Month) -> None:
    month.begin()
    month.use(NOVEMBER, 10)
    month.use(DECEMBER, 14)
    month.sync("2026-12-01")
    for day in ("2026-12-02", "2026-12-03", "2026-12-20"):
        month.sync(day)
    assert month.books() == [("2026-12-01", 2)]
    assert month.units("2026-12-31") == 14


def test_monthly_posts_once_on_the_last_day_both_ways_and_the_close_adds_nothing(month: Month) -> None:
    month.begin(way="monthly")
    month.use(NOVEMBER, 15)
    assert month.line(month.sync("2026-11-23"))[:2] == ("planned", "waits_for_billing_day")
    assert month.books() == []
    month.use(NOVEMBER, 14)
    assert month.line(month.sync("2026-11-30")) == ("confirmed", "more_used", "2026-12-01")
    month.use(NOVEMBER, 16)
    month.use(DECEMBER, 13)
    assert month.line(month.close("2026-12-02"))[:2] == ("in_step", "decided_on_billing_day")
    month.sync("2026-12-31")
    assert month.books() == [("2026-12-01", 2), ("2027-01-01", -1)]
    assert [month.units(day) for day in ("2026-11-30", "2026-12-31", "2027-01-01")] == [12, 14, 13]


def test_an_early_billing_day_decides_once(month: Month) -> None:
    month.begin(way="monthly")
    preferences.put(name="billing_day", value="15", by="test")
    month.use(NOVEMBER, 12)
    assert month.line(month.sync("2026-11-15"))[0] == "in_step"
    month.use(NOVEMBER, 15)
    assert month.line(month.sync("2026-11-20"))[:2] == ("in_step", "decided_on_billing_day")
    month.use(DECEMBER, 15)
    month.sync("2026-12-15")
    assert month.books() == [("2027-01-01", 3)]


@pytest.mark.parametrize("usage", [14, 10])
def test_a_missed_billing_day_is_caught_up_by_the_close(month: Month, usage: int) -> None:
    month.begin(way="monthly")
    month.use(NOVEMBER, usage)
    month.use(DECEMBER, 12)
    month.sync("2026-11-29")
    month.sync("2026-12-02")
    assert month.books() == [("2026-12-01", usage - 12)]


def test_what_the_billing_day_held_is_still_held_after_the_close(month: Month) -> None:
    month.begin(way="monthly")
    month.use(NOVEMBER, 30)
    month.use(DECEMBER, 30)
    assert month.line(month.sync("2026-11-30"))[0] == "held"
    for day in ("2026-12-02", "2026-12-03", "2026-12-09"):
        month.sync(day)
    (change,) = [each for each in month.world.changes() if each.state == "held"]
    assert (change.before, change.target, change.effective_date) == (12, 30, date(2026, 12, 1))


def test_a_billing_day_that_died_before_it_posted_is_caught_up_by_the_close(
    month: Month, monkeypatch: pytest.MonkeyPatch
) -> None:
    month.begin(way="monthly")
    month.use(NOVEMBER, 14)
    month.use(DECEMBER, 14)
    with monkeypatch.context() as patch:
        patch.setattr("webapp.services.usage_sync.post_queue", _dies)
        with pytest.raises(KeyboardInterrupt):
            month.sync("2026-11-30")
    db.session.rollback()
    month.sync("2026-12-02")
    assert month.books() == [("2026-12-01", 2)]


def _dies(*_: object) -> None:
    raise KeyboardInterrupt


@pytest.mark.parametrize("usage", [14, 10])
def test_arrears_bills_the_closed_month_in_its_own_period(month: Month, usage: int) -> None:
    month.begin(way="arrears")
    month.use(NOVEMBER, usage)
    month.use(DECEMBER, 12)
    month.sync("2026-11-30")
    assert month.books() == []
    month.sync("2026-12-02")
    assert month.books() == [("2026-11-01", usage - 12)]
    month.sync("2027-01-02")
    assert month.books() == [("2026-11-01", usage - 12), ("2026-12-01", 12 - usage)]
    assert [month.units(day) for day in ("2026-10-31", "2026-11-30", "2026-12-31")] == [12, usage, 12]


def test_arrears_of_a_posted_november_begins_in_december_and_tells_it(month: Month) -> None:
    month.begin(way="arrears")
    month.use(NOVEMBER, 14)
    month.use(DECEMBER, 14)
    month.world.sandbox.state.approve_and_post(up_to=date(2026, 11, 30))
    month.sync("2026-12-02")
    month.sync("2026-12-04")
    assert (month.books(), month.missed()) == ([("2026-12-01", 2)], [("period_missed", 2, "2026-11-01")])
    month.sync("2027-01-02")
    assert len(month.books()) == 1


def test_a_contract_may_bill_in_its_own_way(month: Month) -> None:
    month.begin(way="daily")
    contract_id = db.session.get_one(CustomerMapping, month.world.ids[BAKERY]).contract_id
    db.session.add(ContractSetting(contract_id=contract_id, billing="arrears", changed_at=builders.SEEN, changed_by="test"))
    db.session.commit()
    month.use(NOVEMBER, 14)
    month.world.use(ESTATES, 203, month=NOVEMBER)
    month.sync("2026-11-23")
    assert (month.books(), month.world.units(ESTATES)) == ([], 203)
    month.use(DECEMBER, 14)
    month.sync("2026-12-02")
    assert month.books() == [("2026-11-01", 2)]


def test_the_same_licences_are_not_billed_twice_when_the_way_changes_in_the_month(month: Month) -> None:
    month.begin(way="daily")
    month.use(NOVEMBER, 14)
    month.use(DECEMBER, 14)
    month.sync("2026-11-10")
    preferences.put(name="billing", value="arrears", by="test")
    month.sync("2026-12-02")
    assert month.books() == [("2026-11-10", 2)]
    (held,) = [each for each in month.world.changes() if each.state == "held"]
    assert held.reason == "hold_later_change"


def test_a_decrease_that_the_close_held_survives_the_daily_runs_of_the_next_month(month: Month) -> None:
    month.begin()
    month.use(NOVEMBER, 5)
    month.use(DECEMBER, 6)
    month.sync("2026-12-02")
    (held,) = month.world.changes()
    for day in ("2026-12-03", "2026-12-08", "2026-12-20"):
        month.sync(day)
    db.session.expire_all()
    assert [(each.id, each.state, each.before, each.target) for each in month.world.changes()] == [(held.id, "held", 12, 5)]
    month.use(DECEMBER, 12)  # all are in use again: approved now, it would take away what is used
    month.sync("2026-12-21")
    db.session.expire_all()
    assert [each.state for each in month.world.changes()] == ["superseded"]
    assert month.books() == []


def test_a_dry_run_in_the_window_closes_dry_and_posts_nothing(month: Month) -> None:
    month.begin()
    month.use(NOVEMBER, 10)
    month.use(DECEMBER, 14)
    month.day("2026-12-02")
    month.world.sync(dry_run=True)
    close, running = sorted(runs.history(), key=lambda run: not run.closed)
    assert [(run.dry_run, month.line(run)[0]) for run in (close, running)] == [(True, "planned")] * 2
    assert (month.books(), month.world.changes(), month.missed()) == ([], [], [])


def test_a_run_that_waits_past_the_end_of_its_month_plans_the_month_that_runs_then(month: Month) -> None:
    """As a past month it would be billed from the first of November."""
    month.begin()
    month.use(NOVEMBER, 15)
    month.use(DECEMBER, 13)
    month.day("2026-11-30")
    run = runs.open_run(kind=runs.RunKind.USAGE, trigger="schedule", by="kontor", month=NOVEMBER)
    db.session.commit()
    month.day("2026-12-01")
    execution.carry_out(run.id)
    assert (runs.get(run.id).month, month.books()) == (DECEMBER, [("2026-12-01", 1)])


def test_one_line_with_two_unit_rows_of_one_start_stops_itself_and_no_one_else(month: Month) -> None:
    month.begin()
    month.use(NOVEMBER, 15)
    month.world.use(ESTATES, 203, month=NOVEMBER)
    rows = month.world.sandbox.state.autotask.lines[month.world.lines[BAKERY, PRODUCT]]
    (november,) = [row for row in rows if row.start == date(2026, 11, 1)]
    rows.append(type(november)(9_999_999, november.start, november.end, 13, november.price))
    run = month.sync("2026-11-23")
    assert (run.state, month.line(run)) == ("partial", ("blocked", "units_not_readable", None))
    assert (month.books(), month.world.units(ESTATES)) == ([], 203)

"""What a plan makes of the unit rows, of a past month by hand, and of lines that nothing or nobody names."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.unit.plans import (
    BAKERY,
    EMAIL,
    EMAIL_SERVICE,
    SHIPPING,
    WAYS,
    close,
    day,
    effect,
    facts,
    line,
    months,
    of,
    on,
    only,
    plan,
    rows,
    said,
    standing,
    used,
)
from webapp.domain import Billing, Month
from webapp.services.billing_dates import Occasion
from webapp.services.plan_facts import OwnChange, Step

# --- the rows ---


@pytest.mark.parametrize(
    ("way", "usage"), [(Billing.DAILY, 10), (Billing.MONTHLY, 15), (Billing.MONTHLY, 10), (Billing.ARREARS, 15)]
)
def test_a_period_start_that_is_not_among_the_unit_rows_is_blocked(way: Billing, usage: int) -> None:
    units = standing(("2026-10-20", 12), ("2026-11-20", 12), ("2026-12-20", 12))
    assert said(only(of(units, usage, way), occasion=close())) == ("blocked", "period_not_found", "period_not_found")


def test_a_missing_period_start_does_not_stop_what_needs_none() -> None:
    units = standing(("2026-11-20", 12), ("2026-12-20", 12))
    assert effect(only(of(units, 15, Billing.DAILY), occasion=on("2026-11-23"))) == ("planned", "2026-11-23", 3)
    assert said(only(of(units, 12, Billing.DAILY), occasion=close()))[0] == "in_step"


def test_rows_that_were_not_read_far_enough_are_asked_for_before_anything_is_said() -> None:
    near = rows(("2026-11-01", 12), ("2026-12-01", 12), posted=["2026-11-01", "2026-12-01"])
    near = (near[0], replace(near[1], end_date=day("2026-12-31")))
    asks = only(of(line(None, rows=near), 10, Billing.DAILY), occasion=close())
    assert (asks.needs_later, asks.is_due) == (True, False)
    far = rows(("2027-01-01", 12), ("2027-02-01", 12))
    assert effect(only(of(line(None, rows=near, later=far), 10, Billing.DAILY), occasion=close()))[1] == "2027-01-01"


SCHEDULED = (("2026-11-01", 12), ("2026-12-01", 20), ("2027-01-01", 20))


def test_a_change_that_somebody_scheduled_blocks_until_a_person_decides() -> None:
    found = only(of(standing(*SCHEDULED), 15, Billing.DAILY), occasion=on("2026-11-23"))
    assert said(found)[:2] == ("blocked", "scheduled_change")
    decided = {"later_step": Step(day("2026-12-01"), 8)}
    over = only(of(standing(*SCHEDULED, later_decision="overwrite", **decided), 15, Billing.DAILY), occasion=on("2026-11-23"))
    assert effect(over) == ("planned", "2026-11-23", 3)
    keep = only(of(standing(*SCHEDULED, later_decision="keep", **decided), 15, Billing.DAILY), occasion=on("2026-11-23"))
    assert (said(keep)[2], keep.is_due, keep.waits_until) == ("scheduled_change_kept", False, day("2026-12-01"))


@pytest.mark.parametrize("decision", ["overwrite", "keep"])
def test_a_decision_is_about_the_change_that_was_seen_and_no_other(decision: str) -> None:
    other = standing(*SCHEDULED, later_decision=decision, later_step=Step(day("2026-12-01"), 5))
    assert said(only(of(other, 15, Billing.DAILY), occasion=on("2026-11-23")))[1] == "scheduled_change"


@pytest.mark.parametrize("way", WAYS)
def test_a_line_whose_run_was_undone_is_pinned(way: Billing) -> None:
    found = only(of(months(12, pinned=True), 10, way), occasion=close())
    assert said(found) == ("held", None, "hold_pinned")


# --- by hand ---


@pytest.mark.parametrize("way", WAYS)
def test_a_past_month_by_hand_goes_to_its_own_period(way: Billing) -> None:
    october = Occasion(Month(2026, 10), day("2026-11-23"))
    assert effect(only(of(months(12), 15, way), occasion=october)) == ("planned", "2026-10-01", 3)
    assert said(only(of(months(12), 10, way), occasion=october)) == ("held", None, "hold_past_month")


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("november", [12, 15])
def test_a_past_month_whose_period_is_posted_is_reported_against_that_period(way: Billing, november: int) -> None:
    """Also where November, not posted, has the figure already."""
    units = standing(("2026-10-01", 12), ("2026-11-01", november), ("2026-12-01", november), posted=["2026-10-01"])
    found = only(of(units, 15, way), occasion=Occasion(Month(2026, 10), day("2026-11-23")))
    assert (said(found)[2], found.is_due, found.before, found.delta) == ("period_posted", False, 12, 3)
    assert (found.missed, found.missed_from) == (3, day("2026-10-01"))
    assert (found.units, found.units_on, found.posted) == (12, day("2026-10-01"), True)


def test_a_past_month_under_a_later_change_of_kontors_own_is_held() -> None:
    units = standing(("2026-10-01", 12), ("2026-11-05", 15), ("2026-12-01", 15), own=(OwnChange(day("2026-11-05"), 3, 15),))
    found = only(of(units, 14, Billing.DAILY), occasion=Occasion(Month(2026, 10), day("2026-11-23")))
    assert said(found)[2] == "hold_later_change"


# --- left behind, left out, without usage ---


@pytest.mark.parametrize(
    ("way", "occasion", "date_text"),
    [
        (Billing.DAILY, on("2026-11-23"), "2026-12-01"),
        (Billing.DAILY, close(), "2026-12-01"),
        (Billing.MONTHLY, on("2026-11-23"), "2026-12-01"),
        (Billing.ARREARS, on("2026-11-23"), "2026-11-01"),
    ],
)
def test_a_line_that_no_mapping_names_any_more_is_held_at_once_and_dated_like_a_decrease(
    way: Billing, occasion: Occasion, date_text: str
) -> None:
    behind = months(12, service=999, confirmed_units=12)
    found = only(of(behind, None, way), occasion=occasion)
    assert (said(found), effect(found)) == (("held", "left_behind", "left_behind"), ("held", date_text, -12))
    gone = only(facts(behind, members=[], billing=way), occasion=occasion)
    assert said(gone)[1] == "left_behind"


def test_a_past_month_by_hand_says_nothing_of_lines_left_behind() -> None:
    behind = months(12, service=999, confirmed_units=12)
    assert plan(of(behind, None, Billing.DAILY), occasion=Occasion(Month(2026, 9), day("2026-11-23"))) == ()


@pytest.mark.parametrize("confirmed", [None, 0])
def test_a_line_that_kontor_never_billed_is_not_left_behind(confirmed: int | None) -> None:
    assert plan(of(months(12, service=999, confirmed_units=confirmed), None, Billing.DAILY), occasion=close()) == ()


@pytest.mark.parametrize("gone", [{"usage_sync": False}, {"present": False}])
def test_a_customer_that_was_left_out_counts_no_more_and_the_first_plan_is_held(gone: dict[str, bool]) -> None:
    out = replace(SHIPPING, left_out=True, **gone)
    usage = [used(14), used(6, by=SHIPPING)]
    found = only(facts(months(12), usage=usage, members=[BAKERY, out], newly_left_out=SHIPPING.name), on=day("2026-11-23"))
    assert (said(found), found.target, found.customer_ids) == (("held", None, "hold_left_out"), 14, ("bakery",))
    later = only(facts(months(12), usage=usage, members=[BAKERY, out]), on=day("2026-11-23"))
    assert effect(later) == ("planned", "2026-11-23", 2)


ELSEWHERE = [used(3, product=EMAIL)]


@pytest.mark.parametrize(
    ("occasion", "usage", "confirmed", "to_zero"),
    [
        (close(), ELSEWHERE, 12, True),
        (close(), ELSEWHERE, None, False),  # Kontor never confirmed a quantity on it
        (close(), [], 12, False),  # the customer has no other usage: it may just be missing from the report
        (on("2026-11-23"), ELSEWHERE, 12, False),  # the month is not closed
        (Occasion(Month(2026, 10), day("2026-11-23")), ELSEWHERE, 12, False),  # by hand, not closed
    ],
)
def test_a_line_without_usage_goes_to_0_only_where_all_conditions_hold_and_then_by_a_person(
    occasion: Occasion, usage: Any, confirmed: int | None, *, to_zero: bool
) -> None:
    email = months(3, id=102, service=EMAIL_SERVICE)
    lines = plan(facts(months(12, confirmed_units=confirmed), email, usage=usage), occasion=occasion)
    found = next(each for each in lines if each.contract_service_id == 101)
    assert said(found) == (("held", None, "hold_zero") if to_zero else ("in_step",) + ("line_without_usage",) * 2)


def test_every_customer_of_the_contract_needs_other_usage_before_its_line_goes_to_0() -> None:
    email = months(3, id=102, service=EMAIL_SERVICE)
    two = facts(months(12, confirmed_units=12), email, usage=ELSEWHERE, members=[BAKERY, SHIPPING])
    assert said(plan(two, occasion=close())[0])[1] == "line_without_usage"
    out = replace(SHIPPING, left_out=True, present=False)
    assert said(plan(replace(two, members=(BAKERY, out)), occasion=close())[0])[2] == "hold_zero"

"""The months of a line: one row for each line and month, in place of what an earlier run wrote, and true to the ledger."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from tests.builders import add_change, add_run
from webapp.domain import LineState, Month
from webapp.extensions import db
from webapp.models import LineMonth
from webapp.services import line_months
from webapp.services.line_months import MonthOfLine

NOVEMBER = Month(2026, 11)
ROW = MonthOfLine(
    contract_id=1,
    contract_service_id=2,
    service_id=3,
    service_name="Sophos Email Advanced",
    customer_ids=("one", "two"),
    products=("CEMA-MSP",),
    units=12,
    units_on=date(2026, 11, 23),
    price=3.5,
    posted=False,
    target=15,
    state=LineState.PLANNED,
)


def kept() -> list[LineMonth]:
    return list(db.session.scalars(select(LineMonth).order_by(LineMonth.month, LineMonth.contract_service_id)))


def test_a_second_run_of_a_month_stands_in_place_of_the_first(context: Flask) -> None:
    line_months.keep(1, NOVEMBER, [ROW])
    line_months.keep(1, NOVEMBER.previous, [ROW])
    db.session.commit()
    line_months.keep(2, NOVEMBER, [replace(ROW, units=None, target=None, state=LineState.BLOCKED, code="units_not_readable")])
    db.session.commit()
    october, november = kept()
    assert (october.run_id, october.units, october.customer_ids) == (1, 12, ["one", "two"])
    assert (november.run_id, november.units, november.target, november.code) == (2, None, None, "units_not_readable")


def test_lines_that_a_run_does_not_name_stay_as_they_were(context: Flask) -> None:
    line_months.keep(1, NOVEMBER, [ROW, replace(ROW, contract_service_id=9, units=4)])
    line_months.keep(2, NOVEMBER, [replace(ROW, units=13)])
    line_months.keep(3, NOVEMBER, [])
    db.session.commit()
    assert [(row.contract_service_id, row.units, row.run_id) for row in kept()] == [(2, 13, 2), (9, 4, 1)]


def test_more_lines_than_fit_into_one_statement_are_all_kept(context: Flask) -> None:
    line_months.keep(1, NOVEMBER, [replace(ROW, contract_service_id=number) for number in range(1, 1202)])
    db.session.commit()
    assert len(kept()) == 1201


def change(**more: Any) -> int:
    run = add_run()
    values: dict[str, Any] = {"contract_id": 1, "contract_service_id": 2, "service_id": 3, "before": 12, "target": 15}
    return add_change(run=run, **(values | {"state": "confirmed"} | more)).id


def test_a_confirmed_change_moves_the_units_of_its_month(context: Flask) -> None:
    line_months.keep(1, NOVEMBER, [ROW])
    line_months.follow([change(effective_date=date(2026, 11, 23))])
    db.session.commit()
    (row,) = kept()
    assert (row.units, row.state, row.units_on) == (15, "confirmed", date(2026, 11, 23))


def test_units_that_fall_at_the_next_period_are_still_billed_until_then(context: Flask) -> None:
    line_months.keep(1, NOVEMBER, [replace(ROW, target=9)])
    line_months.follow([change(effective_date=date(2026, 12, 1), target=9)])
    db.session.commit()
    (row,) = kept()
    assert (row.units, row.target, row.state) == (12, 9, "confirmed")


@pytest.mark.parametrize("state", ["rejected", "unknown", "conflict"])
def test_a_change_that_is_not_confirmed_moves_no_units(context: Flask, state: str) -> None:
    line_months.keep(1, NOVEMBER, [ROW])
    line_months.follow([change(effective_date=date(2026, 11, 23), state=state, code="conflict")])
    db.session.commit()
    (row,) = kept()
    assert (row.units, row.state, row.code) == (12, state, "conflict")


def test_changes_of_other_months_of_new_lines_and_unknown_ones_are_passed_over(context: Flask) -> None:
    line_months.keep(1, NOVEMBER, [ROW])
    october = change(effective_date=date(2026, 10, 23), month="2026-10")
    new = change(effective_date=date(2026, 11, 23), contract_service_id=None, new_line=True)
    line_months.follow([october, new, 4711])
    db.session.commit()
    (row,) = kept()
    assert (row.units, row.state) == (12, "planned")

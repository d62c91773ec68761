"""Unit rows and adjustments of the Autotask stand-in."""

from __future__ import annotations

import itertools
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pytest

from tests.sandbox.conftest import Autotask
from webapp.sandbox.server import Sandbox
from webapp.sandbox.units import HALF_YEARLY, QUARTERLY, YEARLY, periods

OUTSIDE = (
    "ContractServiceAdjustment effectiveDate must be between the start date and end date of the Contract "
    "referenced by contractID."
)


def test_there_is_a_row_for_every_period_of_the_contract_future_ones_included(autotask: Autotask, line: int) -> None:
    rows = autotask.units(line)
    assert rows[0] == ("2025-11-01", "2025-11-30", 10)
    assert rows[-1] == ("2028-10-01", "2028-10-31", 10)
    assert len(rows) == 36


@pytest.mark.parametrize(
    ("kind", "second"),
    [(2, "2026-02-28"), (QUARTERLY, "2026-04-30"), (HALF_YEARLY, "2026-07-31"), (YEARLY, "2027-01-31")],
)
def test_periods_step_from_the_contracts_start_by_its_period_type(kind: int, second: str) -> None:
    found = list(periods(date(2026, 1, 31), date(2027, 12, 31), kind))
    assert found[1][0].isoformat() == second
    assert found[-1][1] == date(2027, 12, 31)
    assert all((later[0] - earlier[1]).days == 1 for earlier, later in itertools.pairwise(found))


def test_an_adjustment_splits_its_period_and_shifts_all_later_rows(sandbox: Sandbox, autotask: Autotask, line: int) -> None:
    answer = autotask.adjust(line, 3)
    assert (answer.status_code, answer.json()) == (200, {"itemId": None})
    rows = autotask.units(line)
    split = rows.index(("2026-11-01", "2026-11-22", 10))
    assert rows[split + 1] == ("2026-11-23", "2026-11-30", 13)
    assert {units for _, _, units in rows[split + 1 :]} == {13}
    assert {units for _, _, units in rows[: split + 1]} == {10}
    assert sandbox.state.units(line, date(2026, 11, 22)) == 10
    assert sandbox.state.units(line, date(2026, 11, 23)) == 13


def test_the_earlier_part_can_end_on_the_effective_date_itself(sandbox: Sandbox, autotask: Autotask, line: int) -> None:
    sandbox.state.switches.split_end_same_day = True
    autotask.adjust(line, 3)
    assert ("2026-11-01", "2026-11-23", 10) in autotask.units(line)
    assert sandbox.state.units(line, date(2026, 11, 23)) == 13


def test_an_adjustment_on_a_periods_first_day_makes_no_new_row(autotask: Autotask, line: int) -> None:
    autotask.adjust(line, -4, "2026-12-01")
    rows = autotask.units(line)
    assert len(rows) == 36
    assert ("2026-12-01", "2026-12-31", 6) in rows
    assert ("2026-11-01", "2026-11-30", 10) in rows


def test_a_second_adjustment_on_the_same_date_is_refused(sandbox: Sandbox, autotask: Autotask, line: int) -> None:
    assert autotask.adjust(line, 3).status_code == 200
    again = autotask.adjust(line, 1)
    assert again.status_code == 500
    assert "Attempt to insert duplicate data into contract_service_period" in again.json()["errors"][0]
    assert sandbox.state.units(line, date(2026, 11, 23)) == 13
    assert [item.change for item in sandbox.state.books.adjustments] == [3]
    assert [item.change for item in sandbox.state.books.refused] == [1]


@pytest.mark.parametrize("day", ["2025-10-31", "2028-11-01"])
def test_an_adjustment_outside_the_contract_is_refused(autotask: Autotask, line: int, day: str) -> None:
    answer = autotask.adjust(line, 1, day)
    assert (answer.status_code, answer.json()) == (500, {"errors": [OUTSIDE]})


@pytest.mark.parametrize("sent", ["2026-11-23T00:00:00", "2026-11-23", "2026-11-23T23:59:59.000Z", "2026-11-23T02:00:00"])
def test_the_time_of_an_effective_date_is_cut_off(autotask: Autotask, line: int, sent: str) -> None:
    body = {"contractServiceID": line, "unitChange": 1, "effectiveDate": sent}
    assert autotask.call("POST", "ContractServiceAdjustments", body).status_code == 200
    assert ("2026-11-23", "2026-11-30", 11) in autotask.units(line)


def test_a_service_that_is_not_on_the_contract_gets_a_line_silently(sandbox: Sandbox, autotask: Autotask, line: int) -> None:
    state = sandbox.state
    contract = state.contract_ids(state.company_id("Amsel Bau GmbH"))[0]
    service = state.add_service(name="New service", unit_price=2.5)
    body = {"contractID": contract, "serviceID": service, "unitChange": 4, "effectiveDate": "2026-11-23"}
    assert autotask.call("POST", f"Contracts/{contract}/ServiceAdjustments", body).json() == {"itemId": None}
    made = state.contract_service_ids(contract)["New service"]
    assert state.units(made, date(2026, 11, 23)) == 4
    assert state.units(made, date(2026, 11, 22)) == 0
    assert state.books.adjustments[-1].created_line


def test_adjustments_cannot_be_read(autotask: Autotask, line: int) -> None:
    assert autotask.call("GET", "ContractServiceAdjustments").status_code == 405
    query = autotask.call("POST", "ContractServiceAdjustments/query", {"filter": [{"op": "exist", "field": "id"}]})
    assert query.status_code == 404


def test_only_whole_units_are_taken(autotask: Autotask, line: int) -> None:
    answer = autotask.adjust(line, 0, unitChange=1.5)
    assert answer.status_code == 500
    assert "Unexpected character encountered while parsing value" in answer.json()["errors"][0]


def test_going_below_zero_is_a_switch(sandbox: Sandbox, autotask: Autotask, line: int) -> None:
    sandbox.state.switches.negative_units = "refuse"
    assert autotask.adjust(line, -11).status_code == 500
    assert sandbox.state.units(line, date(2026, 11, 23)) == 10
    sandbox.state.switches.negative_units = "apply"
    assert autotask.adjust(line, -11).status_code == 200
    assert sandbox.state.units(line, date(2026, 11, 23)) == -1


def test_the_price_is_kept_when_left_out_unless_switched(sandbox: Sandbox, autotask: Autotask) -> None:
    state = sandbox.state
    contract = state.contract_ids(state.company_id("Clarke Ltd"))[0]
    line = state.add_contract_service(
        contract_id=contract, service_id=state.add_service(name="Special", unit_price=9.0), units=2, unit_price=7.5
    )
    autotask.adjust(line, 1)
    assert _prices(autotask, line) == {7.5}
    state.switches.keep_price = False
    autotask.adjust(line, 1, "2026-11-24")
    assert 9.0 in _prices(autotask, line)


def test_units_can_become_visible_some_time_after_the_answer(sandbox: Sandbox, autotask: Autotask, line: int) -> None:
    sandbox.state.switches.units_visible_after = 0.4
    assert autotask.adjust(line, 5).status_code == 200
    assert ("2026-11-01", "2026-11-30", 10) in autotask.units(line)
    assert sandbox.state.units(line, date(2026, 11, 23)) == 15
    deadline = time.monotonic() + 5
    while ("2026-11-23", "2026-11-30", 15) not in autotask.units(line):
        assert time.monotonic() < deadline


def test_posting_sets_the_date_and_makes_billing_items(sandbox: Sandbox, autotask: Autotask, line: int) -> None:
    contract = sandbox.state.autotask.tables["ContractServices"][line]["contractID"]
    posted = sandbox.state.approve_and_post(up_to=date(2026, 11, 1), contract_id=contract)
    assert posted == 3 * 13
    rows = autotask.query("ContractServiceUnits", {"op": "eq", "field": "contractServiceID", "value": line})["items"]
    assert {row["startDate"][:10] for row in rows if row["approveAndPostDate"] is None} >= {"2026-12-01"}
    assert {row["startDate"][:10] for row in rows if row["approveAndPostDate"]} >= {"2025-11-01", "2026-11-01"}
    items = autotask.query("BillingItems", {"op": "eq", "field": "contractServiceID", "value": line})["items"]
    assert len(items) == 13
    assert {item["quantity"] for item in items} == {10.0}


def test_a_change_in_a_posted_period_is_billed_as_a_difference_later(sandbox: Sandbox, autotask: Autotask, line: int) -> None:
    sandbox.state.approve_and_post(up_to=date(2026, 11, 1))
    autotask.adjust(line, 3)
    sandbox.state.approve_and_post(up_to=date(2026, 11, 30))
    items = autotask.query("BillingItems", {"op": "eq", "field": "contractServiceID", "value": line})["items"]
    last = max(items, key=lambda item: item["id"])
    assert (last["quantity"], last["itemDate"][:10]) == (3.0, "2026-11-23")
    assert last["contractServiceAdjustmentID"] is not None
    assert last["extendedPrice"] == round(3 * last["rate"] * 8 / 30, 2)


def test_a_contract_note_is_written_for_every_change(sandbox: Sandbox, autotask: Autotask, line: int) -> None:
    autotask.adjust(line, 2)
    contract = sandbox.state.autotask.tables["ContractServices"][line]["contractID"]
    notes = autotask.call("GET", f"Contracts/{contract}/Notes").json()["items"]
    assert len(notes) == 1
    assert "10 -> 12" in notes[0]["description"]


def test_ending_a_contract_earlier_and_back_removes_what_came_after(sandbox: Sandbox, autotask: Autotask, line: int) -> None:
    contract = sandbox.state.autotask.tables["ContractServices"][line]["contractID"]
    autotask.adjust(line, 5, "2027-01-10")
    for end in ("2027-01-05", "2028-10-31"):
        assert autotask.call("PATCH", "Contracts", {"id": contract, "endDate": end}).json() == {"itemId": contract}
    rows = autotask.units(line)
    assert len(rows) == 36
    assert {units for _, _, units in rows} == {10}
    assert autotask.adjust(line, 5, "2027-01-10").status_code == 200


def test_books_name_the_request_that_changed_something(sandbox: Sandbox, autotask: Autotask, line: int) -> None:
    autotask.adjust(line, 3)
    entry = sandbox.state.books.adjustments[0]
    assert (entry.contract_service_id, entry.date, entry.change, entry.before, entry.after) == (
        line,
        date(2026, 11, 23),
        3,
        10,
        13,
    )
    assert entry.request > 0
    assert sandbox.state.books.requests[("autotask", "POST /ATServicesRest/V1.0/ContractServiceAdjustments")] == 1


def test_many_adjustments_at_once_each_count_once(sandbox: Sandbox, autotask: Autotask) -> None:
    lines = list(sandbox.state.autotask.lines)
    with ThreadPoolExecutor(3) as pool:
        answers = list(pool.map(lambda line: autotask.adjust(line, 1), lines))
    assert {answer.status_code for answer in answers} == {200}
    assert len(sandbox.state.books.adjustments) == len(lines)
    assert sandbox.state.books.peak["ContractServiceAdjustments"] <= 3


def _prices(autotask: Autotask, line: int) -> set[float]:
    rows = autotask.query("ContractServiceUnits", {"op": "eq", "field": "contractServiceID", "value": line})["items"]
    return {row["price"] for row in rows}

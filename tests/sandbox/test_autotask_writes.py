"""Creating and changing rows in the Autotask stand-in."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.conftest import Autotask
from webapp.sandbox.server import Sandbox

TICKET = {"companyID": 29_683_001, "title": "Alert", "status": 1, "priority": 1, "queueID": 8}


def test_a_ticket_is_created_read_noted_and_closed(autotask: Autotask) -> None:
    made = autotask.call("POST", "Tickets", {**TICKET, "externalID": "sophos:1"})
    ticket = made.json()["itemId"]
    assert isinstance(ticket, int)
    found = autotask.query("Tickets", {"op": "eq", "field": "externalID", "value": "sophos:1"})["items"]
    assert [item["id"] for item in found] == [ticket]
    assert found[0]["ticketNumber"].startswith("T2026")
    note = {"description": "Again", "noteType": 1, "publish": 1, "title": "Repeated"}
    assert autotask.call("POST", f"Tickets/{ticket}/Notes", note).status_code == 200
    notes = autotask.query("TicketNotes", {"op": "eq", "field": "ticketID", "value": ticket})["items"]
    assert [item["description"] for item in notes] == ["Again"]
    assert autotask.call("PATCH", "Tickets", {"id": ticket, "status": 5}).json() == {"itemId": ticket}
    closed = autotask.call("GET", f"Tickets/{ticket}").json()["item"]
    assert closed["status"] == 5
    assert closed["completedDate"]
    assert closed["title"] == "Alert"


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"companyID": 5}, "Reference value on field: companyID of type: Company does not exist or is invalid."),
        ({"status": 99}, "Value does not reference an existing entity for status . "),
        ({"queueID": 29683360}, "Value does not reference an existing entity for queueID . "),
        (
            {"assignedResourceID": 29_682_885},
            "When assigning a Resource, you must assign both a assignedResourceID and assignedResourceRoleID.",
        ),
        ({"status": True}, "Unexpected character encountered while parsing value: t"),
    ],
)
def test_wrong_tickets_are_refused_with_the_recorded_texts(autotask: Autotask, change: Any, text: str) -> None:
    answer = autotask.call("POST", "Tickets", {**TICKET, **change})
    assert (answer.status_code, answer.json()) == (500, {"errors": [text]})


def test_a_null_in_a_create_body_is_an_unexplained_500(autotask: Autotask) -> None:
    answer = autotask.call("POST", "Tickets", {**TICKET, "description": None})
    assert (answer.status_code, answer.content) == (500, b"")


def test_a_too_long_title_and_a_missing_one_are_refused(autotask: Autotask) -> None:
    assert autotask.call("POST", "Tickets", {**TICKET, "title": "x" * 256}).status_code == 500
    without = {name: value for name, value in TICKET.items() if name != "title"}
    assert autotask.call("POST", "Tickets", without).status_code == 500


def test_an_inactive_company_takes_no_tickets(sandbox: Sandbox, autotask: Autotask) -> None:
    gone = sandbox.state.add_company(name="Gone", is_active=False)
    assert autotask.call("POST", "Tickets", {**TICKET, "companyID": gone}).status_code == 500


def test_a_category_can_make_more_fields_mandatory(sandbox: Sandbox, autotask: Autotask) -> None:
    sandbox.state.switches.ticket_required_fields.add("issueType")
    assert autotask.call("POST", "Tickets", TICKET).json() == {
        "errors": ["Value does not reference an existing entity for issueType . "]
    }
    assert autotask.call("POST", "Tickets", {**TICKET, "issueType": 14}).status_code == 200


def test_bodies_need_their_content_type(autotask: Autotask) -> None:
    autotask.headers["Content-Type"] = "text/plain"
    assert autotask.call("POST", "Tickets", TICKET).status_code == 415


def test_put_empties_what_is_left_out_and_patch_does_not(autotask: Autotask) -> None:
    company = autotask.query("Companies", {"op": "eq", "field": "companyName", "value": "Clarke Ltd"})["items"][0]
    autotask.call("PATCH", "Companies", {"id": company["id"], "city": "Cork"})
    changed = autotask.call("GET", f"Companies/{company['id']}").json()["item"]
    assert (changed["city"], changed["companyName"]) == ("Cork", "Clarke Ltd")
    body = {"id": company["id"], "companyName": "Clarke Ltd", "companyType": 1, "ownerResourceID": 29_682_885}
    assert autotask.call("PUT", "Companies", {**body, "phone": "+353 1 555"}).status_code == 200
    assert autotask.call("GET", f"Companies/{company['id']}").json()["item"]["city"] is None


def test_a_contracts_company_and_period_type_cannot_be_changed(sandbox: Sandbox, autotask: Autotask) -> None:
    contract = sandbox.state.contract_ids(sandbox.state.company_id("Clarke Ltd"))[0]
    autotask.call("PATCH", "Contracts", {"id": contract, "companyID": 1, "contractPeriodType": 5, "status": 0})
    row = autotask.call("GET", f"Contracts/{contract}").json()["item"]
    assert (row["companyID"], row["contractPeriodType"], row["status"]) == (
        sandbox.state.company_id("Clarke Ltd"),
        2,
        0,
    )


def test_a_contract_and_its_service_can_be_made_by_the_api(sandbox: Sandbox, autotask: Autotask) -> None:
    body = {
        "companyID": sandbox.state.company_id("Clarke Ltd"),
        "contractName": "Second",
        "contractType": 7,
        "contractPeriodType": 2,
        "startDate": "2026-11-01",
        "endDate": "2027-10-31",
        "status": 1,
        "timeReportingRequiresStartAndStopTimes": 0,
    }
    contract = autotask.call("POST", "Contracts", body).json()["itemId"]
    service = {"serviceID": sandbox.state.service_id("CDE-MSP")}
    line = autotask.call("POST", f"Contracts/{contract}/Services", service).json()["itemId"]
    assert len(autotask.units(line)) == 12
    other = autotask.call("POST", "Contracts", {**body, "contractType": 1}).json()["itemId"]
    assert autotask.call("POST", f"Contracts/{other}/Services", service).status_code == 500


def test_a_services_name_is_unique(autotask: Autotask) -> None:
    body = {"name": "Device Encryption", "billingCodeID": 1, "periodType": 2, "unitPrice": 1.5}
    answer = autotask.call("POST", "Services", body)
    assert "Violation of UNIQUE KEY constraint 'IX_service'" in answer.json()["errors"][0]
    assert autotask.call("POST", "Services", {**body, "name": "Another"}).status_code == 200

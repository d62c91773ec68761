"""Tickets and notes of the Autotask stand-in: what the API may do, and what technicians do meanwhile."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from tests.sandbox.conftest import Autotask
from webapp.sandbox.autotask_people import API_RESOURCE, ROLE
from webapp.sandbox.server import Sandbox

TICKET = {"companyID": 29_683_001, "title": "Alert", "status": 1, "priority": 1, "queueID": 8, "externalID": "sophos:1"}
NOTE = {"title": "Again", "description": "Once more", "noteType": 1, "publish": 1}


@pytest.fixture
def ticket(autotask: Autotask) -> int:
    made: int = autotask.call("POST", "Tickets", TICKET).json()["itemId"]
    return made


def row(autotask: Autotask, ticket: int) -> dict[str, Any]:
    found: dict[str, Any] = autotask.call("GET", f"Tickets/{ticket}").json()["item"]
    return found


def errors(answer: requests.Response) -> list[str]:
    assert answer.status_code == 500, answer.text
    found: list[str] = answer.json()["errors"]
    return found


def test_what_the_api_makes_is_the_api_users(autotask: Autotask, ticket: int) -> None:
    autotask.call("POST", f"Tickets/{ticket}/Notes", NOTE)
    assert row(autotask, ticket)["creatorResourceID"] == API_RESOURCE
    (note,) = autotask.call("GET", f"Tickets/{ticket}/Notes").json()["items"]
    assert (note["creatorResourceID"], note["createdByContactID"]) == (API_RESOURCE, None)
    (user,) = autotask.query("Resources")["items"]
    assert (user["id"], user["userName"]) == (API_RESOURCE, "apikontor")


def test_a_ticket_is_found_by_its_key_with_eq_and_in(autotask: Autotask, ticket: int) -> None:
    other = autotask.call("POST", "Tickets", {**TICKET, "externalID": "k" * 50}).json()["itemId"]
    one = autotask.query("Tickets", {"op": "eq", "field": "externalID", "value": "sophos:1"})["items"]
    both = autotask.query("Tickets", {"op": "in", "field": "externalID", "value": ["sophos:1", "k" * 50, "none"]})["items"]
    assert ([item["id"] for item in one], [item["id"] for item in both]) == ([ticket], [ticket, other])
    fields = autotask.call("GET", "Tickets/entityInformation/fields").json()["fields"]
    assert next(item for item in fields if item["name"] == "externalID")["isQueryable"]


@pytest.mark.parametrize(("field", "length"), [("title", 255), ("description", 8_000), ("externalID", 50)])
def test_texts_of_a_ticket_have_their_lengths(autotask: Autotask, field: str, length: int) -> None:
    assert autotask.call("POST", "Tickets", {**TICKET, field: "x" * length}).status_code == 200
    assert errors(autotask.call("POST", "Tickets", {**TICKET, field: "x" * (length + 1)}))


@pytest.mark.parametrize(("field", "length"), [("title", 250), ("description", 32_000)])
def test_texts_of_a_note_have_their_lengths(autotask: Autotask, ticket: int, field: str, length: int) -> None:
    assert autotask.call("POST", f"Tickets/{ticket}/Notes", {**NOTE, field: "x" * length}).status_code == 200
    assert errors(autotask.call("POST", f"Tickets/{ticket}/Notes", {**NOTE, field: "x" * (length + 1)}))


def test_completing_and_opening_again_move_the_dates(sandbox: Sandbox, autotask: Autotask, ticket: int) -> None:
    made = row(autotask, ticket)["lastActivityDate"]
    autotask.call("PATCH", "Tickets", {"id": ticket, "status": 5, "resolution": "Over"})
    done = row(autotask, ticket)
    assert (done["completedByResourceID"], done["resolution"], done["title"]) == (API_RESOURCE, "Over", "Alert")
    assert done["completedDate"] == done["lastActivityDate"] > made
    autotask.call("PATCH", "Tickets", {"id": ticket, "status": 1})
    assert (row(autotask, ticket)["completedDate"], row(autotask, ticket)["completedByResourceID"]) == (None, None)
    before = row(autotask, ticket)["lastActivityDate"]
    autotask.call("POST", f"Tickets/{ticket}/Notes", NOTE)
    assert row(autotask, ticket)["lastActivityDate"] > before
    assert [(item.before, item.after) for item in sandbox.state.books.statuses] == [(1, 5), (5, 1)]


def test_a_technician_works_on_a_ticket(sandbox: Sandbox, autotask: Autotask, ticket: int) -> None:
    state = sandbox.state
    tom = state.add_technician("Tom", "Fenske")
    assert state.assign(ticket) == tom
    assert (row(autotask, ticket)["assignedResourceID"], row(autotask, ticket)["assignedResourceRoleID"]) == (tom, ROLE)
    note = state.write_note(ticket, "I am looking into it.")
    contact = state.write_note(ticket, "Thanks", contact=77)
    found = autotask.query("TicketNotes", {"op": "eq", "field": "ticketID", "value": ticket})["items"]
    writers = [(item["id"], item["creatorResourceID"], item["createdByContactID"]) for item in found]
    assert writers == [(note, tom, None), (contact, None, 77)]
    state.complete_ticket(ticket)
    assert (row(autotask, ticket)["status"], row(autotask, ticket)["completedByResourceID"]) == (5, tom)
    state.reopen_ticket(ticket)
    assert (row(autotask, ticket)["status"], row(autotask, ticket)["completedDate"]) == (8, None)
    state.unassign(ticket)
    assert row(autotask, ticket)["assignedResourceID"] is None
    assert [item["id"] for item in state.tickets(29_683_001)] == [ticket]
    assert state.tickets(1) == []
    assert (state.books.notes, state.books.statuses) == ([], [])


def test_a_deleted_ticket_is_gone_with_its_notes(sandbox: Sandbox, autotask: Autotask, ticket: int) -> None:
    autotask.call("POST", f"Tickets/{ticket}/Notes", NOTE)
    assert autotask.call("DELETE", f"Tickets/{ticket}").status_code in (404, 405)
    assert row(autotask, ticket)["id"] == ticket
    number = row(autotask, ticket)["ticketNumber"]
    sandbox.state.delete_ticket(ticket)
    assert row(autotask, ticket) is None
    assert autotask.query("TicketNotes")["items"] == []
    assert autotask.call("POST", f"Tickets/{ticket}/Notes", NOTE).status_code == 404
    assert errors(autotask.call("PATCH", "Tickets", {"id": ticket, "status": 5})) == ["No matching records found."]
    with pytest.raises(LookupError):
        sandbox.state.write_note(ticket, "Late")
    again = autotask.call("POST", "Tickets", TICKET).json()["itemId"]
    assert row(autotask, again)["ticketNumber"] != number


def test_notes_are_made_below_their_ticket_only(autotask: Autotask, ticket: int) -> None:
    assert autotask.call("POST", "TicketNotes", {**NOTE, "ticketID": ticket}).status_code == 404
    assert errors(autotask.call("POST", f"Tickets/{ticket}/Notes", {"description": "x", "noteType": 1})) == [
        "Value does not reference an existing entity for publish . "
    ]
    assert errors(autotask.call("POST", f"Tickets/{ticket}/Notes", {**NOTE, "noteType": 13})) == [
        "Value does not reference an existing entity for noteType . "
    ]


def test_a_queue_can_be_switched_off(sandbox: Sandbox, autotask: Autotask, ticket: int) -> None:
    sandbox.state.switches.update({"inactive_queues": ["8"]})
    assert errors(autotask.call("POST", "Tickets", TICKET)) == ["Value does not reference an existing entity for queueID . "]
    fields = autotask.call("GET", "Tickets/entityInformation/fields").json()["fields"]
    queues = next(item for item in fields if item["name"] == "queueID")["picklistValues"]
    assert {item["value"]: item["isActive"] for item in queues}["8"] is False
    assert autotask.call("PATCH", "Tickets", {"id": ticket, "status": 5}).status_code == 200
    assert errors(autotask.call("PATCH", "Tickets", {"id": ticket, "queueID": 8}))


def test_only_an_active_technician_with_a_role_is_assigned(sandbox: Sandbox, autotask: Autotask, ticket: int) -> None:
    gone = sandbox.state.add_technician("Rita", "Gone", is_active=False)
    here = sandbox.state.add_technician("Tom", "Fenske")
    unknown = "Reference value on field: assignedResourceID of type: Resource does not exist or is invalid."
    for resource in (API_RESOURCE, gone, 5):
        body = {"id": ticket, "assignedResourceID": resource, "assignedResourceRoleID": ROLE}
        assert errors(autotask.call("PATCH", "Tickets", body)) == [unknown]
    assert "must assign both" in errors(autotask.call("PATCH", "Tickets", {"id": ticket, "assignedResourceID": here}))[0]
    body = {"id": ticket, "assignedResourceID": here, "assignedResourceRoleID": ROLE}
    assert autotask.call("PATCH", "Tickets", body).status_code == 200


def test_the_refusal_of_a_mandatory_field_can_be_worded(sandbox: Sandbox, autotask: Autotask) -> None:
    sandbox.state.switches.update({"ticket_required_fields": ["issueType"], "required_field_text": "{field} is required."})
    assert errors(autotask.call("POST", "Tickets", TICKET)) == ["issueType is required."]


@pytest.mark.parametrize(
    ("fault", "applied"),
    [
        ("drop", True),
        ("reset_after", True),
        ("status_after", True),
        ("cut_json", True),
        ("reset_before", False),
        ("html", False),
        ("thread_error", False),
    ],
)
@pytest.mark.parametrize("what", ["create", "note", "patch"])
def test_faults_strike_tickets_notes_and_changes(
    sandbox: Sandbox, autotask: Autotask, ticket: int, what: str, fault: str, applied: bool
) -> None:
    method, path, body = {
        "create": ("POST", "Tickets", {**TICKET, "externalID": "sophos:2"}),
        "note": ("POST", f"Tickets/{ticket}/Notes", NOTE),
        "patch": ("PATCH", "Tickets", {"id": ticket, "status": 5}),
    }[what]
    sandbox.state.books.clear()
    sandbox.state.faults.add(fault, host="autotask", method=method, path="/Tickets", seconds=0.05, times=1)
    try:
        answer = autotask.call(method, path, body)
        assert answer.status_code != 200 or fault == "cut_json"
    except requests.ConnectionError:
        assert fault in ("drop", "reset_after", "reset_before")
    books = sandbox.state.books
    counts = {"create": len(books.tickets), "note": len(books.notes), "patch": len(books.statuses)}
    assert counts.pop(what) == int(applied)
    assert set(counts.values()) == {0}
    assert len(sandbox.state.tickets()) == 1 + (applied and what == "create")
    assert len(sandbox.state.notes(ticket)) == (applied and what == "note")
    assert (sandbox.state.tickets()[0]["status"] == 5) == (applied and what == "patch")

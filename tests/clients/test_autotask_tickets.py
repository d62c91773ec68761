"""Tickets in Autotask: read in bulk, written once, and every outcome told as it is."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request as Received
from werkzeug import Response

from tests.clients.test_adjust import client_at
from tests.clients.test_autotask import of_sandbox
from webapp.alerts import Choice, TicketField
from webapp.clients.autotask.tickets import AutotaskTickets
from webapp.clients.errors import BadAnswer, PermissionMissing
from webapp.clients.http import Counter, Options
from webapp.domain import PostOutcome, PostResult
from webapp.sandbox.seed import SMALL_NAMES
from webapp.sandbox.server import Sandbox

ROOT = "/ATServicesRest/V1.0"
Act = Callable[[AutotaskTickets], PostOutcome]
CREATE: Act = lambda tickets: tickets.create({"title": "A", "companyID": 0, "queueID": None})  # noqa: E731
NOTE: Act = lambda tickets: tickets.add_note(7, "Again", "Alert a")  # noqa: E731
CLOSE: Act = lambda tickets: tickets.set_status(7, 5, "Gone")  # noqa: E731
ROUTES = ((CREATE, "POST", f"{ROOT}/Tickets"), (NOTE, "POST", f"{ROOT}/Tickets/7/Notes"), (CLOSE, "PATCH", f"{ROOT}/Tickets"))


@pytest.fixture
def tickets(server: HTTPServer, counter: Counter, options: Options) -> AutotaskTickets:
    return client_at(server.url_for("").rstrip("/"), counter, options).tickets


@pytest.fixture
def sandboxed(small_sandbox: Sandbox, counter: Counter, options: Options) -> AutotaskTickets:
    return of_sandbox(small_sandbox, counter, options).tickets


@pytest.fixture
def fields(small_sandbox: Sandbox) -> dict[str, Any]:
    company = small_sandbox.state.company_id(SMALL_NAMES[0])
    return {"companyID": company, "title": "Alert", "status": 1, "priority": 1, "queueID": 8, "description": None}


def made(tickets: AutotaskTickets, fields: dict[str, Any], **more: Any) -> int:
    outcome = tickets.create({**fields, **more})
    assert (outcome.result, outcome.status) == (PostResult.ACCEPTED, 200)
    assert outcome.item_id is not None
    return outcome.item_id


def test_a_ticket_is_made_found_noted_and_completed(
    sandboxed: AutotaskTickets, fields: dict[str, Any], small_sandbox: Sandbox
) -> None:
    ticket = made(sandboxed, fields, externalID="kontor:1")
    ((found,),) = sandboxed.by_keys(["kontor:1", "kontor:2"])
    assert (found.id, found.title, found.status, found.queue_id) == (ticket, "Alert", 1, 8)
    assert (found.company_id, found.key) == (fields["companyID"], "kontor:1")
    assert found.number.startswith("T2026")
    assert not found.assigned
    assert not found.is_complete
    noted = sandboxed.add_note(ticket, "Again", "The alert 4711 came again")
    ((note,),) = sandboxed.notes([ticket])
    assert (note.id, note.ticket_id, note.title, note.text) == (noted.item_id, ticket, "Again", "The alert 4711 came again")
    closed = sandboxed.set_status(ticket, 5, "Sophos closed the alert")
    assert (closed.result, closed.item_id) == (PostResult.ACCEPTED, ticket)
    after = sandboxed.get(ticket)
    assert after is not None
    assert after.is_complete
    assert after.completed_at is not None
    assert after.completed_at.tzinfo is UTC
    row = small_sandbox.state.autotask.tables["Tickets"][ticket]
    assert (row["resolution"], row["title"]) == ("Sophos closed the alert", "Alert")


@pytest.mark.parametrize("status", [200, 404])
def test_a_ticket_that_is_gone_is_none(sandboxed: AutotaskTickets, small_sandbox: Sandbox, status: int) -> None:
    small_sandbox.state.switches.missing_item_status = status
    assert sandboxed.get(5) is None
    assert list(sandboxed.by_ids([5])) == []


def test_more_than_a_query_takes_is_asked_in_several(
    sandboxed: AutotaskTickets, fields: dict[str, Any], counter: Counter
) -> None:
    first, last = made(sandboxed, fields, externalID="kontor:0"), made(sandboxed, fields, externalID="kontor:600")
    before = counter.calls.autotask
    found = [ticket.id for page in sandboxed.by_keys(f"kontor:{number}" for number in range(601)) for ticket in page]
    assert (found, counter.calls.autotask - before) == ([first, last], 2)
    assert list(sandboxed.by_ids([])) == list(sandboxed.by_keys([])) == list(sandboxed.notes([])) == []
    assert counter.calls.autotask - before == 2


@pytest.mark.parametrize("body", [{"item": {"id": 8}}, {"item": []}, {}, {"item": {"title": "no id"}}])
def test_an_answer_about_something_else_is_no_answer(server: HTTPServer, tickets: AutotaskTickets, body: Any) -> None:
    server.expect_request(f"{ROOT}/Tickets/7").respond_with_json(body)
    with pytest.raises(BadAnswer):
        tickets.get(7)


def test_what_a_ticket_does_not_say_is_empty(server: HTTPServer, tickets: AutotaskTickets) -> None:
    rows = [
        {"id": 7, "status": "5", "assignedResourceID": 29, "completedDate": "2026-11-22T10:00:00.1234567Z", "title": None},
        {"id": 8, "companyID": 0, "completedDate": "soon", "creatorResourceID": 12},
    ]
    server.expect_request(f"{ROOT}/Tickets/query").respond_with_json({"items": rows, "pageDetails": {}})
    ((first, second),) = tickets.by_ids([7, 8])
    assert (first.status, first.assigned, first.title, first.key) == (5, True, "", "")
    assert first.completed_at == datetime(2026, 11, 22, 10, 0, 0, 123456, tzinfo=UTC)
    assert (second.company_id, second.completed_at, second.creator_id, second.is_complete) == (0, None, 12, False)


def test_the_fields_hold_what_can_be_chosen(sandboxed: AutotaskTickets) -> None:
    known = {field.name: field for field in sandboxed.fields()}
    assert (known["title"].required, known["title"].length, known["title"].choices) == (True, 255, ())
    assert (known["externalID"].queryable, known["externalID"].length, known["creatorType"].queryable) == (True, 50, False)
    assert known["completedDate"].read_only
    queues = {choice.value: choice for choice in known["queueID"].choices}
    assert queues[29683360] == Choice(29683360, "Migration 2019", active=False)
    assert {choice.value: choice.parent for choice in known["subIssueType"].choices}[137] == 11
    new, complete = (next(each for each in known["status"].choices if each.value == value) for value in (1, 5))
    assert (new.is_default, new.is_system, complete.is_default, complete.label) == (True, True, False, "Complete")


def test_broken_choices_are_left_out(server: HTTPServer, tickets: AutotaskTickets) -> None:
    values = [{"value": "2147483647", "label": "Far", "parentValue": ""}, {"value": "x"}, {"value": None}, "y", {"label": "z"}]
    body = {"fields": [{"name": "queueID", "picklistValues": values, "length": 0}, {"dataType": "integer"}, None]}
    server.expect_request(f"{ROOT}/Tickets/entityInformation/fields").respond_with_json(body)
    assert tickets.fields() == (TicketField("queueID", choices=(Choice(2147483647, "Far"),)),)
    server.clear()
    server.expect_request(f"{ROOT}/Tickets/entityInformation/fields").respond_with_json({})
    with pytest.raises(BadAnswer):
        tickets.fields()


@pytest.mark.parametrize(("act", "method", "path"), ROUTES)
@pytest.mark.parametrize(
    ("status", "said", "result", "answered", "code"),
    [
        (500, "Value does not reference an existing entity for taskType .", PostResult.REJECTED, True, "refused_by_autotask"),
        (500, "When assigning a Resource, you must assign both a x and y.", PostResult.REJECTED, True, "refused_by_autotask"),
        (500, "The logged in Resource does not have the adequate permissions.", PostResult.REJECTED, True, "permission_missing"),
        (500, "Missing required field: subIssueType.", PostResult.UNKNOWN, True, None),
        (500, "", PostResult.UNKNOWN, False, None),
        (502, "", PostResult.UNKNOWN, False, None),
        (404, "", PostResult.REJECTED, True, "refused_by_autotask"),
        (429, "Thread Threshold Exceeded", PostResult.BUSY, True, "rate_limited"),
    ],
)
def test_every_refusal_of_a_writing_has_its_outcome(
    server: HTTPServer, tickets: AutotaskTickets, act: Act, method: str, path: str,
    status: int, said: str, result: PostResult, answered: bool, code: str | None,
) -> None:  # fmt: skip
    server.expect_request(path, method=method).respond_with_json({"errors": [said] if said else []}, status=status)
    found = act(tickets)
    assert (found.result, found.answered, found.code, found.item_id) == (result, answered, code, None)
    assert not said or said in found.text
    assert len(server.log) == 1


@pytest.mark.parametrize(("act", "method", "path"), ROUTES)
@pytest.mark.parametrize(
    ("body", "item"), [({"itemId": 9}, 9), ({"itemId": None}, None), ({"itemId": "9"}, None), ({"itemId": 2.5}, None), ({}, None)]
)
def test_what_was_made_is_named_where_the_answer_names_it(
    server: HTTPServer, tickets: AutotaskTickets, act: Act, method: str, path: str, body: Any, item: int | None
) -> None:
    server.expect_request(path, method=method).respond_with_json(body)
    found = act(tickets)
    assert (found.result, found.item_id) == (PostResult.ACCEPTED, item)


@pytest.mark.parametrize(("act", "method", "path"), ROUTES)
def test_a_writing_without_an_answer_is_sent_once_and_unknown(
    server: HTTPServer, options: Options, counter: Counter, act: Act, method: str, path: str
) -> None:
    def slow(_request: Received) -> Response:
        hold.wait(5)
        return Response("{}")

    hold = threading.Event()
    server.expect_request(path, method=method).respond_with_handler(slow)
    tickets = client_at(server.url_for("").rstrip("/"), counter, options, deadline=0.3).tickets
    found = act(tickets)
    hold.set()
    assert (found.result, found.answered, counter.calls.autotask) == (PostResult.UNKNOWN, False, 1)


def test_what_is_late_is_not_sent(server: HTTPServer, tickets: AutotaskTickets) -> None:
    late = {"timely": lambda: False}
    outcomes = (tickets.create({}, **late), tickets.add_note(7, "", "x", **late), tickets.set_status(7, 5, None, **late))
    assert [outcome.result for outcome in outcomes] == [PostResult.NOT_SENT] * 3
    assert server.log == []


def test_bodies_hold_no_null_and_no_text_that_is_too_long(server: HTTPServer, tickets: AutotaskTickets) -> None:
    bodies: list[Any] = []

    def keep(request: Received) -> Response:
        bodies.append(json.loads(request.data))
        return Response(json.dumps({"itemId": 1}), content_type="application/json")

    for path in (f"{ROOT}/Tickets", f"{ROOT}/Tickets/7/Notes"):
        server.expect_request(path).respond_with_handler(keep)
    tickets.create({"title": "A", "companyID": 0, "queueID": None})
    tickets.add_note(7, "t" * 251, "😀" * 16_001)
    tickets.set_status(7, 5, None)
    tickets.set_status(7, 1, "r" * 32_001)
    created, note, closed, opened = bodies
    assert created == {"title": "A", "companyID": 0}
    assert (len(note["title"]), note["description"], note["noteType"], note["publish"]) == (250, "😀" * 16_000, 1, 1)
    assert closed == {"id": 7, "status": 5}
    assert len(opened["resolution"]) == 32_000


def test_a_required_field_of_the_category_is_named(
    sandboxed: AutotaskTickets, fields: dict[str, Any], small_sandbox: Sandbox
) -> None:
    small_sandbox.state.switches.ticket_required_fields = {"subIssueType"}
    refused = sandboxed.create(fields)
    assert (refused.result, refused.answered) == (PostResult.REJECTED, True)
    assert "subIssueType" in refused.text
    assert small_sandbox.state.autotask.tables["Tickets"] == {}


def test_what_this_user_may_do_is_told_and_never_fails(sandboxed: AutotaskTickets, small_sandbox: Sandbox) -> None:
    assert sandboxed.rights("Tickets") == {"read": True, "create": True, "change": True}
    small_sandbox.state.switches.denied_entities = {"Tickets"}
    with pytest.raises(PermissionMissing):
        list(sandboxed.by_ids([1]))
    assert sandboxed.rights("Tickets")["read"] is False
    small_sandbox.state.switches.account_locked = True
    assert sandboxed.rights("TicketNotes") == {"read": None, "create": None, "change": None}

"""Alerts and tickets by the control host, and on its page."""

from __future__ import annotations

from typing import Any

import html5lib
import pytest
import requests

from tests.sandbox.conftest import Autotask
from webapp.sandbox.server import Sandbox

TICKET = {"companyID": 29_683_001, "title": "Alert <b>1</b>", "status": 1, "priority": 1, "queueID": 8, "externalID": "k1"}


def post(sandbox: Sandbox, path: str, **body: Any) -> Any:
    return requests.post(sandbox.control_url + path, json=body, timeout=10).json()


def get(sandbox: Sandbox, path: str, **query: Any) -> Any:
    return requests.get(sandbox.control_url + path, params=query, timeout=10).json()


@pytest.fixture
def ticket(autotask: Autotask) -> int:
    made: int = autotask.call("POST", "Tickets", TICKET).json()["itemId"]
    return made


def test_alerts_are_made_repeated_recovered_and_cleared(sandbox: Sandbox, amsel: str) -> None:
    kind = "Event::Endpoint::HeartbeatMissing"
    body = {"customer": "Amsel Bau GmbH", "type": kind, "device": "NB-1", "days_old": 3, "allowed_actions": []}
    made = post(sandbox, "/alerts/add", **body)["alert_id"]
    (alert,) = get(sandbox, "/alerts", customer="Amsel Bau GmbH")
    assert (alert["id"], alert["type"], alert["raisedAt"][:10]) == (made, kind, "2026-11-20")
    (up,) = post(sandbox, "/alerts/recover", alert_id=made)["alerts"]
    assert [item["type"] for item in get(sandbox, "/alerts", customer=amsel)][1] == "Event::Endpoint::HeartbeatRestored"
    assert len(post(sandbox, "/alerts/burst", count=6, customer=amsel)["alerts"]) == 6
    assert len(post(sandbox, "/alerts/raise", count=2, customer="Falk Praxis")["alerts"]) == 2
    assert post(sandbox, "/alerts/clear", alert_id=up) == {"cleared": 1}
    assert up not in [item["id"] for item in get(sandbox, "/alerts")]
    assert "no open alert" in post(sandbox, "/alerts/recover", alert_id=up)["error"]
    assert "colour" in post(sandbox, "/alerts/add", customer=amsel, colour="red")["error"]


def test_a_technicians_work_can_be_done_from_outside(sandbox: Sandbox, ticket: int) -> None:
    tom = post(sandbox, "/technicians", first="Tom", last="Fenske")["resource"]
    assert [item["id"] for item in get(sandbox, "/technicians")] == [tom]
    assert post(sandbox, "/tickets/assign", ticket_id=ticket) == {"resource": tom}
    note = post(sandbox, "/tickets/note", ticket_id=ticket, text="On it", resource=tom)["note_id"]
    assert post(sandbox, "/tickets/complete", ticket_id=ticket)["completedDate"]
    assert post(sandbox, "/tickets/reopen", ticket_id=ticket)["completedDate"] is None
    assert post(sandbox, "/tickets/change", ticket_id=ticket, queueID=5)["queueID"] == 5
    assert post(sandbox, "/tickets/assign", ticket_id=ticket, resource=None) == {"resource": None}
    (found,) = get(sandbox, "/tickets", company_id=29_683_001)
    assert [(item["id"], item["description"]) for item in found["notes"]] == [(note, "On it")]
    assert get(sandbox, "/tickets", company_id=1) == []
    assert post(sandbox, "/tickets/delete", ticket_id=ticket) == {}
    assert "no such ticket" in post(sandbox, "/tickets/complete", ticket_id=ticket)["error"]


def test_the_books_tell_what_the_api_did(sandbox: Sandbox, autotask: Autotask, ticket: int) -> None:
    autotask.call("POST", f"Tickets/{ticket}/Notes", {"description": "B", "noteType": 1, "publish": 1})
    autotask.call("PATCH", "Tickets", {"id": ticket, "status": 5})
    books = get(sandbox, "/books")
    assert [(item["ticket_id"], item["key"]) for item in books["tickets"]] == [(ticket, "k1")]
    assert [(item["ticket_id"], item["text"]) for item in books["notes"]] == [(ticket, "B")]
    assert [(item["before"], item["after"]) for item in books["statuses"]] == [(1, 5)]
    assert books["acknowledged"] == []


@pytest.mark.parametrize("language", ["en", "de"])
def test_tickets_and_alerts_are_on_the_page(sandbox: Sandbox, ticket: int, language: str) -> None:
    sandbox.state.raise_alerts(12)
    sandbox.state.add_alert(customer_id=sandbox.state.customer_id("Falk Praxis"), type=None, description=None, device=None)
    text = requests.get(sandbox.control_url, params={"lang": language}, timeout=10).text
    html5lib.HTMLParser(strict=True).parse(text)
    assert "Alert &lt;b&gt;1&lt;/b&gt;" in text
    assert "Monitoring Alert" in text
    assert f"/page/tickets/{ticket}" in text
    assert "Falk Praxis" in text


@pytest.mark.parametrize(
    ("action", "said"),
    [
        ("assign", "Ticket {id} ist einem Techniker zugewiesen."),
        ("note", "Auf Ticket {id} steht eine neue Notiz."),
        ("complete", "Ticket {id} ist abgeschlossen."),
        ("reopen", "Ticket {id} ist wieder offen."),
        ("delete", "Ticket {id} ist gelöscht."),
    ],
)
def test_every_button_of_a_ticket_says_what_it_did(sandbox: Sandbox, ticket: int, action: str, said: str) -> None:
    address, form = f"{sandbox.control_url}/page/tickets/{ticket}", {"lang": "de", "action": action}
    answer = requests.post(address, data=form, timeout=10)
    assert [step.status_code for step in answer.history] == [303]
    assert said.format(id=ticket) in answer.text
    if action == "delete":
        assert f"Ticket {ticket} gibt es nicht mehr." in requests.post(address, data=form, timeout=10).text


def test_the_page_raises_a_burst_and_lets_an_alert_recover(sandbox: Sandbox) -> None:
    address = f"{sandbox.control_url}/page"
    assert "30 alerts raised for one customer." in requests.post(f"{address}/burst", data={"lang": "en"}, timeout=10).text
    assert "1 alerts recovered." in requests.post(f"{address}/recover", data={"lang": "en"}, timeout=10).text

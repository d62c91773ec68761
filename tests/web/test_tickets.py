"""The tickets pages, as pages: what they show, in both languages, and what a person can do there."""

from __future__ import annotations

import re
from html import unescape

import pytest
from flask import Flask

from tests.builders import BAKERY, FREIGHT, SEEN, add_company, add_customer, add_result, add_run
from tests.ticket_rows import (
    add_alert,
    add_queue_choices,
    add_refused_ticket,
    add_run_ticket,
    add_step,
    add_ticket,
    add_watch,
)
from tests.web.conftest import Pages
from webapp.extensions import db
from webapp.models import AlertRow, Ticket

PATH = "/psa/tickets"
MARKUP = "<script>alert(1)</script> & 'quoted'"


def words(html: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split())


@pytest.fixture
def ids(app: Flask) -> dict[str, int]:
    """A refused ticket, an open one with its trail, alerts of every kind, and a run about them."""
    with app.app_context():
        bakery = add_customer(company=add_company(id=4711), ticket_sync=True)
        freight = add_customer(name=FREIGHT)
        add_watch(customer=bakery)
        add_watch(customer=freight, status="failed", code="alerts_forbidden", read_at=None)
        add_queue_choices()
        failed, step = add_refused_ticket(customer=bakery, title="Sophos: tampered")
        ticket = add_ticket(customer=bakery, description=MARKUP, title=MARKUP)
        alert = add_alert(customer=bakery, ticket=ticket, description=MARKUP)
        add_step(ticket=ticket, alert=alert)
        add_step(ticket=ticket, alert=alert, kind="note", what="repeat", text=MARKUP)
        add_step(ticket=ticket, kind="seen_reopened", by="autotask")
        add_alert(customer=bakery, state="shown", id="shown-1", device_name="", description="", type="")
        add_alert(customer=bakery, state="shown", severity="low")
        add_alert(customer=freight, state="unmapped", severity="odd one")
        add_alert(customer=bakery, state="waiting", due_at=SEEN)
        run = add_run(kind="tickets", month=None, state="partial")
        add_result(run=run, customer=freight, state="failed", error_code="alerts_forbidden")
        row = {"code": "ticket_field_required", "reason": "", "reason_params": {"field": "issueType", "text": "Say it."}}
        add_run_ticket(run=run, customer=bakery, ticket_id=failed.id, state="failed", **row)
        add_run_ticket(run=run, customer=bakery, action="show", state="shown", reason="alert_shown", alert_ids=["shown-1"])
        db.session.commit()
        return {"failed": failed.id, "step": step.id, "ticket": ticket.id, "run": run.id}


def test_the_page_says_what_to_do_before_anything_is_switched_on(viewer: Pages) -> None:
    html = viewer.get(PATH)
    assert "Ticket sync is not switched on for any customer" in words(html)
    assert 'href="/psa/autotask/customers"' in html or "/customers" in html


def test_the_page_says_when_the_alerts_were_last_read_where_all_is_quiet(viewer: Pages, app: Flask) -> None:
    with app.app_context():
        add_watch(customer=add_customer(ticket_sync=True))
        db.session.commit()
    assert re.search(r"All quiet Alerts were last read .*2", words(viewer.get(PATH)))


@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize("show", ["open", "waiting", "failed", "past", "alerts", "all", "customers", "nonsense"])
def test_every_list_is_shown_in_both_languages(viewer: Pages, ids: dict[str, int], show: str, language: str) -> None:
    html = viewer.get(f"{PATH}?show={show}&lang={language}")
    assert "<script>alert" not in html
    assert viewer.get(f"{PATH}?show={show}&q=%00%25&severity=odd+one&customer=x&page=99&lang={language}")


def test_what_failed_stands_first_with_what_autotask_said_and_counts_in_the_navigation(
    viewer: Pages, ids: dict[str, int]
) -> None:
    html = viewer.get(PATH)
    text = words(html)
    assert "Autotask demands the field issueType: Issue Type is required." in text
    assert text.index("Sophos: tampered") < text.index(MARKUP[:20])
    assert "Tickets 1 failed" in text
    assert "2 alerts are only shown. They were open already when ticket sync was switched on" in text
    assert "Alerts of 1 customer get no ticket. They have no company in Autotask; map them. Alerts open now: 1." in text


def test_the_counts_per_customer_lead_to_the_mapping_and_name_the_cause(viewer: Pages, ids: dict[str, int]) -> None:
    text = words(viewer.get(f"{PATH}?show=customers"))
    assert text.index(FREIGHT) < text.index(BAKERY)
    assert f"Sophos does not let this credential read the alerts of {FREIGHT}." in text


def test_a_ticket_shows_what_was_sent_and_its_trail(viewer: Pages, ids: dict[str, int]) -> None:
    html = viewer.get(f"{PATH}/{ids['ticket']}")
    text = words(html)
    assert "<script>alert" not in html
    for part in (
        "Monitoring 8",
        "Received by Kontor",
        "Rule: High and medium: create",
        "Ticket created",
        "Opened again in Autotask",
    ):
        assert part in text, part
    assert "Note added: the same trouble again" in text
    assert "Retry" not in text


def test_an_alert_without_a_ticket_says_why(viewer: Pages, ids: dict[str, int]) -> None:
    text = words(viewer.get(f"{PATH}/alerts/shown-1"))
    assert "Already open when ticket sync was switched on" in text
    assert "Sophos sent no text with it." in text
    viewer.get(f"{PATH}/alerts/nowhere", status=404)
    viewer.get(f"{PATH}/99999999999999", status=404)


def test_a_failed_step_is_retried_once(operator: Pages, viewer: Pages, ids: dict[str, int], app: Flask) -> None:
    page, path = f"{PATH}/{ids['failed']}", f"{PATH}/steps/{ids['step']}/retry"
    assert "Retry" in words(operator.get(page))
    viewer.post(path, status=403)
    assert operator.post(path, {"back": page}).location == page
    assert "It is tried again" in words(operator.get(page))
    operator.post(path, {"back": "https://evil.example"})
    assert "This is no longer marked as failed." in words(operator.get(PATH))
    with app.app_context():
        assert db.session.get_one(Ticket, ids["failed"]).state == "opening"


def test_a_ticket_is_given_up_with_a_reason(operator: Pages, ids: dict[str, int], app: Flask) -> None:
    path = f"{PATH}/{ids['failed']}/give-up"
    refused = operator.post(path, {"reason": " "}, status=422)
    assert "Giving up needs a reason" in words(refused.get_data(as_text=True))
    operator.post(path, {"reason": "harmless"})
    text = words(operator.get(f"{PATH}/{ids['failed']}"))
    assert "Given up harmless Oskar" in text
    assert "Retry" not in text
    again = operator.post(path, {"reason": "harmless"}, status=422)
    assert "Only a ticket that has not reached Autotask" in words(again.get_data(as_text=True))


def test_alerts_that_are_only_shown_become_tickets_after_a_look(
    operator: Pages, viewer: Pages, ids: dict[str, int], app: Flask
) -> None:
    assert "Also create 2 tickets …" in words(operator.get(PATH))
    assert "Also create" not in words(viewer.get(PATH))
    text = words(operator.get(f"{PATH}/create"))
    assert f"{BAKERY} High 1" in text
    assert f"{BAKERY} Low 1" in text
    operator.post(f"{PATH}/create")
    assert "2 alerts go through the rules now." in words(operator.get(PATH))
    assert "No alert is only shown" in words(operator.get(f"{PATH}/create"))
    with app.app_context():
        assert db.session.get_one(AlertRow, "shown-1").state == "waiting"


def test_reading_now_says_what_is_missing(operator: Pages, ids: dict[str, int]) -> None:
    operator.post(f"{PATH}/read")
    assert "Sophos and Autotask are not both connected yet." in words(operator.get(PATH))


@pytest.mark.parametrize("language", ["en", "de"])
def test_the_page_of_a_ticket_run_shows_its_tickets(viewer: Pages, ids: dict[str, int], language: str) -> None:
    html = viewer.get(f"/runs/{ids['run']}?lang={language}")
    assert f"{PATH}/{ids['failed']}" in html
    assert f"{PATH}/alerts/shown-1" in html
    assert FREIGHT in words(html)
    if language == "en":
        assert "Autotask demands the field issueType: Say it." in words(html)
        assert "Already open when ticket sync was switched on" in words(html)
    viewer.get(f"/runs/{ids['run']}?lines=customers")
    assert "Nothing here" in words(viewer.get(f"/runs/{ids['run']}?q=nowhere&lang=en"))

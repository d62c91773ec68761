"""Tickets as the service desk lead meets them: an alert becomes a ticket, another closes, a rule is added and deleted."""

from __future__ import annotations

import re
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.conftest import Open, keep_picture
from tests.browser.stack import Stack
from tests.browser.test_pages import AXE, WIDER
from webapp.sandbox.state import State

WORDS = {
    "en": {
        "title": "Tickets",
        "read": "Read alerts now",
        "created": "Ticket created",
        "completed": "Ticket completed",
        "rules": "Ticket rules",
        "add": "Add a rule",
        "pattern": "Type",
        "ignore": "Ignore: no ticket",
        "save": "Save",
        "nothing": "No ticket",
        "delete": "Delete",
    },
    "de": {
        "title": "Tickets",
        "read": "Alerts jetzt lesen",
        "created": "Ticket erstellt",
        "completed": "Ticket abgeschlossen",
        "rules": "Ticketregeln",
        "add": "Regel hinzufügen",
        "pattern": "Typ",
        "ignore": "Ignorieren: kein Ticket",
        "save": "Speichern",
        "nothing": "Kein Ticket",
        "delete": "Löschen",
    },
}


def assert_well(page: Page, name: str) -> None:
    """No complaint of axe, nothing wider than a phone, and a picture to look at."""
    keep_picture(page, name)
    found = Axe().run(page, options=AXE)
    assert found.violations_count == 0, found.generate_report()
    size = page.viewport_size
    page.set_viewport_size({"width": 400, "height": 900})
    assert not page.evaluate(WIDER)
    assert size is not None
    page.set_viewport_size(size)


def open_ticket(state: State) -> tuple[dict[str, Any], list[str]]:
    """A new ticket nobody works on, and its alerts, which are still open."""
    for ticket in state.tickets():
        texts = [ticket["description"], *(note["description"] for note in state.notes(ticket["id"]))]
        alerts = [alert for alert in re.findall(r"[0-9a-f-]{36}", " ".join(texts)) if alert in state.sophos.alerts]
        if ticket["status"] == 1 and alerts:
            return ticket, alerts
    raise AssertionError("every ticket is closed")


@pytest.mark.parametrize("language", ["en", "de"])
def test_an_alert_becomes_a_ticket_and_another_ticket_closes_itself(visit: Open, stack: Stack, language: str) -> None:
    words, state = WORDS[language], stack.sandbox.state
    ticket, old = open_ticket(state)
    customer = state.sophos.alerts[old[0]]["tenant"]["id"]
    device = f"PC-{language}"
    for alert in old:
        state.remove_alert(alert_id=alert)
    state.add_alert(customer_id=customer, description="Ransomware <b>was</b> stopped", device=device, group=f"1,X,2,{language}")
    page = visit("Oskar", "/psa/tickets", language=language, audit=True)
    expect(page.get_by_role("heading", level=1)).to_have_text(words["title"])
    page.get_by_role("button", name=words["read"]).first.click()
    progress = page.locator("[data-run-result]")
    progress.wait_for()
    expect(progress).to_have_count(0, timeout=150_000)  # Sophos takes 100 calls a minute
    page.goto(f"{stack.address}/psa/tickets?q={device}")
    page.get_by_role("link", name=re.compile(device)).first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(f"Ransomware was stopped on {device}")
    expect(page.locator("main")).to_contain_text(words["created"])
    assert_well(page, f"ticket-{language}")
    page.goto(f"{stack.address}/psa/tickets?show=past&q={ticket['ticketNumber']}")
    page.locator("main tbody a").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text(ticket["title"])
    expect(page.locator("main")).to_contain_text(words["completed"])
    page.goto(f"{stack.address}/psa/tickets")
    assert_well(page, f"tickets-{language}")
    assert next(row for row in state.tickets() if row["id"] == ticket["id"])["status"] == 5
    made = [row for row in state.tickets() if device in row["title"]]
    assert [row["companyID"] for row in made] == [ticket["companyID"]]


@pytest.mark.parametrize("language", ["en", "de"])
def test_a_rule_is_added_on_top_and_deleted(visit: Open, language: str) -> None:
    words = WORDS[language]
    page = visit("Ada", "/psa/ticket-rules", language=language, audit=True)
    expect(page.get_by_role("heading", level=1)).to_have_text(words["rules"])
    assert_well(page, f"rules-{language}")
    page.get_by_role("link", name=words["add"]).click()
    page.get_by_label(words["pattern"], exact=True).fill("Event::Endpoint::(")
    page.get_by_label(words["ignore"]).check()
    page.get_by_role("button", name=words["save"]).click()
    expect(page.locator(".invalid-feedback:visible, .field-error:visible").first).to_be_visible()
    page.get_by_label(words["pattern"], exact=True).fill("*SavDisabled")
    page.get_by_role("button", name=words["save"]).click()
    rows = page.locator("main table").first.locator("tbody > tr")
    expect(rows).to_have_count(5)
    expect(rows.first).to_contain_text("SavDisabled")
    expect(rows.first).to_contain_text(words["nothing"])
    rows.first.get_by_text(words["delete"]).click()
    expect(page.locator("main")).to_contain_text("SavDisabled")
    page.locator("main").get_by_role("button", name=words["delete"]).click()
    expect(page.locator("main table").first.locator("tbody > tr")).to_have_count(4)

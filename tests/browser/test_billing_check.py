"""The billing check as the billing person does it: look, narrow, read again, sign, and look at the copy."""

from __future__ import annotations

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.browser.conftest import Open, keep_picture
from tests.browser.stack import Stack
from tests.browser.test_pages import AXE, WIDER

WORDS = {
    "en": {
        "title": "Billing check, November 2026",
        "unbilled": "Not billed",
        "search": "Search customer, contract, service or product",
        "why": "has no contract yet",
        "read": "Read again",
        "note": "Note (optional)",
        "tick": "I sign although the check is not clean",
        "sign": "Sign November 2026",
        "refused": "Tick this to sign although something is open",
        "kept": "Signed by Oskar",
        "same": "Today’s figures are the same.",
    },
    "de": {
        "title": "Abrechnungsprüfung, November 2026",
        "unbilled": "Nicht abgerechnet",
        "search": "Kunde, Vertrag, Service oder Produkt suchen",
        "why": "hat noch keinen Vertrag",
        "read": "Neu lesen",
        "note": "Bemerkung (freiwillig)",
        "tick": "Ich zeichne ab, obwohl die Prüfung nicht ohne Befund ist",
        "sign": "November 2026 abzeichnen",
        "refused": "Setzen Sie dieses Häkchen",
        "kept": "Abgezeichnet von Oskar",
        "same": "Die heutigen Zahlen sind dieselben.",
    },
}


@pytest.mark.parametrize("language", ["en", "de"])
def test_a_month_is_checked_narrowed_read_again_and_signed(visit: Open, stack: Stack, language: str) -> None:
    words, posted = WORDS[language], stack.posted()
    page = visit("Oskar", "/psa/billing-check", language=language, audit=True)
    expect(page.get_by_role("heading", level=1)).to_have_text(words["title"])
    page.get_by_role("button", name=words["read"]).click()
    progress = page.locator("[data-run-result]")
    progress.wait_for()
    expect(progress).to_have_count(0, timeout=60_000)  # the page shows itself anew when the run has ended
    assert stack.posted() == posted
    page.locator("#view-unbilled").click()
    expect(page.locator("#view-unbilled")).to_have_attribute("aria-current", "true")
    page.get_by_role("searchbox", name=words["search"]).fill("wäscherei")
    rows = page.locator(".grid-check > tbody > tr")
    expect(rows.filter(has_not_text="Wäscherei")).to_have_count(0)
    expect(rows.first).to_contain_text(words["why"])
    expect(page).to_have_url(re.compile("view=unbilled"))
    page.get_by_label(words["note"]).fill("Geprüft.")
    page.get_by_role("button", name=words["sign"]).click()
    expect(page.locator("#confirmed-error")).to_contain_text(words["refused"])
    expect(page.get_by_label(words["note"])).to_have_value("Geprüft.")
    assert Axe().run(page, options=AXE).violations_count == 0
    page.get_by_label(words["tick"]).check()
    page.get_by_role("button", name=words["sign"]).click()
    expect(page.locator(".page-head")).to_contain_text(words["kept"])
    expect(page.locator("main")).to_contain_text(words["same"])
    keep_picture(page, f"signed-{language}")
    found = Axe().run(page, options=AXE)
    assert found.violations_count == 0, found.generate_report()
    page.set_viewport_size({"width": 400, "height": 900})
    assert not page.evaluate(WIDER)


def test_the_check_works_without_a_script(visit: Open) -> None:
    page = visit("Vera", "/psa/billing-check", script=False)
    page.locator("#view-unbilled").click()
    page.locator("#q").fill("wäscherei")
    page.locator("#q").press("Enter")
    rows = page.locator(".grid-check > tbody > tr")
    expect(rows.first).to_contain_text("Wäscherei")
    expect(rows.filter(has_not_text="Wäscherei")).to_have_count(0)
    assert "view=unbilled" in page.url

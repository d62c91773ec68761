"""The customers page beyond the straight path: what is refused, and actions on several customers."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Open
from tests.browser.labels import Labels
from tests.browser.stack import Stack

CUSTOMERS = "/psa/autotask/customers"
IN_BOTH = pytest.mark.parametrize("language", ["en", "de"])


def row_of(page: Page, customer: str) -> Locator:
    return page.locator("#customers > tbody").filter(has=page.locator(".c-name bdi", has_text=re.compile(f"^{customer}$"))).first


def type_company(row: Locator, text: str) -> Locator:
    """Type a name and save it by Enter; gives the field."""
    field = row.get_by_role("combobox", name=re.compile("Autotask"))
    field.fill(text)
    field.press("Escape")
    field.fill(text)
    field.press("Enter")
    return field


@IN_BOTH
def test_a_name_that_fits_none_is_an_error_on_the_field_with_near_names(visit: Open, language: str) -> None:
    page = visit("Oskar", f"{CUSTOMERS}?q=Textilhaus", language=language)
    field = type_company(row_of(page, "Textilhaus Krämer"), "Textilhaus Kremer")
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(field).to_be_focused()
    error = page.locator(f"[id='{field.get_attribute('aria-describedby')}']")
    expect(error).to_contain_text("Textilhaus Kremer")
    expect(row_of(page, "Textilhaus Krämer").locator(".near button").first).to_contain_text("Textilhaus Krämer")
    page.reload()
    expect(row_of(page, "Textilhaus Krämer").get_by_role("combobox", name=re.compile("Autotask"))).to_have_value("")


def test_of_two_companies_of_the_same_name_one_is_chosen(visit: Open) -> None:
    page = visit("Oskar", f"{CUSTOMERS}?q=Schneider")
    row = page.locator("#customers > tbody").first
    type_company(row, "Schneider Bau GmbH")
    near = row.locator(".near button")
    expect(near).to_have_count(2)
    expect(near.filter(has_text="Köln")).to_have_count(1)
    near.filter(has_text="Stuttgart").click()
    expect(row.locator(".c-company")).to_contain_text("Schneider Bau GmbH")
    expect(row.locator(".c-contract option")).to_contain_text([re.compile("."), re.compile("Stuttgart")])


@IN_BOTH
def test_usage_sync_is_refused_without_company_and_without_contract(visit: Open, language: str) -> None:
    labels = Labels(language)
    customer = {"en": "Fischräucherei Petersen", "de": "Optik Strauß GmbH"}[language]
    page = visit("Oskar", f"{CUSTOMERS}?q={customer}", language=language)
    row = row_of(page, customer)
    without_company = refused_switch(row, labels)
    row.locator(".suggest button").click()
    expect(row.locator(".suggest button")).to_have_count(0)
    assert refused_switch(row, labels) != without_company


def refused_switch(row: Locator, labels: Labels) -> str:
    """Try to switch usage sync on; gives the reason why it stays off."""
    switch = row.get_by_role("switch", name=re.compile(f"^{labels.usage_sync}:"))
    switch.click()
    expect(row.locator(".field-error")).to_be_visible()
    expect(switch).to_have_attribute("aria-checked", "false")
    expect(switch).to_be_focused()
    return row.locator(".field-error").inner_text()


def test_the_reason_is_shown_where_usage_sync_is_not_available(visit: Open) -> None:
    page = visit("Oskar", f"{CUSTOMERS}?q=Galerie")
    row = row_of(page, "Galerie Lichtblick")
    expect(row.locator(".c-switch").first).to_contain_text("Not available")
    expect(row.get_by_role("switch")).to_have_count(1)  # ticket sync


def test_an_expired_contract_is_marked_and_its_failure_has_cause_and_advice(visit: Open) -> None:
    page = visit("Oskar", f"{CUSTOMERS}?status=failed")
    row = row_of(page, "Dachdeckerei Höfer")
    expect(row.locator(".c-contract")).to_contain_text("Expired 30 Sept 2026")
    expect(row.locator(".cause")).to_contain_text("ended on 30 Sept 2026")
    row.locator("summary").click()
    expect(row.locator(".advice")).to_be_visible()
    expect(row.locator(".advice")).to_contain_text("Choose the contract that follows it")


def test_ticket_sync_needs_the_company_only(visit: Open) -> None:
    page = visit("Oskar", f"{CUSTOMERS}?q=Lichtblick")
    row = row_of(page, "Galerie Lichtblick")
    tickets = row.get_by_role("switch", name=re.compile("^Ticket sync:"))
    tickets.click()
    expect(row.locator(".field-error")).to_be_visible()
    row.locator(".suggest button").click()
    expect(row.locator(".suggest button")).to_have_count(0)
    tickets.click()
    expect(tickets).to_have_attribute("aria-checked", "true")
    page.reload()
    expect(tickets).to_have_attribute("aria-checked", "true")


@IN_BOTH
def test_a_bulk_edit_shows_first_whom_it_switches_and_whom_it_leaves_out(visit: Open, language: str) -> None:
    labels = Labels(language)
    page = visit("Oskar", CUSTOMERS, language=language)
    mapped, unmapped = row_of(page, "Apotheke zum Löwen"), row_of(page, "Landhotel Eichenhof")
    switch = mapped.locator(".c-switch").first.get_by_role("switch")
    for wanted in ("false", "true"):  # off, and on again
        mapped.get_by_role("checkbox").check()
        unmapped.get_by_role("checkbox").check()
        act(page, labels, labels.edit_usage)
        expect(page.get_by_role("heading", level=1)).to_have_text(labels.edit_usage)
        on, off = page.locator(".bulk-preview").all()
        expect(on).to_contain_text("Landhotel Eichenhof: ")
        expect(off if wanted == "false" else on).to_contain_text("Apotheke zum Löwen")
        expect((on if wanted == "false" else off).get_by_role("button")).to_have_count(0)
        page.get_by_role("link", name=labels.cancel).click()
        expect(switch).to_have_attribute("aria-checked", "true" if wanted == "false" else "false")

        mapped.get_by_role("checkbox").check()
        act(page, labels, labels.edit_usage)
        page.locator(".bulk-preview button").click()
        expect(page.locator(".flashed")).to_be_visible()
        expect(switch).to_have_attribute("aria-checked", wanted)


def act(page: Page, labels: Labels, text: str) -> None:
    """Open the menu Actions and take one."""
    page.locator("summary", has_text=labels.actions).click()
    page.get_by_role("button", name=text, exact=True).click()


@IN_BOTH
def test_refresh_customer_details_shows_a_new_name_and_keeps_the_mapping(visit: Open, stack: Stack, language: str) -> None:
    labels = Labels(language)
    customer = {"en": "Physiotherapie Körner", "de": "Elektro Süß GmbH"}[language]
    with stack.sandbox.state.lock:
        company_id = stack.sandbox.state.company_id(customer)
        stack.sandbox.state.autotask.tables["Companies"][company_id]["companyName"] = f"{customer} (neu)"
    page = visit("Oskar", f"{CUSTOMERS}?q={customer[:8]}", language=language)
    row = row_of(page, customer)
    stack.sandbox.state.switches.latency_seconds = 0.1
    row.get_by_role("checkbox").check()
    act(page, labels, labels.refresh)
    expect(page.locator("#run-progress")).to_have_class(re.compile("is-ended"))
    stack.sandbox.state.switches.latency_seconds = 0.0
    expect(row.locator(".c-company")).to_contain_text(f"{customer} (neu)")
    expect(row.locator(".c-switch").first.get_by_role("switch")).to_have_attribute("aria-checked", "true")


def test_a_viewer_sees_everything_and_can_change_nothing(visit: Open) -> None:
    page = visit("Vera", f"{CUSTOMERS}?q=Apotheke")
    row = row_of(page, "Apotheke zum Löwen")
    expect(row.locator(".c-contract")).to_contain_text("Managed Security Göttingen")
    expect(row.get_by_role("switch")).to_have_count(0)
    expect(page.get_by_role("button", name="Sync Now")).to_have_count(0)
    expect(page.get_by_role("link", name="Connection")).to_have_count(0)

"""The main job as the billing person does it, once in English and once in German (design, section 3)."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from tests.browser.conftest import sign_in
from tests.browser.labels import Labels
from tests.browser.stack import Stack
from webapp.sandbox.seed import NEWCOMER

SERVICE, PRODUCT = "Managed Endpoint Protection Advanced", "CIXA-MSP"


@dataclass(frozen=True)
class Case:
    """A customer that nobody has mapped yet: what is typed into its field, and the company and contract that it gets."""

    language: str
    customer: str
    typed: str
    company: str
    contract: str


CASES = [
    Case("en", NEWCOMER, "möbelhaus käst", NEWCOMER, "Managed Security Osnabrück"),
    Case("de", "Bürobedarf Zöllner e.K.", "bürobedarf zö", "Buerobedarf Zoellner", "Managed Security Minden"),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.language)
def test_a_customer_is_mapped_and_billed_and_a_second_sync_posts_nothing(
    case: Case, open_browser: Callable[..., BrowserContext], stack: Stack
) -> None:
    labels = Labels(case.language)
    company_id = stack.sandbox.state.company_id(case.company)
    before = stack.units(company_id, SERVICE)
    assert before is not None
    stack.sandbox.state.set_usage(
        customer_id=stack.sandbox.state.customer_id(case.customer), product_code=PRODUCT, billable=before + 3
    )
    page = open_browser(language=case.language).new_page()
    sign_in(page, stack, "Oskar")

    go_to_the_customers(page, labels)
    row = find(page, labels, case.customer)
    choose_the_company(row, labels, case)
    choose_the_contract(row, labels, case)
    switch_usage_sync_on(row, labels)
    sync_now(page, row, labels, stack)
    assert stack.units(company_id, SERVICE) == before + 3
    the_run_tells(page, case, str(before), str(before + 3))

    posted = stack.posted()
    page.goto(f"{stack.address}/psa/autotask/customers")
    sync_now(page, find(page, labels, case.customer), labels, stack)
    assert stack.posted() == posted
    assert stack.units(company_id, SERVICE) == before + 3


def go_to_the_customers(page: Page, labels: Labels) -> None:
    """Configure > Settings & policies > APIs & Integrations > PSA Integration > guide > Manage Settings."""
    navigation = page.get_by_role("navigation").first
    expect(navigation.get_by_text(labels.configure, exact=True)).to_be_visible()
    navigation.get_by_role("link", name=labels.psa).click()
    trail = page.locator(".breadcrumb li")
    expect(trail).to_have_text([labels.configure, labels.policies, labels.apis, labels.psa])
    expect(page.get_by_role("heading", name=labels.guide)).to_be_visible()
    page.get_by_role("link", name=labels.manage).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(labels.customers)
    heads = [labels.company, labels.contract, labels.usage_sync]
    for text in heads:
        expect(page.get_by_role("columnheader", name=text)).to_be_visible()


def find(page: Page, labels: Labels, customer: str) -> Locator:
    """By paging, sorting, chips and at last the search; gives the customer's row."""
    rows = page.locator("#customers > tbody")
    expect(rows).to_have_count(50)
    page.locator(".pagination a[rel=next]").click()
    expect(rows).to_have_count(10)
    page.locator("#sort-company").click()
    expect(page.locator("#customers th[aria-sort=ascending] a")).to_have_text(labels.company)
    expect(rows).to_have_count(50)
    failed = press_chip(page, labels.failed)
    expect(rows).to_have_count(failed)
    successful = press_chip(page, labels.successful)
    expect(rows).to_have_count(min(failed + successful, 50))
    press_chip(page, labels.all)
    press_chip(page, labels.available)
    expect(page.locator(".table-foot")).to_contain_text(re.compile(r"\b56\b"))
    page.get_by_role("searchbox").fill(customer[:7].lower())
    expect(rows.filter(has_text=customer)).to_have_count(1)
    expect(rows).to_have_count(1)
    return rows.filter(has_text=customer)


def press_chip(page: Page, text: str) -> int:
    """Press a filter chip; gives the number that it shows."""
    chip = page.locator(".chip", has_text=re.compile(rf"^\s*{text}\s"))
    shown = int(chip.locator("span").inner_text())
    chip.click()
    expect(chip).to_have_attribute("aria-current", "true")
    expect(chip).to_be_focused()
    return shown


def choose_the_company(row: Locator, labels: Labels, case: Case) -> None:
    """Part of the name, the arrow key, Enter; then Save by the keyboard too."""
    field = row.get_by_role("combobox", name=re.compile(labels.company))
    field.press_sequentially(case.typed)
    offered = row.get_by_role("option")
    expect(offered.first).to_contain_text(case.company)
    expect(field).to_have_attribute("aria-expanded", "true")
    field.press("ArrowDown")
    expect(offered.first).to_have_attribute("aria-selected", "true")
    field.press("Enter")
    expect(field).to_have_value(case.company)
    field.press("Tab")
    expect(row.get_by_role("button", name=labels.save)).to_be_focused()
    row.page.keyboard.press("Enter")
    expect(row.locator(".c-company")).to_contain_text(case.company)
    expect(row.get_by_role("combobox", name=re.compile(labels.company))).to_have_count(0)
    expect(row.locator(":focus")).to_have_count(1)


def choose_the_contract(row: Locator, labels: Labels, case: Case) -> None:
    """The select holds what is in effect, expired ones marked, cancelled ones absent."""
    select = row.get_by_role("combobox", name=re.compile(rf"^{labels.contract}:"))
    offered = [text.strip() for text in select.locator("option").all_inner_texts()]
    assert case.contract in offered
    assert [text for text in offered if text.startswith("Vertrag von früher (")], offered
    assert not [text for text in offered if "Gekündigt" in text], offered
    select.focus()
    select.select_option(case.contract)
    expect(row.page.locator(".toast").last).to_contain_text(case.contract)
    expect(select).to_be_focused()


def switch_usage_sync_on(row: Locator, labels: Labels) -> None:
    switch = row.get_by_role("switch", name=re.compile(rf"^{labels.usage_sync}:"))
    expect(switch).to_have_attribute("aria-checked", "false")
    switch.press("Space")
    expect(switch).to_have_attribute("aria-checked", "true")
    expect(switch).to_be_focused()


def sync_now(page: Page, row: Locator, labels: Labels, stack: Stack) -> None:
    """Choose the customer, Sync Now; progress shows until the run has ended, and then the row says Successful."""
    stack.sandbox.state.switches.latency_seconds = 0.1
    row.get_by_role("checkbox").check()
    page.get_by_role("button", name=labels.sync_now, exact=True).last.click()
    progress = page.locator("#run-progress")
    expect(progress).to_be_visible()
    expect(progress).to_have_class(re.compile("is-ended"))
    stack.sandbox.state.switches.latency_seconds = 0.0
    expect(row.locator(".c-status")).to_contain_text(labels.successful)


def the_run_tells(page: Page, case: Case, before: str, target: str) -> None:
    page.locator("#run-progress a").click()
    line = page.locator(".grid-lines tbody tr", has_text=PRODUCT)
    expect(line).to_contain_text(case.customer)
    assert [cell.strip() for cell in line.locator("td.num").all_inner_texts()] == [before, target, "+3"]

"""A person decides what waits: approves one change and dismisses another, once in English and once in German."""

from __future__ import annotations

import re
from dataclasses import dataclass

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Open
from tests.browser.labels import Labels
from tests.browser.stack import Stack
from webapp.sandbox.seed import demo_mappings

SERVICE, PRODUCT = "Managed Endpoint Protection Advanced", "CIXA-MSP"


@dataclass(frozen=True)
class Case:
    """The places of two customers in the demo whose contracts are in step."""

    language: str
    approved: int
    dismissed: int


@pytest.mark.parametrize("case", [Case("en", 5, 10), Case("de", 15, 19)], ids=lambda case: case.language)
def test_one_change_is_approved_and_one_dismissed(case: Case, visit: Open, stack: Stack) -> None:
    labels = Labels(case.language)
    page = visit("Oskar", "/psa/approvals", language=case.language)
    approved, dismissed = demo_mappings()[case.approved], demo_mappings()[case.dismissed]
    target = too_many(page, stack, labels, approved)
    unwanted = too_many(page, stack, labels, dismissed)
    posted, left = stack.posted(), stack.units(dismissed[1], SERVICE)

    page.get_by_role("link", name=re.compile(f"^{labels.approvals}")).first.click()
    held = waiting(page)
    change(page, target).get_by_role("link", name=re.compile(f"^{labels.approve}:")).press("Enter")
    expect(page.get_by_role("row", name=re.compile(rf"\b{target}\b"))).to_be_visible()
    assert stack.posted() == posted
    page.get_by_role("button", name=labels.approve_one).press("Enter")
    expect(page).to_have_url(re.compile(r"/runs/\d+$"))
    expect(page.locator(".grid-lines tbody tr")).to_contain_text(labels.confirmed)
    assert (stack.units(approved[1], SERVICE), stack.posted()) == (target, posted + 1)

    page.goto(f"{stack.address}/psa/approvals")
    change(page, unwanted).get_by_role("checkbox").check()
    expect(page.locator("#selection")).to_contain_text(labels.one_selected)
    page.locator("#decide").get_by_role("button", name=re.compile(f"^{labels.dismiss}")).click()
    page.locator("#reason").fill("Only test devices / nur Testgeräte")
    page.locator("#reason").press("Enter")
    expect(page.locator(".flashed")).to_contain_text(re.compile(r"^\s*1 "))
    assert waiting(page) == held - 2

    page.get_by_role("link", name=re.compile(f"^{labels.decided}")).click()
    decided = page.locator(".grid-decided tbody tr")
    expect(decided.filter(has_text=f" {unwanted}")).to_contain_text([f"{labels.dismissed} Oskar"], use_inner_text=True)
    expect(decided.filter(has_text="nur Testgeräte").first).to_be_visible()
    expect(decided.filter(has_text=f" {target}").first).to_contain_text(labels.approved)
    sync(page, stack, labels, dismissed[0])
    page.goto(f"{stack.address}/psa/approvals")
    assert (waiting(page), stack.units(dismissed[1], SERVICE)) == (held - 2, left)


def too_many(page: Page, stack: Stack, labels: Labels, mapped: tuple[str, int, int]) -> int:
    """The customer uses so many more that a sync holds the change; gives how many it uses."""
    customer_id, company_id, _ = mapped
    units = stack.units(company_id, SERVICE)
    assert units is not None
    target = units * 2 + 100 + company_id % 100
    stack.sandbox.state.set_usage(customer_id=customer_id, product_code=PRODUCT, billable=target)
    sync(page, stack, labels, customer_id)
    return target


def sync(page: Page, stack: Stack, labels: Labels, customer_id: str) -> None:
    """Sync Now for one customer, until the run has ended."""
    page.goto(f"{stack.address}/psa/autotask/customers?q={customer_id}")
    page.locator("#customers > tbody").get_by_role("checkbox").check()
    stack.sandbox.state.switches.latency_seconds = 0.1
    page.get_by_role("button", name=labels.sync_now, exact=True).last.click()
    expect(page.locator("#run-progress")).to_have_class(re.compile("is-ended"))
    stack.sandbox.state.switches.latency_seconds = 0.0


def change(page: Page, target: int) -> Locator:
    """The row of the change to so many units."""
    return page.locator("tbody[id^=change-]").filter(has=page.locator("strong", has_text=re.compile(rf"^{target}$")))


def waiting(page: Page) -> int:
    """How many wait, as the navigation says."""
    badge = page.locator(".side-nav .count-warn")
    return int(re.sub(r"\D", "", badge.inner_text())) if badge.count() else 0

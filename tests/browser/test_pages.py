"""Every page in both languages: nothing for axe to find, no sideways scrolling on a phone, and usable by keyboard."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, Locator, Page, expect

from tests.browser.conftest import NOTHING_HERE, Open, keep_picture
from tests.browser.stack import Stack

PAGES = {
    "customers": "/psa/autotask/customers?q=h%C3%B6",  # one that failed, one unmapped
    "customer-edited": "/psa/autotask/customers?q=Waldhorn&edit={customer}",
    "customers-none": "/psa/autotask/customers?q=nobody+of+this+name",
    "customers-import": "/psa/autotask/customers/import",
    "guide": "/psa",
    "start": "/psa/start",
    "products": "/psa/autotask/products",
    "products-import": "/psa/autotask/products/import",
    "settings": "/psa/settings",
    "overview": "/overview",
    "connection": "/settings/connections",
    "approvals": "/psa/approvals",
    "approvals-none": "/psa/approvals?q=nobody+of+this+name",
    "approvals-decided": "/psa/approvals?show=decided",
    "approvals-approve": "/psa/approvals/confirm?decision=approve&all=1",
    "approvals-dismiss": "/psa/approvals/confirm?decision=dismiss&all=1",
    "runs": "/runs",
    "run": "/runs/2?lines=attention",
    "refresh": "/runs/1",
    "billing-check": "/psa/billing-check",
    "billing-check-empty": "/psa/billing-check?month=2026-10",
    "billing-check-error": "/psa/billing-check?month=2026-13",
    "sign-offs": "/psa/billing-check/sign-offs",
    "findings": "/findings",
    "help": "/help/troubleshooting",
    "nothing-here": NOTHING_HERE,
}
AXE = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"], "preload": False}
IN_BOTH = pytest.mark.parametrize("language", ["en", "de"])
WIDER = """() => document.documentElement.scrollWidth <= window.innerWidth ? [] : [...document.querySelectorAll("body *")]
    .filter((each) => each.getBoundingClientRect().right > window.innerWidth + 1)
    .slice(0, 5).map((each) => each.outerHTML.slice(0, 120))"""
"""What sticks out of a page that is wider than its window."""


@pytest.mark.parametrize(("language", "width", "dark"), [("en", 1440, False), ("de", 400, True)])
def test_axe_finds_nothing_on_any_page(visit: Open, stack: Stack, language: str, width: int, dark: bool) -> None:
    page = visit("Ada", "/psa", language=language, width=width, dark=dark, audit=True)
    customer = stack.sandbox.state.customer_id("Brauerei Waldhorn")
    for name, path in PAGES.items():
        page.goto(stack.address + path.format(customer=customer))
        keep_picture(page, f"{name}-{language}-{width}{'-dark' if dark else ''}")
        found = Axe().run(page, options=AXE)
        assert found.violations_count == 0, f"{name}: {found.generate_report()}"


@IN_BOTH
def test_axe_finds_nothing_at_the_door_and_in_menus(
    visit: Open, open_browser: Callable[..., BrowserContext], stack: Stack, language: str
) -> None:
    door = open_browser(language=language, audit=True).new_page()
    door.goto(f"{stack.address}/login")
    assert Axe().run(door, options=AXE).violations_count == 0
    page = visit("Ada", "/psa/autotask/customers?q=Waldhorn", language=language, audit=True)
    for menu in page.locator("details.menu").all():
        menu.locator("summary").click()
        found = Axe().run(page, context="details.menu[open]", options=AXE)
        assert found.violations_count == 0, found.generate_report()
        page.keyboard.press("Escape")
        expect(menu.locator("summary")).to_be_focused()


@IN_BOTH
def test_no_page_is_wider_than_a_phone(visit: Open, stack: Stack, language: str) -> None:
    page = visit("Ada", "/psa", language=language, width=400)
    customer = stack.sandbox.state.customer_id("Brauerei Waldhorn")
    paths = {**PAGES, "all customers": "/psa/autotask/customers", "all lines": "/runs/2?lines=all"}
    for name, path in paths.items():
        page.goto(stack.address + path.format(customer=customer))
        keep_picture(page, f"{name}-{language}-400")
        wide = page.evaluate(WIDER)
        assert not wide, f"{name} is wider than its window: {wide}"


def test_the_way_to_a_customer_needs_no_mouse(visit: Open) -> None:
    """From the skip link through search and switch to the menu of actions, by keys alone."""
    page = visit("Oskar", "/psa/autotask/customers")
    page.keyboard.press("Tab")
    expect(page.locator(".skip-link")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#main")).to_be_focused()
    tab_to(page, page.get_by_role("searchbox"))
    page.keyboard.type("waldhorn")
    row = page.locator("#customers > tbody")
    expect(row).to_have_count(1)
    expect(page.get_by_role("searchbox")).to_be_focused()
    tab_to(page, page.locator("summary", has_text="Actions"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Edit usage sync")).to_be_visible()
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Edit usage sync")).to_be_focused()
    page.keyboard.press("Escape")
    tab_to(page, row.get_by_role("checkbox"))
    page.keyboard.press("Space")
    expect(page.locator("#selection")).to_contain_text("1 customer selected")
    pencil = row.get_by_role("link", name="Change the Autotask customer of Brauerei Waldhorn")
    tab_to(page, pencil)
    page.keyboard.press("Enter")
    field = row.get_by_role("combobox", name="Autotask Customer Name")
    expect(field).to_be_focused()
    tab_to(page, row.get_by_role("link", name="Leave as it is"))
    page.keyboard.press("Enter")
    expect(pencil).to_be_focused()
    tickets = row.get_by_role("switch", name="Ticket sync")
    tab_to(page, tickets)
    for checked in ("true", "false"):
        page.keyboard.press("Space")
        expect(tickets).to_have_attribute("aria-checked", checked)
        expect(tickets).to_be_focused()


def tab_to(page: Page, wanted: Locator) -> None:
    """Press Tab until the control has the focus."""
    for _ in range(25):
        page.keyboard.press("Tab")
        if wanted.evaluate("each => each === document.activeElement"):
            return
    pytest.fail(f"{wanted} is not reached by the Tab key")

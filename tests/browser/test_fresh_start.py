"""From two accounts to the first posted change: what the guide leads through, in English and in German."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.conftest import sign_in
from tests.browser.labels import Labels
from tests.browser.stack import Stack
from tests.jobs.conftest import wait_for

CUSTOMER, PRODUCT = "Amsel Bau GmbH", "CIXA-MSP"
SERVICE = "Endpoint Protection Advanced"


@pytest.mark.parametrize("language", ["en", "de"])
def test_nothing_is_posted_before_start_synchronising_was_confirmed(
    language: str, open_browser: Callable[..., BrowserContext], fresh: Stack
) -> None:
    labels = Labels(language)
    state = fresh.sandbox.state
    company_id = state.company_id(CUSTOMER)
    state.set_usage(customer_id=state.customer_id(CUSTOMER), product_code=PRODUCT, billable=12)
    page = open_browser(language=language).new_page()
    sign_in(page, fresh, "Ada")
    expect(page.get_by_role("heading", level=1)).to_have_text(labels.psa)  # a new instance begins with the guide

    connect_both(page, fresh)
    map_the_customer(page, fresh)
    assert fresh.units(company_id, SERVICE) == 10
    plan_everything(page, fresh, labels)
    assert fresh.posted() == 0

    expect(page.locator("main")).to_contain_text(CUSTOMER)
    start = page.get_by_role("button", name=labels.start)
    start.click()
    expect(page.locator("#others_are_off")).to_have_attribute("aria-invalid", "true")
    expect(page.locator("#others_are_off-error")).to_be_visible()
    page.locator("#others_are_off").check()
    start.click()
    expect(page.locator(".flashed")).to_be_visible()
    assert fresh.posted() == 0

    page.goto(f"{fresh.address}/psa/autotask/customers")
    page.get_by_role("button", name=labels.sync_now, exact=True).last.click()
    expect(page.locator("tbody", has_text=CUSTOMER).locator(".c-status")).to_contain_text(labels.successful, timeout=30_000)
    assert fresh.units(company_id, SERVICE) == 12
    assert fresh.posted() == 1


def connect_both(page: Page, stack: Stack) -> None:
    """On the Connection page, once with a wrong secret; customers then come by themselves."""
    credentials = stack.sandbox.credentials()
    page.goto(f"{stack.address}/settings/connections")
    sophos = page.locator("#connection-sophos")
    for secret in ("a wrong secret", credentials["sophos"]["client_secret"]):
        page.locator("#sophos-client-id").fill(credentials["sophos"]["client_id"])
        page.locator("#sophos-client-secret").fill(secret)
        sophos.get_by_role("button").click()
        expect(sophos.get_by_role("alert")).to_have_count(1 if secret == "a wrong secret" else 0)
    for name, value in credentials["autotask"].items():
        page.locator(f"#autotask-{name.replace('_', '-')}").fill(value)
    page.locator("#connection-autotask").get_by_role("button").click()
    expect(page.locator(".flashed")).to_have_count(2)
    expect(page.locator(".setting .status-good")).to_have_count(2)


def map_the_customer(page: Page, stack: Stack) -> None:
    """The company of the same name is offered by itself."""
    customers = f"{stack.address}/psa/autotask/customers"
    row = page.locator("tbody", has_text=CUSTOMER)

    def is_there() -> bool:
        page.goto(customers)
        return row.count() > 0

    wait_for(is_there, "the refresh that the connection begins")
    row.locator(".suggest button").click()
    select = row.locator(".c-contract select")
    select.select_option(index=1)
    expect(page.locator(".toast")).to_have_count(2)
    row.locator(".c-switch").first.get_by_role("switch").click()
    expect(row.locator(".c-switch").first.get_by_role("switch")).to_have_attribute("aria-checked", "true")


def plan_everything(page: Page, stack: Stack, labels: Labels) -> None:
    """The last step of the guide leads to the plan, which is made at a press and then shown by itself."""
    page.goto(f"{stack.address}/psa")
    page.locator(".steps").get_by_role("link", name=labels.start).click()
    expect(page.get_by_role("button", name=labels.start)).to_have_count(0)
    page.locator("main form button.btn-primary").click()
    line = page.locator("table tbody tr", has_text=CUSTOMER)
    expect(line).to_have_count(1, timeout=30_000)
    expect(line.locator("td.num").first).to_have_text("10 → 12 +2")
    expect(page.get_by_role("button", name=labels.start)).to_be_visible()
    expect(page.locator(".figures dd", has_text="+2")).to_be_visible()

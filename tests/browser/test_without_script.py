"""The main job with JavaScript switched off: every action is a plain form first."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.browser.conftest import Open
from tests.browser.labels import Labels
from tests.browser.stack import Stack
from tests.jobs.conftest import wait_for

CUSTOMER, COMPANY, CONTRACT = "Wäscherei Blütenweiß", "Wäscherei Blütenweiß", "Managed Security Bautzen"
PRODUCT, SERVICE = "CMS-MSP", "Managed Mobile Standard"


def test_the_main_job_is_done_with_plain_forms(visit: Open, stack: Stack) -> None:
    labels = Labels("en")
    state = stack.sandbox.state
    company_id = state.company_id(COMPANY)
    before = stack.units(company_id, SERVICE)
    assert before is not None
    state.set_usage(customer_id=state.customer_id(CUSTOMER), product_code=PRODUCT, billable=before + 2)
    page = visit("Oskar", "/psa", script=False)
    page.get_by_role("link", name=labels.manage).click()
    page.get_by_role("searchbox").fill("blütenweiß")
    page.get_by_role("searchbox").press("Enter")
    row = page.locator("#customers > tbody")
    expect(row).to_have_count(1)

    field = row.get_by_role("combobox", name=re.compile(labels.company))
    field.fill("Wäscherei Blutenweis")
    row.get_by_role("button", name=labels.save).click()
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(page).to_have_url(re.compile("company|q="))
    row.locator(".near button", has_text=COMPANY).click()
    expect(page.locator(".flashed")).to_contain_text(COMPANY)
    expect(row).to_have_count(1)  # still what the search shows

    row.locator(".c-contract select").select_option(CONTRACT)
    row.locator(".c-contract").get_by_role("button", name=labels.save).click()
    row.get_by_role("switch", name=re.compile(f"^{labels.usage_sync}:")).click()
    expect(page.locator(".flashed")).to_contain_text(f"{labels.usage_sync} of {CUSTOMER} is on")
    sync_now(page, labels)
    assert stack.units(company_id, SERVICE) == before + 2


def sync_now(page: Page, labels: Labels) -> None:
    """Choose the customer and look again, by hand, until the run has ended."""
    row = page.locator("#customers > tbody")
    row.get_by_role("checkbox").check()
    page.get_by_role("button", name=labels.sync_now, exact=True).last.click()
    expect(row).to_have_count(1)

    def has_ended() -> bool:
        page.reload()
        return labels.successful in row.locator(".c-status").inner_text() and not page.locator("#run-progress").count()

    wait_for(has_ended, "the end of the run")

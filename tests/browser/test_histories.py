"""The page of a contract and of a customer with half a year of history, and the filter and the files of a run."""

from __future__ import annotations

import io
import re

import openpyxl
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.conftest import Open, keep_picture
from tests.browser.stack import Stack
from tests.browser.test_pages import AXE, IN_BOTH, WIDER
from webapp import create_app
from webapp.domain import Month
from webapp.extensions import db
from webapp.models import Run, RunLine
from webapp.services import line_months
from webapp.services.line_months import MonthOfLine

HELD = "Prairie Sky Insurance Agency"
SIZES = pytest.mark.parametrize(("width", "dark"), [(400, True), (1440, False)])
WORDS = {
    "en": {"figures": "Figures by month", "changes": "Every change", "held": "1 change waits for a person", "month": "June 2026"},
    "de": {"figures": "Zahlen nach Monaten", "changes": "Alle Änderungen", "held": "1 Änderung wartet auf einen Menschen"}
    | {"month": "Juni 2026"},
}


@pytest.fixture(scope="session")
def history(stack: Stack) -> dict[str, str]:
    """Half a year of months for every line of the first sync, as its earlier runs would have left them; the addresses of the
    pages of one customer and of its contract."""
    app = create_app(stack.settings)
    with app.app_context():
        first = db.session.query(Run).filter_by(kind="usage").order_by(Run.id).first()
        assert first
        lines = db.session.query(RunLine).filter(RunLine.run_id == first.id, RunLine.contract_service_id.is_not(None)).all()
        month = Month(2026, 11)
        for back in range(6):
            line_months.keep(first.id, month, [_month(line, month, back) for line in lines if line.before is not None])
            month = month.previous
        db.session.commit()
        customer = stack.sandbox.state.customer_id(HELD)
        contract = next(line.contract_id for line in lines if customer in line.customer_ids)
        db.session.remove()
        db.engine.dispose()
    return {"contract": f"/psa/autotask/contracts/{contract}", "customer": f"/psa/autotask/customers/{customer}"}


def _month(line: RunLine, month: Month, back: int) -> MonthOfLine:
    units = max(0, (line.before or 0) - back)
    return MonthOfLine(
        contract_id=line.contract_id or 0,
        contract_service_id=line.contract_service_id or 0,
        service_id=line.service_id or 0,
        service_name=line.service_name,
        customer_ids=tuple(line.customer_ids),
        products=tuple(line.products),
        units=units,
        units_on=month.last_day,
        price=4.25,
        posted=back > 0,
        target=line.target if back == 0 else units + back % 2,
        state=line.state if back == 0 else "in_step",
        code=line.code if back == 0 else None,
    )


@IN_BOTH
@SIZES
def test_history_reads_as_chart_and_as_table_in_every_size(
    visit: Open, history: dict[str, str], language: str, width: int, dark: bool
) -> None:
    page = visit("Vera", history["customer"], language=language, width=width, dark=dark, audit=True)
    _is_sound(page, f"history-customer-{language}-{width}")
    expect(page.get_by_role("heading", name=WORDS[language]["held"])).to_be_visible()
    _figures_open(page, language)
    page.goto(re.sub(r"/psa/.*", "", page.url) + history["contract"])
    _is_sound(page, f"history-contract-{language}-{width}")
    expect(page.get_by_role("heading", name=WORDS[language]["changes"])).to_be_visible()
    expect(page.get_by_role("img").first).to_be_visible()
    _figures_open(page, language)
    page.get_by_role("link", name=HELD).click()
    expect(page).to_have_url(re.compile(re.escape(history["customer"])))


def _is_sound(page: Page, name: str) -> None:
    """Nothing for axe to find, and nothing wider than the window."""
    keep_picture(page, name)
    found = Axe().run(page, options=AXE)
    assert found.violations_count == 0, f"{name}: {found.generate_report()}"
    wide = page.evaluate(WIDER)
    assert not wide, f"{name} is wider than its window: {wide}"


def _figures_open(page: Page, language: str) -> None:
    """The table behind a chart opens by keyboard."""
    summary = page.locator("summary", has_text=WORDS[language]["figures"]).first
    summary.focus()
    page.keyboard.press("Enter")
    expect(page.locator(".figures-table").first).to_contain_text(WORDS[language]["month"])
    assert not page.evaluate(WIDER)


def test_the_way_from_a_run_to_a_contract_needs_no_script(visit: Open, history: dict[str, str]) -> None:
    page = visit("Vera", "/runs", script=False)
    page.locator(".chip", has_text="Usage sync").click()
    page.locator("summary", has_text="More filters").click()
    page.get_by_label("State").select_option(label="Partly failed")
    page.get_by_role("button", name="Filter").click()
    expect(page).to_have_url(re.compile(r"kind=usage.*state=partial"))
    page.get_by_role("link", name="Run 2", exact=True).click()
    page.get_by_role("searchbox").fill("prairie")
    page.get_by_role("button", name="Search").click()
    expect(page).to_have_url(re.compile(r"/runs/2\?lines=changes&q=prairie#lines"))
    page.get_by_role("row", name=re.compile(HELD)).get_by_role("link").nth(1).click()
    expect(page).to_have_url(re.compile(re.escape(history["contract"])))


def test_a_run_is_downloaded_as_an_excel_file(visit: Open, stack: Stack) -> None:
    page = visit("Vera", "/runs/2", language="de")
    page.locator("summary", has_text="Exportieren").click()
    with page.expect_download() as started:
        page.get_by_role("link", name="Vertragspositionen, Excel").click()
    sheet = openpyxl.load_workbook(io.BytesIO(started.value.path().read_bytes())).active
    assert sheet is not None
    assert sheet["A1"].value == "Kunde"
    assert HELD in [row[0] for row in sheet.iter_rows(values_only=True)]


@IN_BOTH
def test_runs_and_their_customers_are_sound_on_a_phone(visit: Open, stack: Stack, language: str) -> None:
    page = visit("Vera", "/runs?dry=0", language=language, width=400, audit=True)
    _is_sound(page, f"runs-filter-{language}-400")
    page.goto(f"{stack.address}/runs/2?lines=customers")
    _is_sound(page, f"run-customers-{language}-400")

"""The billing check in the browser: whoever looks, reads again, signs and exports."""

from __future__ import annotations

import csv
import io
import re

import pytest
from flask import Flask
from openpyxl import load_workbook
from sqlalchemy import select

from tests import builders
from tests.web.conftest import Pages
from webapp.domain import Month
from webapp.extensions import db
from webapp.models import Run, SignOff, Usage
from webapp.services import billing_check, connections

PAGE = "/psa/billing-check"


@pytest.fixture
def month(app: Flask) -> None:
    """November: the bakery is billed, the shipping company's increase is held, the dentist is not mapped."""
    with app.app_context():
        product, service = builders.add_product(), builders.add_service()
        builders.add_product_mapping(product=product, service=service)
        run = builders.add_run()
        for name, units, target in ((builders.BAKERY, 12, 12), (builders.SHIPPING, 10, 40)):
            company = builders.add_company(name=name)
            contract = builders.add_contract(company=company)
            line = builders.add_contract_service(contract=contract, service=service)
            customer = builders.add_customer(name=name, company=company, contract=contract, usage_sync=True)
            builders.add_usage(customer=customer, billable=target)
            state = "in_step" if units == target else "held"
            more = {"contract_service_id": line.id, "state": state, "reason": "hold_increase"}
            params = {"reason_params": {"percent": 300, "units": 30}}
            builders.add_line(run=run, customers=[customer], **more, **params)
            builders.add_line_month(line=line, units=units, target=target, state=state, run_id=run.id)
        builders.add_usage(customer=builders.add_customer(name=builders.DENTIST), billable=7)
        builders.add_reading()
        db.session.commit()


def seal(pages: Pages) -> str:
    found = re.search(r'name="seal" value="(\w+)"', pages.get(PAGE))
    assert found
    return found[1]


def sign(pages: Pages, *, status: int = 303, **more: str) -> str:
    data = {"month": "2026-11", "seal": seal(pages), "note": "Checked."} | more
    return pages.post(f"{PAGE}/sign", data, status=status).get_data(as_text=True)


@pytest.mark.usefixtures("month")
def test_differences_come_first_in_units_and_in_money(viewer: Pages) -> None:
    page = viewer.get(PAGE)
    assert "Billing check, November 2026" in page
    assert page.index("Carlsen Reederei") < page.index("Dr. Fröhlich") < page.index("Bäckerei Wöhrle")
    assert "+105.00" in page
    assert "has no contract yet" in page
    german = viewer.get(f"{PAGE}?lang=de")
    assert "Abrechnungsprüfung" in german
    assert "+105,00" in german


@pytest.mark.usefixtures("month")
def test_filter_and_search_narrow_the_rows(viewer: Pages) -> None:
    assert "Bäckerei" not in viewer.get(f"{PAGE}?view=differences")
    held = viewer.get(f"{PAGE}?view=held", htmx=True)
    assert "Carlsen" in held
    assert "Dr. Fröhlich" not in held
    assert "Dr. Fröhlich" in viewer.get(f"{PAGE}?view=unbilled")
    assert "Carlsen" not in viewer.get(f"{PAGE}?q=w%C3%B6hrle")
    assert "No row of this month fits the filter." in viewer.get(f"{PAGE}?view=waiting")


@pytest.mark.usefixtures("month")
def test_many_rows_come_in_pages_or_on_one_to_print(app: Flask, viewer: Pages) -> None:
    with app.app_context():
        for number in range(210):
            customer = builders.add_customer(name=f"Customer {number:03}")
            builders.add_usage(customer=customer, billable=1)
        db.session.commit()
    page = viewer.get(f"{PAGE}?page=2&view=unbilled")
    assert "101 to 200 of 211 rows" in page
    assert "view=unbilled" in page
    assert "211 to 211" not in viewer.get(f"{PAGE}?page=9")
    assert "1 to 213 of 213 rows" in viewer.get(f"{PAGE}?rows=all")


def test_a_month_without_usage_says_what_to_do(viewer: Pages, operator: Pages) -> None:
    assert "This month was not read yet" in viewer.get(PAGE)
    assert "Read the figures" in operator.get(PAGE)
    assert 'name="seal"' not in operator.get(PAGE)


@pytest.mark.usefixtures("month")
@pytest.mark.parametrize("text", ["2026-13", "2027-01", "%3Cb%3E"])
def test_what_is_no_month_is_said_at_its_place(viewer: Pages, text: str) -> None:
    page = viewer.get(f"{PAGE}?month={text}", status=422)
    assert 'id="month-error"' in page
    assert "Billing check, November 2026" in page


def test_reading_again_asks_for_a_dry_run_and_shows_it(app: Flask, operator: Pages, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("webapp.queueing.enqueue_run", lambda run_id: None)
    answer = operator.post(f"{PAGE}/read", {"month": "2026-10"})
    assert answer.location == f"{PAGE}?month=2026-10"
    assert "not_connected" not in operator.get(f"{PAGE}?month=2026-10")
    with app.app_context():
        for system in ("sophos", "autotask"):
            connections.store(system=system, credentials={}, facts={}, by="test")
        db.session.commit()
    operator.post(f"{PAGE}/read", {"month": "2026-10"})
    with app.app_context():
        run = db.session.scalars(select(Run)).one()
        assert (run.dry_run, run.month, run.requested_by) == (True, "2026-10", "user:Oskar")
    assert "Waiting for a worker" in operator.get(f"{PAGE}?month=2026-10")


@pytest.mark.usefixtures("month")
def test_what_is_open_is_signed_only_with_the_tick(operator: Pages, app: Flask) -> None:
    page = sign(operator, status=422)
    assert "Tick this to sign although something is open" in page
    assert "Checked." in page
    with app.app_context():
        assert db.session.query(SignOff).count() == 0
    sign(operator, confirmed="y")
    with app.app_context():
        signed = db.session.scalars(select(SignOff)).one()
        assert (signed.signed_by, signed.note) == ("user:Oskar", "Checked.")


@pytest.mark.usefixtures("month")
def test_the_signed_copy_stays_as_it_was_and_says_what_differs(app: Flask, operator: Pages, viewer: Pages) -> None:
    sign(operator, confirmed="y")
    with app.app_context():
        number = db.session.scalars(select(SignOff.id)).one()
    copy = viewer.get(f"{PAGE}/sign-offs/{number}")
    assert "Signed by Oskar" in copy
    assert "figures are the same" in copy
    with app.app_context():
        usage = db.session.scalars(select(Usage).where(Usage.billable == 40)).one()
        usage.billable = 44
        db.session.commit()
    copy = viewer.get(f"{PAGE}/sign-offs/{number}")
    assert "1 row differs from today" in copy
    assert "+105.00" in copy
    assert "Carlsen" in viewer.get(f"{PAGE}/sign-offs/{number}?view=held", htmx=True)
    assert "November 2026, copy" in viewer.get(f"{PAGE}/sign-offs")
    assert "November 2026, copy" in viewer.get(PAGE)
    viewer.get(f"{PAGE}/sign-offs/999", status=404)


@pytest.mark.usefixtures("month")
def test_figures_that_changed_since_the_page_was_made_are_not_signed(operator: Pages) -> None:
    page = sign(operator, status=422, confirmed="y", seal="0" * 20)
    assert "The figures have changed since this page was made." in page


@pytest.mark.usefixtures("month")
def test_who_may_only_look_neither_signs_nor_reads_again(viewer: Pages) -> None:
    page = viewer.get(PAGE)
    assert "Read again" not in page
    assert 'name="seal"' not in page
    viewer.post(f"{PAGE}/sign", {"month": "2026-11"}, status=403)
    viewer.post(f"{PAGE}/read", {"month": "2026-11"}, status=403)


@pytest.mark.usefixtures("month")
def test_the_file_holds_the_rows_of_the_filter_with_numbers_as_numbers(app: Flask, operator: Pages, viewer: Pages) -> None:
    with app.app_context():
        builders.add_usage(customer=builders.add_customer(name="=1+1"), billable=1)
        usage = db.session.scalars(select(Usage).where(Usage.billable == 40)).one()
        usage.billable = 3
        db.session.commit()
        assert billing_check.check(Month(2026, 11)).differences == 3
    text = viewer.get(f"{PAGE}/export.csv?view=differences")
    records = list(csv.DictReader(io.StringIO(text.removeprefix("\N{ZERO WIDTH NO-BREAK SPACE}"))))
    by_name = {record["Customer"]: record for record in records}
    assert set(by_name) == {"'=1+1", builders.SHIPPING, builders.DENTIST}
    assert by_name[builders.SHIPPING]["Difference"] == "-7"
    assert by_name[builders.SHIPPING]["Difference in money"] == "-24.50"
    assert by_name[builders.DENTIST]["Difference in money"] == ""
    assert by_name[builders.DENTIST]["Code"] == "unbilled_unmapped"
    sign(operator, confirmed="y")
    with app.app_context():
        number = db.session.scalars(select(SignOff.id)).one()
    assert builders.BAKERY in viewer.get(f"{PAGE}/sign-offs/{number}/export.csv")
    book = viewer.client.get(f"{PAGE}/sign-offs/{number}/export.xlsx?lang=de")
    sheet = load_workbook(io.BytesIO(book.data)).active
    assert sheet is not None
    found = {str(row[2]): row for row in sheet.iter_rows(values_only=True)}
    assert found[builders.SHIPPING][16:19] == (-7, 3.5, -24.5)
    assert found["Kunde"][18] == "Abweichung als Betrag"

"""The pages of runs: the list with its filter, one run with its lines and customers, and its files."""

from __future__ import annotations

import io
import re
from datetime import date
from html import unescape

import openpyxl
import pytest
from flask import Flask

from tests.builders import BAKERY, FREIGHT, add_change, add_company, add_contract, add_customer, add_line, add_result, add_run
from tests.web.conftest import Pages
from webapp.extensions import db


@pytest.fixture
def run_id(app: Flask) -> int:
    """A run in which the bakery failed, and the freight company has a change that waits and one for a full period."""
    with app.app_context():
        contract = add_contract(company=add_company())
        bakery, freight = add_customer(name=BAKERY), add_customer(name=FREIGHT)
        run = add_run(state="partial", calls_sophos=4, calls_autotask=1009)
        params = {"contract": "Alt", "date": "2026-10-31"}
        add_result(run=run, customer=bakery, state="failed", error_code="contract_ended", error_params=params)
        add_result(run=run, customer=freight, held=1)
        ended = {"code": "contract_ended", "reason": "contract_ended", "reason_params": params}
        add_line(run=run, customers=[bakery], state="blocked", target=None, **ended)
        change = add_change(run=run, contract_id=contract.id)
        december = {"period_start": date(2026, 12, 1), "period_end": date(2026, 12, 31)}
        add_line(
            run=run,
            customers=[freight],
            state="planned",
            target=15,
            delta=3,
            change_id=change.id,
            contract_id=contract.id,
            effective_date=date(2026, 12, 1),
            waits_until=date(2026, 11, 30),
            **december,
        )
        today = {"target": 14, "delta": 2, "effective_date": date(2026, 12, 23), **december}
        add_line(run=run, customers=[freight], state="held", **today)
        db.session.commit()
        return run.id


def words(html: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split())


@pytest.mark.parametrize("language", ["en", "de"])
def test_every_view_of_a_run_is_a_valid_page(viewer: Pages, run_id: int, language: str) -> None:
    for query in ("", "lines=customers", "lines=customers&result=failed", "lines=all&q=Albion", "lines=in_step", "q=%00%25'"):
        viewer.get(f"/runs/{run_id}?{query}&lang={language}")


def test_a_line_says_until_when_it_waits_and_whether_it_is_prorated(viewer: Pages, run_id: int) -> None:
    page = words(viewer.get(f"/runs/{run_id}"))
    assert "waits until 30 Nov 2026" in page
    assert "1 Dec 2026 Full period" in page
    assert "23 Dec 2026 Prorated" in page


def test_a_run_says_what_it_cost_in_calls(viewer: Pages, run_id: int) -> None:
    assert "1,013 Autotask 1,009, Sophos 4" in words(viewer.get(f"/runs/{run_id}"))


def test_customers_and_contracts_lead_to_their_pages(viewer: Pages, run_id: int) -> None:
    page = viewer.get(f"/runs/{run_id}?lines=all")
    for path in set(re.findall(r'href="(/psa/autotask/(?:customers|contracts)/[^"]+)"', page)):
        viewer.get(path)
    assert len(set(re.findall(r'href="/psa/autotask/customers/([^"]+)"', page))) == 2
    assert len(set(re.findall(r'href="/psa/autotask/contracts/([^"]+)"', page))) == 1


def test_the_customers_of_a_run_show_cause_and_advice(viewer: Pages, run_id: int) -> None:
    page = words(viewer.get(f"/runs/{run_id}?lines=customers&result=failed#lines"))
    assert "The contract Alt ended on 31 Oct 2026." in page
    table = page[page.index("Customers of this run") :]
    assert BAKERY in table
    assert FREIGHT not in table


def test_a_search_narrows_the_lines_and_is_kept_by_the_tabs(viewer: Pages, run_id: int) -> None:
    page = viewer.get(f"/runs/{run_id}?lines=all&q=bakery+of+nobody")
    assert "Nothing of this run fits what you search for." in page
    page = viewer.get(f"/runs/{run_id}?lines=all&q=Albion")
    assert re.search(r"lines=customers&amp;q=Albion", page)
    assert "2 lines" in page


@pytest.mark.parametrize("part", ["lines", "customers"])
def test_a_german_reader_gets_german_files(viewer: Pages, run_id: int, part: str) -> None:
    answer = viewer.client.get(f"/runs/{run_id}/{part}.csv?lang=de")
    assert answer.headers["Content-Disposition"] == f"attachment; filename=kontor-run-{run_id}-2026-11-{part}.csv"
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    header = answer.data.decode("utf-8-sig").splitlines()[0]
    assert header.startswith("Kunde;")
    answer = viewer.client.get(f"/runs/{run_id}/{part}.xlsx?lang=de")
    sheet = openpyxl.load_workbook(io.BytesIO(answer.data)).active
    assert sheet is not None
    assert [cell.value for cell in sheet[1]] == header.split(";")


def test_an_english_reader_gets_commas_and_iso_dates(viewer: Pages, run_id: int) -> None:
    text = viewer.client.get(f"/runs/{run_id}/lines.csv?lang=en").data.decode("utf-8-sig")
    assert text.startswith("Customer,Contract,")
    assert ",2026-12-01,Full period," in text


@pytest.mark.parametrize("path", ["lines.pdf", "nothing.csv", "lines.csv.exe"])
def test_there_are_no_other_files(viewer: Pages, run_id: int, path: str) -> None:
    viewer.get(f"/runs/{run_id}/{path}", status=404)


def test_the_files_of_a_run_that_does_not_exist_are_not_there(viewer: Pages) -> None:
    viewer.get("/runs/4711/lines.csv", status=404)


def test_the_address_is_the_filter_of_the_list(app: Flask, viewer: Pages, run_id: int) -> None:
    with app.app_context():
        add_run(kind="refresh", month=None)
        add_run(month="2026-10", dry_run=True)
        db.session.commit()
    assert "3 runs" in viewer.get("/runs")
    page = viewer.get("/runs?kind=usage&dry=0&failures=1&month=2026-11&who=kontor&from=2026-11-01&to=2026-11-30")
    assert "1 run" in words(page)
    assert f'href="/runs/{run_id}"' in page
    assert re.search(r'<option value="2026-11" selected>November 2026', page)
    assert re.search(r'id="run-from" name="from" value="2026-11-01"', page)
    assert "<details" in page


@pytest.mark.parametrize("language", ["en", "de"])
def test_a_filter_that_fits_no_run_offers_all_of_them(viewer: Pages, run_id: int, language: str) -> None:
    page = viewer.get(f"/runs?state=cancelled&who=user:nobody&lang={language}")
    assert ("No run fits this filter" if language == "en" else "Kein Lauf passt zu diesem Filter") in page
    assert "run-state" in page


def test_an_installation_without_a_run_says_what_to_do(viewer: Pages) -> None:
    page = viewer.get("/runs?kind=usage")
    assert "No run yet" in page
    assert "run-state" not in page

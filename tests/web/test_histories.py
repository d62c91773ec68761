"""The pages of a contract and of a customer: head, history as chart and as table, ledger, and the way between them."""

from __future__ import annotations

import re
from datetime import date
from html import unescape

import pytest
from flask import Flask
from sqlalchemy import select

from tests.builders import (
    BAKERY,
    FREIGHT,
    SEEN,
    add_change,
    add_company,
    add_contract,
    add_contract_service,
    add_customer,
    add_finding,
    add_line_month,
    add_product,
    add_product_mapping,
    add_result,
    add_run,
    add_service,
    add_usage,
)
from tests.web.conftest import Pages
from webapp.extensions import db
from webapp.models import LineMonth

CONTRACT = "/psa/autotask/contracts/29704127"
LIST = "/psa/autotask/customers"


@pytest.fixture
def customer(app: Flask) -> str:
    """A customer whose contract has a line with three months, one confirmed and one held change that a person approved."""
    with app.app_context():
        company = add_company(name="Wöhrle Brot AG")
        contract = add_contract(company=company, id=29704127, name="Managed <Security>")
        bakery = add_customer(name=BAKERY, company=company, contract=contract, usage_sync=True)
        service = add_service()
        add_product_mapping(product=add_product(), service=service)
        line = add_contract_service(contract=contract, service=service)
        feeds = {"customer_ids": [bakery.id], "products": ["CEMA-MSP"]}
        for month, units, target in (("2026-09", 9, 9), ("2026-10", None, 10), ("2026-11", 12, 15)):
            add_line_month(line=line, month=month, units=units, target=target, **feeds)
            add_usage(customer=bakery, month=month, billable=target)
        run = add_run(state="partial")
        failed = {"error_code": "contract_ended", "error_params": {"contract": contract.name, "date": "2026-10-31"}}
        add_result(run=run, customer=bakery, state="failed", **failed)
        about = {"contract_id": contract.id, "service_name": service.name, "customer_ids": [bakery.id]}
        params = {"before": 12, "target": 15, "percent": 150, "units": 18}
        add_change(run=run, state="confirmed", reason_params=params, period_start=date(2026, 11, 1), confirmed_at=SEEN, **about)
        decided = {"decided_by": "user:dana", "decided_at": SEEN, "decision": "approved", "decision_reason": "Checked by phone"}
        held = {"effective_date": date(2026, 12, 1), "period_start": date(2026, 12, 1), "reason": "hold_increase"}
        add_change(run=run, state="held", reason_params=params, target=30, **held, **decided, **about)
        ends = {"contract": contract.name, "date": "2026-12-31"}
        add_finding(code="contract_ends", customer=bakery, params=ends, subject=f"contract:{contract.id}")
        db.session.commit()
        return bakery.id


def words(html: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split())


@pytest.mark.parametrize("language", ["en", "de"])
def test_both_pages_are_valid_in_both_languages(viewer: Pages, operator: Pages, customer: str, language: str) -> None:
    for path in (CONTRACT, f"{LIST}/{customer}"):
        viewer.get(f"{path}?lang={language}")
        operator.get(f"{path}?lang={language}")


def test_the_head_of_a_contract_says_whose_it_is_and_how_long(viewer: Pages, customer: str) -> None:
    page = words(viewer.get(CONTRACT))
    assert "Contract of Wöhrle Brot AG in Autotask." in page
    assert "1 Jan 2026 to 31 Dec 2026" in page
    assert "In effect" in page
    assert BAKERY in page


def test_a_chart_has_a_title_a_description_and_the_same_figures_as_a_table(viewer: Pages, customer: str) -> None:
    for path in (CONTRACT, f"{LIST}/{customer}"):
        page = viewer.get(path)
        chart = re.search(r'<svg class="chart[^"]*"[^>]*role="img" aria-labelledby="(\S+) (\S+)".*?</svg>', page, re.DOTALL)
        assert chart
        assert re.search(rf'<title id="{chart[1]}">[^<]*usage against units</title>', chart[0])
        assert re.search(rf'<desc id="{chart[2]}">[^<]*November 2026: 15 used, 12 billed.</desc>', chart[0])
        assert chart[0].count("<rect") == 3
        table = words(page[page.index('<table class="figures-table">') :].partition("</table>")[0])
        assert re.search(r"November 2026 (15 15 )?15 12 October 2026 (10 10 )?10 – September 2026 (9 9 )?9 9", table)


def test_a_line_without_a_known_price_has_a_dash_in_its_place(app: Flask, viewer: Pages, customer: str) -> None:
    with app.app_context():
        for known in db.session.scalars(select(LineMonth)):
            known.price = None
        db.session.commit()
    assert '<td class="num third" role="cell" data-label="Price">–</td>' in viewer.get(CONTRACT)


def test_the_ledger_of_a_contract_says_who_decided_and_in_which_run(viewer: Pages, customer: str) -> None:
    page = viewer.get(CONTRACT)
    ledger = words(page[page.index('id="changes"') :])
    assert "1 Dec 2026 Full period" in ledger
    assert "23 Nov 2026 Prorated" in ledger
    assert "12 30 +18 Held" in ledger
    assert "dana approved 23 Nov 2026, 02:00: Checked by phone Run" in ledger
    assert "2 changes" in ledger


def test_what_is_open_stands_on_both_pages(viewer: Pages, customer: str) -> None:
    for path in (CONTRACT, f"{LIST}/{customer}"):
        assert "The contract Managed <Security> ends on 31 Dec 2026." in words(viewer.get(path))


def test_the_page_of_a_customer_leads_to_its_contract_its_runs_and_its_row(viewer: Pages, customer: str) -> None:
    page = viewer.get(f"{LIST}/{customer}")
    assert f'href="{CONTRACT}"' in page
    assert "1 change waits for a person" in words(page)
    assert "Sophos Email Advanced: 12 to 30 (+18)" in words(page)
    for path in set(re.findall(r'href="(/(?:runs|psa|findings)[^"]*)"', page)):
        viewer.get(unescape(path))


def test_only_who_may_sync_is_offered_it(viewer: Pages, operator: Pages, customer: str) -> None:
    assert "Sync Now" not in viewer.get(f"{LIST}/{customer}")
    assert "Sync Now" in operator.get(f"{LIST}/{customer}")
    assert operator.post("/runs", {"kind": "usage", "customer": customer, "back": f"{LIST}/{customer}"}).location


def test_the_lists_lead_to_the_page_of_a_customer(viewer: Pages, operator: Pages, customer: str) -> None:
    for pages in (viewer, operator):
        assert f'href="{LIST}/{customer}"' in pages.get(LIST)
    assert f'href="{LIST}/{customer}"' in viewer.get("/findings")
    assert f'href="{CONTRACT}"' in viewer.get(LIST)


def test_the_row_of_a_customer_is_still_what_a_partial_request_gets(operator: Pages, customer: str) -> None:
    assert operator.get(f"{LIST}/{customer}", htmx=True).strip().startswith("<tbody")
    answer = operator.client.get(f"{LIST}/{customer}?edit=1&q=x")
    assert answer.location == f"{LIST}?q=x&edit={customer}#customer-{customer}"


def test_pages_without_any_history_say_so(app: Flask, viewer: Pages) -> None:
    with app.app_context():
        contract = add_contract(company=add_company(), end_date=date(2025, 12, 31), status=0)
        unmapped = add_customer(name=FREIGHT, billing_type="term")
        db.session.commit()
        paths = [f"/psa/autotask/contracts/{contract.id}", f"{LIST}/{unmapped.id}"]
    contract_words, customer_words = (words(viewer.get(path)) for path in paths)
    assert "No customer is mapped to this contract." in contract_words
    assert "No longer in effect" in contract_words
    assert "No line yet" in contract_words
    assert "No change yet" in contract_words
    assert "No usage yet" in customer_words
    assert "No run yet" in customer_words
    assert "No company" in customer_words


@pytest.mark.parametrize("path", ["/psa/autotask/contracts/4711", f"/psa/autotask/contracts/{10**30}", f"{LIST}/nobody"])
def test_what_does_not_exist_is_not_found(viewer: Pages, path: str) -> None:
    viewer.get(path, status=404)

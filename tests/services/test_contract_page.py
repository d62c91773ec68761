"""The page of a contract: its lines over the months, every change ever, and who is mapped, on both databases."""

from __future__ import annotations

from datetime import date

import pytest
from flask import Flask

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
    add_run,
    add_service,
)
from webapp.errors import NotFound
from webapp.models import Contract, ContractService
from webapp.services import contract_page


@pytest.fixture
def contract(context: Flask) -> Contract:
    company = add_company(name="Wöhrle Brot AG")
    return add_contract(company=company, id=29704127)


@pytest.fixture
def line(contract: Contract) -> ContractService:
    """A line that a product mapping names."""
    service = add_service(name="Email Advanced")
    add_product_mapping(product=add_product(), service=service)
    return add_contract_service(contract=contract, service=service)


def test_a_line_shows_its_last_twelve_months(contract: Contract, line: ContractService) -> None:
    add_line_month(line=line, month="2025-11", units=1)
    add_line_month(line=line, month="2025-12", units=8)
    add_line_month(line=line, month="2026-10", units=None, target=11)
    add_line_month(line=line, month="2026-11", units=12, target=15, state="held", price=4.25)
    (shown,) = contract_page.one(contract.id, page=1).lines
    assert (shown.service_name, shown.mapped, shown.missing) == ("Email Advanced", True, False)
    assert [(point.month, point.usage, point.units) for point in shown.known] == [
        ("2026-11", 15, 12),
        ("2026-10", 11, None),
        ("2025-12", 8, 8),
    ]
    assert shown.newest
    assert (shown.newest.state, shown.newest.price) == ("held", 4.25)
    assert shown.chart
    assert len(shown.chart.bars) == 3


def test_lines_that_no_run_has_read_and_lines_that_are_gone_are_shown_too(contract: Contract, line: ContractService) -> None:
    unmapped = add_contract_service(contract=contract, service=add_service(name="Alarm"))
    gone = ContractService(id=77, contract_id=contract.id, service_id=unmapped.service_id)  # only the history knows it
    add_line_month(line=gone, service_name="Backup")
    shown = contract_page.one(contract.id, page=1).lines
    assert [(each.service_name, each.mapped, each.missing) for each in shown] == [
        ("Email Advanced", True, False),
        ("Alarm", False, False),
        ("Backup", False, True),
    ]
    assert [each.chart is None for each in shown] == [True, True, False]


def test_every_change_ever_is_listed_the_newest_first_in_pages(contract: Contract) -> None:
    run = add_run()
    for number in range(contract_page.CHANGES_A_PAGE + 1):
        day = date(2026, 1, 1 + number % 28)
        add_change(run=run, contract_id=contract.id, effective_date=day, state="superseded", contract_service_id=number)
    add_change(run=run, contract_id=contract.id + 1, state="superseded")
    found = contract_page.one(contract.id, page=9)
    assert (found.total, found.pages, found.page, len(found.changes)) == (51, 2, 2, 1)
    days = [change.effective_date for change in contract_page.one(contract.id, page=1).changes]
    assert days == sorted(days, reverse=True)


def test_the_customers_of_the_contract_say_who_takes_no_part(contract: Contract) -> None:
    add_customer(name=BAKERY, contract=contract, usage_sync=True)
    add_customer(name=FREIGHT, contract=contract, mapping={"left_out_contract_id": contract.id}, gone_at=SEEN)
    add_customer(name="Elsewhere", mapping={"left_out_contract_id": contract.id})
    found = contract_page.one(contract.id, page=1)
    assert [(each.name, each.usage_sync, each.gone, each.left_out) for each in found.customers] == [
        (FREIGHT, False, True, True),
        (BAKERY, True, False, False),
    ]


def test_open_findings_of_the_contract_and_its_customers_are_shown(contract: Contract) -> None:
    customer = add_customer(contract=contract)
    add_finding(code="customer_missing", customer=customer, params={"customer": BAKERY})
    about = {"contract": contract.name, "date": "2026-10-31"}
    add_finding(code="contract_ended", params=about, subject=f"contract:{contract.id}", key="a")
    add_finding(code="contract_ended", params=about, subject=f"contract:{contract.id}", key="b", cleared_at=SEEN)
    add_finding(code="contract_ended", params=about, subject="contract:5", key="c")
    found = contract_page.one(contract.id, page=1)
    assert sorted(finding.code for finding in found.findings) == ["contract_ended", "customer_missing"]


@pytest.mark.parametrize("number", [0, 4711, 2**63, 10**30])
def test_a_contract_that_does_not_exist_is_not_found(context: Flask, number: int) -> None:
    with pytest.raises(NotFound):
        contract_page.one(number, page=1)

"""The page of a customer: its usage against the units of its contract, its runs, what is held, on both databases."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.builders import (
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
from webapp.domain import Quantity
from webapp.errors import NotFound
from webapp.models import Contract, Customer
from webapp.services import customer_page
from webapp.services.customer_page import UsedMonth


@pytest.fixture
def contract(context: Flask) -> Contract:
    return add_contract(company=add_company())


@pytest.fixture
def customer(contract: Contract) -> Customer:
    return add_customer(contract=contract)


def test_usage_stands_beside_the_units_of_the_line_it_feeds(contract: Contract, customer: Customer) -> None:
    line = add_contract_service(contract=contract, service=add_service())
    for month, units in (("2026-10", 12), ("2026-11", 15)):
        add_line_month(line=line, month=month, units=units, customer_ids=[customer.id], products=["CEMA-MSP"])
    add_usage(customer=customer, month="2026-11", billable=14, actual=13, ordered=20)
    add_usage(customer=customer, month="2025-11", billable=99)
    (product,) = customer_page.one(customer.id).products
    assert product.months == [UsedMonth("2026-11", 20, 13, 14, 15), UsedMonth("2026-10", None, None, None, 12)]
    assert (product.service_name, product.shared, product.billed_by) == ("Sophos Email Advanced", False, Quantity.BILLABLE)
    assert [point.usage for point in product.points if point.usage is not None] == [14]


def test_the_chart_shows_the_figure_that_the_product_is_billed_by(customer: Customer) -> None:
    add_product_mapping(product=add_product(), service=add_service(), quantity="actual")
    add_usage(customer=customer, billable=14, actual=13)
    (product,) = customer_page.one(customer.id).products
    assert product.billed_by is Quantity.ACTUAL
    assert product.points[-1].usage == 13


def test_a_line_that_counts_further_usage_says_so(contract: Contract, customer: Customer) -> None:
    line = add_contract_service(contract=contract, service=add_service())
    add_line_month(line=line, customer_ids=[customer.id, "another"], products=["CEMA-MSP"])
    add_usage(customer=customer)
    assert customer_page.one(customer.id).products[0].shared


def test_units_of_lines_that_do_not_count_this_customer_are_not_its_own(contract: Contract, customer: Customer) -> None:
    line = add_contract_service(contract=contract, service=add_service())
    add_line_month(line=line, customer_ids=["another"], products=["CEMA-MSP"])
    add_usage(customer=customer)
    (product,) = customer_page.one(customer.id).products
    assert product.service_name == ""
    assert product.months == [UsedMonth("2026-11", 12, 12, 12, None)]


def test_the_last_runs_come_newest_first_and_only_those_of_this_customer(customer: Customer) -> None:
    other = add_customer(name="Other")
    ids = []
    for _ in range(customer_page.RESULTS + 2):
        run = add_run()
        add_result(run=run, customer=customer)
        add_result(run=run, customer=other, state="failed", error_code="contract_ended")
        ids.append(run.id)
    found = customer_page.one(customer.id).results
    assert [each.run.id for each in found] == ids[: -customer_page.RESULTS - 1 : -1]
    assert {each.result.state for each in found} == {"succeeded"}


def test_held_changes_and_open_findings_of_the_customer_are_shown(contract: Contract, customer: Customer) -> None:
    run = add_run()
    add_change(run=run, contract_id=contract.id, state="held", customer_ids=["another", customer.id])
    add_change(run=run, contract_id=contract.id, state="confirmed", customer_ids=[customer.id])
    add_change(run=run, contract_service_id=9, state="held", customer_ids=["another"])
    add_finding(code="customer_missing", customer=customer)
    add_finding(code="customer_gone", customer=customer, cleared_at=SEEN)
    found = customer_page.one(customer.id)
    assert [(each.change.state, each.contract_name) for each in found.held] == [("held", contract.name)]
    assert [finding.code for finding in found.findings] == ["customer_missing"]


def test_a_customer_without_anything_has_an_empty_page(context: Flask) -> None:
    found = customer_page.one(add_customer().id)
    assert (found.products, found.results, found.held, found.findings) == ([], [], [], [])


def test_a_customer_that_does_not_exist_is_not_found(context: Flask) -> None:
    with pytest.raises(NotFound):
        customer_page.one("nobody")

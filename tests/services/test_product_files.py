"""Product mappings as a CSV file: what comes out goes in again, and every mistake has its line."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import func, select

from tests.builders import (
    OPERATOR,
    add_company,
    add_contract,
    add_contract_service,
    add_customer,
    add_product,
    add_product_mapping,
    add_service,
)
from webapp.extensions import db
from webapp.models import AuditEntry, ProductMapping
from webapp.services import product_files, product_rules, products
from webapp.services.csv_files import ImportReport
from webapp.services.product_files import COLUMNS

HEADER = ",".join(COLUMNS)


def put(*rows: str, dry_run: bool = False, header: str = HEADER) -> ImportReport:
    data = "\n".join([header, *rows]).encode()
    return product_files.import_products(data=data, by=OPERATOR, dry_run=dry_run)


def places(report: ImportReport) -> list[tuple[int, str | None, str]]:
    return [(error.line, error.column, error.code) for error in report.errors]


def kept() -> int:
    return db.session.scalar(select(func.count()).select_from(ProductMapping)) or 0


def test_what_is_exported_is_imported_without_a_change(context: Flask) -> None:
    service, product = add_service(name="=Email"), add_product()
    add_product(code="UNMAPPED", description='Bär; "mail"')
    add_product_mapping(product=product, service=service, quantity="actual", included=1, minimum=5, pack_size=10, exclude=False)
    add_product_mapping(product=product, customer=add_customer(), included=3, exclude=True)
    text = product_files.export()
    lines = text.splitlines()
    assert lines[0] == HEADER
    assert lines[1] == f"CEMA-MSP,Central Email Advanced,{service.id},'=Email,actual,1,5,10,,no,"
    assert lines[2].startswith(f"CEMA-MSP,Central Email Advanced,{service.id},'=Email,,3,,,")
    report = product_files.import_products(data=text.encode(), by=OPERATOR)
    assert (report.errors, report.warnings, report.changed, report.unchanged) == ((), (), 0, 3)
    assert db.session.scalar(select(func.count()).select_from(AuditEntry)) == 0


def test_rows_are_added_replaced_and_removed_by_product_and_customer(context: Flask) -> None:
    service, other, customer = add_service(name="Email"), add_service(name="Other"), add_customer()
    add_product(code="A")
    add_product(code="B")
    assert put(f"A,,{service.id},,,,,,,,", f"A,,,email,,2,,,{customer.id},YES,", f"B,,{other.id},,,,,,,,").changed == 3
    rule = product_rules.rules().resolved("A", customer.id)
    assert rule is not None
    assert (rule.service_id, rule.included, rule.exclude) == (service.id, 2, True)
    report = put(f"A,,{other.id},Email,ordered,,,,,,", f"A,,,,,,,,{customer.id},,")
    assert (report.errors, report.changed) == ((), 2)
    assert [warning.column for warning in report.warnings] == ["service_name"]
    rule = product_rules.rules().resolved("A", customer.id)
    assert rule is not None
    assert (rule.service_id, rule.quantity, rule.included, rule.exclude) == (other.id, "ordered", 0, False)


def test_the_column_for_the_line_may_be_missing(context: Flask) -> None:
    service = add_service()
    add_product(code="A")
    assert put(f"A,,{service.id},,,,,,,", header=HEADER.replace(",contract_service_id", "")).changed == 1


def test_a_line_is_chosen_for_one_customer(context: Flask) -> None:
    service, company = add_service(), add_company()
    contract = add_contract(company=company)
    customer = add_customer(company=company, contract=contract)
    line = add_contract_service(contract=contract, service=service)
    add_product(code="A")
    report = put(f"A,,{service.id},,,,,,{customer.id},,{line.id}", f"A,,{service.id},,,,,,,,")
    assert (report.errors, report.changed) == ((), 2)
    rule = product_rules.rules().resolved("A", customer.id)
    assert rule is not None
    assert rule.contract_service_id == line.id


def test_a_product_that_sophos_has_not_named_yet_may_be_imported_with_a_warning(context: Flask) -> None:
    service = add_service()
    report = put(f"NEW,New product,{service.id},,,2,,,,,", "LATER,,,,,,,,,,")
    assert (report.errors, report.changed, report.unchanged) == ((), 1, 1)
    assert [(warning.line, warning.code) for warning in report.warnings] == [
        (2, "product_not_named_yet"),
        (3, "product_not_named_yet"),
    ]
    rule = product_rules.rules().resolved("NEW", "anyone")
    assert rule is not None
    assert (rule.service_id, rule.included) == (service.id, 2)
    assert [row.description for row in products.listed()] == ["New product"]


def test_every_mistake_is_named_with_its_line_and_nothing_is_changed(context: Flask) -> None:
    service, inactive, customer = add_service(name="Email"), add_service(name="Old", is_active=False), add_customer()
    add_service(name="Twin")
    add_service(name="Twin")
    for code in "ABCDEFGHIJK":
        add_product(code=code)
    report = put(
        f"A,,{service.id},,,,,,,,",  # 2: this row alone would be fine
        ",,,Email,,,,,,,",
        f"A,,{service.id},,,,,,,,",
        "B,,,Nothing,,,,,,,",
        "C,,,Twin,,,,,,,",
        f"D,,{inactive.id},,,,,,,,",
        "E,,,Email,most,,,,,,",
        "F,,,Email,,two,,,,,",
        "G,,,Email,,,-1,,,,",
        "H,,,Email,,,,0,,,",
        "I,,,Email,,,,,nobody,,",
        "J,,,Email,,,,,,perhaps,",
        "K,,x,,,,,,,,",
        f"B,,,Email,,,,,{customer.id},,5",
        "C,,,Email,,1.5,,,,,",
    )
    assert places(report) == [
        (3, "product_code", "product_unknown"),
        (4, "product_code", "row_twice"),
        (5, "service_name", "service_unknown"),
        (6, "service_name", "service_not_unique"),
        (7, "service_id", "service_id_unknown"),
        (8, "quantity", "choice_invalid"),
        (9, "included", "number_invalid"),
        (10, "minimum", "number_invalid"),
        (11, "pack_size", "number_invalid"),
        (12, "customer_id", "customer_unknown"),
        (13, "exclude", "choice_invalid"),
        (14, "service_id", "id_invalid"),
        (15, "contract_service_id", "line_unknown"),
        (16, "product_code", "row_twice"),
    ]
    assert kept() == 0
    assert db.session.scalar(select(func.count()).select_from(AuditEntry)) == 0


def test_rows_that_disagree_about_one_service_are_refused_at_each_line(context: Flask) -> None:
    service = add_service()
    for code in "ABC":
        add_product(code=code)
    report = put(f"A,,{service.id},,,,5,,,,", f"B,,{service.id},,,,6,,,,", f"C,,{service.id},,,,,,,,")
    assert places(report) == [(line, "minimum", "service_rule_differs") for line in (2, 3, 4)]
    assert kept() == 0
    assert put(f"A,,{service.id},,,,5,,,,", f"B,,{service.id},,,,5,,,,").errors == ()
    assert put(f"A,,{service.id},,,,6,,,,", f"B,,{service.id},,,,6,,,,").changed == 2


def test_a_wrong_header_is_refused(context: Flask) -> None:
    assert places(put("A,B", header="product,service")) == [(1, None, "file_header")]


def test_a_dry_run_says_what_would_change_and_changes_nothing(context: Flask) -> None:
    service = add_service()
    add_product(code="A")
    report = put(f"A,,{service.id},,,,,,,,", dry_run=True)
    assert (report.changed, report.errors) == (1, ())
    assert kept() == 0


@pytest.mark.parametrize("value", ["1٣", "１", "+1", "1,000", "1e3", "0x1"])
def test_only_plain_whole_numbers_are_numbers(context: Flask, value: str) -> None:
    service = add_service()
    add_product(code="A")
    assert places(put(f'A,,{service.id},,,"{value}",,,,,')) == [(2, "included", "number_invalid")]

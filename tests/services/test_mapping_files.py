"""Mappings as a CSV file: what comes out goes in again, and every mistake has its line."""

from __future__ import annotations

import time
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from tests.builders import BAKERY, DENTIST, OPERATOR, SEEN, add_company, add_contract, add_customer
from webapp.extensions import db
from webapp.models import AuditEntry, Company, Contract, Customer, Mapping
from webapp.services import mapping_files
from webapp.services.csv_files import ImportReport
from webapp.services.mapping_files import COLUMNS

HEADER = ",".join(COLUMNS)


def put(*rows: str, dry_run: bool = False, header: str = HEADER, encoding: str = "utf-8") -> ImportReport:
    data = "\n".join([header, *rows]).encode(encoding)
    return mapping_files.import_mappings(data=data, by=OPERATOR, dry_run=dry_run)


def state(customer: Customer) -> tuple[Any, ...]:
    return tuple(
        db.session.execute(
            select(Mapping.company_id, Mapping.contract_id, Mapping.usage_sync, Mapping.ticket_sync).where(
                Mapping.customer_id == customer.id
            )
        ).one()
    )


def places(report: ImportReport) -> list[tuple[int, str | None, str]]:
    return [(error.line, error.column, error.code) for error in report.errors]


@pytest.fixture
def bakery(context: Flask) -> tuple[Customer, Company, Contract]:
    company = add_company(name="Wöhrle Brot AG")
    return add_customer(name=BAKERY), company, add_contract(company=company)


def test_what_is_exported_is_imported_without_a_change(bakery: tuple[Customer, Company, Contract]) -> None:
    customer, company, _ = bakery
    mapped = add_customer(
        name="=cmd|\"\n; Zahn's, 🦷",
        company=company,
        contract=add_contract(company=company, name="'-quoted"),
        usage_sync=True,
        billing_type="term",
    )
    gone = add_company(missing_since=SEEN)
    add_customer(name="Gone", company=gone, contract=add_contract(company=gone, status=0), usage_sync=True)
    text = mapping_files.export()
    assert text.startswith(HEADER + "\n")
    assert ",\"'=cmd|" in text
    assert "''-quoted" in text
    report = mapping_files.import_mappings(data=text.encode(), by=OPERATOR)
    assert (report.errors, report.warnings, report.changed, report.unchanged) == ((), (), 0, 3)
    chosen = mapping_files.export([customer.id])
    assert mapped.id not in chosen
    assert customer.id in chosen


def test_ids_are_kept_and_names_that_differ_are_only_warned_of(bakery: tuple[Customer, Company, Contract]) -> None:
    customer, company, contract = bakery
    report = put("", f"{customer.id},Someone,{company.id},Else,{contract.id},Other,on,ON")
    assert places(report) == []
    assert [(warning.line, warning.column) for warning in report.warnings] == [
        (3, "customer_name"),
        (3, "company_name"),
        (3, "contract_name"),
    ]
    assert state(customer) == (company.id, contract.id, True, True)
    assert db.session.scalar(select(func.count()).select_from(AuditEntry)) == 1


def test_without_ids_the_names_are_enough_where_they_fit_exactly_one(bakery: tuple[Customer, Company, Contract]) -> None:
    customer, company, contract = bakery
    assert put(f",{BAKERY.upper()},,Woehrle Brot,,managed  security 2026,on,").errors == ()
    assert state(customer) == (company.id, contract.id, True, False)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
@pytest.mark.parametrize("separator", [",", ";"])
def test_files_from_spreadsheets_are_read(bakery: tuple[Customer, Company, Contract], encoding: str, separator: str) -> None:
    customer, company, _ = bakery
    row = separator.join(["", BAKERY, "", "Wöhrle Brot AG", "", "", "off", "on"])
    report = put(row + separator * 3 + "\r", header=separator.join(COLUMNS) + "\r", encoding=encoding)
    assert report.errors == ()
    assert state(customer) == (company.id, None, False, True)


def test_an_empty_company_unmaps_and_customers_not_named_stay(bakery: tuple[Customer, Company, Contract]) -> None:
    _, company, contract = bakery
    mapped = add_customer(name=DENTIST, company=company, contract=contract, usage_sync=True, ticket_sync=True)
    other = add_customer(name="Other", company=company, contract=contract, usage_sync=True)
    assert put(f"{mapped.id},,,,,,,").errors == ()
    assert state(mapped) == (None, None, False, False)
    assert state(other) == (company.id, contract.id, True, False)


def test_an_empty_switch_stays_as_it_is(bakery: tuple[Customer, Company, Contract]) -> None:
    _, company, contract = bakery
    mapped = add_customer(name=DENTIST, company=company, contract=contract, usage_sync=True)
    assert put(f"{mapped.id},,{company.id},,{contract.id},,,").changed == 0
    assert state(mapped)[2:] == (True, False)


def test_every_mistake_is_named_with_its_line_and_nothing_is_changed(bakery: tuple[Customer, Company, Contract]) -> None:
    customer, company, contract = bakery
    other = add_company(name="Other")
    add_company(name="Other")
    foreign, cancelled = add_contract(company=other), add_contract(company=company, status=0)
    twin = add_customer(name="Twin")
    add_customer(name="Twin")
    term = add_customer(name="Term", billing_type="term")
    fresh = [add_customer(name=f"Fresh {number}") for number in range(9)]
    report = put(
        f"{customer.id},,{company.id},,{contract.id},,on,on",  # 2: this row alone would be fine
        "nobody,,,,,,,",
        ",Nobody,,,,,,",
        ",Twin,,,,,,",
        ",,1,,,,,",
        f"{customer.id},,{company.id},,,,,",
        f'{twin.id},"two\nlines",99,,,,,',  # 8 and 9
        f"{fresh[0].id},,,Other,,,,",
        f"{fresh[1].id},,{company.id},,{foreign.id},,,",
        f"{fresh[2].id},,{company.id},,{cancelled.id},,,",
        f"{fresh[3].id},,{company.id},,77,,,",
        f"{fresh[4].id},,{company.id},,,,on,",
        f"{fresh[5].id},,,,,,,on",
        f"{fresh[6].id},,,,{contract.id},,,",
        f"{fresh[7].id},,12x,,,,,",
        f"{fresh[8].id},,{company.id},,,,maybe,",
        f"{term.id},,{company.id},,{contract.id},,on,",
    )
    assert places(report) == [
        (3, "customer_id", "customer_unknown"),
        (4, "customer_name", "customer_name_unknown"),
        (5, "customer_name", "customer_ambiguous"),
        (6, "customer_id", "row_without_customer"),
        (7, "customer_id", "row_twice"),
        (8, "company_id", "company_id_unknown"),
        (10, "company_name", "company_ambiguous"),
        (11, "contract_id", "contract_of_another_company"),
        (12, "contract_id", "contract_inactive"),
        (13, "contract_id", "contract_unknown"),
        (14, "usage_sync", "contract_missing"),
        (15, "ticket_sync", "sync_without_company"),
        (16, "contract_id", "contract_without_company"),
        (17, "company_id", "id_invalid"),
        (18, "usage_sync", "choice_invalid"),
        (19, "usage_sync", "usage_sync_term"),
    ]
    assert state(customer) == (None, None, False, False)
    assert db.session.scalar(select(func.count()).select_from(AuditEntry)) == 0


@pytest.mark.parametrize(
    ("data", "place"),
    [
        (b"", (1, None, "file_empty")),
        (b"\n \n", (1, None, "file_empty")),
        (b"name;company\nA;B", (1, None, "file_header")),
        (f"{HEADER},colour\n".encode(), (1, None, "file_header")),
        (f"{HEADER},company_id\n".encode(), (1, None, "file_header")),
        (HEADER.replace(",ticket_sync", "").encode(), (1, None, "file_header")),
        (f"{HEADER}\na,b\n".encode(), (2, None, "file_fields")),
        (f"{HEADER}\n,,,,,,,\n\n".encode() + b"\x81,B\n", (4, None, "file_encoding")),
        (HEADER.encode("utf-16"), (1, None, "file_encoding")),
        (f'{HEADER}\n,,,,,,,\n"open,,,,,,,\n,,,\n'.encode(), (3, None, "file_record")),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_with_the_place(context: Flask, data: bytes, place: Any) -> None:
    assert places(mapping_files.import_mappings(data=data, by=OPERATOR)) == [place]


def test_a_dry_run_says_what_would_change_and_changes_nothing(bakery: tuple[Customer, Company, Contract]) -> None:
    customer, company, _ = bakery
    report = put(f"{customer.id},,{company.id},,,,,", dry_run=True)
    assert (report.changed, report.errors) == (1, ())
    assert state(customer) == (None, None, False, False)


def test_five_hundred_rows_by_name_are_imported_in_seconds(context: Flask) -> None:
    for number in range(500):
        add_company(name=f"Müller {number} GmbH")
        add_customer(name=f"Kunde {number}")
    started = time.monotonic()
    report = put(*[f",Kunde {number},,Mueller {number},,,," for number in range(500)])
    assert (report.changed, report.errors) == (500, ())
    assert time.monotonic() - started < 10

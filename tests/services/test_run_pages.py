"""One run: its figures, what is searched in it, and its files, on both databases."""

from __future__ import annotations

import csv
import io
from datetime import date
from typing import Any

import openpyxl
import pytest
from flask import Flask

from tests.builders import BAKERY, FREIGHT, add_customer, add_line, add_result, add_run, add_service
from webapp.errors import NotFound
from webapp.extensions import db
from webapp.models import Run
from webapp.services import run_pages, run_tables, table_files
from webapp.services.run_filter import RunView

FORMULA = '=HYPERLINK("https://evil.example";"click")'


@pytest.fixture
def run(context: Flask) -> Run:
    """The bakery failed, the freight company has one change and one held, a third has nothing to change."""
    bakery, freight = add_customer(name=BAKERY), add_customer(name=FREIGHT)
    formula = add_customer(name=FORMULA)
    service = add_service(name="Müllers E-Mail-Schutz")
    made = add_run(state="partial", calls_sophos=4, calls_autotask=9)
    add_result(run=made, customer=bakery, state="failed", error_code="contract_ended", error_params={"contract": "Alt"})
    add_result(run=made, customer=freight, changed=1, held=1)
    add_result(run=made, customer=formula)
    add_line(run=made, customers=[bakery], state="blocked", code="contract_ended", reason="contract_ended", target=None)
    add_line(
        run=made, customers=[freight], state="confirmed", target=15, delta=3, service_id=service.id, contract_name="Gold 50%"
    )
    add_line(run=made, customers=[freight, formula], state="held", target=90, delta=78, products=["NDR-MSP"])
    add_line(run=made, customers=[formula], contract_id=29704127)
    db.session.commit()
    return made


def test_the_figures_count_lines_and_customers_whatever_is_searched(run: Run) -> None:
    found = run_pages.one(run.id, RunView(q="nothing of this kind"))
    assert (found.succeeded, found.asked, len(found.failures), found.held, found.licences) == (2, 3, 1, 1, 3)
    assert found.tabs == {"changes": 0, "attention": 0, "in_step": 0, "all": 0, "customers": 0}


@pytest.mark.parametrize(
    ("q", "lines"),
    [
        ("", 4),
        ("baecker", 1),
        ("BÄCKER", 1),
        ("freight", 2),
        ("gold 50%", 1),
        ("50%25", 0),
        ("mueller", 1),
        ("ndr-msp", 1),
        ("***", 0),
        ("'", 0),
    ],
)
def test_a_text_finds_lines_by_customer_contract_service_and_product(run: Run, q: str, lines: int) -> None:
    assert run_pages.one(run.id, RunView("all", q)).total == lines


def test_the_customers_of_a_run_stand_with_those_that_failed_first(run: Run) -> None:
    found = run_pages.one(run.id, RunView("customers"))
    assert [result.customer_name for result in found.customers] == [BAKERY, FREIGHT, FORMULA]
    assert found.lines == []
    assert run_pages.one(run.id, RunView("customers", result="failed")).total == 1
    assert run_pages.one(run.id, RunView("customers", q="albion")).total == 1


def test_a_refresh_shows_its_customers(context: Flask) -> None:
    refresh = add_run(kind="refresh", month=None)
    add_result(run=refresh, customer=add_customer())
    db.session.commit()
    assert len(run_pages.one(refresh.id, RunView()).customers) == 1


def test_a_run_that_does_not_exist_is_not_found_in_any_way(context: Flask) -> None:
    with pytest.raises(NotFound):
        run_pages.one(4711, RunView())
    with pytest.raises(NotFound):
        run_tables.of(4711, "lines")


def sheet(run: Run, part: str) -> list[dict[str, Any]]:
    """The rows of the Excel file, by header."""
    found = openpyxl.load_workbook(io.BytesIO(table_files.as_excel(run_tables.of(run.id, part).table))).active
    assert found is not None
    header, *rows = ([cell.value for cell in row] for row in found.iter_rows())
    return [dict(zip(header, row, strict=True)) for row in rows]


def test_the_lines_of_a_run_come_as_figures_and_dates(run: Run) -> None:
    line = add_line(
        run=run,
        customers=[add_customer(name="Zuletzt")],
        state="planned",
        contract_name="Zuletzt",
        contract_id=29704127,
        target=15,
        delta=3,
        price=3.35,
        effective_date=date(2026, 12, 1),
        period_start=date(2026, 12, 1),
        period_end=date(2026, 12, 31),
        waits_until=date(2026, 11, 30),
    )
    db.session.commit()
    row = sheet(run, "lines")[-1]
    assert (row["Before"], row["Target"], row["Change"], row["Contract id"]) == (12, 15, 3, 29704127)
    assert (row["Price"], row["Change a period"]) == (3.35, 10.05)
    assert row["Effective"].date() == line.effective_date
    assert row["Waits until"].date() == line.waits_until
    assert (row["Billed"], row["State"], row["Month"]) == ("Full period", "Planned", "2026-11")


def test_a_customer_with_the_name_of_a_formula_is_exported_as_a_name(run: Run) -> None:
    assert [row["Customer"] for row in sheet(run, "customers")].count(FORMULA) == 1
    data = table_files.as_csv(run_tables.of(run.id, "customers").table, german=True)
    names = [row[0] for row in csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""), delimiter=";")]
    assert f"'{FORMULA}" in names
    assert FORMULA not in names


def test_the_customers_of_a_run_come_with_cause_and_advice(run: Run) -> None:
    (failed,) = [row for row in sheet(run, "customers") if row["State"] == "Failed"]
    assert (failed["Customer"], failed["Code"], failed["Changed"]) == (BAKERY, "contract_ended", 0)
    assert "Alt" in failed["Cause"]
    assert failed["What to do"]
    assert run_tables.of(run.id, "customers").name == f"kontor-run-{run.id}-2026-11-customers"

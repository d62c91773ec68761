"""Files for a spreadsheet, read back: figures are figures, dates are dates, and nothing is calculated."""

from __future__ import annotations

import csv
import io
from datetime import date
from typing import Any

import openpyxl
import pytest

from webapp.services.table_files import Column, Table, Value, as_csv, as_excel

FORMULAS = ["=1+1", "+49 30 123", "-5 Plätze", "@SUM(A1)", "\t=1", "=HYPERLINK(\"https://x\";\"y\")", "'=1"]  # fmt: skip


def table(*values: Value) -> Table:
    return Table("Lines", [Column("Text", 30)], [[value] for value in values])


def cells(*values: Value) -> list[Any]:
    """The cells below the header, as Excel would load them."""
    sheet = openpyxl.load_workbook(io.BytesIO(as_excel(table(*values)))).active
    assert sheet is not None
    return [row[0] for row in sheet.iter_rows(min_row=2)]


def lines(data: bytes, delimiter: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""), delimiter=delimiter))


@pytest.mark.parametrize("text", FORMULAS)
def test_a_name_that_looks_like_a_formula_stays_a_name(text: str) -> None:
    (cell,) = cells(text)
    assert (cell.value, cell.data_type, cell.quotePrefix) == (text, "s", True)
    for german, delimiter in ((True, ";"), (False, ",")):
        written = lines(as_csv(table(text), german=german), delimiter)[1][0]
        assert written == f"'{text}"


def test_a_header_that_looks_like_a_formula_is_none_either() -> None:
    data = as_excel(Table("x", [Column("=1+1")], []))
    sheet = openpyxl.load_workbook(io.BytesIO(data)).active
    assert sheet is not None
    assert sheet["A1"].data_type == "s"


def test_excel_has_figures_and_dates_of_their_own_kind() -> None:
    number, price, day, none, text = cells(29704127000, 3.5, date(2026, 11, 23), None, "a")
    assert (number.value, number.number_format) == (29704127000, "0")
    assert (price.value, price.data_type, price.number_format) == (3.5, "n", "#,##0.00##")
    assert day.is_date
    assert day.value.date() == date(2026, 11, 23)
    assert none.value is None
    assert not text.quotePrefix


def test_the_header_of_the_excel_file_stays_in_view_and_filters() -> None:
    sheet = openpyxl.load_workbook(io.BytesIO(as_excel(table("a", "b")))).active
    assert sheet is not None
    assert sheet.freeze_panes == "A2"
    assert sheet.auto_filter.ref == "A1:A3"
    assert sheet["A1"].font.bold
    assert sheet.column_dimensions["A"].width == 30


def test_a_german_csv_is_what_a_german_excel_reads() -> None:
    data = as_csv(table(-1234, 1234.5, date(2026, 11, 3), None, "a;b", "Zeile\nzwei"), german=True)
    assert data.startswith(b"\xef\xbb\xbfText\r\n")
    assert [row[0] for row in lines(data, ";")[1:] if row] == [
        "-1234",
        "1234,50",
        "03.11.2026",
        "",
        "a;b",
        "Zeile\nzwei",
    ]


def test_every_other_csv_has_commas_points_and_dates_that_no_region_misreads() -> None:
    data = as_csv(table(-1234, 0.0375, date(2026, 11, 3), "a,b"), german=False)
    assert [row[0] for row in lines(data, ",")[1:]] == ["-1234", "0.0375", "2026-11-03", "a,b"]


def test_control_characters_and_endless_texts_do_not_break_the_file() -> None:
    (cell,) = cells("a\x00b\x0bc" + "x" * 40_000)
    assert cell.value.startswith("abcx")
    assert len(cell.value) == 32_767
    assert b"\x00" not in as_csv(table("a\x00b"), german=True)

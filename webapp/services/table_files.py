"""A table of plain values as a file for a spreadsheet: CSV or Excel. PURE but for the words, which the caller gives.

What people do with such a file is open it with Excel and add it up. So figures stay figures and dates stay dates, and a name
that begins like a formula stays a name:

* CSV has no types, and Excel reads it by the region of its computer. A German Excel expects semicolons, decimal commas and
  ``23.11.2026``; with commas it puts a whole line into one cell, and of ``3.50`` it makes the third of May. So the German
  file is written that way. Every other reader gets commas, decimal points and ISO dates, which no region misreads. Both
  begin with a byte order mark, without which Excel takes UTF-8 for Windows-1252, and have CRLF line ends (RFC 4180). Texts
  that begin like a formula get a leading apostrophe.
* In an Excel file the type is with the value. Texts are written as texts, so nothing is calculated, and those that begin like
  a formula are marked as Excel itself marks a typed apostrophe (``quotePrefix``): they stay texts also when somebody edits
  the cell. Dates have the number format that each Excel shows in its own region's way.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter

from webapp.services.csv_files import BYTE_ORDER_MARK, neutral

Value = str | int | float | date | None
_LONGEST_TEXT = 32_767
"""What a cell of Excel holds."""
_FORMATS = {date: "mm-dd-yy", float: "#,##0.00##", int: "0"}
"""That of dates is the built-in format 14: every Excel shows it as its region writes dates."""


@dataclass(frozen=True)
class Column:
    """The words of the header and the width in characters."""

    header: str
    width: int = 14


@dataclass(frozen=True)
class Table:
    """Rows with a value for each column. ``title`` is the name of the sheet."""

    title: str
    columns: Sequence[Column]
    rows: Iterable[Sequence[Value]]


def as_csv(table: Table, *, german: bool) -> bytes:
    """The file in UTF-8, in the dialect that the reader's Excel expects."""
    file = io.StringIO(newline="")
    writer = csv.writer(file, delimiter=";" if german else ",", lineterminator="\r\n")
    writer.writerow([neutral(column.header) for column in table.columns])
    for row in table.rows:
        writer.writerow([_written(value, german=german) for value in row])
    return (BYTE_ORDER_MARK + file.getvalue()).encode()


def as_excel(table: Table) -> bytes:
    """The file as a workbook of one sheet, the header in bold and always in view, with a filter on each column."""
    book = Workbook(write_only=True)
    sheet: Any = book.create_sheet(table.title[:31])  # the stubs know no columns and no filter of a write-only sheet
    sheet.freeze_panes = "A2"
    for place, column in enumerate(table.columns, start=1):
        sheet.column_dimensions[get_column_letter(place)].width = column.width
    sheet.append([_header(sheet, column.header) for column in table.columns])
    last = 1
    for row in table.rows:
        sheet.append([_cell(sheet, value) for value in row])
        last += 1
    sheet.auto_filter.ref = f"A1:{get_column_letter(len(table.columns))}{last}"
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def _written(value: Value, *, german: bool) -> str:
    if isinstance(value, date):
        return value.strftime("%d.%m.%Y" if german else "%Y-%m-%d")
    if isinstance(value, float):
        return _decimal(value).replace(".", ",") if german else _decimal(value)
    return str(value) if isinstance(value, int) else neutral(_clean(value or ""))


def _decimal(value: float) -> str:
    """With two decimals, or up to four where a price has them."""
    text = f"{value:.4f}"
    return text[:-2] if text.endswith("00") else text.rstrip("0")


def _clean(text: str) -> str:
    """Without the control characters that no file for a spreadsheet may hold."""
    return ILLEGAL_CHARACTERS_RE.sub("", text)


def _header(sheet: Any, text: str) -> Any:
    cell = _cell(sheet, text)
    cell.font, cell.alignment = Font(bold=True), Alignment(wrap_text=True, vertical="top")
    return cell


def _cell(sheet: Any, value: Value) -> Any:
    if isinstance(value, str):
        text = _clean(value)[:_LONGEST_TEXT]
        cell = WriteOnlyCell(sheet, text)
        cell.data_type = "s"  # also where it begins with "=", of which openpyxl would make a formula
        cell.quotePrefix = neutral(text) != text
        return cell
    typed: Any = WriteOnlyCell(sheet, value)  # type: ignore[arg-type] # dates are taken as moments are
    if value is not None:
        typed.number_format = _FORMATS[type(value)]
    return typed

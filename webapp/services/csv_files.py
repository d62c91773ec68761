"""PURE: reading and writing CSV files as people make them: with a spreadsheet, in German or in English.

Read are UTF-8 (with or without byte order mark) and Windows-1252, commas and semicolons. The header is line 1; a record that
runs over several lines has the number of its first line. Written are commas and plain line ends.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from webapp.errors import Refused

_FORMULA = re.compile(r"'*[=+\-@\t\r]")
BYTE_ORDER_MARK = "\N{ZERO WIDTH NO-BREAK SPACE}"
"""Put before a file that a person opens with Excel; the command line writes none."""


@dataclass(frozen=True)
class FileError:
    """Something wrong in a file: the line (1 is the header), the column where it is known, and a code with its figures."""

    line: int
    column: str | None
    code: str
    params: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Record:
    """One record: the number of its first line, and its values by column, stripped; every known column has one."""

    line: int
    values: Mapping[str, str]

    def __getitem__(self, column: str) -> str:
        return self.values[column]

    def id(self, column: str) -> int | None:
        """The number in a column of ids, None where it is empty; Refused for anything else."""
        text = self[column]
        if not text:
            return None
        if not (text.isascii() and text.isdecimal() and len(text) < 19):
            raise Refused("id_invalid", column, value=text)
        return int(text)


class FileRefused(Exception):
    """The file cannot be read; ``errors`` say where and why."""

    def __init__(self, *errors: FileError) -> None:
        super().__init__(", ".join(error.code for error in errors))
        self.errors = errors


@dataclass(frozen=True)
class ImportReport:
    """What an import did, or with errors or as a dry run would have done. With errors nothing is changed."""

    errors: Sequence[FileError] = ()
    warnings: Sequence[FileError] = ()
    changed: int = 0
    unchanged: int = 0


def write(columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> str:
    """The file as text. None becomes an empty field; text that a spreadsheet would take for a formula gets a leading apostrophe
    (a number is none, below zero neither)."""
    file = io.StringIO(newline="")
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(columns)
    for row in rows:
        writer.writerow([neutral(row[column]) for column in columns])
    return file.getvalue()


def read(data: bytes, columns: Sequence[str], optional: Sequence[str] = ()) -> list[Record]:
    """The records of a file with these columns, in any order; ``optional`` ones may be missing. Raises FileRefused."""
    text = _decoded(data)
    first = text.split("\n", 1)[0]
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=";" if first.count(";") > first.count(",") else ",", strict=True)
    records = _records(reader)
    header = next(records, None)
    if header is None:
        raise FileRefused(FileError(1, None, "file_empty"))
    names = _header(header[1], columns, optional)
    found, errors = [], []
    try:
        for line, fields in records:
            filled = _as_many(fields, len(names))
            if len(filled) == len(names):
                values = dict.fromkeys(columns, "") | dict(zip(names, map(_plain, filled), strict=True))
                found.append(Record(line, values))
            else:
                errors.append(FileError(line, None, "file_fields", {"found": len(filled), "expected": len(names)}))
    except FileRefused as refusal:
        errors += refusal.errors
    if errors:
        raise FileRefused(*errors)
    return found


def _decoded(data: bytes) -> str:
    if b"\0" in data:
        raise FileRefused(FileError(data[: data.index(b"\0")].count(b"\n") + 1, None, "file_encoding"))
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        pass
    try:
        return data.decode("cp1252")
    except UnicodeDecodeError as error:
        raise FileRefused(FileError(data[: error.start].count(b"\n") + 1, None, "file_encoding")) from None


def _records(reader: Any) -> Iterator[tuple[int, list[str]]]:
    """The records that hold anything, each with the number of its first line."""
    while True:
        line = reader.line_num + 1
        try:
            fields = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise FileRefused(FileError(line, None, "file_record", {"cause": str(error)})) from None
        if any(value.strip() for value in fields):
            yield line, fields


def _header(fields: Sequence[str], columns: Sequence[str], optional: Sequence[str]) -> list[str]:
    names = [name.strip().lower() for name in fields]
    missing = [name for name in columns if name not in names and name not in optional]
    unknown = [name for name in names if name not in columns]
    unknown += [name for name in columns if names.count(name) > 1]
    if missing or unknown:
        params = {"expected": ", ".join(columns), "missing": ", ".join(missing) or None, "unknown": ", ".join(unknown) or None}
        raise FileRefused(FileError(1, None, "file_header", params))
    return names


def _as_many(fields: Sequence[str], number: int) -> list[str]:
    """The fields without the empty ones that a spreadsheet adds at the end of a line."""
    filled = list(fields)
    while len(filled) > number and not filled[-1].strip():
        filled.pop()
    return filled


def neutral(value: Any) -> str:
    """The value as text; with a leading apostrophe where a spreadsheet would take it for a formula."""
    text = "" if value is None else str(value)
    if isinstance(value, int | float | Decimal):
        return text
    return f"'{text}" if _FORMULA.match(text) else text


def _plain(text: str) -> str:
    """The value without the apostrophe that an export put before a formula."""
    stripped = text.strip()
    return stripped[1:] if stripped.startswith("'") and _FORMULA.match(stripped) else stripped

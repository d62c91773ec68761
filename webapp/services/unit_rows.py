"""PURE: reading the unit rows of a line. Units on a day are those of the row that covers it: never the first or the latest."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

from webapp.domain import UnitRow


def row_in_force(rows: Iterable[UnitRow], on: date) -> UnitRow | None:
    """The row that covers ``on``; where two share the day as a boundary, the later start. None where no row covers it, or
    where two begin on the same day and nobody can say which one counts."""
    covering = [row for row in rows if row.start_date and row.end_date and row.start_date <= on <= row.end_date]
    if not covering:
        return None
    latest = max(row.start_date for row in covering if row.start_date)
    found = [row for row in covering if row.start_date == latest]
    return found[0] if len(found) == 1 else None


def unexplained(later: Iterable[UnitRow], *, units: int, own: Mapping[date, int]) -> UnitRow | None:
    """The first later row whose units are neither today's nor what Kontor's own confirmed changes made of them.

    ``own`` holds the sum of Kontor's confirmed changes by effective date, all after today.
    """
    for row in sorted(later, key=lambda row: (row.start_date or date.max, row.id)):
        if row.start_date is None or row.units is None:
            return row
        expected = units + sum(change for day, change in own.items() if day <= row.start_date)
        if row.units != expected:
            return row
    return None

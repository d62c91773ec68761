"""PURE: reading the unit rows of a line. Units on a day are those of the row that covers it: never the first or the latest."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from webapp.domain import UnitRow
from webapp.services.plan_facts import OwnChange, Step


def row_in_force(rows: Iterable[UnitRow], on: date) -> UnitRow | None:
    """The row that covers ``on``; where two share the day as a boundary, the later start. None where no row covers it, or
    where two begin on the same day and nobody can say which one counts."""
    covering = [row for row in rows if row.start_date and row.end_date and row.start_date <= on <= row.end_date]
    if not covering:
        return None
    latest = max(row.start_date for row in covering if row.start_date)
    found = [row for row in covering if row.start_date == latest]
    return found[0] if len(found) == 1 else None


def any_row(rows: Iterable[UnitRow], on: date) -> bool:
    """Whether a row came for the day at all, even one that cannot be read (twins, broken dates): that is a fault of the line, and
    no sign that this API user is not shown any."""
    return any(not (row.start_date and row.end_date) or row.start_date <= on <= row.end_date for row in rows)


def merged(*groups: Iterable[UnitRow]) -> tuple[UnitRow, ...]:
    """The rows of several readings, each once. A row that changed between them is there twice, and cannot be read then."""
    return tuple(dict.fromkeys(row for group in groups for row in group))


def unexplained(
    later: Iterable[UnitRow], *, after: date, units: int, own: Iterable[OwnChange], known: Step | None = None
) -> Step | None:
    """The first step after ``after`` that neither Kontor's own confirmed changes nor ``known`` make of ``units``; a row that
    cannot be read is a step of unknown height.

    ``known`` is a step that a person has decided about: it is taken as explained if it is still there.
    """
    mine = [change for change in own if change.day > after]
    explained = 0
    for row in sorted(later, key=lambda row: (row.start_date or date.max, row.id)):
        if row.start_date is None or row.units is None:
            return Step(row.start_date or date.max, None)
        if row.start_date <= after:
            continue
        expected = units + explained + sum(change.delta for change in mine if change.day <= row.start_date)
        if row.units == expected:
            continue
        step = Step(row.start_date, row.units - expected)
        if known is None or step != known:
            return step
        explained += row.units - expected
    return None


def expected_units(own: Iterable[OwnChange], on: date) -> int | None:
    """The units that Kontor's own confirmed changes left on a day; None where it confirmed none up to that day.

    The newest date counts, with what was confirmed for earlier dates after it: such a change moves the later rows too.
    """
    changes = list(own)
    before = [change for change in changes if change.day <= on]
    if not before:
        return None
    newest = max(before, key=lambda change: (change.day, change.order))
    return newest.target + sum(each.delta for each in changes if each.day < newest.day and each.order > newest.order)

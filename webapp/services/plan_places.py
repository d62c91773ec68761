"""PURE: the unit row that a change of a line would start from, and the date it ends up on.

A date that must be the start of a period moves on while that period is approved and posted: Autotask would take the change and
prorate it, but the invoice has gone out (design, section 7.2).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from webapp.domain import Contract, Reason, UnitRow
from webapp.services.periods import MONTHLY, next_start
from webapp.services.plan_facts import Line
from webapp.services.unit_rows import merged, row_in_force
from webapp.services.usage_wants import ABSURD

_MOST_PERIODS = 400


@dataclass(frozen=True)
class Place:
    """Where a line stands on ``day``. ``problem`` stops the line. ``posted_from``: the first period in question, where it was
    approved and posted and ``day`` moved on. ``needs_later``: the rows read so far do not reach."""

    day: date
    row: UnitRow | None = None
    problem: Reason | None = None
    posted_from: date | None = None
    needs_later: bool = False

    @property
    def units(self) -> int:
        assert self.row is not None
        assert self.row.units is not None
        return self.row.units


def place(line: Line, contract: Contract, day: date, *, at_start: bool) -> Place:
    """The place of a line on ``day``, or from the first period on or after it that is not posted yet."""
    rows = merged(line.rows, line.later or ())
    posted_from: date | None = None
    for _ in range(_MOST_PERIODS):
        if contract.end_date is not None and day > contract.end_date:
            return Place(day, problem=_ended(contract), posted_from=posted_from)
        row = row_in_force(rows, day)
        if row is None and posted_from is not None and line.later is None:
            return Place(day, posted_from=posted_from, needs_later=True)
        if row is None or row.units is None or not 0 <= row.units <= ABSURD:
            return Place(day, problem=Reason("units_not_readable", {"date": day.isoformat()}), posted_from=posted_from)
        if not at_start:
            return Place(day, row)
        if row.start_date != day:
            return Place(day, row, problem=Reason("period_not_found", {"date": day.isoformat()}), posted_from=posted_from)
        following = next_start(contract.start_date or day, contract.period_type or line.period_type or MONTHLY, day)
        if not row.posted or following is None:
            return Place(day, row, posted_from=posted_from)
        posted_from, day = posted_from or day, following
    return Place(day, problem=_ended(contract), posted_from=posted_from)


def _ended(contract: Contract) -> Reason:
    assert contract.end_date is not None
    return Reason("contract_ended", {"contract": contract.name, "date": contract.end_date.isoformat()})


def units_on(line: Line, day: date | None) -> int | None:
    """The units in force on a day, None where they are not known."""
    row = row_in_force(merged(line.rows, line.later or ()), day) if day else None
    return row.units if row else None

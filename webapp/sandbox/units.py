"""Unit rows of a contract service: one per billing period, split and shifted by adjustments. Pure.

Facts: autotask-api.md, sections 7.1 and 7.2. Dates are plain dates; a row covers `start` to `end`, both included.
"""

from __future__ import annotations

import calendar
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

MONTHLY, QUARTERLY, HALF_YEARLY, YEARLY = 2, 3, 4, 5
MONTHS = {MONTHLY: 1, QUARTERLY: 3, HALF_YEARLY: 6, YEARLY: 12}
DAY = timedelta(days=1)

NextId = Callable[[], int]


@dataclass(slots=True)
class UnitRow:
    """`posted` is the UTC moment of Approve & Post as ISO text; `billed` the units already billed for these days."""

    id: int
    start: date
    end: date
    units: int
    price: float
    posted: str | None = None
    billed: int = 0
    adjustment: int | None = None


def add_months(day: date, months: int) -> date:
    """The same day of a later month, or that month's last day where there is no such day."""
    years, month = divmod(day.month - 1 + months, 12)
    year = day.year + years
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def periods(start: date, end: date, period_type: int | None) -> Iterator[tuple[date, date]]:
    """Billing periods step from the contract's start by its period type; the last is cut at the contract's end."""
    step = MONTHS.get(period_type or MONTHLY, 1)
    count = 0
    first = start
    while first <= end:
        count += 1
        following = add_months(start, count * step)
        yield first, min(following - DAY, end)
        first = following


def new_rows(start: date, end: date, period_type: int | None, units: int, price: float, next_id: NextId) -> list[UnitRow]:
    """A row for every period of the contract, future ones included."""
    return [UnitRow(next_id(), first, last, units, price) for first, last in periods(start, end, period_type)]


def in_force(rows: list[UnitRow], day: date) -> UnitRow | None:
    """The row that covers the day; on a shared boundary the one that begins later."""
    covering = [row for row in rows if row.start <= day <= row.end]
    return max(covering, key=lambda row: row.start) if covering else None


def lowest_after(rows: list[UnitRow], day: date, change: int) -> int:
    """The smallest number of units that the change would leave from `day` on."""
    return min((row.units + change for row in rows if row.end >= day), default=change)


def adjust(
    rows: list[UnitRow],
    day: date,
    change: int,
    *,
    price: float | None,
    adjustment: int,
    next_id: NextId,
    end_same_day: bool,
) -> None:
    """Shift the units from `day` on, splitting the row of its period; `price` None keeps the price of each row."""
    row = in_force(rows, day)
    if row is not None and row.start < day:
        later = UnitRow(next_id(), day, row.end, row.units, row.price)
        if row.posted is not None:
            later.billed = row.units  # what was billed for these days already; the rest is the proration
        row.end = day if end_same_day else day - DAY
        rows.insert(rows.index(row) + 1, later)
    for row in rows:
        if row.start >= day:
            row.units += change
            row.price = row.price if price is None else price
            if row.start == day:
                row.adjustment = adjustment


def move_end(rows: list[UnitRow], start: date, end: date, period_type: int | None, next_id: NextId) -> None:
    """Follow a new end of the contract: rows behind it go for good, rows up to it appear with the last units."""
    rows[:] = [row for row in rows if row.start <= end]
    if not rows:
        return
    last = rows[-1]
    for first, until in periods(start, end, period_type):
        if first <= last.start <= until:
            last.end = until
        elif first > last.start:
            rows.append(UnitRow(next_id(), first, until, last.units, last.price))

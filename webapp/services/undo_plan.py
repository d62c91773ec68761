"""PURE: taking a change back: from which day that is possible, and what stays billed until then."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta

from webapp.domain import Reason
from webapp.services.settling import same_price

DAY = timedelta(days=1)


def next_allowed(*, today: date, since: date, used: Collection[date], start: date | None, end: date | None) -> date | Reason:
    """The first day from ``today`` and from ``since`` on (the date of the change that is taken back) on which Autotask has no
    change of the line yet, inside the contract (``start`` and ``end``, both inclusive); or why there is none."""
    if start is None or end is None:
        return Reason("contract_invalid")
    day = max(today, since, start)
    while day in used:
        day += DAY
    return day if day <= end else Reason("contract_ended", {"date": end.isoformat()})


@dataclass(frozen=True)
class Remainder:
    """What Autotask bills of a change although it is taken back: ``units`` (signed) from ``first`` to ``last``, both inclusive.

    ``amount`` is None where price or period are not known, or where the days reach beyond the period.
    """

    units: int
    first: date
    last: date
    period_days: int | None
    price: float | None

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1

    @property
    def amount(self) -> float | None:
        if self.price is None or self.period_days is None:
            return None
        return self.units * self.price * self.days / self.period_days


def remainder(
    *, units: int, effective: date, undo_on: date, price: float | None, period: tuple[date | None, date | None]
) -> Remainder | None:
    """What stays billed of a change of ``units`` that took effect on ``effective`` and is taken back on ``undo_on``; None where
    nothing does. ``price`` is that of one unit for the whole ``period`` (first and last day)."""
    if undo_on <= effective:
        return None
    first, last = period
    whole = (last - first).days + 1 if first and last and first <= effective and undo_on - DAY <= last else None
    return Remainder(units, effective, undo_on - DAY, whole, price)


def unit_price(*, before: float | None, after: float | None, units_before: int, units_after: int | None) -> float | None:
    """The price of one unit, from the prices that stood on the line before and after a change. It is not documented whether a
    unit row's price is for one unit or for all of them: where only the second reading makes both agree, it is divided."""
    price = after if after is not None else before
    if price is None or before is None or after is None or not units_after:
        return price
    for_one = same_price(before, after, units_before=0, units_after=0)
    for_all = same_price(before, after, units_before=units_before, units_after=units_after)
    return after / units_after if for_all and not for_one else price

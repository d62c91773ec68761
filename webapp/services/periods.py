"""PURE: the billing periods of a contract. They step from its start by its period type (reference/autotask-api.md, 6 and 7.2).

Dates are plain dates; a period holds both its ends. A step is always counted from the start, so that a contract that began
on the 31st goes on on the 31st after a shorter month.
"""

from __future__ import annotations

import calendar
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

MONTHLY, QUARTERLY, HALF_YEARLY, YEARLY = 2, 3, 4, 5
MONTHS = {MONTHLY: 1, QUARTERLY: 3, HALF_YEARLY: 6, YEARLY: 12}
"""Months in a period, by Autotask's period type. Any other type has no known length."""

_MOST_PERIODS = 12 * 200


@dataclass(frozen=True)
class Period:
    start: date
    end: date

    @property
    def days(self) -> int:
        return (self.end - self.start).days + 1


def add_months(day: date, months: int) -> date:
    """The same day of the month ``months`` later; that month's last day where it has no such day."""
    years, month = divmod(day.month - 1 + months, 12)
    year, month = day.year + years, month + 1
    return date(year, month, min(day.day, calendar.monthrange(year, month)[1]))


def periods(start: date, period_type: int) -> Iterator[Period]:
    """The periods of a contract that begins on ``start``, for 200 years. Raises KeyError for a type of no known length."""
    months = MONTHS[period_type]
    for number in range(_MOST_PERIODS // months):
        try:
            first, following = add_months(start, number * months), add_months(start, (number + 1) * months)
        except ValueError:  # the calendar ends
            return
        yield Period(first, following - timedelta(days=1))


def period_of(start: date, period_type: int, day: date) -> Period | None:
    """The period that holds ``day``; None before the contract's start and for a type of no known length."""
    if day < start or period_type not in MONTHS:
        return None
    return next((period for period in _near(start, period_type, day) if period.start <= day <= period.end), None)


def next_start(start: date, period_type: int, day: date) -> date | None:
    """The start of the first period that begins after ``day``; None for a type of no known length."""
    if period_type not in MONTHS:
        return None
    if day < start:
        return start
    period = period_of(start, period_type, day)
    return period.end + timedelta(days=1) if period else None


def _near(start: date, period_type: int, day: date) -> Iterator[Period]:
    """The few periods around ``day``, without stepping through all before it."""
    months = MONTHS[period_type]
    passed = (day.year - start.year) * 12 + day.month - start.month
    for number in range(max(0, passed // months - 1), passed // months + 2):
        try:
            first, following = add_months(start, number * months), add_months(start, (number + 1) * months)
        except ValueError:  # the calendar ends
            return
        yield Period(first, following - timedelta(days=1))

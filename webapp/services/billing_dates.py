"""PURE: on which date a change of a line takes effect, and on which day it may be posted (design, section 7.2).

Three billing ways. ``daily``: the running month only raises, today; the close of the month alone lowers, from the first period
after it. ``monthly``: the billing day decides both ways, from the start of the next period. ``arrears``: the close decides
both ways, from the start of the period that holds the month's last day.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from webapp.domain import Billing, Month
from webapp.services.periods import MONTHLY, Period, next_start, period_of


@dataclass(frozen=True)
class Occasion:
    """What a plan is made for: the usage of ``month``, on the day ``today`` (both in the installation's zone).

    ``closed``: the month is planned as closed. ``billing_day``: day of the month on which ``monthly`` decides (a shorter month's
    last day counts); ``close_from_day``: the day of the following month on which the close begins.
    """

    month: Month
    today: date
    closed: bool = False
    billing_day: int = 31
    close_from_day: int = 2

    @property
    def is_running(self) -> bool:
        """The running month, planned as such."""
        return not self.closed and self.month == Month.of(self.today)

    @property
    def by_hand(self) -> bool:
        """A past month that a person asked for, without closing it."""
        return not self.closed and self.month != Month.of(self.today)

    @property
    def closes_late(self) -> bool:
        """The close of a month that is not the one before the running month: later months were billed meanwhile."""
        return self.closed and self.month.following.first_day < Month.of(self.today).first_day

    @property
    def close_begins(self) -> date:
        return self.month.following.first_day + timedelta(days=self.close_from_day - 1)

    @property
    def after_billing_day(self) -> bool:
        """A later day than the billing day of the month: what it decided stands."""
        return self.today > self.bills_on

    @property
    def bills_on(self) -> date:
        """The billing day of the month."""
        return self.month.first_day + timedelta(days=max(1, min(self.billing_day, self.month.last_day.day)) - 1)


@dataclass(frozen=True)
class When:
    """The dates of one line. ``increase`` and ``decrease`` are the dates on which a change would take effect; ``decrease`` None:
    not decided on this occasion. ``at_start``: the dates are starts of periods (of ``increase`` only in the ways that say so) and
    move on while the period is approved and posted. ``waits_until``: nothing is posted before that day. ``lower_on``: when a
    lower figure is decided. ``decides``: both directions are decided now. ``hold_period``: longer periods, each change held.
    ``month_end``: the closed month's last day, where what it missed is to be told.
    """

    way: Billing
    increase: date
    decrease: date | None
    increase_at_start: bool = False
    decrease_at_start: bool = False
    waits_until: date | None = None
    lower_on: date | None = None
    decides: bool = False
    hold_period: bool = False
    month_end: date | None = None

    @property
    def days(self) -> tuple[date, ...]:
        """The days whose units have to be read."""
        return tuple(day for day in (self.increase, self.decrease, self.month_end) if day is not None)


def when(occasion: Occasion, *, start: date, period_type: int | None, billing: Billing, own_setting: bool = False) -> When | None:
    """The dates of a line whose contract begins on ``start``; None where its period has no known length but is needed.

    ``billing`` is the installation's way, or with ``own_setting`` the contract's own: without it, a contract with longer
    periods is changed today, and each change is held.
    """
    kind = MONTHLY if period_type is None else period_type
    if kind != MONTHLY and not own_setting:
        return _long(occasion)
    if occasion.by_hand:
        return _by_hand(occasion, start, kind, billing)
    if billing is Billing.DAILY:
        return _daily(occasion, start, kind)
    if billing is Billing.MONTHLY:
        return _monthly(occasion, start, kind)
    return _arrears(occasion, start, kind)


def left_behind_date(occasion: Occasion, *, start: date, period_type: int | None, billing: Billing, own_setting: bool) -> When:
    """The dates of a line that no mapping names any more: lowered like a decrease of the contract's way (section 13, 37)."""
    found = when(
        Occasion(occasion.month, occasion.today, closed=True, billing_day=occasion.billing_day),
        start=start,
        period_type=period_type,
        billing=billing,
        own_setting=own_setting,
    )
    return found or When(billing, occasion.today, occasion.today)


def _long(occasion: Occasion) -> When:
    lowers = occasion.closed or occasion.by_hand
    return When(
        Billing.DAILY,
        occasion.today,
        occasion.today if lowers else None,
        lower_on=None if lowers else occasion.close_begins,
        hold_period=True,
        month_end=occasion.month.last_day if occasion.closed and occasion.month.last_day < occasion.today else None,
    )


def _daily(occasion: Occasion, start: date, kind: int) -> When | None:
    if not occasion.closed:
        return When(Billing.DAILY, occasion.today, None, lower_on=occasion.close_begins)
    after = next_start(start, kind, occasion.month.last_day)
    if after is None:
        return None
    month_end = occasion.month.last_day if occasion.month.last_day < occasion.today else None
    return When(Billing.DAILY, occasion.today, after, decrease_at_start=True, month_end=month_end)


def _monthly(occasion: Occasion, start: date, kind: int) -> When | None:
    after = next_start(start, kind, occasion.bills_on)
    if after is None:
        return None
    if not occasion.closed and occasion.today < occasion.bills_on:
        return When(
            Billing.MONTHLY,
            after,
            None,
            increase_at_start=True,
            waits_until=occasion.bills_on,
            lower_on=occasion.bills_on,
        )
    return When(Billing.MONTHLY, after, after, increase_at_start=True, decrease_at_start=True, decides=True)


def _arrears(occasion: Occasion, start: date, kind: int) -> When | None:
    period = period_of(start, kind, occasion.month.last_day)
    if period is None:
        return None
    if not occasion.closed:
        day = max(period.start, start)
        begins = occasion.close_begins
        return When(Billing.ARREARS, day, None, increase_at_start=True, waits_until=begins, lower_on=begins)
    return When(Billing.ARREARS, period.start, period.start, increase_at_start=True, decrease_at_start=True, decides=True)


def _by_hand(occasion: Occasion, start: date, kind: int, billing: Billing) -> When | None:
    """A past month is planned on its own period (which must not be posted yet)."""
    period = period_of(start, kind, occasion.month.last_day)
    if period is None:
        return None
    return When(billing, period.start, period.start, increase_at_start=True, decrease_at_start=True)


def full_period(start: date | None, period_type: int | None, day: date) -> Period | None:
    """The billing period that holds ``day``: what Autotask bills in full from its start, and prorates from any later day."""
    return None if start is None else period_of(start, MONTHLY if period_type is None else period_type, day)

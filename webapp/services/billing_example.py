"""PURE: a worked example of each billing way, made by the functions that plan real contracts, so that it cannot say otherwise.

One line of a monthly contract in the running month: 10 licences from the first day, 13 from the 12th, 11 on the last day.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from webapp.domain import Billing, Contract, LineState, Month, ProductRule, UnitRow
from webapp.services.billing_dates import Occasion
from webapp.services.periods import MONTHLY, Period, period_of
from webapp.services.plan_facts import Facts, Limits, Line, LinePlan, Member, OwnChange, Used
from webapp.services.preview_lines import Share, share_of
from webapp.services.usage_plan import IN_EFFECT, RECURRING_SERVICE, plan_contract

AT_FIRST, MORE, AT_LAST = 10, 13, 11
MORE_FROM_DAY = 12
_ID = 1
_PRODUCT = _CUSTOMER = "example"


@dataclass(frozen=True)
class Step:
    """What Kontor makes of ``used`` licences on a day. ``closes``: the month is closed on it."""

    day: date
    used: int
    closes: bool
    plan: LinePlan

    @property
    def posts(self) -> bool:
        return self.plan.state is LineState.PLANNED and self.plan.is_due

    @property
    def share(self) -> Share | None:
        return share_of(self.plan.effective_date, self.plan.period_start, self.plan.period_end)


@dataclass(frozen=True)
class Stretch:
    """Days on which Autotask bills the same number of units; both ends are among them."""

    first: date
    last: date
    units: int


@dataclass(frozen=True)
class Billed:
    """One period in the end: ``full`` units for all of it, and each later change with its share."""

    period: Period
    full: int
    later: tuple[tuple[int, Share], ...]


@dataclass(frozen=True)
class Example:
    """The example of one way. ``billed`` are the month and the one after it, ``stretches`` the units in them."""

    way: Billing
    month: Month
    close_begins: date
    steps: tuple[Step, ...]
    billed: tuple[Billed, Billed]
    stretches: tuple[Stretch, ...]


def used_on(month: Month, day: date) -> int:
    """The licences that the example's customer uses."""
    if day < month.first_day + timedelta(days=MORE_FROM_DAY - 1):
        return AT_FIRST
    return MORE if day < month.last_day else AT_LAST


def example(way: Billing, month: Month, *, billing_day: int, close_from_day: int) -> Example:
    """The example of a way in a month, with the days of the installation (``billing_day`` 31: the last)."""
    days = {month.first_day, month.first_day + timedelta(days=MORE_FROM_DAY - 1), month.last_day}
    close = Occasion(month, month.last_day, close_from_day=close_from_day).close_begins
    if way is Billing.MONTHLY:
        days.add(Occasion(month, month.first_day, billing_day=billing_day).bills_on)
    books = _Books(month)
    occasions = [
        *(Occasion(month, day, billing_day=billing_day, close_from_day=close_from_day) for day in sorted(days)),
        Occasion(month, close, closed=True, billing_day=billing_day, close_from_day=close_from_day),
    ]
    steps: list[Step] = []
    for occasion in occasions:
        used = used_on(month, min(occasion.today, month.last_day))
        decided = any(step.plan.decided for step in steps)
        (plan,) = plan_contract(books.facts(way, used, decided=decided), occasion=occasion, limits=Limits())
        step = Step(occasion.today, used, occasion.closed, plan)
        steps.append(step)
        if step.posts:
            books.post(plan)
    periods = (books.period(month.first_day), books.period(month.following.first_day))
    stretches = tuple(stretch for period in periods for stretch in books.stretches(period))
    billed = (books.billed(periods[0]), books.billed(periods[1]))
    return Example(way, month, close, tuple(steps), billed, stretches)


def examples(month: Month, *, billing_day: int, close_from_day: int) -> dict[str, Example]:
    """The example of every way, by its name."""
    return {way.value: example(way, month, billing_day=billing_day, close_from_day=close_from_day) for way in Billing}


class _Books:
    """What Autotask holds of the example's line: the units at first, and every change that was posted."""

    def __init__(self, month: Month) -> None:
        self._month = month
        self._changes: list[OwnChange] = []
        self._contract = Contract(
            id=_ID,
            company_id=_ID,
            name="",
            number=None,
            contract_type=RECURRING_SERVICE,
            status=IN_EFFECT,
            start_date=date(month.year - 1, 1, 1),
            end_date=date(month.year + 1, 12, 31),
            period_type=MONTHLY,
            renewed_contract_id=None,
        )

    def facts(self, way: Billing, used: int, *, decided: bool) -> Facts:
        line = Line(
            _ID,
            _ID,
            "",
            period_type=MONTHLY,
            rows=tuple(self._rows()),
            later=(),
            own=tuple(self._changes),
            confirmed_units=self._changes[-1].target if self._changes else None,
            used_dates=frozenset(change.day for change in self._changes),
            decided=decided,
        )
        return Facts(
            contract_id=_ID,
            contract_name="",
            contract=self._contract,
            members=(Member(_CUSTOMER, ""),),
            lines=(line,),
            usage=(Used(_CUSTOMER, _PRODUCT, used),),
            rules={(_PRODUCT, _CUSTOMER): ProductRule(_PRODUCT, _ID)},
            mapped_services=frozenset({_ID}),
            billing=way,
        )

    def post(self, plan: LinePlan) -> None:
        assert plan.effective_date is not None
        assert plan.delta is not None
        assert plan.target is not None
        self._changes.append(OwnChange(plan.effective_date, plan.delta, plan.target, len(self._changes)))

    def period(self, day: date) -> Period:
        assert self._contract.start_date is not None
        found = period_of(self._contract.start_date, MONTHLY, day)
        assert found is not None
        return found

    def stretches(self, period: Period) -> Sequence[Stretch]:
        """The period, divided where a change takes effect inside it."""
        starts = sorted({period.start, *(change.day for change in self._changes if period.start < change.day <= period.end)})
        ends = [*(start - timedelta(days=1) for start in starts[1:]), period.end]
        return [Stretch(first, last, self._units(first)) for first, last in zip(starts, ends, strict=True)]

    def billed(self, period: Period) -> Billed:
        inside = [change for change in self._changes if period.start < change.day <= period.end]
        shares = ((change.delta, share_of(change.day, period.start, period.end)) for change in inside)
        return Billed(period, self._units(period.start), tuple((delta, share) for delta, share in shares if share))

    def _units(self, day: date) -> int:
        return AT_FIRST + sum(change.delta for change in self._changes if change.day <= day)

    def _rows(self) -> list[UnitRow]:
        """The unit rows of the month before, the month and the three after it."""
        days = [self._month.previous.first_day, self._month.first_day]
        for _ in range(3):
            days.append(self.period(days[-1]).end + timedelta(days=1))
        found = [stretch for day in days for stretch in self.stretches(self.period(day))]
        return [UnitRow(place, _ID, each.first, each.last, each.units, None, False) for place, each in enumerate(found)]

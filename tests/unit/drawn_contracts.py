"""Contracts of all kinds for property tests: three ways, four lengths, every occasion, and books moved as Autotask's are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import cache

from hypothesis import strategies as st

from tests.unit.books import DayBooks
from tests.unit.plans import BAKERY, CONTRACT, SHIPPING, facts, rule, used
from tests.unit.test_periods import slow_starts
from webapp.domain import Billing, LineState, Month, ProductRule
from webapp.services.billing_dates import Occasion
from webapp.services.line_plan import line_dates
from webapp.services.plan_facts import Facts, Limits, Line, LinePlan, OwnChange, Step, Used
from webapp.services.usage_plan import plan_contract

PRODUCTS, SERVICES = ("CIXA-MSP", "CEMA-MSP", "MDR-MSP"), (201, 202, 203)
LENGTHS = {2: 1, 3: 3, 4: 6, 5: 12}
STARTS = [
    date.fromisoformat(text) for text in ("2025-01-01", "2025-01-01", "2025-01-31", "2024-08-15", "2024-02-29", "2026-10-20")
]
ENDS = [date.fromisoformat(text) for text in ("2026-11-30", "2026-12-31", "2027-01-14", "2027-10-30", "2028-02-29")]
_starts = cache(lambda start, months, end: tuple(slow_starts(start, months, end)))
seldom = st.integers(0, 5).map(lambda number: number == 5)
rarely = st.integers(0, 19).map(lambda number: number == 19)


@dataclass
class Case:
    """One contract, what it is planned for, and the books of its lines by their id."""

    facts: Facts
    occasion: Occasion
    limits: Limits
    books: dict[int, DayBooks] = field(default_factory=dict)

    def plan(self) -> tuple[LinePlan, ...]:
        """The plan as a run makes it: the rows of the days in question first, all later rows where they are asked for."""
        first = self._with_rows(set())
        asked = {
            each.contract_service_id
            for each in plan_contract(first, occasion=self.occasion, limits=self.limits)
            if each.needs_later
        }
        return plan_contract(self._with_rows(asked), occasion=self.occasion, limits=self.limits)

    def apply(self, plans: Sequence[LinePlan]) -> set[int]:
        """Post what would be posted, as Autotask does it, and keep it as Kontor does. Gives the lines that were changed: a
        date on which somebody else has changed the line is refused."""
        made = {
            each.contract_service_id: each
            for each in plans
            if each.state is LineState.PLANNED
            and each.is_due
            and each.effective_date not in self.books[each.contract_service_id or 0].changes
        }
        lines = []
        for line in self.facts.lines:
            found = made.get(line.contract_service_id)
            if found is not None:
                assert found.effective_date is not None
                assert found.delta is not None
                assert found.target is not None
                self.books[line.contract_service_id].change(found.effective_date, found.delta)
                own = OwnChange(found.effective_date, found.delta, found.target, len(line.own) + 1)
                used_dates = line.used_dates | {found.effective_date}
                line = replace(line, own=(*line.own, own), used_dates=used_dates, confirmed_units=found.target)
            lines.append(line)
        self.facts = replace(self.facts, lines=tuple(lines))
        return {line_id for line_id in made if line_id is not None}

    def _with_rows(self, with_later: set[int | None]) -> Facts:
        found = []
        contract = self.facts.contract
        assert contract is not None
        for line in self.facts.lines:
            books, dates = self.books[line.contract_service_id], line_dates(self.facts, line, self.occasion)
            days = [day for day in (dates.days if dates else ()) if books.first <= day <= books.last]
            rows = books.rows(line.contract_service_id)
            seen = tuple(row for row in rows if days and row.start_date <= max(days) and row.end_date >= min(days))
            later = tuple(row for row in rows if days and row.start_date > min(days))
            found.append(replace(line, rows=seen, later=later if line.contract_service_id in with_later else None))
        return replace(self.facts, lines=tuple(found))


@st.composite
def occasions(draw: st.DrawFn) -> Occasion:
    today = draw(st.dates(date(2026, 11, 1), date(2027, 1, 31)))
    kind = draw(st.sampled_from(["running", "running", "close", "close", "late close", "by hand"]))
    month = Month.of(today)
    if kind != "running":
        month = month.previous
    if kind == "late close":
        month = month.previous
    billing_day = draw(st.sampled_from([31, 31, 15, 1, 28]))
    if draw(st.booleans()) and kind == "running":
        today = month.last_day
    if draw(st.booleans()) and kind == "close":
        today = month.following.first_day + timedelta(days=draw(st.integers(1, 6)))
    return Occasion(month, today, closed="close" in kind, billing_day=billing_day)


@st.composite
def drawn_lines(draw: st.DrawFn, number: int, starts: list[date], last: date, today: date) -> tuple[Line, DayBooks]:
    """A line with own changes, now and then one of somebody else's, and periods that are posted up to some day."""
    books = DayBooks(starts[0], last, starts, draw(st.integers(0, 30)))
    days = st.integers(-120, 70).map(lambda days: today + timedelta(days=days))
    own: list[OwnChange] = []
    near = [start for start in starts if abs((start - today).days) < 70]
    for when in sorted(draw(st.lists(st.one_of(days, st.sampled_from(near)) if near else days, max_size=2, unique=True))):
        delta = draw(st.integers(-6, 6).filter(bool))
        if not starts[0] <= when <= last or books.units(when) + delta < 0:
            continue
        books.change(when, delta)
        own.append(OwnChange(when, delta, books.units(when), len(own)))
    foreign = today + timedelta(days=draw(st.integers(-40, 70))) if draw(st.integers(0, 2)) == 2 else None
    if foreign and starts[0] <= foreign <= last and foreign not in books.changes:
        books.change(foreign, draw(st.integers(1, 9)))
    until = today + timedelta(days=draw(st.integers(-60, 40))) if draw(st.booleans()) else None
    books.posted = {row.start_date for row in books.rows(number) if until and row.start_date and row.start_date <= until}
    step = draw(st.sampled_from([None, None, None, None, "overwrite", "keep"]))
    made = Line(
        number,
        draw(st.sampled_from((*SERVICES, 999))) if draw(seldom) else SERVICES[number - 101],
        "Sophos",
        own=tuple(own),
        confirmed_units=own[-1].target if own else draw(st.sampled_from([None, 0, 7])),
        used_dates=frozenset(change.day for change in own),
        pinned=draw(rarely),
        decided=draw(seldom),
        later_decision=step,
        later_step=Step(foreign, books.changes[foreign]) if foreign in books.changes and step else None,
    )
    return made, books


@st.composite
def cases(draw: st.DrawFn) -> Case:
    occasion = draw(occasions())
    kind = draw(st.sampled_from([2, 2, 2, 2, 2, 2, 2, 3, 4, 5]))
    start, end = draw(st.sampled_from(STARTS)), draw(st.sampled_from(ENDS))
    starts = list(_starts(start, LENGTHS[kind], end))
    lines, books = [], {}
    for number in (101, 102, 103):
        made, books[number] = draw(drawn_lines(number, starts, end, occasion.today))
        lines.append(replace(made, period_type=kind))
    suspended = replace(BAKERY, account_status="suspended") if draw(seldom) else BAKERY
    what = facts(
        *lines,
        usage=draw(drawn_usage()),
        rules=(),
        members=[suspended, SHIPPING],
        contract=replace(CONTRACT, start_date=start, end_date=end, period_type=kind),
        mapped=frozenset(draw(st.sets(st.sampled_from(SERVICES), min_size=1))) if draw(seldom) else frozenset(SERVICES),
        billing=draw(st.sampled_from(list(Billing))),
        own_billing=not draw(seldom),
    )
    roomy = Limits(increase_units=99, decrease_units=99, decrease_percent=99, hold_drift=draw(seldom))
    return Case(replace(what, rules=draw(drawn_rules())), occasion, roomy, books)


@st.composite
def drawn_usage(draw: st.DrawFn) -> list[Used]:
    """Mostly both customers use every product."""
    found = []
    for product in PRODUCTS:
        for member in (BAKERY, SHIPPING):
            if not draw(seldom):
                figure = draw(st.sampled_from([None, -1, 1_000_001])) if draw(rarely) else draw(st.integers(0, 14))
                found.append(used(figure, by=member, product=product))
    return found


@st.composite
def drawn_rules(draw: st.DrawFn) -> dict[tuple[str, str], ProductRule]:
    """Mostly each product has its service."""
    minimum, pack = draw(st.sampled_from([0, 0, 9])), draw(st.sampled_from([1, 1, 4]))
    found = {}
    for product, service in zip(PRODUCTS, SERVICES, strict=True):
        for member in (BAKERY, SHIPPING):
            other = draw(st.sampled_from((*SERVICES, None))) if draw(seldom) else service
            terms = {"included": draw(st.sampled_from([0, 0, 2])), "exclude": draw(rarely)}
            found[product, member.customer_id] = rule(product, other, minimum=minimum, pack_size=pack, **terms)
    return found

"""PURE: the arithmetic of the billing check. A month's usage and the contract lines as they were read, as rows of which each
usage figure is in exactly one: nothing falls between them (design, section 1: before the month closes, is every licence billed?).

What a line's usage asks for is reckoned as the plan does it (usage_wants.Want).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Any

from webapp.domain import FAILED_LINE_STATES, LineState, ProductRule, Quantity, Reason
from webapp.services.billing_rows import Named, Row, Standing
from webapp.services.usage_wants import ABSURD, Want

REPORTED = "period_posted"
"""Planned, and yet nothing is posted: the period is approved and posted in Autotask."""


@dataclass(frozen=True)
class UsageFigure:
    """The month's sums for one customer and product. ``customer.id`` may be empty: nobody Kontor knows.

    ``obstacle``: why nothing of this customer can go to a contract; None where ``contract_id`` is that contract. ``service`` is
    the name of the rule's service.
    """

    customer: Named
    product: Named
    ordered: int | None
    actual: int | None
    billable: int | None
    contract_id: int | None = None
    contract: str = ""
    service: str = ""
    rule: ProductRule | None = None
    obstacle: Reason | None = None

    @property
    def figure(self) -> int | None:
        """The quantity that the rule bills by; billable where there is no rule. None where it cannot be used."""
        kind = self.rule.quantity if self.rule else Quantity.BILLABLE
        found: int | None = getattr(self, kind.value)  # the three figures are called as the three kinds are
        return found if found is not None and 0 <= found <= ABSURD else None

    @property
    def share(self) -> int | None:
        """What is to be billed: the figure without the included licences."""
        included = self.rule.included if self.rule else 0
        return None if self.figure is None else max(0, self.figure - included)


@dataclass(frozen=True)
class CheckedLine:
    """A contract line as the month's last run left it; ``state`` None: no run has read it for this month.

    ``usage_keys``: the (customer id, product code) pairs that fed it then. ``code`` and ``params``: why it is as it is;
    ``until``: the first day on which a planned change may be posted. ``later``: the units that Kontor has confirmed from
    ``later_from`` on, after the day on which ``units`` are those in force.
    """

    id: int
    contract_id: int
    contract: str
    service_id: int
    service: str
    customers: tuple[Named, ...] = ()
    usage_keys: frozenset[tuple[str, str]] = frozenset()
    units: int | None = None
    price: Decimal | None = None
    posted: bool = False
    target: int | None = None
    state: LineState | None = None
    code: str | None = None
    params: Mapping[str, Any] = field(default_factory=dict)
    until: date | None = None
    confirmed: int | None = None
    confirmed_on: date | None = None
    later: int | None = None
    later_from: date | None = None

    @property
    def settled(self) -> int | None:
        """The units that the line has or is confirmed to get."""
        return self.units if self.later is None else self.later


def check_rows(
    usage: Iterable[UsageFigure],
    lines: Sequence[CheckedLine],
    *,
    over: bool,
    waiting: Reason,
    new_lines: frozenset[tuple[int, int]] = frozenset(),
) -> list[Row]:
    """All rows of a month. ``over``: the month has ended, so what was read then goes before today's mapping where that finds no
    line. ``waiting``: why a planned change without a day is not posted yet. ``new_lines``: (contract, service) whose line
    waits to be added."""
    places = _Places(lines, over=over, new_lines=new_lines)
    fed: dict[int, list[UsageFigure]] = defaultdict(list)
    rows = []
    for figure in usage:
        place = places.of(figure)
        if isinstance(place, CheckedLine):
            fed[place.id].append(figure)
        else:
            rows.append(place)
    return rows + [_line_row(line, fed.get(line.id, []), waiting) for line in lines]


class _Places:
    """Where a usage figure goes."""

    def __init__(self, lines: Sequence[CheckedLine], *, over: bool, new_lines: frozenset[tuple[int, int]]) -> None:
        self.over, self.new_lines = over, new_lines
        self.of_service: dict[tuple[int, int], list[CheckedLine]] = defaultdict(list)
        self.of_usage: dict[tuple[str, str, int], list[CheckedLine]] = defaultdict(list)
        for line in lines:
            self.of_service[line.contract_id, line.service_id].append(line)
            for customer, product in line.usage_keys if over else ():
                self.of_usage[customer, product, line.service_id].append(line)

    def of(self, figure: UsageFigure) -> CheckedLine | Row:
        """The line it feeds, or the row that says why it feeds none. Order: the rule, the customer, the service, the line."""
        rule = figure.rule
        if rule and rule.exclude:
            return _loose(figure, Standing.EXCLUDED, Reason("excluded_by_rule"))
        no_service = Reason("product_without_service", {"product": figure.product.name, "quantity": figure.figure})
        if rule is None or rule.service_id is None:
            return _unbilled(figure, figure.obstacle or no_service)
        if figure.obstacle is None and figure.contract_id is not None:
            lines = self.of_service.get((figure.contract_id, rule.service_id), [])
            chosen = lines if len(lines) == 1 else [line for line in lines if line.id == rule.contract_service_id]
            if len(chosen) == 1:
                return chosen[0]
            if lines:
                return _unbilled(figure, Reason("service_ambiguous", {"service": lines[0].service}))
        earlier = self.of_usage.get((figure.customer.id, figure.product.id, rule.service_id), []) if self.over else []
        if len(earlier) == 1:
            return earlier[0]
        return _unbilled(figure, figure.obstacle or self._no_line(figure, rule.service_id))

    def _no_line(self, figure: UsageFigure, service_id: int) -> Reason:
        held = (figure.contract_id, service_id) in self.new_lines
        return Reason(
            "unbilled_no_line_held" if held else "unbilled_no_line", {"contract": figure.contract, "service": figure.service}
        )


def _unbilled(figure: UsageFigure, reason: Reason) -> Row:
    """Usage that no line takes; where it is 0 there is nothing to bill."""
    if figure.share == 0:
        return _loose(figure, Standing.NOTHING, Reason("nothing_to_bill"))
    return _loose(figure, Standing.UNBILLED, Reason(reason.key, {"customer": figure.customer.name, **reason.params}))


def _loose(figure: UsageFigure, standing: Standing, reason: Reason) -> Row:
    share = 0 if standing is Standing.EXCLUDED else figure.share
    return Row(
        standing=standing,
        customers=(figure.customer,),
        products=(figure.product,),
        contract_id=figure.contract_id,
        contract=figure.contract,
        service_id=figure.rule.service_id if figure.rule else None,
        service=figure.service,
        ordered=figure.ordered,
        actual=figure.actual,
        billable=figure.billable,
        unreadable=int(figure.billable is None),
        included=_included(figure) if standing is not Standing.EXCLUDED else 0,
        target=share,
        difference=share,
        code=reason.key,
        params=reason.params,
    )


def _included(figure: UsageFigure) -> int:
    return min(figure.figure or 0, figure.rule.included) if figure.rule else 0


def want_of(figures: Sequence[UsageFigure], line_id: int | None = None) -> Want:
    """What these figures, all of one service, ask for: their shares summed, the service's minimum and pack size once."""
    rules = [figure.rule for figure in figures if figure.rule]
    shares = [figure.share for figure in figures]
    bad = next((figure for figure, share in zip(figures, shares, strict=True) if share is None), None)
    problem = Reason("quantity_invalid", {"product": bad.product.id, "cause": "–"}) if bad else None
    return Want(
        service_id=rules[0].service_id or 0,
        contract_service_id=line_id,
        customer_ids=tuple(sorted({figure.customer.id for figure in figures})),
        products=tuple(sorted({figure.product.id for figure in figures})),
        shares=sum(share or 0 for share in shares),
        minimum=max(rule.minimum for rule in rules),
        pack_size=max(rule.pack_size for rule in rules),
        problem=problem,
    )


def _line_row(line: CheckedLine, figures: Sequence[UsageFigure], waiting: Reason) -> Row:
    want = want_of(figures, line.id) if figures else None
    target = want.target if want else 0
    standing, reason = _judged(line, want, target, waiting)
    difference = None if target is None or line.units is None or line.settled is None else target - line.settled
    return replace(
        _fed(line, figures),
        standing=standing,
        target=target,
        difference=difference,
        amount=None if difference is None or line.price is None else line.price * difference,
        code=reason.key if reason else None,
        params=dict(reason.params) if reason else {},
        until=line.until if standing is Standing.WAITING else None,
    )


def _fed(line: CheckedLine, figures: Sequence[UsageFigure]) -> Row:
    """The line with the sums of its usage, not judged yet."""
    names = {figure.customer.id: figure.customer for figure in figures}
    products = {figure.product.id: figure.product for figure in figures}
    return Row(
        standing=Standing.BILLED,
        customers=_named(names) or line.customers,
        products=_named(products),
        line_id=line.id,
        contract_id=line.contract_id,
        contract=line.contract,
        service_id=line.service_id,
        service=line.service,
        ordered=_sum([figure.ordered for figure in figures]),
        actual=_sum([figure.actual for figure in figures]),
        billable=_sum([figure.billable for figure in figures]),
        unreadable=sum(figure.billable is None for figure in figures),
        included=sum(_included(figure) for figure in figures),
        units=line.units,
        price=line.price,
        posted=line.posted,
        confirmed=line.confirmed,
        confirmed_on=line.confirmed_on,
    )


def _named(found: Mapping[str, Named]) -> tuple[Named, ...]:
    return tuple(sorted(found.values(), key=lambda each: (each.name.casefold(), each.id)))


def _sum(figures: Sequence[int | None]) -> int | None:
    known = [figure for figure in figures if figure is not None]
    return sum(known) if known else None


def _judged(line: CheckedLine, want: Want | None, target: int | None, waiting: Reason) -> tuple[Standing, Reason | None]:
    """How the line stands, and why; the gravest first. What cannot be read is never taken for billed."""
    own = Reason(line.code, line.params) if line.code else None
    if want and want.problem:
        return Standing.FAILED, want.problem
    if line.state in FAILED_LINE_STATES:
        return Standing.FAILED, own
    if line.state is None or line.units is None:
        return Standing.NOT_READ, Reason("check_line_not_read")
    if target == line.settled:
        return Standing.BILLED, _from_then(line)
    if line.state is LineState.HELD:
        return Standing.HELD, own
    if line.state is LineState.DISMISSED:
        return Standing.DISMISSED, own
    if want is None:
        return Standing.WITHOUT_USAGE, Reason("line_without_usage", {"units": line.units})
    if line.target != target:
        return Standing.NOT_READ, Reason("check_line_changed", {"target": target, "before": line.target})
    if line.code == REPORTED:
        return Standing.FAILED, own
    if line.state in (LineState.PLANNED, LineState.POSTING, LineState.DEFERRED):
        until = Reason("check_waits_until", {"date": line.until.isoformat()}) if line.until else waiting
        return Standing.WAITING, own or until
    if line.state is LineState.LOWER_SO_FAR:
        return Standing.LOWER, own
    return Standing.WAITING, own or Reason("check_nothing_planned")


def _from_then(line: CheckedLine) -> Reason | None:
    """What is confirmed for later: the start of the next period, mostly."""
    if line.later is None or line.later == line.units or line.later_from is None:
        return None
    return Reason("check_from_then", {"units": line.later, "date": line.later_from.isoformat()})

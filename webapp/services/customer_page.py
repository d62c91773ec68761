"""What the page of a customer shows: its mapping, its usage over the months against the units that are billed, how the last
runs went for it, what waits for a person. Only reads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import String, column, exists, func, or_, select, true

from webapp.context import today
from webapp.domain import LineState, Month, Quantity, ResultState, RunKind
from webapp.extensions import db
from webapp.models import Change, Contract, Finding, LineMonth, Product, Run, RunResult, RunTicket, Usage
from webapp.services import customers, line_months, month_charts, product_rules
from webapp.services.customer_rows import CustomerRow
from webapp.services.month_charts import Chart, Point

RESULTS = 10


@dataclass(frozen=True)
class UsedMonth:
    """What Sophos reported of a product for a month (None: no figure that could be read), and the units of the line that it
    feeds (None: no such line, or not known)."""

    month: str
    ordered: int | None
    actual: int | None
    billable: int | None
    units: int | None


@dataclass(frozen=True)
class ProductHistory:
    """A product over the last twelve months, the newest month first. ``billed_by`` is the figure that the chart shows as
    usage. ``shared``: the line counts the usage of further customers or products, so its units may be more."""

    code: str
    description: str
    service_name: str
    billed_by: Quantity
    shared: bool
    months: Sequence[UsedMonth]
    points: Sequence[Point]
    chart: Chart | None


@dataclass(frozen=True)
class Result:
    """How a run ended for the customer."""

    run: Run
    result: RunResult


@dataclass(frozen=True)
class HeldChange:
    change: Change
    contract_name: str


@dataclass(frozen=True)
class CustomerPage:
    customer: CustomerRow
    products: Sequence[ProductHistory]
    results: Sequence[Result]
    held: Sequence[HeldChange]
    findings: Sequence[Finding]


def one(customer_id: str) -> CustomerPage:
    """The page of a customer. Raises NotFound."""
    customer = customers.row(customer_id)
    return CustomerPage(
        customer=customer,
        products=_products(customer),
        results=_results(customer_id),
        held=_held(customer_id),
        findings=_findings(customer_id),
    )


def _products(customer: CustomerRow) -> list[ProductHistory]:
    """Every product of the last twelve months, what is used most first."""
    months = month_charts.last_months(Month.of(today()))
    used: dict[str, dict[str, Usage]] = {}
    stored = select(Usage).where(Usage.customer_id == customer.id, Usage.month >= str(months[0]))
    for usage in db.session.scalars(stored):
        used.setdefault(usage.product_code, {})[usage.month] = usage
    described = {product.code: product for product in db.session.scalars(select(Product).where(Product.code.in_(list(used))))}
    billed = _billed(customer, months[0])
    rules = product_rules.resolve((code, customer.id) for code in used)
    found = []
    for code, by_month in used.items():
        rule, product = rules.get((code, customer.id)), described.get(code)
        kind = rule.quantity if rule else Quantity.BILLABLE
        description = (product.description if product else None) or code
        found.append(_history(code, description, kind, months, by_month, billed.get(code, {})))
    return sorted(found, key=lambda product: (-(product.months[0].billable or 0) if product.months else 0, product.code))


def _history(
    code: str,
    description: str,
    kind: Quantity,
    months: Sequence[Month],
    used: Mapping[str, Usage],
    billed: Mapping[str, LineMonth],
) -> ProductHistory:
    units = {month: row.units for month, row in billed.items()}
    points = month_charts.points(months, {month: getattr(usage, kind) for month, usage in used.items()}, units)
    newest = billed[max(billed)] if billed else None
    shared = newest is not None and len(newest.customer_ids) + len(newest.products) > 2
    known = [point for point in reversed(points) if point.month in used or point.units is not None]
    rows = [_month(point, used.get(point.month)) for point in known]
    service = newest.service_name if newest else ""
    return ProductHistory(code, description, service, kind, shared, rows, points, month_charts.chart(points))


def _month(point: Point, usage: Usage | None) -> UsedMonth:
    if usage is None:
        return UsedMonth(point.month, None, None, None, point.units)
    return UsedMonth(point.month, usage.ordered, usage.actual, usage.billable, point.units)


def _billed(customer: CustomerRow, since: Month) -> dict[str, dict[str, LineMonth]]:
    """The months of the contract's lines that count this customer's usage, by product and month."""
    if customer.contract_id is None:
        return {}
    found: dict[str, dict[str, LineMonth]] = {}
    for row in line_months.of_contract(customer.contract_id, since=since):
        if customer.id in row.customer_ids:
            for code in row.products:
                found.setdefault(code, {})[row.month] = row
    return found


def _results(customer_id: str) -> list[Result]:
    """The last runs that said something of the customer, the newest first. Of ticket sync, which runs every few minutes, those
    that did something about it."""
    about = exists().where(RunTicket.run_id == Run.id, RunTicket.customer_id == customer_id)
    said = or_(Run.kind != RunKind.TICKETS, RunResult.state != ResultState.SUCCEEDED, about)
    found = select(Run, RunResult).join(RunResult, RunResult.run_id == Run.id).where(RunResult.customer_id == customer_id, said)
    return [Result(run, result) for run, result in db.session.execute(found.order_by(Run.id.desc()).limit(RESULTS))]


def _held(customer_id: str) -> list[HeldChange]:
    """The changes that wait for a person, the oldest first. The list of a change's customers is JSON on both databases."""
    ids = func.json_each if db.engine.dialect.name == "sqlite" else func.json_array_elements_text
    one_id = ids(Change.customer_ids).table_valued(column("value", String))
    found = select(Change, Contract.name).select_from(Change).join(one_id, true())
    found = found.outerjoin(Contract, Contract.id == Change.contract_id)
    found = found.where(Change.state == LineState.HELD, one_id.c.value == customer_id).order_by(Change.id)
    return [HeldChange(change, name or "") for change, name in db.session.execute(found)]


def _findings(customer_id: str) -> list[Finding]:
    """What is open, the oldest first."""
    mine = select(Finding).where(Finding.customer_id == customer_id, Finding.cleared_at.is_(None))
    return list(db.session.scalars(mine.order_by(Finding.first_seen_at, Finding.id)))

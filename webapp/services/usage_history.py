"""Usage as history: a complete reading replaces the figures of its month (and of the chosen customers only, if some were)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from sqlalchemy import delete, select

from webapp.context import now
from webapp.domain import Month, UsageItem, UsageReport
from webapp.extensions import db
from webapp.models import Customer, Product, Usage, UsageReading
from webapp.services import leases


def keep(report: UsageReport, *, run_id: int, customer_ids: Sequence[str] | None) -> None:
    """Store the report; products it names for the first time are made known. Flushes, the caller commits.

    One run at a time for each month: two that replace the figures at once would both be kept, and every licence would
    count twice (on PostgreSQL, where neither sees the other's rows).

    ``customer_ids``: the customers the reading was limited to, None for the whole partner.
    """
    moment, month = now(), str(report.month)
    leases.hold(f"usage {month}")
    known = set(db.session.scalars(select(Customer.id)))
    old = delete(Usage).where(Usage.month == month)
    db.session.execute(old if customer_ids is None else old.where(Usage.account_id.in_(customer_ids)))
    groups: dict[tuple[str | None, str], list[UsageItem]] = defaultdict(list)
    for item in report.items:
        groups[item.customer_id, item.product_code].append(item)
    db.session.add_all(
        Usage(
            month=month,
            customer_id=account if account in known else None,
            account_id=account,
            account_name=items[-1].customer_name,
            account_status=items[-1].account_status,
            product_code=product,
            order_lines=len(items),
            billable=_total(item.billable for item in items),
            actual=_total(item.actual for item in items),
            ordered=_total(item.ordered for item in items),
            read_at=moment,
        )
        for (account, product), items in groups.items()
    )
    if customer_ids is None:
        db.session.add(UsageReading(month=month, run_id=run_id, read_at=moment, items=len(report.items)))
    _know_products(report.items)
    db.session.flush()


def _total(figures: Iterable[int | None]) -> int | None:
    """The sum over order lines; None where one of them could not be read or is below zero."""
    total = 0
    for figure in figures:
        if figure is None or figure < 0:
            return None
        total += figure
    return total


def _know_products(items: Iterable[UsageItem]) -> None:
    moment = now()
    newest = {item.product_code: item for item in items}
    for code, item in newest.items():
        product = db.session.get(Product, code)
        if product is None:
            product = Product(code=code, first_seen_at=moment)
            db.session.add(product)
        product.description, product.group = item.product_description[:500] or product.description, item.product_group[:50]
        product.sku, product.last_used_at = item.sku[:100], moment


def reading(month: Month) -> UsageReading | None:
    """The last complete reading of a month for the whole partner."""
    newest = select(UsageReading).where(UsageReading.month == str(month)).order_by(UsageReading.id.desc()).limit(1)
    return db.session.scalars(newest).first()


def of_customers(month: Month, customer_ids: Sequence[str]) -> list[Usage]:
    """The stored figures of a month for these customers."""
    wanted = set(customer_ids)
    rows = db.session.scalars(select(Usage).where(Usage.month == str(month), Usage.customer_id.is_not(None)))
    return [row for row in rows if row.customer_id in wanted]


def unassigned(month: Month) -> list[Usage]:
    """The stored figures of a month that belong to no known customer."""
    return list(db.session.scalars(select(Usage).where(Usage.month == str(month), Usage.customer_id.is_(None))))

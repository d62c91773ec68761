"""The list of customers: filtered, sorted, in pages of 50, with everything a row shows. Only reads.

A page takes the same number of queries whatever it shows: one for the counts and those of customer_rows.load.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, or_, select, true

from webapp.domain import ResultState
from webapp.errors import NotFound
from webapp.extensions import db
from webapp.folding import fold
from webapp.models import Company, Contract, Customer, Finding
from webapp.models import Mapping as MappingRow
from webapp.services import mappings, ticket_standing
from webapp.services.customer_filter import CustomerFilter
from webapp.services.customer_rows import PAGE_SIZE, CustomerRow, held, joined, load


@dataclass(frozen=True)
class CustomerPage:
    """``total`` customers fit the filter; ``counts`` says how many each chip would show for the same search."""

    filter: CustomerFilter
    rows: Sequence[CustomerRow]
    total: int
    pages: int
    counts: Mapping[str, int]
    installed: int  # how many customers there are without any filter or search

    @property
    def first(self) -> int:
        return (self.filter.page - 1) * PAGE_SIZE + 1 if self.rows else 0

    @property
    def last(self) -> int:
        return self.first + len(self.rows) - 1 if self.rows else 0


def page(wanted: CustomerFilter) -> CustomerPage:
    """The page of customers that ``wanted`` asks for; a page past the end is the last one."""
    search = _search(wanted.q)
    chips = {
        "all": MappingRow.customer_id.is_not(None),
        "available": _available(),
        "successful": _status("successful"),
        "failed": _status("failed"),
        "unmapped": MappingRow.company_id.is_(None),
        "attention": _attention(),
    }
    counted = {name: _count_if(and_(condition, *search)) for name, condition in chips.items()}
    counted["total"] = _count_if(and_(true(), *search, *_conditions(wanted)))
    counted["installed"] = func.count()
    columns = [column.label(name) for name, column in counted.items()]
    counts = dict(db.session.execute(joined(select(*columns), companies_too=bool(wanted.q))).one()._mapping)
    total, installed = counts.pop("total"), counts.pop("installed")
    pages = max(1, -(-total // PAGE_SIZE))
    shown = replace(wanted, page=min(wanted.page, pages))
    rows = load(and_(true(), *search, *_conditions(wanted)), _order(wanted.sort), offset=(shown.page - 1) * PAGE_SIZE)
    return CustomerPage(filter=shown, rows=rows, total=total, pages=pages, counts=counts, installed=installed)


def row(customer_id: str) -> CustomerRow:
    """One customer, exactly as the page shows it. Raises NotFound."""
    rows = load(Customer.id == customer_id, [Customer.id])
    if not rows:
        raise NotFound("customer", customer_id)
    return rows[0]


def ids(wanted: CustomerFilter) -> list[str]:
    """All customers that the filter shows, on every page, by name."""
    conditions = (*_search(wanted.q), *_conditions(wanted))
    return list(db.session.scalars(joined(select(Customer.id)).where(*conditions).order_by(Customer.name_folded, Customer.id)))


# --- what a filter means --------------------------------------------------------------------------------------------------


def _search(q: str) -> list[ColumnElement[bool]]:
    if not q:
        return []
    folded = fold(q)
    hits: list[ColumnElement[bool]] = [Customer.id == q.lower()]
    if folded:
        hits += [
            Customer.name_folded.contains(folded, autoescape=True),
            Company.name_folded.contains(folded, autoescape=True),
        ]
    return [or_(*hits)]


def _conditions(wanted: CustomerFilter) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wanted.available:
        found.append(_available())
    if wanted.statuses:
        found.append(or_(*[_status(status) for status in wanted.statuses]))
    if wanted.mapped is not None:
        found.append(MappingRow.company_id.is_not(None) if wanted.mapped else MappingRow.company_id.is_(None))
    if wanted.attention:
        found.append(_attention())
    return found


def _available() -> ColumnElement[bool]:
    return and_(Customer.billing_type == mappings.AVAILABLE_BILLING_TYPE, Customer.gone_at.is_(None))


def _status(name: str) -> ColumnElement[bool]:
    return MappingRow.status == {"successful": ResultState.SUCCEEDED.value, "failed": ResultState.FAILED.value}[name]


def _attention() -> ColumnElement[bool]:
    """Usage or ticket sync failed, with a change that waits for a person, or with an open finding that is more than a remark."""
    found = select(Finding.customer_id).where(
        Finding.cleared_at.is_(None), Finding.weight.in_(("bad", "warn")), Finding.customer_id.is_not(None)
    )
    return or_(_status("failed"), ticket_standing.failed(), held(), Customer.id.in_(found))


def _order(sort: str) -> list[Any]:
    """By ``sort``; what has none of it comes last in both directions. ``-status`` begins with what failed."""
    ranks: dict[str | None, int] = {ResultState.SUCCEEDED.value: 1, ResultState.FAILED.value: 2}
    columns: dict[str, Any] = {
        "name": Customer.name_folded,
        "company": Company.name_folded,
        "contract": func.lower(Contract.name),
        "status": case(ranks, value=MappingRow.status, else_=0),
    }
    column = columns[sort.removeprefix("-")]
    backwards = sort.startswith("-")
    last = [] if sort.removeprefix("-") in ("name", "status") else [column.is_(None)]
    return [*last, column.desc() if backwards else column.asc(), Customer.name_folded, Customer.id]


def _count_if(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)

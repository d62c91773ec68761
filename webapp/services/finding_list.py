"""The open findings in pages, worst first; customers without a company are one of them together. Only reads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import and_, case, func, or_, select

from webapp.extensions import db
from webapp.models import Customer, Finding
from webapp.services.standing import GROUPED, open_findings

PAGE_SIZE = 50
_ORDER = case({"bad": 1, "warn": 2}, value=Finding.weight, else_=3)


@dataclass(frozen=True)
class Row:
    """A finding and the customer it is about, where there is one."""

    finding: Finding
    customer_name: str | None


@dataclass(frozen=True)
class FindingPage:
    """``unmapped``: how many customers without a company the one finding about them stands for."""

    rows: Sequence[Row]
    total: int
    page: int
    pages: int
    unmapped: int


def page(number: int) -> FindingPage:
    """A page of open findings; a number past the end is the last page."""
    total = open_findings()
    grouped = select(Finding.id).where(Finding.cleared_at.is_(None), Finding.code == GROUPED)
    unmapped = list(db.session.scalars(grouped.order_by(_ORDER, Finding.first_seen_at, Finding.id)))
    open_ = and_(Finding.cleared_at.is_(None), or_(Finding.code != GROUPED, Finding.id.in_(unmapped[:1])))
    pages = max(1, -(-total // PAGE_SIZE))
    number = min(max(1, number), pages)
    wanted = select(Finding, func.coalesce(Customer.show_as, Customer.name))
    wanted = wanted.outerjoin(Customer, Customer.id == Finding.customer_id).where(open_)
    wanted = wanted.order_by(_ORDER, Finding.first_seen_at, Finding.id).limit(PAGE_SIZE).offset((number - 1) * PAGE_SIZE)
    return FindingPage([Row(finding, name) for finding, name in db.session.execute(wanted)], total, number, pages, len(unmapped))

"""What the approvals page and the command line show: changes that wait, conflicts, and everything that was ever decided."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from sqlalchemy import ColumnElement, Select, and_, func, or_, select, true
from sqlalchemy.orm import aliased

from webapp.context import today
from webapp.domain import LineState
from webapp.extensions import db
from webapp.folding import fold
from webapp.models import Change, Contract, Customer, LineMonth, RunLine, Service
from webapp.services import approvals, decided
from webapp.services.approval_filter import KINDS, OTHER, ApprovalFilter, kind_of
from webapp.services.approval_lines import Names, line_of

PAGE_SIZE = 50


@dataclass(frozen=True)
class Row:
    """A change as the page shows it. ``price`` is that of one unit on the line as it was last read, None where nobody knows it;
    ``run_id`` the run that approves the change right now."""

    change: Change
    customers: Sequence[str]
    contract: str
    price: float | None
    run_id: int | None

    @property
    def kind(self) -> str:
        return kind_of(self.change.reason)

    @property
    def effect(self) -> float | None:
        """What the change adds to the bill of a full period."""
        return None if self.price is None else self.change.delta * self.price

    @property
    def starts(self) -> date:
        """The day on which it would take effect: never before today."""
        return max(self.change.effective_date, today())

    @property
    def is_full_period(self) -> bool | None:
        """Whether Autotask would bill it from the first day of a period; None where the period is not known."""
        return None if self.change.period_start is None else self.starts == self.change.period_start


@dataclass(frozen=True)
class HeldPage:
    """A page of what waits, or of what was decided. ``counts``: how many wait by kind, whatever kind is chosen; ``waiting``
    and ``decided`` without any filter."""

    filter: ApprovalFilter
    rows: list[Row]
    total: int
    page: int
    pages: int
    counts: dict[str, int]
    months: list[str]
    origins: list[str]
    conflicts: list[Row]
    waiting: int
    decided: int


def page(wanted: ApprovalFilter) -> HeldPage:
    """One page, oldest first (decided: newest first); a page past the end shows the last. Reads only."""
    base = _DECIDED if wanted.decided else decided.waiting()
    condition = and_(base, _narrowed(wanted))
    total = _count(condition)
    pages = max(1, -(-total // PAGE_SIZE))
    number = min(wanted.page, pages)
    order = (Change.decided_at.desc(), Change.id.desc()) if wanted.decided else (Change.id,)
    rows = select(Change).where(condition).order_by(*order).limit(PAGE_SIZE).offset((number - 1) * PAGE_SIZE)
    return HeldPage(
        filter=wanted,
        rows=_rows(rows),
        total=total,
        page=number,
        pages=pages,
        counts=_counts(and_(base, _narrowed(replace(wanted, kind="")))),
        months=list(db.session.scalars(select(Change.month).where(base).distinct().order_by(Change.month.desc()))),
        origins=list(db.session.scalars(select(Change.origin).where(base).distinct().order_by(Change.origin))),
        conflicts=[] if wanted.decided else _rows(select(Change).where(_CONFLICT).order_by(Change.id)),
        waiting=_count(decided.waiting()),
        decided=_count(_DECIDED),
    )


_CONFLICT = Change.state == LineState.CONFLICT
_DECIDED = and_(Change.decided_at.is_not(None), Change.state != LineState.HELD)


def ids(wanted: ApprovalFilter) -> list[int]:
    """Everything that waits and that the filter shows, also beyond the page. Reads only."""
    return list(db.session.scalars(select(Change.id).where(decided.waiting(), _narrowed(wanted)).order_by(Change.id)))


@dataclass(frozen=True)
class Preview:
    """What a decision would be about. ``gone``: how many of those chosen do not wait any more. ``effect``: of a full period,
    over the lines whose price is known; None where none is."""

    rows: list[Row]
    gone: int
    more: int
    fewer: int
    contracts: int
    new_lines: int
    effect: float | None
    unpriced: int
    dates: list[date]


def preview(change_ids: Sequence[int]) -> Preview:
    """Reads only."""
    asked = approvals.asked_for(change_ids)
    rows = _told(asked.waiting)
    deltas = [row.change.delta for row in rows]
    effects = [row.effect for row in rows if row.effect is not None]
    return Preview(
        rows=rows,
        gone=len(asked.stale) + len(asked.unknown),
        more=sum(delta for delta in deltas if delta > 0),
        fewer=sum(delta for delta in deltas if delta < 0),
        contracts=len({row.change.contract_id for row in rows}),
        new_lines=sum(row.change.new_line or row.change.contract_service_id is None for row in rows),
        effect=sum(effects) if effects else None,
        unpriced=len(rows) - len(effects),
        dates=sorted({row.starts for row in rows}),
    )


def _count(condition: ColumnElement[bool]) -> int:
    return db.session.scalar(select(func.count(Change.id)).where(condition)) or 0


def _counts(condition: ColumnElement[bool]) -> dict[str, int]:
    """How many by kind, and ``all``."""
    counted = select(Change.reason, func.count(Change.id)).where(condition).group_by(Change.reason)
    found: dict[str, int] = {"all": 0}
    for reason, number in db.session.execute(counted):
        for name in ("all", kind_of(reason)):
            found[name] = found.get(name, 0) + number
    return found


def _narrowed(wanted: ApprovalFilter) -> ColumnElement[bool]:
    parts: list[ColumnElement[bool]] = [true()]
    if wanted.q:
        parts.append(_found(wanted.q))
    if wanted.kind == OTHER:
        parts.append(Change.reason.not_in([reason for reasons in KINDS.values() for reason in reasons]))
    elif wanted.kind:
        parts.append(Change.reason.in_(KINDS[wanted.kind]))
    if wanted.origin:
        parts.append(Change.origin == wanted.origin)
    if wanted.month:
        parts.append(Change.month == wanted.month)
    return and_(*parts)


def _found(text: str) -> ColumnElement[bool]:
    """By the name of a customer, the contract or the service."""
    folded = fold(text)
    named = select(Customer.id).where(Customer.name_folded.contains(folded, autoescape=True))
    services = select(Service.id).where(Service.name_folded.contains(folded, autoescape=True))
    contracts = select(Contract.id).where(func.lower(Contract.name).contains(text.lower(), autoescape=True))
    inner = aliased(Change)
    each = func.json_each if db.engine.dialect.name == "sqlite" else func.json_array_elements_text
    one = each(inner.customer_ids).table_valued("value")
    of_customers = select(inner.id).select_from(inner).join(one, true()).where(one.c.value.in_(named))
    by_id = [Change.contract_id.in_(contracts)]
    return or_(*by_id, *([Change.id.in_(of_customers), Change.service_id.in_(services)] if folded else []))


def _rows(query: Select[Change]) -> list[Row]:
    return _told(list(db.session.scalars(query)))


def _told(changes: Sequence[Change]) -> list[Row]:
    """The changes with their names, prices and the run that has them in hand."""
    names, running, prices = Names.of(changes), approvals.under_way(), _prices(changes)
    return [
        Row(
            change=change,
            customers=names.of_customers(change),
            contract=names.contracts.get(change.contract_id, ""),
            price=prices.get(change.id),
            run_id=running.get(change.id),
        )
        for change in changes
    ]


def _prices(changes: Sequence[Change]) -> dict[int, float]:
    """The price of a unit, by the change's id: as the line's newest reading said, or the catalogue's for a missing line."""
    lines = {change.contract_service_id for change in changes if change.contract_service_id is not None}
    read = select(LineMonth.contract_service_id, LineMonth.price).where(LineMonth.contract_service_id.in_(lines))
    by_line = {line: price for line, price in db.session.execute(read.order_by(LineMonth.month)) if price is not None}
    told = select(RunLine.change_id, RunLine.price).where(RunLine.change_id.in_([change.id for change in changes]))
    by_change = {number: price for number, price in db.session.execute(told.order_by(RunLine.id)) if price is not None}
    missing = {change.service_id for change in changes if change.contract_service_id is None}
    catalogue = {
        number: price
        for number, price in db.session.execute(select(Service.id, Service.unit_price).where(Service.id.in_(missing)))
    }
    found = {}
    for change in changes:
        line = change.contract_service_id
        known = catalogue.get(change.service_id) if line is None else by_line.get(line)
        price = change.price_before if change.price_before is not None else by_change.get(change.id, known)
        if price is not None:
            found[change.id] = price
    return found


def every_held_line() -> list[RunLine]:
    """Every change that waits, oldest first, as lines that are in no session. Reads only."""
    changes = list(db.session.scalars(select(Change).where(decided.waiting()).order_by(Change.id)))
    names = Names.of(changes)
    return [line_of(change, names) for change in changes]

"""How many tickets and alerts there are, in all and per customer; what a person should do next about them. Only reads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select

from webapp.alerts import AlertState, TicketState
from webapp.domain import Reason
from webapp.extensions import db
from webapp.folding import fold
from webapp.models import AlertRow, Customer, Ticket, TicketWatch
from webapp.models import Mapping as MappingRow
from webapp.services import ticket_list, ticket_reasons
from webapp.services.ticket_filter import TicketFilter
from webapp.services.ticket_search import COMING, HOLDING, OPEN_WITHOUT_TICKET, PAST, WITHOUT_TICKET

PAGE_SIZE = 50


@dataclass(frozen=True)
class Standing:
    """``tabs``: the rows behind each ``show``, whatever is searched. ``alerts``: open alerts without a ticket by state.
    ``to_create``: how many of those only shown "Also create" would turn into tickets; ``unmapped_customers``: whose alerts get no
    ticket for want of a company. ``switched_on``: customers with ticket sync; ``read_at``: the last reading of any of them;
    ``unread``: customers whose last reading failed."""

    tabs: Mapping[str, int]
    alerts: Mapping[str, int]
    to_create: int
    unmapped_customers: int
    switched_on: int
    read_at: datetime | None
    unread: int


def standing() -> Standing:
    """The figures above the list."""
    tickets = _by_state(select(Ticket.state, func.count(Ticket.id)).group_by(Ticket.state))
    alerts = _by_state(select(AlertRow.state, func.count(AlertRow.id)).where(OPEN_WITHOUT_TICKET).group_by(AlertRow.state))
    coming = sum(alerts.get(state, 0) for state in COMING)
    unmapped = select(func.count(AlertRow.customer_id.distinct())).where(
        OPEN_WITHOUT_TICKET, AlertRow.state == AlertState.UNMAPPED
    )
    others = select(func.count(AlertRow.id)).where(WITHOUT_TICKET)
    tabs = {
        "open": sum(tickets.get(state, 0) for state in HOLDING) + coming,
        "waiting": tickets.get(TicketState.OPENING, 0) + coming,
        "failed": ticket_list.failed_count(),
        "past": sum(tickets.get(state, 0) for state in PAST),
        "alerts": sum(alerts.values()),
        "all": sum(tickets.values()) + (db.session.scalar(others) or 0),
    }
    read_at, unread = db.session.execute(
        select(func.max(TicketWatch.read_at), func.count().filter(TicketWatch.status == "failed"))
    ).one()
    return Standing(
        tabs=tabs,
        alerts=alerts,
        to_create=db.session.scalar(select(func.count(AlertRow.id)).where(shown_alerts(None))) or 0,
        unmapped_customers=db.session.scalar(unmapped) or 0,
        switched_on=db.session.scalar(select(func.count()).where(MappingRow.ticket_sync.is_(True))) or 0,
        read_at=read_at,
        unread=unread,
    )


def shown_alerts(customer_id: str | None) -> ColumnElement[bool]:
    """Open alerts that are only shown and that could have a ticket: of customers with ticket sync on, or of one of them."""
    switched_on = select(MappingRow.customer_id).where(MappingRow.ticket_sync.is_(True))
    shown = and_(OPEN_WITHOUT_TICKET, AlertRow.state == AlertState.SHOWN, AlertRow.customer_id.in_(switched_on))
    return and_(shown, AlertRow.customer_id == customer_id) if customer_id else shown


@dataclass(frozen=True)
class Group:
    """How many of a customer's alerts of one severity."""

    customer_id: str
    customer_name: str
    severity: str
    alerts: int


def to_create(customer_id: str | None) -> list[Group]:
    """What "Also create" would be about, by customer and severity."""
    name = func.coalesce(Customer.show_as, Customer.name)
    columns = (Customer.id, name, AlertRow.severity, func.count(AlertRow.id))
    found = select(*columns).join(Customer, Customer.id == AlertRow.customer_id).where(shown_alerts(customer_id))
    rows = db.session.execute(found.group_by(Customer.id, name, AlertRow.severity).order_by(name, Customer.id))
    order = {severity: place for place, severity in enumerate(ticket_list.GRAVITY)}
    groups = [Group(*row) for row in rows]
    return sorted(groups, key=lambda group: (fold(group.customer_name), group.customer_id, order.get(group.severity, 9)))


@dataclass(frozen=True)
class OfCustomer:
    """``alerts``: open ones without a ticket. ``cause``: why the last reading failed, None where it did not."""

    customer_id: str
    name: str
    mapped: bool
    ticket_sync: bool
    tickets: int
    failed: int
    alerts: int
    unmapped: int
    shown: int
    read_at: datetime | None
    cause: Reason | None


@dataclass(frozen=True)
class CustomersPage:
    filter: TicketFilter
    rows: Sequence[OfCustomer]
    total: int
    pages: int


def customers(wanted: TicketFilter) -> CustomersPage:
    """The customers with an open ticket, an open alert or a failed reading, what failed first; a page past
    the end shows the last."""
    tickets, alerts = _tickets_by_customer(), _alerts_by_customer()
    name = func.coalesce(Customer.show_as, Customer.name)
    unread = TicketWatch.status == "failed"
    columns = (
        Customer.id, name, MappingRow.company_id, MappingRow.ticket_sync, tickets.c.open, tickets.c.failed, alerts.c.all,
        alerts.c.unmapped, alerts.c.shown, TicketWatch.read_at, TicketWatch.status, TicketWatch.code, TicketWatch.params,
    )  # fmt: skip
    found = select(*columns).select_from(Customer).outerjoin(MappingRow, MappingRow.customer_id == Customer.id)
    for other in (tickets, alerts):
        found = found.outerjoin(other, other.c.customer_id == Customer.id)
    found = found.outerjoin(TicketWatch, TicketWatch.customer_id == Customer.id)
    found = found.where(or_(tickets.c.open > 0, alerts.c.all > 0, unread))
    if wanted.q:
        found = found.where(Customer.name_folded.contains(fold(wanted.q), autoescape=True))
    if wanted.customer:
        found = found.where(Customer.id == wanted.customer)
    total = db.session.scalar(select(func.count()).select_from(found.subquery())) or 0
    pages = max(1, -(-total // PAGE_SIZE))
    number = min(wanted.page, pages)
    gravity = db.case((unread, 0), (tickets.c.failed > 0, 1), (alerts.c.unmapped > 0, 2), else_=3)
    rows = db.session.execute(found.order_by(gravity, name, Customer.id).limit(PAGE_SIZE).offset((number - 1) * PAGE_SIZE))
    return CustomersPage(wanted, [_of_customer(*row) for row in rows], total, pages)


def _of_customer(*row: Any) -> OfCustomer:
    customer_id, name, company_id, ticket_sync, tickets, failed, alerts, unmapped, shown, read_at, status, code, params = row
    cause = ticket_reasons.known(code, {"customer": name, **(params or {})}) if status == "failed" else None
    return OfCustomer(
        customer_id=customer_id,
        name=name,
        mapped=company_id is not None,
        ticket_sync=bool(ticket_sync),
        tickets=tickets or 0,
        failed=failed or 0,
        alerts=alerts or 0,
        unmapped=unmapped or 0,
        shown=shown or 0,
        read_at=read_at,
        cause=cause,
    )


def _tickets_by_customer() -> Any:
    failed = func.count().filter(Ticket.state == TicketState.FAILED).label("failed")
    columns = (Ticket.customer_id, func.count(Ticket.id).label("open"), failed)
    return select(*columns).where(Ticket.state.in_(HOLDING)).group_by(Ticket.customer_id).subquery()


def _alerts_by_customer() -> Any:
    def of(state: AlertState) -> ColumnElement[int]:
        return func.count().filter(AlertRow.state == state).label(str(state))

    columns = (AlertRow.customer_id, func.count(AlertRow.id).label("all"), of(AlertState.UNMAPPED), of(AlertState.SHOWN))
    return select(*columns).where(OPEN_WITHOUT_TICKET).group_by(AlertRow.customer_id).subquery()


def _by_state(counted: Any) -> dict[str, int]:
    return {state: number for state, number in db.session.execute(counted)}

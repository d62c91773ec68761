"""Which tickets and which alerts without a ticket a filter shows, as conditions for a query."""

from __future__ import annotations

from sqlalchemy import ColumnElement, Select, and_, false, func, or_, select, true
from sqlalchemy.orm import InstrumentedAttribute

from webapp.alerts import AlertState, StepState, TicketState
from webapp.folding import fold
from webapp.models import AlertRow, Customer, Ticket, TicketStep
from webapp.services.ticket_filter import TicketFilter

HOLDING = (TicketState.OPENING, TicketState.OPEN, TicketState.FAILED)
PAST = (TicketState.COMPLETED, TicketState.DELETED, TicketState.DROPPED)
COMING = (AlertState.WAITING, AlertState.PLANNED)
_LARGEST_ID = 2**63 - 1

WITHOUT_TICKET = AlertRow.ticket_id.is_(None)
OPEN_WITHOUT_TICKET = and_(WITHOUT_TICKET, AlertRow.gone_at.is_(None))


def failed_tickets() -> ColumnElement[bool]:
    """Refused as a whole, or with a note, a completion or the like that was refused."""
    steps = select(TicketStep.ticket_id).where(TicketStep.state == StepState.FAILED, TicketStep.ticket_id.is_not(None))
    lost = (TicketState.DELETED, TicketState.DROPPED)
    return or_(Ticket.state == TicketState.FAILED, and_(Ticket.id.in_(steps), Ticket.state.not_in(lost)))


def failed_alerts() -> ColumnElement[bool]:
    """Alerts without a ticket for which something was refused: acknowledging."""
    steps = select(TicketStep.alert_id).where(TicketStep.state == StepState.FAILED, TicketStep.ticket_id.is_(None))
    return and_(WITHOUT_TICKET, AlertRow.id.in_(steps))


def tickets(wanted: TicketFilter) -> ColumnElement[bool]:
    """The tickets that the page shows."""
    shown: dict[str, ColumnElement[bool]] = {
        "open": Ticket.state.in_(HOLDING),
        "waiting": Ticket.state == TicketState.OPENING,
        "failed": failed_tickets(),
        "past": Ticket.state.in_(PAST),
        "all": true(),
    }
    parts = [shown.get(wanted.show, false())]
    if wanted.customer:
        parts.append(Ticket.customer_id == wanted.customer)
    if wanted.severity:
        parts.append(Ticket.id.in_(select(AlertRow.ticket_id).where(AlertRow.severity == wanted.severity)))
    if wanted.q:
        parts.append(_found_tickets(wanted.q))
    return and_(*parts)


def alerts(wanted: TicketFilter) -> ColumnElement[bool]:
    """The alerts without a ticket that the page shows."""
    coming = and_(OPEN_WITHOUT_TICKET, AlertRow.state.in_(COMING))
    shown: dict[str, ColumnElement[bool]] = {
        "open": coming,
        "waiting": coming,
        "failed": failed_alerts(),
        "alerts": OPEN_WITHOUT_TICKET,
        "all": WITHOUT_TICKET,
    }
    parts = [shown.get(wanted.show, false())]
    if wanted.state:
        parts.append(AlertRow.state == wanted.state)
    if wanted.customer:
        parts.append(AlertRow.customer_id == wanted.customer)
    if wanted.severity:
        parts.append(AlertRow.severity == wanted.severity)
    if wanted.q:
        parts.append(_found_alerts(wanted.q))
    return and_(*parts)


def _found_tickets(q: str) -> ColumnElement[bool]:
    texts = or_(_holds(Ticket.title, q), _holds(Ticket.number, q), Ticket.key == q, Ticket.customer_id.in_(_customers(q)))
    of_alerts = Ticket.id.in_(select(AlertRow.ticket_id).where(AlertRow.ticket_id.is_not(None), _in_alert(q)))
    number = int(q) if q.isascii() and q.isdecimal() else 0
    by_id = Ticket.autotask_id == number if 0 < number <= _LARGEST_ID else false()
    return or_(texts, of_alerts, by_id)


def _found_alerts(q: str) -> ColumnElement[bool]:
    return or_(_in_alert(q), _holds(AlertRow.description, q), AlertRow.customer_id.in_(_customers(q)))


def _in_alert(q: str) -> ColumnElement[bool]:
    return or_(AlertRow.id == q, _holds(AlertRow.device_name, q), _holds(AlertRow.type, q))


def _holds(column: InstrumentedAttribute[str], q: str) -> ColumnElement[bool]:
    """Whatever the capitals; SQLite folds only those of ASCII, so a text as it is written fits in any case."""
    return or_(func.lower(column).contains(q.lower(), autoescape=True), column.contains(q, autoescape=True))


def _customers(q: str) -> Select[str]:
    folded = fold(q)
    return select(Customer.id).where(Customer.name_folded.contains(folded, autoescape=True) if folded else false())

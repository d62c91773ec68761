"""What the tickets page lists: tickets, and alerts without one, in pages of 50. Only reads; a page costs a handful of queries,
however many rows there are."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import String, cast, func, literal, select, union_all
from sqlalchemy.orm import joinedload

from webapp.alerts import StepState, TicketState
from webapp.domain import Reason
from webapp.extensions import db
from webapp.models import AlertRow, Customer, Ticket, TicketStep
from webapp.services import ticket_reasons, ticket_search
from webapp.services.ticket_filter import TicketFilter

PAGE_SIZE = 50
GRAVITY = ("high", "medium", "low")
_OPEN_ENDED = (StepState.FAILED, StepState.UNKNOWN, StepState.SENDING)


@dataclass(frozen=True)
class Listed:
    """A ticket, or an alert without one (``ticket_id`` None). ``severity`` is the gravest of its alerts; ``device`` is empty
    where there is none, and ``devices`` how many there are. ``at`` is when it was opened (an alert: raised), ``ended_at``
    when it was completed (an alert: over)."""

    ticket_id: int | None
    alert_id: str | None
    title: str
    customer_id: str
    customer_name: str
    severity: str
    device: str
    devices: int
    number: str
    state: str
    at: datetime
    ended_at: datetime | None
    ended_by: str | None
    alerts: int
    why: Reason | None
    failed: bool


@dataclass(frozen=True)
class TicketsPage:
    """``total`` rows fit the filter. ``severities`` are those that alerts have, with the chosen one; ``customer_name`` is that of
    the chosen customer."""

    filter: TicketFilter
    rows: Sequence[Listed]
    total: int
    pages: int
    severities: Sequence[str]
    customer_name: str


def page(wanted: TicketFilter) -> TicketsPage:
    """The page that ``wanted`` asks for, what failed first, then the newest; a page past the end shows the last."""
    tickets, alerts = ticket_search.tickets(wanted), ticket_search.alerts(wanted)
    counts = [select(func.count(Ticket.id)).where(tickets), select(func.count(AlertRow.id)).where(alerts)]
    total = sum(db.session.scalar(count) or 0 for count in counts)
    pages = max(1, -(-total // PAGE_SIZE))
    shown = replace(wanted, page=min(wanted.page, pages))
    customer = db.session.get(Customer, wanted.customer) if wanted.customer else None
    return TicketsPage(
        filter=shown,
        rows=_rows(_keys(shown)),
        total=total,
        pages=pages,
        severities=_severities(wanted.severity),
        customer_name=customer.shown_name if customer else wanted.customer,
    )


def failed_count() -> int:
    """How many tickets and alerts wait for a person because something was refused."""
    tickets = select(func.count(Ticket.id)).where(ticket_search.failed_tickets()).scalar_subquery()
    alerts = select(func.count(AlertRow.id)).where(ticket_search.failed_alerts()).scalar_subquery()
    return db.session.scalar(select(tickets + alerts)) or 0


def _keys(wanted: TicketFilter) -> list[tuple[str, str]]:
    """What stands on the page, in its order: ``ticket`` or ``alert``, and the id."""
    rank = db.case((Ticket.state == TicketState.FAILED, 0), else_=1)
    at = func.coalesce(Ticket.completed_at, Ticket.made_at) if wanted.show == "past" else Ticket.made_at
    tickets = select(literal("ticket").label("what"), cast(Ticket.id, String).label("key"), rank.label("rank"), at.label("at"))
    alerts = select(literal("alert"), AlertRow.id, literal(1), AlertRow.raised_at)
    both = union_all(tickets.where(ticket_search.tickets(wanted)), alerts.where(ticket_search.alerts(wanted))).subquery()
    order = (both.c.rank, both.c.at.desc(), both.c.what, both.c.key)
    found = select(both.c.what, both.c.key).order_by(*order).limit(PAGE_SIZE).offset((wanted.page - 1) * PAGE_SIZE)
    return [(what, key) for what, key in db.session.execute(found)]


def _rows(keys: Sequence[tuple[str, str]]) -> list[Listed]:
    ticket_ids = [int(key) for what, key in keys if what == "ticket"]
    alert_ids = [key for what, key in keys if what == "alert"]
    with_customer = select(Ticket).where(Ticket.id.in_(ticket_ids)).options(joinedload(Ticket.customer))
    alerts = select(AlertRow).where(AlertRow.id.in_(alert_ids)).options(joinedload(AlertRow.customer))
    facts, troubled = _facts(ticket_ids), _troubled(ticket_ids, alert_ids)
    rows = {
        ("ticket", str(each.id)): _ticket(each, facts.get(each.id, []), troubled.get(each.id))
        for each in db.session.scalars(with_customer)
    }
    rows |= {("alert", each.id): _alert(each, troubled.get(each.id)) for each in db.session.scalars(alerts)}
    return [rows[key] for key in keys if key in rows]


def _facts(ticket_ids: Sequence[int]) -> dict[int, list[Any]]:
    """By ticket and severity: how many alerts, how many devices, and the name of one."""
    devices = func.count(func.distinct(func.nullif(AlertRow.device_name, "")))
    columns = (AlertRow.ticket_id, AlertRow.severity, func.count(AlertRow.id), devices, func.max(AlertRow.device_name))
    counted = select(*columns).where(AlertRow.ticket_id.in_(ticket_ids)).group_by(AlertRow.ticket_id, AlertRow.severity)
    found: dict[int, list[Any]] = {}
    for row in db.session.execute(counted):
        found.setdefault(int(row[0] or 0), []).append(row)
    return found


def _troubled(ticket_ids: Sequence[int], alert_ids: Sequence[str]) -> dict[int | str, TicketStep]:
    """The step that failed or of which nothing is known yet, by its ticket or alert; the failed one before the others."""
    mine = TicketStep.ticket_id.in_(ticket_ids) | (TicketStep.ticket_id.is_(None) & TicketStep.alert_id.in_(alert_ids))
    gravity = db.case((TicketStep.state == StepState.FAILED, 1), else_=0)
    steps = select(TicketStep).where(mine, TicketStep.state.in_(_OPEN_ENDED)).order_by(gravity, TicketStep.id.desc())
    return {step.ticket_id or step.alert_id or "": step for step in db.session.scalars(steps)}


def _ticket(ticket: Ticket, facts: Sequence[Any], step: TicketStep | None) -> Listed:
    why = ticket_reasons.of_step(step) if step else None
    if why is None and ticket.state == TicketState.OPENING:
        why = ticket_reasons.known("step_not_sent")
    return Listed(
        ticket_id=ticket.id,
        alert_id=None,
        title=ticket.title,
        customer_id=ticket.customer_id,
        customer_name=ticket.customer.shown_name,
        severity=gravest(row[1] for row in facts),
        device=next((row[4] for row in facts if row[4]), ""),
        devices=max((row[3] for row in facts), default=0),
        number=ticket.number or str(ticket.autotask_id or ""),
        state=ticket.state,
        at=ticket.opened_at or ticket.made_at,
        ended_at=ticket.completed_at,
        ended_by=ticket.completed_by,
        alerts=sum(row[2] for row in facts),
        why=why,
        failed=ticket.state == TicketState.FAILED or (step is not None and step.state == StepState.FAILED),
    )


def _alert(alert: AlertRow, step: TicketStep | None) -> Listed:
    failed = step is not None and step.state == StepState.FAILED
    return Listed(
        ticket_id=None,
        alert_id=alert.id,
        title=alert.description or alert.type or alert.id,
        customer_id=alert.customer_id,
        customer_name=alert.customer.shown_name,
        severity=alert.severity,
        device=alert.device_name,
        devices=1 if alert.device_name else 0,
        number="",
        state=alert.state,
        at=alert.raised_at,
        ended_at=alert.gone_at,
        ended_by=None,
        alerts=1,
        why=(ticket_reasons.of_step(step) if step and failed else None) or ticket_reasons.of_alert(alert),
        failed=failed,
    )


def gravest(severities: Iterable[str]) -> str:
    """The gravest of Sophos' severities; one that was never seen before counts as less than all others."""
    order = {name: place for place, name in enumerate(GRAVITY)}
    return min(severities, key=lambda name: (order.get(name, len(order)), name), default="")


def _severities(chosen: str) -> list[str]:
    found = list(db.session.scalars(select(AlertRow.severity).where(AlertRow.severity != "").distinct()))
    order = {name: place for place, name in enumerate(GRAVITY)}
    every = {*found, *([chosen] if chosen else [])}
    return sorted(every, key=lambda name: (order.get(name, len(order)), name))

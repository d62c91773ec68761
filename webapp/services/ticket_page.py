"""One ticket, or one alert: what it is about, what was sent, and its trail from the first sight to the end. Only reads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from webapp.alerts import StepState, TicketState
from webapp.domain import Reason
from webapp.errors import NotFound
from webapp.extensions import db
from webapp.models import AlertRow, AuditEntry, Company, Ticket, TicketFieldRow, TicketStep
from webapp.services import ticket_reasons

MOST_ALERTS = 100
"""A burst may gather hundreds: the page shows the first of them and says how many there are."""
_LARGEST_ID = 2**31 - 1


@dataclass(frozen=True)
class Event:
    """One entry of a trail. ``what``: ``received`` (with its rule) or ``gone``, of an alert; ``ticket_retry`` or
    ``ticket_give_up``, of a person; ``step``, which brings its own state and why it failed or waits."""

    at: datetime
    what: str
    alert: AlertRow | None = None
    step: TicketStep | None = None
    why: Reason | None = None
    entry: AuditEntry | None = None


@dataclass(frozen=True)
class Field:
    """What was sent for one field: its name in Autotask, and the value with its label where the picklist has one."""

    name: str
    value: str
    label: str


@dataclass(frozen=True)
class TicketPage:
    """``alerts`` are the first of ``alerts_total``; ``may_give_up``: it has not reached Autotask, and nothing of it is
    under way."""

    ticket: Ticket
    company: str
    fields: Sequence[Field]
    alerts: Sequence[AlertRow]
    alerts_total: int
    trail: Sequence[Event]
    failures: Sequence[Event]
    may_give_up: bool


@dataclass(frozen=True)
class AlertPage:
    """``why``: for what reason it has no ticket; None where it has one."""

    alert: AlertRow
    why: Reason | None
    trail: Sequence[Event]
    failures: Sequence[Event]


def ticket(ticket_id: int) -> TicketPage:
    """The page of one ticket; raises NotFound."""
    found = db.session.get(Ticket, ticket_id) if 0 < ticket_id <= _LARGEST_ID else None
    if found is None:
        raise NotFound("ticket", ticket_id)
    mine = select(AlertRow).where(AlertRow.ticket_id == found.id).order_by(AlertRow.raised_at, AlertRow.id)
    alerts = list(db.session.scalars(mine.limit(MOST_ALERTS)))
    steps = list(db.session.scalars(select(TicketStep).where(TicketStep.ticket_id == found.id).order_by(TicketStep.id)))
    company = db.session.get(Company, found.company_id)
    trail = _trail(alerts, steps, f"ticket:{found.id}")
    return TicketPage(
        ticket=found,
        company=company.name if company else str(found.company_id),
        fields=_fields(found),
        alerts=alerts,
        alerts_total=db.session.scalar(select(func.count(AlertRow.id)).where(AlertRow.ticket_id == found.id)) or 0,
        trail=trail,
        failures=_failures(trail),
        may_give_up=_may_give_up(found, steps),
    )


def alert(alert_id: str) -> AlertPage:
    """The page of one alert; raises NotFound."""
    wanted = select(AlertRow).where(AlertRow.id == alert_id.replace("\0", "")).options(joinedload(AlertRow.ticket))
    found = db.session.scalar(wanted)
    if found is None:
        raise NotFound("alert", alert_id)
    steps = select(TicketStep).where(TicketStep.alert_id == found.id).order_by(TicketStep.id)
    trail = _trail([found], list(db.session.scalars(steps)), f"alert:{found.id}")
    why = None if found.ticket_id else ticket_reasons.of_alert(found)
    return AlertPage(found, why, trail, _failures(trail))


def _may_give_up(found: Ticket, steps: Sequence[TicketStep]) -> bool:
    under_way = any(step.state in (StepState.SENDING, StepState.UNKNOWN) for step in steps)
    return found.autotask_id is None and found.state in (TicketState.OPENING, TicketState.FAILED) and not under_way


def _trail(alerts: Sequence[AlertRow], steps: Sequence[TicketStep], subject: str) -> list[Event]:
    """In the order of time; what is not done yet comes last."""
    events = [event for each in alerts for event in _of_alert(each)]
    events += [Event(step.done_at or step.sent_at or step.made_at, "step", step=step, why=_why(step)) for step in steps]
    done = select(AuditEntry).where(AuditEntry.subject == subject, AuditEntry.action.in_(("ticket_retry", "ticket_give_up")))
    events += [Event(each.at, each.action, entry=each) for each in db.session.scalars(done.order_by(AuditEntry.id))]
    return sorted(events, key=lambda event: (_is_coming(event), event.at))


def _is_coming(event: Event) -> bool:
    return event.step is not None and event.step.state in (StepState.PLANNED, StepState.SENDING, StepState.UNKNOWN)


def _of_alert(each: AlertRow) -> list[Event]:
    found = [Event(each.first_seen_at, "received", each, why=None if each.ticket_id else ticket_reasons.of_alert(each))]
    if each.gone_at:
        found.append(Event(each.gone_at, "gone", each))
    return found


def _why(step: TicketStep) -> Reason | None:
    return None if step.state == StepState.DONE and not step.code else ticket_reasons.of_step(step)


def _failures(trail: Sequence[Event]) -> list[Event]:
    return [event for event in trail if event.step is not None and event.step.state == StepState.FAILED]


def _fields(found: Ticket) -> list[Field]:
    """What was sent besides key, title and description, with the labels of Autotask's picklists."""
    choices = {
        row.name: {str(choice.get("value")): str(choice.get("label") or "") for choice in row.choices}
        for row in db.session.scalars(select(TicketFieldRow).where(TicketFieldRow.name.in_(list(found.fields))))
    }
    rows = [(name, "" if value is None else str(value)) for name, value in found.fields.items()]
    return [Field(name, value, choices.get(name, {}).get(value, "")) for name, value in rows]

"""Alerts, tickets and their steps as rows, for tests of what shows them. As in tests/builders.py: one keyword-only function for
each noun, which takes further columns by name."""

from __future__ import annotations

import itertools
from datetime import timedelta
from typing import Any, TypeVar

from tests.builders import SEEN
from webapp.extensions import db
from webapp.models import AlertRow, Customer, Run, RunTicket, Ticket, TicketFieldRow, TicketStep, TicketWatch

Row = TypeVar("Row")
_numbers = itertools.count(1)


def add_alert(*, customer: Customer, state: str = "ticketed", ticket: Ticket | None = None, **more: Any) -> AlertRow:
    """A high alert of malware on a laptop, raised an hour before ``SEEN`` and still open, unless told otherwise."""
    number = next(_numbers)
    values: dict[str, Any] = {
        "id": f"alert-{number:06d}",
        "trouble": f"trouble-{number}",
        "severity": "high",
        "type": "Event::Malware",
    }
    values |= {
        "category": "malware",
        "product": "endpoint",
        "description": "Malware was not cleaned up",
        "device_name": "LAPTOP-7",
    }
    values |= {"raised_at": SEEN - timedelta(hours=1), "first_seen_at": SEEN, "last_seen_at": SEEN}
    values |= {"rule_name": "High and medium: create"} if state != "shown" else {}
    return _kept(AlertRow(customer_id=customer.id, state=state, ticket_id=ticket.id if ticket else None, **(values | more)))


def add_ticket(*, customer: Customer, state: str = "open", **more: Any) -> Ticket:
    """A ticket that stands in Autotask unless it is being made, failed or was dropped; with everything that was sent."""
    number = next(_numbers)
    values: dict[str, Any] = {"key": f"kontor-{number:06d}", "trouble": f"trouble-{number}", "company_id": 4711, "made_at": SEEN}
    values |= {"title": "Sophos: Malware was not cleaned up on LAPTOP-7", "description": "Severity: high\nDevice: LAPTOP-7"}
    values |= {"fields": {"queueID": 8, "priority": 1}}
    if state not in ("opening", "failed", "dropped"):
        values |= {"autotask_id": 20_000 + number, "number": f"T20261123.{number:04d}", "opened_at": SEEN, "seen_at": SEEN}
    if state == "completed":
        values |= {"completed_at": SEEN + timedelta(hours=2), "completed_by": "kontor"}
    return _kept(Ticket(customer_id=customer.id, state=state, **(values | more)))


def add_step(
    *, ticket: Ticket | None = None, alert: AlertRow | None = None, kind: str = "create", state: str = "done", **more: Any
) -> TicketStep:
    """A step of Kontor's own, taken once at the moment of ``SEEN``."""
    subject = ticket or alert
    assert subject is not None
    values: dict[str, Any] = {"key": f"step-{next(_numbers)}", "made_at": SEEN, "sent_at": SEEN, "tries": 1}
    values |= {"done_at": SEEN} if state == "done" else {}
    ids = {
        "ticket_id": ticket.id if ticket else None,
        "alert_id": alert.id if alert else None,
        "customer_id": subject.customer_id,
    }
    return _kept(TicketStep(kind=kind, state=state, **(ids | values | more)))


def add_refused_ticket(*, customer: Customer, **more: Any) -> tuple[Ticket, TicketStep]:
    """A ticket that Autotask did not want, with its alert and the step that failed."""
    ticket = add_ticket(customer=customer, state="failed", **more)
    alert = add_alert(customer=customer, ticket=ticket, trouble=ticket.trouble)
    params = {"field": "issueType", "text": "Issue Type is required."}
    return ticket, add_step(ticket=ticket, alert=alert, state="failed", code="ticket_field_required", params=params)


def add_watch(*, customer: Customer, status: str = "successful", **more: Any) -> TicketWatch:
    values: dict[str, Any] = {"switched_on_at": SEEN, "first_pass_at": SEEN, "read_at": SEEN, "status_at": SEEN}
    return _kept(TicketWatch(customer_id=customer.id, status=status, **(values | more)))


def add_queue_choices() -> TicketFieldRow:
    choices = [{"value": 8, "label": "Monitoring", "active": True}]
    return _kept(TicketFieldRow(name="queueID", required=True, choices=choices, read_at=SEEN))


def add_run_ticket(*, run: Run, customer: Customer, action: str = "create", state: str = "done", **more: Any) -> RunTicket:
    values: dict[str, Any] = {"title": "Sophos: Malware was not cleaned up on LAPTOP-7", "reason": "ticket_created"}
    names = {"customer_id": customer.id, "customer_name": customer.shown_name}
    return _kept(RunTicket(run_id=run.id, action=action, state=state, **(names | values | more)))


def _kept(row: Row) -> Row:
    db.session.add(row)
    db.session.flush()
    return row

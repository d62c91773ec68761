"""A test ticket: made with the settings that hold, and completed at once. It shows whether Autotask takes tickets."""

from __future__ import annotations

import hashlib

from sqlalchemy import select

from webapp.alerts import StepKind, StepState, TicketKind, TicketState
from webapp.clients.autotask import AutotaskClient
from webapp.context import now
from webapp.domain import Reason
from webapp.errors import Refused
from webapp.extensions import db
from webapp.models import Mapping, Ticket, TicketStep
from webapp.services import run_results, ticket_choices, ticket_steps
from webapp.services.ticket_run import TicketRun
from webapp.services.ticket_sender import Sender
from webapp.services.ticket_writer import writer


def carry_out(run: TicketRun, autotask: AutotaskClient, sender: Sender) -> Reason | None:
    """Make the test ticket of this run for the first customer of its scope, and complete it. Commits. Once for a run: one that is
    carried out again goes on where it stopped. Raises Refused (ticket_choice_missing, company_missing) and ApiError."""
    if ticket_choices.is_stale():
        db.session.commit()
        ticket_choices.store(autotask.tickets.fields())
    missing = ticket_choices.chosen().missing
    if missing:
        raise Refused("ticket_choice_missing", settings=", ".join(missing))
    ticket = _ticket(run)
    ticket_id, customer_id, name = ticket.id, ticket.customer_id, ticket.customer.shown_name
    db.session.commit()
    for _ in range(2):  # what is completed was made before
        for step_id in _steps(ticket_id):
            sender.send_one(step_id)
    failed = run.failed.get(customer_id)
    run_results.keep_tickets(run.run_id, customer_id, name, failed)
    db.session.commit()
    return None


def _ticket(run: TicketRun) -> Ticket:
    """The test ticket of this run with its two steps; made now, if it was not before."""
    customer_id = (run.scope or ("",))[0]
    mapping = db.session.get(Mapping, customer_id)
    if mapping is None or mapping.company_id is None:
        raise Refused("company_missing", "ticket_sync")
    trouble = hashlib.sha256(f"test\x1f{run.run_id}".encode()).hexdigest()
    key = f"sophos:{trouble[:40]}"
    title, text = writer().test()
    ticket = db.session.scalar(select(Ticket).where(Ticket.key == key))
    if ticket is None:
        ticket = Ticket(
            key=key,
            kind=TicketKind.TEST,
            customer_id=customer_id,
            company_id=mapping.company_id,
            trouble=trouble,
            title=title,
            description=text,
            fields={},
            state=TicketState.OPENING,
            made_at=now(),
        )
        db.session.add(ticket)
        db.session.flush()
    ticket_steps.plan_for(ticket, StepKind.CREATE, key=f"create:{key}", what="test", run_id=run.run_id)
    ticket_steps.plan_for(ticket, StepKind.COMPLETE, key=f"complete:{key}", what="test", run_id=run.run_id)
    return ticket


def _steps(ticket_id: int) -> list[int]:
    wanted = select(TicketStep.id).where(TicketStep.ticket_id == ticket_id, TicketStep.state == StepState.PLANNED)
    found = list(db.session.scalars(wanted.order_by(TicketStep.id)))
    db.session.commit()
    return found

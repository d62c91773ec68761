"""The trouble of a ticket is over: its alerts are gone at Sophos, or their recovery was told. Then the ticket gets a note, and is
completed unless somebody works on it (design, section 7.3)."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime

from sqlalchemy import select

from webapp.alerts import AlertState, Gone, NoteSeen, StepKind, TicketKind, TicketSeen, TicketState
from webapp.clients.autotask import AutotaskClient
from webapp.clients.sophos import SophosClient
from webapp.context import now
from webapp.extensions import db
from webapp.models import AlertRow, Ticket, TicketStep
from webapp.services import ticket_steps
from webapp.services.ticket_keep import as_alert, mark_gone
from webapp.services.ticket_run import TicketRun
from webapp.services.ticket_watches import Watched
from webapp.services.ticket_writer import TicketWriter
from webapp.services.tickets_plan import how_gone, may_complete, trouble_over

_MOST_LOOKS = 200
"""So many alerts are asked for one by one in a pass; the others follow in the next."""


def note_gone(sophos: SophosClient, customer: Watched, open_ids: Collection[str]) -> None:
    """Mark the alerts that a complete list no longer holds. One with a ticket only after Sophos says 404 for itself. Commits.

    Raises ApiError; what was marked until then stays.
    """
    assert customer.api_host is not None
    rows = db.session.scalars(
        select(AlertRow).where(AlertRow.customer_id == customer.customer_id, AlertRow.gone_at.is_(None))
    ).all()
    absent = [row for row in rows if row.id not in open_ids]
    for row in absent:
        if row.state != AlertState.TICKETED:
            mark_gone([row], how=how_gone(row.raised_at, now()), at=now())
    doubtful = [row.id for row in absent if row.state == AlertState.TICKETED][:_MOST_LOOKS]
    db.session.commit()
    for alert_id in doubtful:
        if sophos.alert(customer.customer_id, customer.api_host, alert_id) is None:
            row = db.session.get_one(AlertRow, alert_id)
            mark_gone([row], how=how_gone(row.raised_at, now()), at=now())
            db.session.commit()


def close_what_is_over(run: TicketRun, autotask: AutotaskClient, customer: Watched, writer: TicketWriter) -> None:
    """Plan a note, and the completion where it may be, for each open ticket of the customer whose trouble is over. Commits.
    Raises ApiError."""
    over = _over(customer.customer_id)
    numbers = [number for _id, number, _how in over]
    db.session.commit()
    if not over or not run.may_post or not run.autotask_allows():
        return
    seen = {ticket.id: ticket for page in autotask.tickets.by_ids(numbers) for ticket in page}
    notes = [note for page in autotask.tickets.notes(numbers) for note in page]
    for ticket_id, number, how in over:
        if number in seen and not seen[number].is_complete:
            ticket = db.session.get_one(Ticket, ticket_id)
            written = _written(ticket, seen[number], notes)
            _plan_end(run, ticket, how, may_complete(how, assigned=seen[number].assigned, written=written), customer, writer)
    db.session.commit()


def _over(customer_id: str) -> list[tuple[int, int, Gone]]:
    """Kontor's id, Autotask's id and the end of each open ticket whose alerts are all over and that was not told so yet."""
    found = []
    tickets = db.session.scalars(
        select(Ticket).where(
            Ticket.customer_id == customer_id,
            Ticket.state == TicketState.OPEN,
            Ticket.autotask_id.is_not(None),
            Ticket.closing_told.is_(False),
        )
    )
    for ticket in tickets:
        how = _end_of(ticket)
        if how is not None and ticket.autotask_id is not None:
            found.append((ticket.id, ticket.autotask_id, how))
    return found


def _end_of(ticket: Ticket) -> Gone | None:
    """How the trouble of a ticket ended; None while one of its alerts is open."""
    rows = db.session.execute(
        select(AlertRow.gone_how).where(AlertRow.ticket_id == ticket.id, AlertRow.state == AlertState.TICKETED)
    )
    return trouble_over(Gone(row.gone_how) if row.gone_how else None for row in rows)


def completes_still(autotask: AutotaskClient, step_id: int, *, run_id: int, since: datetime) -> bool:
    """Whether a planned completion is still right when its turn comes: the trouble is not back, and nobody works on it
    since then. One that is not is given up. What this run has planned itself, ``since`` it began, was looked at just now.
    Commits. Raises ApiError."""
    step = db.session.get_one(TicketStep, step_id)
    ticket, just_planned = step.ticket, step.run_id == run_id and step.made_at >= since
    if ticket is None or ticket.kind == TicketKind.TEST or ticket.autotask_id is None:
        return True
    ticket_id, number, how = ticket.id, ticket.autotask_id, _end_of(ticket)
    if how is None:
        ticket_steps.give_up(step_id, code="trouble_back")
    db.session.commit()
    if how is None or just_planned:
        return how is not None
    seen = autotask.tickets.get(number)
    if seen is None or seen.is_complete:
        return True  # Autotask's answer tells what to make of it
    notes = [note for page in autotask.tickets.notes([number]) for note in page]
    right = may_complete(how, assigned=seen.assigned, written=_written(db.session.get_one(Ticket, ticket_id), seen, notes))
    if not right:
        ticket_steps.give_up(step_id, code="ticket_in_work")
    db.session.commit()
    return right


def _written(ticket: Ticket, seen: TicketSeen, notes: Iterable[NoteSeen]) -> bool:
    """Whether somebody other than Kontor has written a note on the ticket."""
    own = set(
        db.session.scalars(
            select(TicketStep.autotask_id).where(TicketStep.ticket_id == ticket.id, TicketStep.kind == StepKind.NOTE)
        )
    )
    return any(
        note.ticket_id == seen.id
        and note.id not in own
        and (note.contact_id is not None or seen.creator_id is None or note.resource_id != seen.creator_id)
        for note in notes
    )


def _plan_end(run: TicketRun, ticket: Ticket, how: Gone, complete: bool, customer: Watched, writer: TicketWriter) -> None:
    ticket.closing_told = True
    last = next(row for row in reversed(ticket.alerts) if row.state == AlertState.TICKETED)
    told = next((row for row in reversed(ticket.alerts) if row.state == AlertState.RECOVERY), None)
    title, text = writer.end_note(how, as_alert(last), as_alert(told) if told else None, customer.name)
    count = sum(row.state == AlertState.TICKETED for row in ticket.alerts)  # one that came late may be older than the last
    key, ids = f"{ticket.id}:{ticket.occurrence}:{count}:{last.id}", {"alert_id": last.id, "what": str(how)}
    ticket_steps.plan_for(ticket, StepKind.NOTE, key=f"note:{how}:{key}", title=title, text=text, run_id=run.run_id, **ids)
    if complete:
        ticket_steps.plan_for(ticket, StepKind.COMPLETE, key=f"complete:{key}", run_id=run.run_id, **ids)

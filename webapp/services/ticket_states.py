"""Follows Kontor's tickets in Autotask, in bulk: who completed or reopened them there, and which are gone."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta

from sqlalchemy import and_, or_, select

from webapp.alerts import AlertState, StepKind, StepState, TicketSeen, TicketState
from webapp.clients.autotask import AutotaskClient
from webapp.context import now
from webapp.extensions import db
from webapp.models import Mapping, Ticket, TicketStep
from webapp.services import preferences, ticket_keep, ticket_steps
from webapp.services.ticket_situation import HOLDS

_TELL_ALERTS = ("repeat", "burst")
"""Notes that are written all the same on a ticket that somebody completed: an alert would be told nowhere else."""
_ALL_GONE = 5
"""From so many tickets on, none of which can be found, and no other either, it is not the tickets that are gone: the API user
may not see them."""


class TicketsNotReadable(Exception):
    """None of many tickets can be found: nothing follows from that."""


def follow(autotask: AutotaskClient, *, scope: Sequence[str] | None, run_id: int) -> None:
    """Read the states of the tickets that are open, or were completed not long ago, and note what people did there. Commits.

    Raises ApiError and TicketsNotReadable; nothing was changed then.
    """
    by_number = _followed(scope)
    db.session.commit()
    if not by_number:
        return
    seen = {ticket.id: ticket for page in autotask.tickets.by_ids(by_number) for ticket in page}
    absent = [number for number in by_number if number not in seen]
    if len(absent) >= _ALL_GONE and not seen and not autotask.tickets.any_seen():
        raise TicketsNotReadable
    deleted = [number for number in absent if autotask.tickets.get(number) is None]
    for number, found in seen.items():
        _note(db.session.get_one(Ticket, by_number[number]), found, run_id)
    for number in deleted:
        _deleted(db.session.get_one(Ticket, by_number[number]), run_id)
    db.session.commit()


def look_again(autotask: AutotaskClient, ticket_id: int, *, run_id: int) -> bool:
    """Whether this ticket still stands in Autotask; one that does not is marked. Commits. Raises ApiError."""
    number = db.session.get_one(Ticket, ticket_id).autotask_id
    db.session.commit()
    if number is None or autotask.tickets.get(number) is not None:
        return True
    _deleted(db.session.get_one(Ticket, ticket_id), run_id)
    db.session.commit()
    return False


def _followed(scope: Sequence[str] | None) -> dict[int, int]:
    """Autotask's id -> Kontor's, of the tickets to look at: open ones, and those completed while a reopening still counts."""
    since = now() - timedelta(days=max(1, preferences.number("ticket_reopen_days")))
    lately = and_(Ticket.state == TicketState.COMPLETED, Ticket.completed_at >= since)
    reopening = select(TicketStep.ticket_id).where(
        TicketStep.kind == StepKind.REOPEN, TicketStep.state.in_((*ticket_steps.OPEN_STEPS, StepState.FAILED))
    )
    wanted = (
        select(Ticket.autotask_id, Ticket.id)
        .join(Mapping, Mapping.customer_id == Ticket.customer_id)
        .where(
            Mapping.ticket_sync,
            Ticket.autotask_id.is_not(None),
            or_(Ticket.state == TicketState.OPEN, lately),
            Ticket.id.not_in(reopening),
        )
    )
    if scope is not None:
        wanted = wanted.where(Ticket.customer_id.in_(scope))
    return {row.autotask_id: row.id for row in db.session.execute(wanted)}


def _note(ticket: Ticket, seen: TicketSeen, run_id: int) -> None:
    ticket.number, ticket.status, ticket.assigned, ticket.seen_at = seen.number, seen.status, seen.assigned, now()
    if ticket.state == TicketState.OPEN and seen.is_complete:
        ticket.state, ticket.completed_at, ticket.completed_by = TicketState.COMPLETED, now(), "autotask"
        ticket_steps.seen(ticket=ticket, kind=StepKind.SEEN_COMPLETED, run_id=run_id)
        ticket_steps.drop(ticket.id, code="ticket_completed_there", keep=_TELL_ALERTS)
        ticket_keep.acknowledge_all(ticket, run_id=run_id)
    elif ticket.state == TicketState.COMPLETED and not seen.is_complete and not _held_by_another(ticket):
        ticket.state, ticket.completed_at, ticket.completed_by = TicketState.OPEN, None, None
        ticket.occurrence += 1
        ticket.closing_told = _nothing_to_wait_for(ticket)
        ticket_steps.seen(ticket=ticket, kind=StepKind.SEEN_REOPENED, run_id=run_id)


def _nothing_to_wait_for(ticket: Ticket) -> bool:
    """Whether no alert of a ticket that a person reopened is open any more, but for those that Kontor itself acknowledges: their
    end says nothing, and must not undo what the person did."""
    return all(row.gone_at or "acknowledge" in row.allowed_actions for row in ticket.alerts if row.state == AlertState.TICKETED)


def _held_by_another(ticket: Ticket) -> bool:
    """Whether another ticket is open for the same trouble by now; this one then stays as it is."""
    other = select(Ticket.id).where(
        Ticket.customer_id == ticket.customer_id,
        Ticket.trouble == ticket.trouble,
        Ticket.state.in_(HOLDS),
        Ticket.id != ticket.id,
    )
    return db.session.scalar(other.limit(1)) is not None


def _deleted(ticket: Ticket, run_id: int) -> None:
    ticket.state, ticket.completed_at, ticket.seen_at = TicketState.DELETED, now(), now()
    ticket_steps.seen(ticket=ticket, kind=StepKind.SEEN_DELETED, run_id=run_id)
    ticket_steps.drop(ticket.id, code="ticket_deleted")


def bring_numbers(autotask: AutotaskClient, ticket_ids: Iterable[int]) -> None:
    """Read number and status of tickets that were just made. Commits. Raises ApiError."""
    rows = db.session.scalars(select(Ticket).where(Ticket.id.in_(list(ticket_ids)), Ticket.autotask_id.is_not(None)))
    by_number = {row.autotask_id: row.id for row in rows if row.autotask_id is not None and not row.number}
    db.session.commit()
    if not by_number:
        return
    for page in autotask.tickets.by_ids(by_number):
        for seen in page:
            ticket = db.session.get_one(Ticket, by_number[seen.id])
            ticket.number, ticket.status, ticket.assigned, ticket.seen_at = seen.number, seen.status, seen.assigned, now()
    db.session.commit()

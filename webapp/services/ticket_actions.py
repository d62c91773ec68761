"""What a person can do about tickets: retry what was refused, give a ticket up, make tickets of alerts that are only shown, and
have the alerts read now.

Each that changes something asks for a ticket run at once, which commits the change together with the run; where the systems are
not connected, the change is kept and the next ticket sync acts on it. A Refused leaves a transaction that must be rolled back.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

from sqlalchemy import CursorResult, Update, select, update

from webapp.alerts import AlertState, StepKind, StepState, TicketState
from webapp.context import now
from webapp.domain import RunKind
from webapp.errors import NotFound, Refused
from webapp.extensions import db
from webapp.models import AlertRow, Run, Ticket, TicketStep
from webapp.services import audit, connections, requests
from webapp.services.ticket_counts import shown_alerts

MOST_REASON = 500
_LARGEST_ID = 2**31 - 1


def retry(step_id: int, *, by: str, trigger: str = "web") -> Run | None:
    """A failed step is planned again, its tries kept; a ticket that failed with it is being made again. Commits.

    Gives the run that was asked for. Raises NotFound and Refused(step_not_failed).
    """
    step = db.session.get(TicketStep, step_id) if 0 < step_id <= _LARGEST_ID else None
    if step is None:
        raise NotFound("ticket step", step_id)
    failed = (TicketStep.id == step_id, TicketStep.state == StepState.FAILED)
    cleared: dict[str, Any] = {"state": StepState.PLANNED, "code": None, "params": {}, "settle_at": None, "done_at": None}
    code, params = step.code, dict(step.params)
    if not _changed(update(TicketStep).where(*failed).values(**cleared)):
        raise Refused("step_not_failed")
    if step.kind == StepKind.CREATE and step.ticket_id is not None:
        refused = (Ticket.id == step.ticket_id, Ticket.state == TicketState.FAILED)
        _changed(update(Ticket).where(*refused).values(state=TicketState.OPENING))
    before = {"state": StepState.FAILED, "code": code, "params": params}
    audit.record(by=by, action="ticket_retry", subject=_subject(step), before=before, after={"state": StepState.PLANNED})
    customer_id = step.customer_id
    return _ask_for_run([customer_id], by=by, trigger=trigger)


def give_up(ticket_id: int, *, by: str, reason: str) -> None:
    """No ticket is made any more for this trouble: the ticket and what was planned for it are dropped. The caller commits.

    Only for a ticket that has not reached Autotask. Raises NotFound and Refused: give_up_reason, ticket_under_way (it may have
    arrived), ticket_not_to_give_up.
    """
    ticket = db.session.get(Ticket, ticket_id) if 0 < ticket_id <= _LARGEST_ID else None
    if ticket is None:
        raise NotFound("ticket", ticket_id)
    reason = reason.strip()
    if not 0 < len(reason) <= MOST_REASON:
        raise Refused("give_up_reason", "reason", most=MOST_REASON)
    before = {"state": ticket.state}
    # first the steps, so that a worker that takes one of them at this moment is either seen below or finds nothing to take
    mine = TicketStep.ticket_id == ticket_id
    waiting = TicketStep.state.in_((StepState.FAILED, StepState.PLANNED))
    _changed(update(TicketStep).where(mine, waiting).values(state=StepState.DROPPED, done_at=now()))
    under_way = select(TicketStep.id).where(mine, TicketStep.state.in_((StepState.SENDING, StepState.UNKNOWN))).limit(1)
    if db.session.scalar(under_way) is not None:
        raise Refused("ticket_under_way")
    not_there = (Ticket.autotask_id.is_(None), Ticket.state.in_((TicketState.FAILED, TicketState.OPENING)))
    if not _changed(update(Ticket).where(Ticket.id == ticket_id, *not_there).values(state=TicketState.DROPPED)):
        raise Refused("ticket_not_to_give_up")
    after = {"state": TicketState.DROPPED, "reason": reason}
    audit.record(by=by, action="ticket_give_up", subject=f"ticket:{ticket_id}", before=before, after=after)
    db.session.flush()


def create_shown(customer_id: str | None, *, by: str, trigger: str = "web") -> int:
    """Alerts that were open when ticket sync was switched on, and so are only shown, go through the rules with the next pass: of
    this customer, or of all. Commits; gives how many. Asks for a run where there were any."""
    waits = {"state": AlertState.WAITING, "due_at": now(), "code": None}
    changed = update(AlertRow).where(shown_alerts(customer_id)).values(**waits).returning(AlertRow.customer_id)
    counted = Counter(db.session.scalars(changed, execution_options={"synchronize_session": False}))
    db.session.expire_all()
    for each, number in sorted(counted.items()):
        audit.record(by=by, action="ticket_create_shown", subject=f"customer:{each}", after={"alerts": number})
    if counted:
        _ask_for_run([customer_id] if customer_id else None, by=by, trigger=trigger)
    return counted.total()


def read_now(*, by: str, trigger: str = "web") -> Run:
    """A ticket run for all customers; raises Refused(not_connected)."""
    return requests.request_run(kind=RunKind.TICKETS, trigger=trigger, by=by)


def _ask_for_run(customer_ids: list[str] | None, *, by: str, trigger: str) -> Run | None:
    if not connections.both_connected():
        db.session.commit()
        return None
    return requests.request_run(kind=RunKind.TICKETS, trigger=trigger, by=by, customer_ids=customer_ids)


def _subject(step: TicketStep) -> str:
    return f"ticket:{step.ticket_id}" if step.ticket_id is not None else f"alert:{step.alert_id}"


def _changed(statement: Update) -> bool:
    """Whether the update found its row as it was expected to be."""
    answer = db.session.execute(statement, execution_options={"synchronize_session": "fetch"})
    return isinstance(answer, CursorResult) and answer.rowcount > 0

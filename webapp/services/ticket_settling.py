"""Finds out what came of steps that had no clear outcome, before anything is repeated (design, sections 7.3 and 13, 28 and 29).

A ticket is looked up by its key, a note by the alert id in it, a status by itself. What is not there may still come while
Autotask works on the request; only after the settle time is the step sent again, in its own row and under the same key.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from webapp.alerts import NEW, NoteSeen, StepKind, StepState, TicketSeen, TicketState
from webapp.clients.autotask import AutotaskClient
from webapp.context import now
from webapp.extensions import db
from webapp.models import Ticket, TicketStep
from webapp.services import ticket_choices, ticket_fields, ticket_steps
from webapp.services.ticket_refusals import refusal


def settle(autotask: AutotaskClient, steps: Sequence[TicketStep]) -> None:
    """Look up what came of these steps and note it. Commits. Raises ApiError; the steps stay as they are then."""
    ids = [step.id for step in steps]
    keys = _keys(steps) if ticket_choices.key_is_queryable() else []
    noted = _tickets_of(steps, StepKind.NOTE)
    statuses = _tickets_of(steps, StepKind.COMPLETE, StepKind.REOPEN)
    db.session.commit()
    by_key = {seen.key: seen for page in autotask.tickets.by_keys(keys) for seen in page} if keys else {}
    notes = [note for page in autotask.tickets.notes(noted) for note in page] if noted else []
    by_id = {seen.id: seen for page in autotask.tickets.by_ids(statuses) for seen in page} if statuses else {}
    for step_id in ids:
        step = db.session.get_one(TicketStep, step_id, populate_existing=True)
        if step.state in (StepState.SENDING, StepState.UNKNOWN):
            _judge(step, by_key, notes, by_id)
    db.session.commit()


def opened(step: TicketStep, seen: TicketSeen) -> bool:
    """The ticket of this step stands in Autotask. Says whether the step was still open. The caller commits."""
    ticket = step.ticket
    assert ticket is not None
    if not ticket_steps.end(step.id, tries=step.tries, state=StepState.DONE, autotask_id=seen.id):
        return False
    ticket.autotask_id, ticket.number, ticket.status, ticket.assigned = seen.id, seen.number, seen.status, seen.assigned
    ticket.state, ticket.opened_at, ticket.seen_at = TicketState.OPEN, now(), now()
    return True


def _judge(step: TicketStep, by_key: dict[str, TicketSeen], notes: Iterable[NoteSeen], by_id: dict[int, TicketSeen]) -> None:
    ticket = step.ticket
    match StepKind(step.kind):
        case StepKind.CREATE if ticket is not None and (found := by_key.get(ticket.key)):
            opened(step, found)
            return
        case StepKind.NOTE if ticket is not None and (note := _note(step, ticket, notes)):
            ticket_steps.end(step.id, tries=step.tries, state=StepState.DONE, autotask_id=note.id)
            return
        case StepKind.COMPLETE if ticket is not None and (seen := by_id.get(ticket.autotask_id or 0)) and seen.is_complete:
            ticket_steps.end(step.id, tries=step.tries, state=StepState.DONE)
            completed(ticket)
            return
        case StepKind.REOPEN if ticket is not None and (seen := by_id.get(ticket.autotask_id or 0)) and not seen.is_complete:
            ticket_steps.end(step.id, tries=step.tries, state=StepState.DONE)
            return
        case StepKind.ACKNOWLEDGE:  # safe to repeat (reference/sophos-api.md, section 6.3)
            ticket_steps.end(step.id, tries=step.tries, state=StepState.PLANNED)
            return
    _not_there(step)


def _not_there(step: TicketStep) -> None:
    """What was sent is not to be seen. Where Autotask itself had answered with a text, that text is the reason."""
    text = str(step.params.get("text") or "")
    if step.params.get("answered") and text:
        code, params = refused(step, text)
        failed(step, code, params)
    elif step.settle_at is not None and now() < step.settle_at:
        ticket_steps.end(step.id, tries=step.tries, state=StepState.UNKNOWN, code="step_unknown", params=step.params)
    elif step.tries >= ticket_steps.MOST_TRIES or _cannot_be_found(step):
        failed(step, "ticket_outcome_unknown", {"text": text})
    else:
        ticket_steps.end(step.id, tries=step.tries, state=StepState.PLANNED)


def _cannot_be_found(step: TicketStep) -> bool:
    """A ticket in an Autotask that does not let its key be asked for: a person looks, nothing is sent again blindly."""
    return step.kind == StepKind.CREATE and not ticket_choices.key_is_queryable()


def refused(step: TicketStep, text: str) -> tuple[str, dict[str, str]]:
    """What Autotask's text means for this step. Reads only."""
    sent = ticket_fields.whole(step.ticket) if step.ticket is not None and step.kind == StepKind.CREATE else {}
    names = ticket_choices.names() if step.kind == StepKind.CREATE else ()
    return refusal(text, fields=names, sent=sent) if sent else ("ticket_refused", {"text": text, "field": "", "place": ""})


def failed(step: TicketStep, code: str, params: dict[str, str]) -> None:
    """The step was refused; a person may retry. The caller commits."""
    if not ticket_steps.end(step.id, tries=step.tries, state=StepState.FAILED, code=code, params=params):
        return
    if step.kind == StepKind.CREATE and step.ticket is not None:
        step.ticket.state = TicketState.FAILED


def completed(ticket: Ticket) -> None:
    """Kontor completed the ticket. The caller commits."""
    ticket.state, ticket.completed_at, ticket.completed_by = TicketState.COMPLETED, now(), "kontor"


def status_wanted(kind: StepKind, complete: int) -> int:
    """The status that a step sets."""
    return complete if kind is StepKind.COMPLETE else NEW


def _note(step: TicketStep, ticket: Ticket, notes: Iterable[NoteSeen]) -> NoteSeen | None:
    """The note that this step wrote: on its ticket, under its title, with its alert's id in the text."""
    for note in notes:
        same = note.ticket_id == ticket.autotask_id and note.title.strip() == step.title.strip()
        if same and (step.alert_id or "") in note.text:
            return note
    return None


def _keys(steps: Iterable[TicketStep]) -> list[str]:
    return [step.ticket.key for step in steps if step.kind == StepKind.CREATE and step.ticket is not None]


def _tickets_of(steps: Iterable[TicketStep], *kinds: StepKind) -> list[int]:
    found = {step.ticket.autotask_id for step in steps if step.kind in kinds and step.ticket is not None}
    return sorted(number for number in found if number is not None)

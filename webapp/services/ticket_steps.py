"""The steps of tickets in the database: planned once for each key, claimed by one sender, their outcome written while still ours.

A step is committed before anything is sent. Who claims it raises ``tries``; an outcome is only written under the same number, so
a process that comes back late changes nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import or_, select, update

from webapp.alerts import StepKind, StepState
from webapp.context import context, now
from webapp.extensions import changed_rows, db
from webapp.models import Mapping as MappingRow
from webapp.models import Ticket, TicketStep

MOST_TRIES = 5
"""So often a step is sent by itself; after that a person decides."""
OPEN_STEPS = (StepState.PLANNED, StepState.SENDING, StepState.UNKNOWN)


@dataclass(frozen=True)
class Claimed:
    """A step under way, as plain values: no transaction stays open while it is sent."""

    id: int
    kind: StepKind
    tries: int
    customer_id: str
    ticket_id: int | None
    alert_id: str | None
    title: str
    text: str
    until: datetime


def plan(
    *,
    key: str,
    kind: StepKind,
    customer_id: str,
    ticket_id: int | None = None,
    alert_id: str | None = None,
    what: str = "",
    title: str = "",
    text: str = "",
    run_id: int | None = None,
) -> TicketStep | None:
    """Plan a step; None where one with this key was planned before, whatever became of it. The caller commits."""
    if db.session.scalar(select(TicketStep.id).where(TicketStep.key == key)) is not None:
        return None
    step = TicketStep(
        key=key,
        kind=kind,
        customer_id=customer_id,
        ticket_id=ticket_id,
        alert_id=alert_id,
        what=what,
        title=title,
        text=text,
        state=StepState.PLANNED,
        tries=0,
        run_id=run_id,
        by="kontor",
        made_at=now(),
        params={},
    )
    db.session.add(step)
    db.session.flush()
    return step


def plan_for(
    ticket: Ticket,
    kind: StepKind,
    *,
    key: str,
    alert_id: str | None = None,
    what: str = "",
    title: str = "",
    text: str = "",
    run_id: int | None = None,
) -> TicketStep | None:
    """Plan a step about a ticket, as ``plan`` does."""
    return plan(
        key=key,
        kind=kind,
        customer_id=ticket.customer_id,
        ticket_id=ticket.id,
        alert_id=alert_id,
        what=what,
        title=title,
        text=text,
        run_id=run_id,
    )


def seen(*, ticket: Ticket, kind: StepKind, run_id: int | None) -> None:
    """Note in the trail what somebody did in Autotask. The caller commits."""
    moment = now()
    db.session.add(
        TicketStep(
            key=f"{kind}:{ticket.id}:{ticket.occurrence}",
            kind=kind,
            customer_id=ticket.customer_id,
            ticket_id=ticket.id,
            state=StepState.DONE,
            tries=0,
            by="autotask",
            run_id=run_id,
            made_at=moment,
            done_at=moment,
            params={},
        )
    )


def planned(customer_id: str | None = None) -> list[int]:
    """The ids of the steps that may be sent, in the order in which they were planned; those of customers without ticket sync
    wait until it is on again. Reads only."""
    wanted = (
        select(TicketStep.id)
        .join(MappingRow, MappingRow.customer_id == TicketStep.customer_id)
        .where(TicketStep.state == StepState.PLANNED, MappingRow.ticket_sync)
        .order_by(TicketStep.id)
    )
    return list(db.session.scalars(wanted if customer_id is None else wanted.where(TicketStep.customer_id == customer_id)))


def claim(step_id: int, *, run_id: int) -> Claimed | None:
    """Take a planned step for sending; None where it is no longer planned. Commits: the intent stands before anything is sent."""
    step = db.session.get_one(TicketStep, step_id, populate_existing=True)
    tries, moment, settings = step.tries, now(), context().settings
    until = moment + timedelta(seconds=settings.post_deadline)
    taken = changed_rows(
        update(TicketStep)
        .where(TicketStep.id == step_id, TicketStep.state == StepState.PLANNED, TicketStep.tries == tries)
        .values(
            state=StepState.SENDING,
            tries=tries + 1,
            sent_at=moment,
            settle_at=until + timedelta(seconds=settings.settle_seconds),
            run_id=run_id,
            code=None,
            params={},
        )
    )
    claimed = Claimed(
        step.id, StepKind(step.kind), tries + 1, step.customer_id, step.ticket_id, step.alert_id, step.title, step.text, until
    )
    db.session.commit()
    return claimed if taken == 1 else None


def end(
    step_id: int,
    *,
    tries: int,
    state: StepState,
    code: str | None = None,
    params: Mapping[str, Any] | None = None,
    autotask_id: int | None = None,
) -> bool:
    """Write what came of a step that is being sent, or was without a clear outcome; says whether it was still ours. The caller
    commits."""
    values: dict[str, Any] = {"state": state, "code": code, "params": dict(params or {})}
    if state is StepState.DONE:
        values |= {"done_at": now(), "autotask_id": autotask_id}
    written = changed_rows(
        update(TicketStep)
        .where(
            TicketStep.id == step_id,
            TicketStep.tries == tries,
            TicketStep.state.in_((StepState.SENDING, StepState.UNKNOWN)),
        )
        .values(**values)
    )
    return written == 1


def unclear(customer_ids: Sequence[str] | None = None) -> list[TicketStep]:
    """The steps of which it is not known what came of them: no answer, or the process died while it sent. Reads only."""
    wanted = select(TicketStep).where(TicketStep.state.in_((StepState.SENDING, StepState.UNKNOWN))).order_by(TicketStep.id)
    return list(db.session.scalars(wanted if customer_ids is None else wanted.where(TicketStep.customer_id.in_(customer_ids))))


def drop(ticket_id: int, *, code: str, keep: Collection[str] = ()) -> None:
    """Give up what is still planned for a ticket, but for the notes named in ``keep`` (``TicketStep.what``). The caller
    commits."""
    db.session.execute(
        update(TicketStep)
        .where(
            TicketStep.ticket_id == ticket_id,
            TicketStep.state.in_((StepState.PLANNED, StepState.FAILED)),
            or_(TicketStep.kind != StepKind.NOTE, TicketStep.what.not_in(keep)),
        )
        .values(state=StepState.DROPPED, code=code)
    )


def give_up(step_id: int, *, code: str) -> None:
    """A planned step is no longer right. The caller commits."""
    db.session.execute(
        update(TicketStep)
        .where(TicketStep.id == step_id, TicketStep.state == StepState.PLANNED)
        .values(state=StepState.DROPPED, code=code)
    )


def end_dropped(step_id: int) -> None:
    """A step that was being sent to a ticket which is gone from Autotask. The caller commits."""
    db.session.execute(
        update(TicketStep)
        .where(TicketStep.id == step_id, TicketStep.state != StepState.DONE)
        .values(state=StepState.DROPPED, code="ticket_deleted")
    )

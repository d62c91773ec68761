"""A ticket run under way: what it is about, what it holds, and whether it may go on."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select

from webapp.alerts import StepKind, StepState, TicketKind
from webapp.clients.http import Counter
from webapp.domain import Lease
from webapp.extensions import db
from webapp.models import Customer, RunTicket, TicketStep
from webapp.services import leases, runs
from webapp.services.budget import Budget, BudgetReached


@dataclass
class TicketRun:
    """A ticket run under way. ``lease`` is held by one ticket run at a time. ``may_post`` False: it reads and says what it would
    do (``why_not`` is the code). ``scope``: only these customers.
    ``scheduled``: nobody waits for it, so what takes longer than the time between two passes is left to the next one."""

    claim: runs.Claim
    run_id: int
    scope: tuple[str, ...] | None
    counter: Counter
    lease: Lease
    scheduled: bool = False
    may_post: bool = True
    why_not: str | None = None
    budget: Budget | None = None
    over_budget: BudgetReached | None = field(default=None, init=False)
    failed: dict[str, tuple[str, dict[str, Any]]] = field(default_factory=dict, init=False)  # customer -> the code of this pass

    def alive(self, done: int | None = None, total: int | None = None) -> None:
        """Renew what this run holds and note its calls. Raises LeaseLost, RunCancelled."""
        runs.keep_alive(self.claim, calls=self.counter.calls, done=done, total=total)
        self.lease = leases.renew(self.lease)

    def autotask_allows(self) -> bool:
        """Whether Autotask may be called once more. What is left undone is done in a later pass: nothing is lost by waiting."""
        if self.budget is None or self.over_budget is not None:
            return self.over_budget is None
        try:
            self.budget.check(self.counter.calls)
        except BudgetReached as error:
            self.over_budget = error
        return self.over_budget is None

    def fail(self, customer_id: str, code: str, params: dict[str, Any]) -> None:
        """Note that this pass failed for a customer; the first cause stays."""
        self.failed.setdefault(customer_id, (code, params))

    def report(self, customer_id: str, name: str, **said: Any) -> None:
        """Keep what the run says of an alert or ticket (columns of ``run_tickets``). The caller commits."""
        db.session.add(RunTicket(run_id=self.run_id, customer_id=customer_id, customer_name=name, **said))

    def report_step(self, step: TicketStep) -> None:
        """Keep what became of a step. The caller commits."""
        ticket = step.ticket
        customer = db.session.get(Customer, step.customer_id)
        name = customer.shown_name if customer else ""
        self.report(
            step.customer_id,
            name,
            ticket_id=step.ticket_id,
            alert_ids=[step.alert_id] if step.alert_id else [],
            title=ticket.title if ticket else "",
            action=step.kind,
            state=step.state,
            code=step.code,
            reason=_reason(step),
            reason_params=dict(step.params),
        )


_REASONS = {
    StepKind.CREATE: "ticket_created",
    StepKind.NOTE: "ticket_noted",
    StepKind.COMPLETE: "ticket_completed",
    StepKind.REOPEN: "ticket_reopened",
    StepKind.ACKNOWLEDGE: "alert_acknowledged",
}
_NOTES = {"gone": "closing_noted", "vanished": "closing_noted", "recovered": "closing_noted", "expired": "closing_expired"}


def _reason(step: TicketStep) -> str:
    if step.state == StepState.UNKNOWN:
        return "step_unknown"
    if step.state != StepState.DONE:
        return "step_not_sent"
    if step.kind == StepKind.CREATE and step.ticket is not None and step.ticket.kind == TicketKind.BURST:
        return "ticket_burst"
    if step.what == "test":
        return "ticket_tested"
    if step.kind == StepKind.ACKNOWLEDGE and step.ticket_id is not None:
        return "ticket_acknowledged"
    if step.kind == StepKind.NOTE and step.what in _NOTES:
        return "ticket_noted_over" if _completes_too(step) else _NOTES[step.what]
    return _REASONS[StepKind(step.kind)]


def _completes_too(step: TicketStep) -> bool:
    """Whether the ticket is completed along with this note."""
    also = select(TicketStep.id).where(
        TicketStep.ticket_id == step.ticket_id,
        TicketStep.kind == StepKind.COMPLETE,
        TicketStep.alert_id == step.alert_id,
        TicketStep.id > step.id,
    )
    return db.session.scalar(also.limit(1)) is not None

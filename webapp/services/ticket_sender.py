"""Sends the planned steps of tickets, one after the other, and notes what came of each.

The step is claimed and committed before it is sent. An outcome that is not clear is looked up at once, and again in later passes
(webapp/services/ticket_settling.py); nothing is sent twice before that.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select

from webapp.alerts import COMPLETE, AckResult, AlertState, Gone, StepKind, StepState, TicketState
from webapp.clients.autotask import AutotaskClient
from webapp.clients.causes import NO_ANSWER
from webapp.clients.errors import ApiError
from webapp.clients.sophos import SophosClient
from webapp.context import context, now
from webapp.domain import PostOutcome, PostResult
from webapp.extensions import db
from webapp.models import AlertRow, Customer, Mapping, Ticket, TicketStep
from webapp.services import (
    ticket_choices,
    ticket_closing,
    ticket_fields,
    ticket_keep,
    ticket_settling,
    ticket_states,
    ticket_steps,
)
from webapp.services.ticket_run import TicketRun
from webapp.services.ticket_steps import Claimed

ACKNOWLEDGED_BY = "Kontor"
_NO_ACCESS = ("credentials_refused", "integration_code_invalid")


@dataclass
class Sender:
    """Sends steps in one ticket run."""

    run: TicketRun
    autotask: AutotaskClient
    sophos: SophosClient
    began: datetime = field(default_factory=now)
    made: list[int] = field(default_factory=list)  # tickets made here
    tried: set[int] = field(default_factory=set)  # a step is tried once in a pass
    stopped: bool = False  # Autotask is too busy, or refused the sign-in: the next pass goes on
    without_right: set[str] = field(default_factory=set)  # kinds of steps for which the API user has no right

    def send_planned(self, customer_id: str | None = None) -> None:
        """Send every planned step (of a customer) whose turn it is. Commits. Raises ApiError where nothing can be sent at all,
        LeaseLost and RunCancelled."""
        self._find_made_before(customer_id)
        for step_id in ticket_steps.planned(customer_id):
            db.session.commit()
            if self.stopped or not self.run.autotask_allows():
                return
            if step_id not in self.tried:
                self.send_one(step_id)
        db.session.commit()

    def send_one(self, step_id: int) -> None:
        """Send this step, if it is planned and its turn. Commits. Raises as ``send_planned`` does."""
        self.run.alive()
        ready, kind = self._ready(step_id), db.session.get_one(TicketStep, step_id).kind
        db.session.commit()
        if not ready or kind in self.without_right:
            return
        run_id, completes_still = self.run.run_id, ticket_closing.completes_still
        if kind == StepKind.COMPLETE and not completes_still(self.autotask, step_id, run_id=run_id, since=self.began):
            self._report(step_id)
        else:
            self._send(step_id)

    def _find_made_before(self, customer_id: str | None) -> None:
        """Tickets that stand in Autotask under the key of one yet to be made: a database brought back from a backup has
        forgotten them. They are taken over, not made again."""
        wanted = select(TicketStep).where(TicketStep.state == StepState.PLANNED, TicketStep.kind == StepKind.CREATE)
        if customer_id is not None:
            wanted = wanted.where(TicketStep.customer_id == customer_id)
        keys = {step.ticket.key: step.id for step in db.session.scalars(wanted) if step.ticket is not None}
        queryable = ticket_choices.key_is_queryable()
        db.session.commit()
        if not keys or not queryable or self.stopped or not self.run.autotask_allows():
            return
        for page in self.autotask.tickets.by_keys(keys):
            for seen in page:
                claimed = ticket_steps.claim(keys[seen.key], run_id=self.run.run_id) if seen.key in keys else None
                if claimed:
                    ticket_settling.opened(db.session.get_one(TicketStep, claimed.id, populate_existing=True), seen)
                    db.session.commit()
                    self._report(claimed.id)

    def _ready(self, step_id: int) -> bool:
        """Whether the step can be sent now: notes and the rest wait until their ticket stands; what is forbidden by a choice that
        Autotask no longer offers is refused here."""
        step = db.session.get_one(TicketStep, step_id, populate_existing=True)
        ticket = step.ticket
        if step.kind == StepKind.ACKNOWLEDGE:
            return True
        if ticket is None or ticket.state in (TicketState.DELETED, TicketState.DROPPED):
            step.state, step.code = StepState.DROPPED, "ticket_deleted"
            return False
        if step.kind == StepKind.CREATE:
            return self._wanted_still(step, ticket)
        if ticket.autotask_id is None:
            return False
        return not (step.kind == StepKind.COMPLETE and self._before_it(step, ticket))

    def _before_it(self, step: TicketStep, ticket: Ticket) -> bool:
        """Whether a note of the same ticket still waits: it is written before the ticket is completed."""
        waits = select(TicketStep.id).where(
            TicketStep.ticket_id == ticket.id, TicketStep.id < step.id, TicketStep.state.in_(ticket_steps.OPEN_STEPS)
        )
        return db.session.scalar(waits.limit(1)) is not None

    def _wanted_still(self, step: TicketStep, ticket: Ticket) -> bool:
        """A ticket that was never sent, and whose alerts are all over by now, is not made any more."""
        own = [row for row in ticket.alerts if row.state == AlertState.TICKETED]
        if step.tries == 0 and own and all(row.gone_at for row in own):
            ticket.state = TicketState.DROPPED
            ticket_steps.drop(ticket.id, code="alert_over")
            for row in ticket.alerts:
                row.state = AlertState.OVER
            return False
        mapping = db.session.get(Mapping, ticket.customer_id)
        if mapping is not None and mapping.company_id is not None:
            ticket.company_id = mapping.company_id  # it may have been put right since
        fields = ticket_fields.of(ticket)
        name = ticket_choices.inactive(fields)
        if name is None:
            ticket.fields = fields
            return True
        value = fields[name]
        step.state, step.code, step.params = StepState.FAILED, "ticket_choice_inactive", {"field": name, "value": value}
        ticket.state = TicketState.FAILED
        self.run.fail(step.customer_id, step.code, step.params)
        self._report(step.id)
        return False

    def _send(self, step_id: int) -> None:
        self.tried.add(step_id)
        claimed = ticket_steps.claim(step_id, run_id=self.run.run_id)
        if claimed is None:
            return
        if claimed.kind is StepKind.ACKNOWLEDGE:
            self._acknowledge(claimed)
        else:
            self._record(claimed, self._post(claimed))
        self._report(claimed.id)

    def _post(self, claimed: Claimed) -> PostOutcome:
        ticket = db.session.get_one(Ticket, claimed.ticket_id)
        number, fields = ticket.autotask_id, ticket_fields.whole(ticket)
        if claimed.kind is StepKind.CREATE and ticket.state == TicketState.FAILED:
            ticket.state = TicketState.OPENING
        clock, tickets = context().clock.now, self.autotask.tickets
        db.session.commit()

        def timely() -> bool:
            return clock() <= claimed.until

        match claimed.kind:
            case StepKind.CREATE:
                return tickets.create(fields, timely)
            case StepKind.NOTE:
                assert number is not None
                return tickets.add_note(number, claimed.title, claimed.text, timely)
            case kind:
                assert number is not None
                return tickets.set_status(number, ticket_settling.status_wanted(kind, COMPLETE), None, timely)

    def _record(self, claimed: Claimed, outcome: PostOutcome) -> None:
        step = db.session.get_one(TicketStep, claimed.id, populate_existing=True)
        match outcome.result:
            case PostResult.ACCEPTED if claimed.kind is not StepKind.CREATE or outcome.item_id is not None:
                self._done(step, outcome)
            case PostResult.NOT_SENT | PostResult.BUSY:
                self.stopped = self.stopped or outcome.result is PostResult.BUSY
                back = StepState.PLANNED if step.tries < ticket_steps.MOST_TRIES * 4 else StepState.FAILED
                self._held_up(step, back, outcome)
            case PostResult.REJECTED if outcome.code in _NO_ACCESS or (
                outcome.code == "permission_missing" and claimed.kind is not StepKind.NOTE
            ):
                self.stopped = self.stopped or outcome.code in _NO_ACCESS
                self.without_right.add(claimed.kind)
                self._held_up(step, StepState.PLANNED, outcome)
            case PostResult.REJECTED | PostResult.DUPLICATE:
                self._refused(step, outcome)
            case _:
                params = {"text": outcome.text, "answered": outcome.answered}
                ticket_steps.end(step.id, tries=step.tries, state=StepState.UNKNOWN, code="step_unknown", params=params)
                db.session.commit()
                self._look_up(claimed.id)
        db.session.commit()

    def _held_up(self, step: TicketStep, state: StepState, outcome: PostOutcome) -> None:
        """Nothing was done, and the cause says nothing about this ticket: a later pass tries again."""
        code = outcome.code or "unreachable"
        params = {"system": "Autotask", "what": "Tickets", "cause": outcome.text, "text": outcome.text}
        ticket_steps.end(step.id, tries=step.tries, state=state, code=code, params=params)
        if state is StepState.FAILED and step.kind == StepKind.CREATE and step.ticket is not None:
            step.ticket.state = TicketState.FAILED
        self.run.fail(step.customer_id, code, params)

    def _done(self, step: TicketStep, outcome: PostOutcome) -> None:
        ticket = step.ticket
        assert ticket is not None
        if not ticket_steps.end(step.id, tries=step.tries, state=StepState.DONE, autotask_id=outcome.item_id):
            return
        if step.kind == StepKind.CREATE:
            ticket.autotask_id, ticket.state, ticket.opened_at = outcome.item_id, TicketState.OPEN, now()
            self.made.append(ticket.id)
        elif step.kind == StepKind.COMPLETE:
            ticket_settling.completed(ticket)
            ticket_keep.acknowledge_all(ticket, run_id=self.run.run_id)

    def _refused(self, step: TicketStep, outcome: PostOutcome) -> None:
        """For good; but a ticket that is gone from Autotask is no failure of anybody's."""
        if step.kind != StepKind.CREATE and step.ticket_id is not None:
            step_id, ticket_id = step.id, step.ticket_id
            db.session.commit()
            if not ticket_states.look_again(self.autotask, ticket_id, run_id=self.run.run_id):
                return ticket_steps.end_dropped(step_id)
            step = db.session.get_one(TicketStep, step_id)
        code, params = ticket_settling.refused(step, outcome.text)
        if outcome.code in ("permission_missing", "credentials_refused", "integration_code_invalid"):
            code, params = outcome.code, {"system": "Autotask", "what": "Tickets", "text": outcome.text}
        ticket_settling.failed(step, code, params)
        self.run.fail(step.customer_id, code, params)
        return None

    def _look_up(self, step_id: int) -> None:
        """An outcome that is not clear may be clear already in what Autotask has. Where it cannot be read, later."""
        try:
            ticket_settling.settle(self.autotask, [db.session.get_one(TicketStep, step_id, populate_existing=True)])
        except ApiError as error:
            db.session.rollback()
            step = db.session.get_one(TicketStep, step_id)
            self.run.fail(step.customer_id, error.code, error.params)
            return
        step = db.session.get_one(TicketStep, step_id, populate_existing=True)
        if step.state in (StepState.UNKNOWN, StepState.FAILED):
            self.run.fail(step.customer_id, step.code or "step_unknown", dict(step.params))
        self._after_settling(step)

    def report_settled(self, step_ids: Iterable[int]) -> None:
        """Say what became of steps of earlier passes, and do what follows from it. Commits."""
        for step_id in step_ids:
            step = db.session.get_one(TicketStep, step_id, populate_existing=True)
            if step.state in (StepState.DONE, StepState.FAILED):
                self._after_settling(step)
                self._report(step_id)
            if step.state in (StepState.FAILED, StepState.UNKNOWN):
                self.run.fail(step.customer_id, step.code or "step_unknown", dict(step.params))
        db.session.commit()

    def _after_settling(self, step: TicketStep) -> None:
        if step.state == StepState.DONE and step.ticket is not None and step.kind == StepKind.COMPLETE:
            ticket_keep.acknowledge_all(step.ticket, run_id=self.run.run_id)

    def _acknowledge(self, claimed: Claimed) -> None:
        row = db.session.get_one(AlertRow, claimed.alert_id)
        customer = db.session.get_one(Customer, claimed.customer_id)
        host, alert_id = customer.api_host, row.id
        db.session.commit()
        if host is None:
            ticket_steps.end(claimed.id, tries=claimed.tries, state=StepState.DROPPED, code="customer_without_host")
            return
        self._acknowledged(claimed, self.sophos.acknowledge(claimed.customer_id, host, alert_id, ACKNOWLEDGED_BY))
        db.session.commit()

    def _acknowledged(self, claimed: Claimed, result: AckResult) -> None:
        row = db.session.get_one(AlertRow, claimed.alert_id)
        code, params = None, {}
        match result:
            case AckResult.DONE | AckResult.GONE:
                state = StepState.DONE
            case AckResult.NOT_OFFERED:
                state, code = StepState.DROPPED, "acknowledge_not_offered"
            case AckResult.DENIED:
                state, code = StepState.DROPPED, "acknowledge_denied"
            case _:
                last = claimed.tries >= ticket_steps.MOST_TRIES
                state, code = (StepState.FAILED if last else StepState.PLANNED), "unreachable"
                params = {"system": "Sophos", "cause": NO_ANSWER}
                self.run.fail(claimed.customer_id, code, params)
        ours = ticket_steps.end(claimed.id, tries=claimed.tries, state=state, code=code, params=params)
        if state is StepState.DONE and ours and row.gone_at is None:
            row.gone_at, row.gone_how = now(), Gone.ACKNOWLEDGED
        if state is StepState.DROPPED:
            row.code = code

    def _report(self, step_id: int) -> None:
        """Say in the run what became of a step. Commits."""
        self.run.report_step(db.session.get_one(TicketStep, step_id, populate_existing=True))
        db.session.commit()

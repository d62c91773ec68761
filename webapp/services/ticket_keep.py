"""Writes what the plan says: alerts as they were seen, tickets to be made, and the steps that lead there. Nothing is sent here.

One transaction for a customer and pass: either all of it is on record, or the next pass decides again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select

from webapp.alerts import Alert, AlertState, Gone, StepKind, TicketKind, TicketState
from webapp.context import now
from webapp.extensions import db
from webapp.models import AlertRow, Ticket, TicketStep
from webapp.services import ticket_steps
from webapp.services.ticket_run import TicketRun
from webapp.services.ticket_watches import Watched
from webapp.services.ticket_writer import TicketWriter
from webapp.services.tickets_plan import Plan, Verdict, What, burst_trouble, ticket_key, trouble_of

_STATES = {
    What.SHOW: AlertState.SHOWN,
    What.WAIT: AlertState.WAITING,
    What.PLAN: AlertState.PLANNED,
    What.IGNORE: AlertState.IGNORED,
    What.ACKNOWLEDGE: AlertState.ACKNOWLEDGED,
    What.RECOVERY: AlertState.RECOVERY,
    What.OVER: AlertState.OVER,
    What.UNMAPPED: AlertState.UNMAPPED,
}
_SAID = {
    What.SHOW: "alert_shown",
    What.WAIT: "alert_waiting",
    What.PLAN: "alert_planned",
    What.IGNORE: "alert_ignored",
    What.RECOVERY: "alert_recovery",
    What.OVER: "alert_over",
    What.UNMAPPED: "alert_unmapped",
}
"""Verdicts without a step, and what the run says of them; steps are reported when they are taken."""

_LENGTHS = {
    "severity": 40, "category": 60, "product": 60, "type": 200, "description": 20_000, "group_key": 4_000,
    "device_id": 100, "device_name": 255, "device_type": 60, "person": 255,
}  # fmt: skip


def note_alerts(alerts: Sequence[Alert]) -> dict[str, AlertRow]:
    """Keep the alerts as they were seen now; by their ids. The caller commits."""
    moment, rows = now(), {}
    for alert in alerts:
        row = db.session.get(AlertRow, alert.id)
        if row is None:
            row = AlertRow(
                id=alert.id,
                customer_id=alert.customer_id,
                raised_at=alert.raised_at,
                first_seen_at=moment,
                trouble=trouble_of(alert),
                state=AlertState.UNMAPPED,
                rule_name="",
            )
            db.session.add(row)
        row.last_seen_at = moment
        if row.gone_how in (Gone.VANISHED, Gone.EXPIRED) and row.ticket_id is None:
            row.gone_at, row.gone_how = None, None  # a page that shifted had hidden it from us
            if row.state == AlertState.OVER:
                row.state = AlertState.WAITING
        for name, length in _LENGTHS.items():
            setattr(row, name, getattr(alert, name)[:length])
        row.allowed_actions = list(alert.allowed_actions)
        rows[alert.id] = row
    db.session.flush()
    return rows


@dataclass
class Keeper:
    """Writes the plan of one customer in one pass."""

    run: TicketRun
    customer: Watched
    writer: TicketWriter
    rows: dict[str, AlertRow]
    made: dict[str, Ticket] = field(default_factory=dict)  # leader alert -> the ticket made for it in this pass

    def keep(self, plan: Plan) -> None:
        """Write all verdicts and recoveries. The caller commits."""
        gathered = [verdict for verdict in plan.verdicts if verdict.what is What.GATHER]
        for verdict in plan.verdicts:
            row = self.rows[verdict.alert.id]
            row.rule_id = verdict.rule.id if verdict.rule else None
            row.rule_name = self.writer.rule_name(verdict.rule)
            match verdict.what:
                case What.CREATE:
                    self._create(verdict, row)
                case What.NOTE | What.REOPEN:
                    self._join(verdict, row)
                case What.GATHER:
                    continue
                case _:
                    self._state(verdict, row)
        if gathered:
            self._gather(gathered)
        for recovery in plan.recoveries if self.run.may_post else ():
            self._over(self.rows[recovery.down.id], recovered_by=self.rows[recovery.up.id])
        db.session.flush()

    def _state(self, verdict: Verdict, row: AlertRow) -> None:
        before, row.state, row.due_at, row.code = row.state, _STATES[verdict.what], verdict.due_at, None
        new = before != row.state or row.first_seen_at == row.last_seen_at
        if verdict.what is What.OVER:
            row.gone_at, row.gone_how = now(), Gone.RECOVERED
        if verdict.what is What.ACKNOWLEDGE:
            self._acknowledge(row)
            return
        if verdict.what is What.PLAN:
            row.code = self.run.why_not
        if new or verdict.what is What.PLAN:
            params = {"until": verdict.due_at.isoformat(timespec="minutes")} if verdict.due_at else {}
            self._say(verdict, verdict.what, _SAID[verdict.what], code=row.code, params=params)

    def _say(
        self, verdict: Verdict, action: str, reason: str, *, code: str | None = None, params: dict[str, str] | None = None
    ) -> None:
        self.run.report(
            self.customer.customer_id,
            self.customer.name,
            alert_ids=[verdict.alert.id],
            title=self.writer.title(verdict.alert, self.customer.name),
            action=action,
            state="planned" if verdict.what in (What.PLAN, What.WAIT) else "done",
            code=code,
            reason=reason,
            reason_params=params or {},
        )

    def _acknowledge(self, row: AlertRow) -> None:
        if "acknowledge" not in row.allowed_actions:
            row.state, row.code = AlertState.IGNORED, "acknowledge_not_offered"
            return
        acknowledge(row, ticket_id=None, run_id=self.run.run_id)

    def _create(self, verdict: Verdict, row: AlertRow) -> None:
        assert self.customer.company_id is not None
        alert = verdict.alert
        ticket = self._ticket(
            TicketKind.ALERT,
            verdict.trouble,
            alert,
            title=self.writer.title(alert, self.customer.name),
            description=self.writer.description(alert, self.customer.name),
        )
        self.made[alert.id] = ticket
        _give(row, ticket)

    def _ticket(self, kind: TicketKind, trouble: str, first: Alert, *, title: str, description: str) -> Ticket:
        assert self.customer.company_id is not None
        ticket = Ticket(
            key=ticket_key(self.customer.customer_id, trouble, first.id),
            kind=kind,
            customer_id=self.customer.customer_id,
            company_id=self.customer.company_id,
            trouble=trouble,
            title=title,
            description=description,
            fields={},
            state=TicketState.OPENING,
            made_at=now(),
        )
        db.session.add(ticket)
        db.session.flush()
        ticket_steps.plan(
            key=f"create:{ticket.key}",
            kind=StepKind.CREATE,
            customer_id=ticket.customer_id,
            ticket_id=ticket.id,
            alert_id=first.id,
            run_id=self.run.run_id,
        )
        return ticket

    def _join(self, verdict: Verdict, row: AlertRow) -> None:
        """A repeat: a note on the ticket of its trouble; and the ticket opened again, if it was completed."""
        ticket = self._meant(verdict)
        _give(row, ticket)
        if verdict.what is What.REOPEN:
            ticket.state, ticket.occurrence = TicketState.OPEN, ticket.occurrence + 1
            ticket.completed_at, ticket.completed_by = None, None
            self._step(ticket, StepKind.REOPEN, f"reopen:{ticket.id}:{ticket.occurrence}", row.id)
        self._note(ticket, "repeat", [verdict.alert])

    def _gather(self, verdicts: Sequence[Verdict]) -> None:
        """A burst: one ticket that lists its alerts, or a note on the one that gathers already."""
        alerts = [verdict.alert for verdict in verdicts]
        known = verdicts[0].ticket_id
        if known is None:
            title, text = self.writer.burst(alerts, self.customer.name)
            ticket = self._ticket(TicketKind.BURST, burst_trouble(), alerts[0], title=title, description=text)
        else:
            ticket = db.session.get_one(Ticket, known)
            self._note(ticket, "burst", alerts)
        for alert in alerts:
            _give(self.rows[alert.id], ticket)

    def _meant(self, verdict: Verdict) -> Ticket:
        if verdict.ticket_id is not None:
            return db.session.get_one(Ticket, verdict.ticket_id)
        assert verdict.leader is not None
        return self.made[verdict.leader]

    def _note(self, ticket: Ticket, what: str, alerts: Sequence[Alert]) -> None:
        title, text = self.writer.note(what, alerts, self.customer.name)
        self._step(ticket, StepKind.NOTE, f"note:{ticket.id}:{what}:{alerts[0].id}", alerts[0].id, what, title, text)

    def _step(
        self, ticket: Ticket, kind: StepKind, key: str, alert_id: str, what: str = "", title: str = "", text: str = ""
    ) -> None:
        ticket_steps.plan(
            key=key,
            kind=kind,
            customer_id=ticket.customer_id,
            ticket_id=ticket.id,
            alert_id=alert_id,
            what=what,
            title=title,
            text=text,
            run_id=self.run.run_id,
        )

    def _over(self, down: AlertRow, *, recovered_by: AlertRow) -> None:
        down.gone_at, down.gone_how = now(), Gone.RECOVERED
        if recovered_by.ticket_id is None:
            recovered_by.ticket_id = down.ticket_id  # acknowledged with it, once the ticket is completed


def _give(row: AlertRow, ticket: Ticket) -> None:
    """The alert belongs to this ticket now, which is about an open trouble again."""
    row.state, row.ticket_id, row.due_at, row.code = AlertState.TICKETED, ticket.id, None, None
    ticket.closing_told = False


def acknowledge(row: AlertRow, *, ticket_id: int | None, run_id: int | None) -> TicketStep | None:
    """Plan to acknowledge an alert, once. The caller commits."""
    return ticket_steps.plan(
        key=f"acknowledge:{row.id}",
        kind=StepKind.ACKNOWLEDGE,
        customer_id=row.customer_id,
        ticket_id=ticket_id,
        alert_id=row.id,
        run_id=run_id,
    )


def acknowledge_all(ticket: Ticket, *, run_id: int | None) -> None:
    """Plan to acknowledge the alerts of a completed ticket that are still open at Sophos, and the one that told of the recovery.
    Those that do not offer it are told so. The caller commits."""
    for row in db.session.scalars(select(AlertRow).where(AlertRow.ticket_id == ticket.id)):
        if row.gone_how not in (None, Gone.RECOVERED):
            continue
        if "acknowledge" in row.allowed_actions:
            acknowledge(row, ticket_id=ticket.id, run_id=run_id)
        else:
            row.code = "acknowledge_not_offered"


def as_alert(row: AlertRow) -> Alert:
    """A kept alert as Sophos gave it."""
    return Alert(
        id=row.id,
        customer_id=row.customer_id,
        raised_at=row.raised_at,
        severity=row.severity,
        category=row.category,
        product=row.product,
        type=row.type,
        description=row.description,
        group_key=row.group_key,
        device_id=row.device_id,
        device_name=row.device_name,
        device_type=row.device_type,
        person=row.person,
        allowed_actions=tuple(row.allowed_actions),
    )


def mark_gone(rows: Sequence[AlertRow], *, how: Gone, at: datetime) -> None:
    """These alerts are over. The caller commits."""
    for row in rows:
        row.gone_at, row.gone_how = at, how
        if row.ticket_id is None and row.state in (AlertState.WAITING, AlertState.PLANNED):
            row.state = AlertState.OVER

"""Alerts as they were seen, tickets, and every step taken about them: the ledger of ticket sync (design, section 7.3).

A step is kept before it is sent. What was sent and not answered is found again by what it carries: a ticket by its key
(``externalID``), a note by the alert id in its text, a status by itself.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, Integer, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from webapp.extensions import Model
from webapp.models.customer import Customer
from webapp.models.types import Moment

_HOLDS_TROUBLE = text("state IN ('opening', 'open', 'failed')")


class AlertRow(Model):
    """An alert and what became of it (``webapp.alerts.AlertState``). ``trouble`` is a hash of what makes two alerts the same
    trouble. ``gone_at`` and ``gone_how``: since when, and why, it counts as over. ``due_at``: when the wait of its rule ends.
    ``rule_name`` says in words which rule decided, even after the rule was changed; ``code`` why it went otherwise."""

    __tablename__ = "alerts"
    __table_args__ = (Index("ix_alerts_customer_open", "customer_id", "gone_at"),)

    id: Mapped[str] = mapped_column(String(100), primary_key=True)
    customer_id: Mapped[str] = mapped_column(ForeignKey("customers.id"))
    raised_at: Mapped[datetime] = mapped_column(Moment, index=True)
    severity: Mapped[str] = mapped_column(String(40), default="")
    category: Mapped[str] = mapped_column(String(60), default="")
    product: Mapped[str] = mapped_column(String(60), default="")
    type: Mapped[str] = mapped_column(String(200), default="")
    description: Mapped[str] = mapped_column(Text, default="")
    group_key: Mapped[str] = mapped_column(Text, default="")
    device_id: Mapped[str] = mapped_column(String(100), default="")
    device_name: Mapped[str] = mapped_column(String(255), default="")
    device_type: Mapped[str] = mapped_column(String(60), default="")
    person: Mapped[str] = mapped_column(String(255), default="")
    allowed_actions: Mapped[list[str]] = mapped_column(JSON, default=list)
    trouble: Mapped[str] = mapped_column(String(64), index=True)
    first_seen_at: Mapped[datetime] = mapped_column(Moment)
    last_seen_at: Mapped[datetime] = mapped_column(Moment)
    gone_at: Mapped[datetime | None] = mapped_column(Moment)
    gone_how: Mapped[str | None] = mapped_column(String(20))
    state: Mapped[str] = mapped_column(String(20), index=True)
    code: Mapped[str | None] = mapped_column(String(60))
    rule_id: Mapped[int | None] = mapped_column(Integer)
    rule_name: Mapped[str] = mapped_column(String(200), default="")
    due_at: Mapped[datetime | None] = mapped_column(Moment)
    ticket_id: Mapped[int | None] = mapped_column(ForeignKey("tickets.id"), index=True)

    customer: Mapped[Customer] = relationship()
    ticket: Mapped[Ticket | None] = relationship(back_populates="alerts")


class Ticket(Model):
    """One ticket from its intent on. ``key`` stands in its ``externalID``. ``fields`` is what was sent, without key, title and
    description. ``status`` and ``assigned`` are as last seen in Autotask; ``completed_by`` is ``kontor`` or ``autotask``.
    ``occurrence`` rises when Kontor reopens it. ``closing_told``: the note that its trouble is over was decided for this
    occurrence, so a person's reopening is not undone."""

    __tablename__ = "tickets"
    __table_args__ = (
        Index(
            "uq_tickets_open_trouble",
            "customer_id",
            "trouble",
            unique=True,
            sqlite_where=_HOLDS_TROUBLE,
            postgresql_where=_HOLDS_TROUBLE,
        ),
    )

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    key: Mapped[str] = mapped_column(String(50), unique=True)
    kind: Mapped[str] = mapped_column(String(10), default="alert")
    customer_id: Mapped[str] = mapped_column(ForeignKey("customers.id"), index=True)
    company_id: Mapped[int] = mapped_column(BigInteger)
    trouble: Mapped[str] = mapped_column(String(64))
    title: Mapped[str] = mapped_column(String(255))
    description: Mapped[str] = mapped_column(Text)
    fields: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    autotask_id: Mapped[int | None] = mapped_column(BigInteger, unique=True)
    number: Mapped[str] = mapped_column(String(50), default="")
    state: Mapped[str] = mapped_column(String(12), index=True)
    status: Mapped[int | None] = mapped_column(Integer)
    assigned: Mapped[bool] = mapped_column(default=False)
    occurrence: Mapped[int] = mapped_column(Integer, default=1)
    closing_told: Mapped[bool] = mapped_column(default=False)
    made_at: Mapped[datetime] = mapped_column(Moment, index=True)
    opened_at: Mapped[datetime | None] = mapped_column(Moment)
    seen_at: Mapped[datetime | None] = mapped_column(Moment)
    completed_at: Mapped[datetime | None] = mapped_column(Moment, index=True)
    completed_by: Mapped[str | None] = mapped_column(String(20))

    customer: Mapped[Customer] = relationship()
    alerts: Mapped[list[AlertRow]] = relationship(back_populates="ticket", order_by="AlertRow.raised_at")
    steps: Mapped[list[TicketStep]] = relationship(back_populates="ticket", order_by="TicketStep.id")


class TicketStep(Model):
    """One thing to do about a ticket or an alert, from intent to proof; also the ticket's trail. ``key`` makes it happen once.

    ``what`` says which note it is (repeat, gone, expired, recovered, burst, test). ``settle_at``: before then, an outcome that is
    not known may still happen, so nothing is repeated. ``autotask_id`` is the id of the note, ``alert_id`` the alert it is about.
    """

    __tablename__ = "ticket_steps"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    key: Mapped[str] = mapped_column(String(200), unique=True)
    ticket_id: Mapped[int | None] = mapped_column(ForeignKey("tickets.id"), index=True)
    alert_id: Mapped[str | None] = mapped_column(String(100), index=True)
    customer_id: Mapped[str] = mapped_column(String(36), index=True)
    kind: Mapped[str] = mapped_column(String(20))
    what: Mapped[str] = mapped_column(String(20), default="")
    title: Mapped[str] = mapped_column(String(255), default="")
    text: Mapped[str] = mapped_column(Text, default="")
    state: Mapped[str] = mapped_column(String(12), index=True)
    tries: Mapped[int] = mapped_column(Integer, default=0)
    by: Mapped[str] = mapped_column(String(200), default="kontor")
    run_id: Mapped[int | None] = mapped_column(Integer, index=True)
    made_at: Mapped[datetime] = mapped_column(Moment)
    sent_at: Mapped[datetime | None] = mapped_column(Moment)
    settle_at: Mapped[datetime | None] = mapped_column(Moment)
    done_at: Mapped[datetime | None] = mapped_column(Moment)
    autotask_id: Mapped[int | None] = mapped_column(BigInteger)
    code: Mapped[str | None] = mapped_column(String(60))
    params: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)

    ticket: Mapped[Ticket | None] = relationship(back_populates="steps")


class TicketRule(Model):
    """One rule; the first that fits an alert decides. With ``customer_id`` it belongs to that customer and goes before those for
    all. Empty lists fit everything; numbers are values of Autotask's picklists, None leaves the setting's or Autotask's own."""

    __tablename__ = "ticket_rules"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    customer_id: Mapped[str | None] = mapped_column(ForeignKey("customers.id"), index=True)
    position: Mapped[int] = mapped_column(Integer)
    severities: Mapped[list[str]] = mapped_column(JSON, default=list)
    categories: Mapped[list[str]] = mapped_column(JSON, default=list)
    products: Mapped[list[str]] = mapped_column(JSON, default=list)
    type_pattern: Mapped[str] = mapped_column(String(500), default="")
    action: Mapped[str] = mapped_column(String(12))
    queue: Mapped[int | None] = mapped_column(BigInteger)
    priority: Mapped[int | None] = mapped_column(BigInteger)
    status: Mapped[int | None] = mapped_column(BigInteger)
    source: Mapped[int | None] = mapped_column(BigInteger)
    ticket_category: Mapped[int | None] = mapped_column(BigInteger)
    issue_type: Mapped[int | None] = mapped_column(BigInteger)
    sub_issue_type: Mapped[int | None] = mapped_column(BigInteger)
    due_hours: Mapped[int | None] = mapped_column(Integer)
    delay_minutes: Mapped[int] = mapped_column(Integer, default=0)
    use_contract: Mapped[bool] = mapped_column(default=False)

    customer: Mapped[Customer | None] = relationship()


class TicketWatch(Model):
    """How ticket sync stands for one customer. ``first_pass_at`` is the first successful reading since it was switched on: what
    was open then is only shown, unless ``also_open``. ``next_at``: not asked again before then (a customer that refuses).
    ``status`` is successful or failed, with the code of the last reading."""

    __tablename__ = "ticket_watches"

    customer_id: Mapped[str] = mapped_column(ForeignKey("customers.id"), primary_key=True)
    switched_on_at: Mapped[datetime | None] = mapped_column(Moment)
    first_pass_at: Mapped[datetime | None] = mapped_column(Moment)
    also_open: Mapped[bool] = mapped_column(default=False)
    read_at: Mapped[datetime | None] = mapped_column(Moment, index=True)
    next_at: Mapped[datetime | None] = mapped_column(Moment)
    failures: Mapped[int] = mapped_column(Integer, default=0)
    status: Mapped[str | None] = mapped_column(String(20), index=True)
    status_at: Mapped[datetime | None] = mapped_column(Moment)
    code: Mapped[str | None] = mapped_column(String(60))
    params: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)


class TicketFieldRow(Model):
    """One field of Autotask's Tickets as its own description has it, with the choices of a picklist
    (``webapp.alerts.TicketField``)."""

    __tablename__ = "ticket_fields"

    name: Mapped[str] = mapped_column(String(100), primary_key=True)
    required: Mapped[bool] = mapped_column(default=False)
    read_only: Mapped[bool] = mapped_column(default=False)
    queryable: Mapped[bool] = mapped_column(default=True)
    length: Mapped[int | None] = mapped_column(Integer)
    choices: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    read_at: Mapped[datetime] = mapped_column(Moment)


class RunTicket(Model):
    """What a ticket run says of one alert or ticket. ``action``: what it did or would do; ``state``: how that ended."""

    __tablename__ = "run_tickets"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("runs.id"), index=True)
    ticket_id: Mapped[int | None] = mapped_column(Integer)
    customer_id: Mapped[str] = mapped_column(String(36))
    customer_name: Mapped[str] = mapped_column(String(500))
    alert_ids: Mapped[list[str]] = mapped_column(JSON, default=list)
    title: Mapped[str] = mapped_column(String(500), default="")
    action: Mapped[str] = mapped_column(String(20))
    state: Mapped[str] = mapped_column(String(12))
    code: Mapped[str | None] = mapped_column(String(60))
    reason: Mapped[str] = mapped_column(String(60), default="")
    reason_params: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)

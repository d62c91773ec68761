"""A small service desk for tests of ticket sync: a sandbox with customers and their alerts, and a Kontor that is connected and
has chosen queue, priority and source. The sandbox's own books say what really happened in Autotask."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from flask import Flask
from sqlalchemy import select

from tests import builders
from tests.world import World
from webapp.context import now
from webapp.domain import RunKind
from webapp.extensions import db
from webapp.models import AlertRow, Mapping, Run, RunTicket, Ticket, TicketStep
from webapp.sandbox.server import Sandbox
from webapp.services import execution, mappings, preferences, runs

BAKERY, SHIPPING = "Bäckerei Wöhrle KG", "Carlsen Reederei GmbH & Co. KG"
QUEUE, PRIORITY, SOURCE = 29683354, 1, 13
COMPLETE = 5


@dataclass
class Desk:
    """``ids`` holds the customer id of each name, ``companies`` the company id."""

    sandbox: Sandbox
    app: Flask
    ids: dict[str, str] = field(default_factory=dict)
    companies: dict[str, int] = field(default_factory=dict)

    def open(self, *names: str, chosen: bool = True, begun: bool = True) -> None:
        """Connect, choose, and switch ticket sync on for these customers; ``begun``: one pass has been made since."""
        World(self.sandbox, self.app).connect()
        if chosen:
            for name, value in (("ticket_queue", QUEUE), ("ticket_priority", PRIORITY), ("ticket_source", SOURCE)):
                preferences.put(name=name, value=str(value), by="test")
        for name in names:
            self.customer(name)
        db.session.commit()
        if begun:
            self.sync()

    def customer(self, name: str, *, mapped: bool = True, on: bool = True) -> str:
        """A customer in both worlds; its id."""
        state = self.sandbox.state
        customer_id = self.ids[name] = state.add_customer(name=name)
        host = state.region_url(state.sophos.customers[customer_id]["dataRegion"])
        company_id = self.companies[name] = state.add_company(name=name)
        company = builders.add_company(id=company_id, name=name) if mapped else None
        builders.add_customer(id=customer_id, name=name, company=company, usage_sync=False, api_host=host)
        db.session.commit()
        if mapped and on:
            mappings.set_ticket_sync(customer_id=customer_id, enabled=True, by="test")
            db.session.commit()
        return customer_id

    def alert(self, name: str = BAKERY, *, minutes_ago: float = 5, **facts: Any) -> str:
        """A new open alert of that customer; its id."""
        raised = now() - timedelta(minutes=minutes_ago)
        return self.sandbox.state.add_alert(customer_id=self.ids[name], raised_at=raised, **facts)

    def gone(self, alert_id: str) -> None:
        """Somebody dealt with the alert in Sophos Central."""
        self.sandbox.state.remove_alert(alert_id=alert_id)

    def sync(self, *names: str) -> Run:
        """One pass, in this process."""
        scope = [self.ids[name] for name in names] or None
        run = runs.open_run(kind=RunKind.TICKETS, trigger="cli", by="cli:test@box", scope=scope)
        db.session.commit()
        execution.carry_out(run.id)
        return runs.get(run.id)

    def tickets(self, name: str | None = None) -> list[dict[str, Any]]:
        """The tickets that really stand in Autotask, oldest first."""
        found = self.sandbox.state.tickets(self.companies[name] if name else None)
        return sorted(found, key=lambda ticket: ticket["id"])

    def notes(self, ticket_id: int) -> list[str]:
        """The texts of the ticket's notes, oldest first."""
        return [note["description"] for note in sorted(self.sandbox.state.notes(ticket_id), key=lambda note: note["id"])]

    def rows(self) -> list[Ticket]:
        """Kontor's own tickets."""
        return list(db.session.scalars(select(Ticket).order_by(Ticket.id).execution_options(populate_existing=True)))

    def steps(self) -> list[tuple[str, str, str | None]]:
        """Kind, state and code of every step."""
        found = db.session.scalars(select(TicketStep).order_by(TicketStep.id).execution_options(populate_existing=True))
        return [(step.kind, step.state, step.code) for step in found]

    def row(self, alert_id: str) -> AlertRow:
        return db.session.get_one(AlertRow, alert_id, populate_existing=True)

    def said(self, run: Run) -> list[tuple[str, str, str | None]]:
        """Action, state and code of what a run says."""
        found = db.session.scalars(select(RunTicket).where(RunTicket.run_id == run.id).order_by(RunTicket.id))
        return [(each.action, each.state, each.code) for each in found]

    def switch(self, name: str, *, on: bool) -> None:
        mappings.set_ticket_sync(customer_id=self.ids[name], enabled=on, by="test")
        db.session.commit()

    def mapping(self, name: str) -> Mapping:
        return db.session.get_one(Mapping, self.ids[name])

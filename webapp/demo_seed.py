"""Fills the demo's instance by the same services that a person's clicks and commands use."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any

from flask import Flask

from webapp.context import today
from webapp.domain import Mode, Month, Role, RunKind
from webapp.errors import Refused
from webapp.extensions import db
from webapp.services import connection_checks, execution, mappings, preferences, runs, ticket_watches, users

USER, PASSWORD = "demo", "kontor-demo"  # public on purpose: the demo listens on loopback only and its data are invented
ACTOR = "kontor"

PAST_MONTHS = 3
"""So far back the sandbox has usage: dry runs read it, and histories have something to show."""

TICKETS = {"ticket_queue": "Security Operations", "ticket_priority": "High", "ticket_source": "Sophos Central"}
"""What the demo's Autotask offers, chosen by its labels."""
ALSO_OPEN = 5

MappedCustomer = tuple[str, int, int]
"""Sophos customer id, Autotask company id, contract id."""


def seed_demo(app: Flask, credentials: Mapping[str, Mapping[str, str]], mapped: Iterable[MappedCustomer]) -> None:
    """The user, both connections, a refresh, the mappings of ``mapped``, synchronising started, a first sync, and the months
    before as dry runs; then ticket sync, begun.

    ``credentials`` are the sandbox's: ``sophos`` (client_id, client_secret), ``autotask`` (username, secret, integration_code).
    """
    mapped = list(mapped)
    with app.app_context():
        users.add(name=USER, password=PASSWORD, role=Role.ADMIN, by=ACTOR)
        for system, secrets in credentials.items():
            connection_checks.connect(system=system, credentials=secrets, by=ACTOR)
        db.session.commit()
        _carry_out(RunKind.REFRESH)
        for customer in mapped:
            _map(*customer)
        preferences.put(name="mode", value=Mode.AUTOMATIC.value, by=ACTOR)
        db.session.commit()
        _carry_out(RunKind.USAGE)
        month = Month.of(today())
        for _ in range(PAST_MONTHS):
            month = month.previous
            _carry_out(RunKind.USAGE, month=str(month), dry_run=True)
        _begin_tickets([customer_id for customer_id, _company, _contract in mapped])


def _begin_tickets(customer_ids: Sequence[str]) -> None:
    """Ticket sync for every mapped customer; the first of them also get tickets for what was open already, the others show it."""
    for name, value in TICKETS.items():
        preferences.put(name=name, value=value, by=ACTOR)
    for number, customer_id in enumerate(customer_ids):
        mappings.set_ticket_sync(customer_id=customer_id, enabled=True, by=ACTOR)
        if number < ALSO_OPEN:
            ticket_watches.also_open(customer_id)
    db.session.commit()
    _carry_out(RunKind.TICKETS)


def _map(customer_id: str, company_id: int, contract_id: int) -> None:
    """Map one customer and switch usage sync on where it is available."""
    mappings.set_company(customer_id=customer_id, name="", company_id=company_id, by=ACTOR)
    mappings.set_contract(customer_id=customer_id, contract_id=contract_id, by=ACTOR)
    with suppress(Refused):
        mappings.set_usage_sync(customer_id=customer_id, enabled=True, by=ACTOR)


def _carry_out(kind: RunKind, **more: Any) -> None:
    """A run in this process, as the command line does it."""
    run_id = runs.open_run(kind=kind, trigger="cli", by=ACTOR, **more).id
    db.session.commit()
    execution.carry_out(run_id)
    db.session.remove()

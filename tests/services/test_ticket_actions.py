"""What a person can do about tickets, on both databases."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.builders import FREIGHT, OPERATOR, add_company, add_customer
from tests.ticket_rows import add_alert, add_refused_ticket, add_step, add_ticket
from tests.world import World
from webapp.errors import NotFound, Refused
from webapp.extensions import db
from webapp.models import AlertRow, AuditEntry, Customer, Run, Ticket, TicketStep
from webapp.services import ticket_actions


@pytest.fixture
def customer(context: Flask) -> Customer:
    return add_customer(company=add_company(), ticket_sync=True)


def runs() -> list[tuple[str, list[str] | None]]:
    return [(run.kind, run.scope) for run in db.session.query(Run).order_by(Run.id)]


def actions() -> list[str]:
    return [entry.action for entry in db.session.query(AuditEntry).order_by(AuditEntry.id) if entry.actor == OPERATOR]


def test_a_refused_ticket_is_made_again_and_a_run_for_its_customer_asked_for(world: World, customer: Customer) -> None:
    ticket, step = add_refused_ticket(customer=customer)
    db.session.commit()
    ticket_actions.retry(step.id, by=OPERATOR)
    db.session.expire_all()
    assert (step.state, step.code, step.tries, ticket.state) == ("planned", None, 1, "opening")
    assert runs() == [("tickets", [customer.id])]
    assert actions() == ["ticket_retry"]


def test_a_refused_note_is_planned_again_and_its_ticket_stays_open(customer: Customer) -> None:
    ticket = add_ticket(customer=customer)
    step = add_step(ticket=ticket, kind="note", state="failed", code="ticket_refused")
    ticket_actions.retry(step.id, by=OPERATOR)  # nothing is connected: kept for the next ticket sync
    db.session.expire_all()
    assert (step.state, ticket.state, runs()) == ("planned", "open", [])


@pytest.mark.parametrize("state", ["planned", "sending", "unknown", "done", "dropped"])
def test_what_did_not_fail_cannot_be_retried(customer: Customer, state: str) -> None:
    step = add_step(ticket=add_ticket(customer=customer), state=state)
    with pytest.raises(Refused, match="step_not_failed"):
        ticket_actions.retry(step.id, by=OPERATOR)
    assert (db.session.get_one(TicketStep, step.id).state, actions()) == (state, [])


def test_there_is_nothing_to_retry_without_a_step(context: Flask) -> None:
    for number in (0, 4711, 2**40):
        with pytest.raises(NotFound):
            ticket_actions.retry(number, by=OPERATOR)


def test_a_ticket_that_never_arrived_can_be_given_up_with_all_that_was_planned_for_it(customer: Customer) -> None:
    ticket, step = add_refused_ticket(customer=customer)
    note = add_step(ticket=ticket, kind="note", state="planned")
    ticket_actions.give_up(ticket.id, by=OPERATOR, reason=" Known, harmless ")
    db.session.commit()
    db.session.expire_all()
    assert (ticket.state, step.state, note.state) == ("dropped", "dropped", "dropped")
    entry = db.session.query(AuditEntry).filter_by(action="ticket_give_up").one()
    assert entry.after == {"state": "dropped", "reason": "Known, harmless"}
    add_ticket(customer=customer, trouble=ticket.trouble)  # its trouble is free again


@pytest.mark.parametrize("state", ["sending", "unknown"])
def test_a_ticket_that_may_have_arrived_is_not_given_up(customer: Customer, state: str) -> None:
    ticket = add_ticket(customer=customer, state="opening")
    add_step(ticket=ticket, state=state)
    db.session.commit()
    with pytest.raises(Refused, match="ticket_under_way"):
        ticket_actions.give_up(ticket.id, by=OPERATOR, reason="no")
    db.session.rollback()
    assert db.session.get_one(Ticket, ticket.id).state == "opening"


def test_a_ticket_in_autotask_is_not_given_up_and_a_reason_is_needed(customer: Customer) -> None:
    ticket = add_ticket(customer=customer)
    with pytest.raises(Refused, match="give_up_reason"):
        ticket_actions.give_up(ticket.id, by=OPERATOR, reason="  ")
    with pytest.raises(Refused, match="ticket_not_to_give_up"):
        ticket_actions.give_up(ticket.id, by=OPERATOR, reason="no")


def test_alerts_that_are_only_shown_go_through_the_rules_once(world: World, customer: Customer) -> None:
    other = add_customer(name=FREIGHT, company=add_company(), ticket_sync=True)
    off = add_customer(name="Off")
    shown = [add_alert(customer=each, state="shown") for each in (customer, customer, other, off)]
    gone = add_alert(customer=customer, state="shown", gone_at=world.app.extensions["kontor"].clock.now())
    db.session.commit()
    assert ticket_actions.create_shown(customer.id, by=OPERATOR) == 2
    assert ticket_actions.create_shown(customer.id, by=OPERATOR) == 0
    assert ticket_actions.create_shown(None, by=OPERATOR) == 1
    db.session.expire_all()
    states = [db.session.get_one(AlertRow, alert.id).state for alert in (*shown, gone)]
    assert states == ["waiting", "waiting", "waiting", "shown", "shown"]
    assert all(alert.due_at for alert in shown[:3])
    assert runs() == [("tickets", [customer.id]), ("tickets", None)]
    assert actions() == ["ticket_create_shown", "ticket_create_shown"]


def test_the_alerts_can_be_read_at_once_where_both_systems_are_connected(world: World) -> None:
    first = ticket_actions.read_now(by=OPERATOR).id
    assert ticket_actions.read_now(by=OPERATOR).id == first  # one that waits is enough
    assert runs() == [("tickets", None)]


def test_reading_needs_both_connections(context: Flask) -> None:
    with pytest.raises(Refused, match="not_connected"):
        ticket_actions.read_now(by=OPERATOR)

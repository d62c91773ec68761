"""The connection check says what the ticket sync may do, and never fails because of it."""

from __future__ import annotations

import time
from typing import Any

import pytest
from flask import Flask

from tests import builders
from tests.sandboxed import connect_both
from webapp.extensions import db
from webapp.models import Connection
from webapp.sandbox.seed import SMALL_NAMES
from webapp.sandbox.server import Sandbox
from webapp.services import connection_checks, ticket_rights
from webapp.texts import advice, sentence


def facts(system: str) -> Any:
    db.session.expire_all()
    found = db.session.get_one(Connection, system).facts
    db.session.rollback()
    return found


def told(system: str) -> list[str]:
    """The keys of what is said, each with a sentence."""
    notes = ticket_rights.notes(facts(system))
    assert all(sentence(note.key) and advice(note.key) is not None for note in notes)
    return [note.key for note in notes]


@pytest.fixture
def customer(small_sandbox: Sandbox, context: Flask) -> str:
    """A customer of the sandbox in the mirror, and both systems connected."""
    connect_both(small_sandbox)
    state = small_sandbox.state
    found = state.customer_id(SMALL_NAMES[0])
    host = state.region_url(state.sophos.customers[found]["dataRegion"])
    builders.add_customer(id=found, api_host=host, ticket_sync=True)
    db.session.commit()
    return found


def test_before_the_first_refresh_nothing_is_known_of_acknowledging(small_sandbox: Sandbox, context: Flask) -> None:
    connect_both(small_sandbox)
    assert "may_acknowledge" not in facts("sophos")
    assert told("sophos") == []
    assert told("autotask") == ["ticket_rights_there"]


@pytest.mark.parametrize(
    ("status", "word", "key"),
    [(None, "yes", "acknowledge_allowed"), (403, "no", "acknowledge_denied"), (503, "unknown", "acknowledge_unknown")],
)
def test_the_right_to_acknowledge_is_found_stored_and_told(
    small_sandbox: Sandbox, customer: str, status: int | None, word: str, key: str
) -> None:
    alert = small_sandbox.state.add_alert(customer_id=customer)
    if status:
        small_sandbox.state.faults.add("status", path="actions", status=status, body={"error": "said"})
    sophos, autotask = connection_checks.check_stored()
    assert (sophos.code, autotask.code) == (None, None)
    assert sophos.facts["may_acknowledge"] == facts("sophos")["may_acknowledge"] == word
    assert facts("sophos")["partner_id"]
    assert told("sophos") == [key]
    assert alert in small_sandbox.state.sophos.alerts
    connect_both(small_sandbox)  # connecting again asks too
    assert facts("sophos")["may_acknowledge"] == word


def test_a_customer_with_ticket_sync_is_asked_first_and_one_that_is_gone_never(context: Flask) -> None:
    assert ticket_rights.place_to_ask() is None
    for more in ({"gone_at": builders.SEEN}, {"missing_refreshes": 1}, {"api_host": None}, {"api_host": ""}):
        builders.add_customer(ticket_sync=True, **more)  # type: ignore[arg-type]
    assert ticket_rights.place_to_ask() is None
    term = builders.add_customer(billing_type="term")
    assert ticket_rights.place_to_ask() == (term.id, "https://api.example")
    usage = builders.add_customer()
    assert ticket_rights.place_to_ask() == (usage.id, "https://api.example")
    synced = builders.add_customer(billing_type="term", ticket_sync=True)
    assert ticket_rights.place_to_ask() == (synced.id, "https://api.example")


def test_a_customer_on_a_host_that_is_not_sophos_does_not_hinder_the_check(small_sandbox: Sandbox, context: Flask) -> None:
    builders.add_customer(ticket_sync=True)
    db.session.commit()
    connect_both(small_sandbox)
    assert facts("sophos")["may_acknowledge"] == "unknown"


@pytest.mark.parametrize(
    ("entity", "keys"),
    [
        ("Tickets", ["tickets_not_readable"]),
        ("TicketNotes", ["ticket_notes_not_readable"]),
    ],
)
def test_tickets_that_may_not_be_read_are_told_and_do_not_fail_the_check(
    small_sandbox: Sandbox, context: Flask, entity: str, keys: list[str]
) -> None:
    small_sandbox.state.switches.denied_entities = {entity}
    connect_both(small_sandbox)
    assert facts("autotask")["ticket_rights"][entity]["read"] == "no"
    assert told("autotask") == keys
    assert ticket_rights.missing(facts("autotask"))


def test_each_missing_right_names_what_will_not_work() -> None:
    found = {"Tickets": {"read": True, "create": False, "change": False}, "TicketNotes": {"read": True, "create": False}}
    keys = [note.key for note in ticket_rights.notes(ticket_rights.of_autotask(found))]
    assert keys == ["tickets_not_creatable", "tickets_not_changeable", "ticket_notes_not_creatable"]
    found = {"Tickets": {"read": True, "create": None, "change": True}, "TicketNotes": {"read": True, "create": True}}
    assert [note.key for note in ticket_rights.notes(ticket_rights.of_autotask(found))] == ["ticket_rights_unknown"]
    assert not ticket_rights.missing(ticket_rights.of_autotask(found))


def test_slow_tickets_neither_fail_the_check_nor_make_it_longer(
    small_sandbox: Sandbox, context: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection_checks, "CHECK_SECONDS", 2.0)
    small_sandbox.state.faults.add("delay", path="Ticket", seconds=5)
    begun = time.monotonic()
    connect_both(small_sandbox)
    assert time.monotonic() - begun < 4
    assert told("autotask") == ["ticket_rights_unknown"]
